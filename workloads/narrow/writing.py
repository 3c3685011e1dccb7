"""Puts an opinion into words: opening, who is speaking, arguments of the right article and side, ending."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from workloads.consultations import WHOLE, Person, PersonKind, Stance, Unit
from workloads.narrow import habits as typing_habits
from workloads.narrow.bank import Argument, Article, Habits, Phrases

PROPER = {"Sài", "Thành", "Sở", "Điều"}  # first words that keep their capital in mid-sentence
SIDES = {Stance.AGREE: "for", Stance.AGREE_WITH_COMMENTS: "change", Stance.DISAGREE: "against"}
BARE_PERCENT = {Stance.AGREE: 14, Stance.AGREE_WITH_COMMENTS: 0, Stance.DISAGREE: 4, Stance.NO_OPINION: 100}


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who writes.

    Of a citizen: `persona`, what the person says of himself or herself, the word for I, and a typing habit.
    Of an official `persona` is '', and `speaks_for_unit` says whether the opinion is the unit's own.
    """

    person: Person
    unit: Unit
    persona: str
    about_self: str
    pronoun: str
    habit: str
    decomposed: bool
    speaks_for_unit: bool

    @property
    def official(self) -> bool:
        return self.person.kind is PersonKind.OFFICIAL


@dataclass(frozen=True, slots=True)
class Words:
    """The written part of an opinion and the provision it turned out to be about."""

    provision: str
    text: str
    proposal: str
    reason: str


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes opinions from the banks; `labels` are those of the provisions. All chance comes from `rng`."""

    phrases: Phrases
    habits: Habits
    articles: Sequence[Article]
    labels: dict[str, str]
    rng: Random

    def write(self, voice: Voice, article: Article, stance: Stance) -> Words:
        """An opinion on the article, or on a provision of it that the arguments fit."""
        if voice.speaks_for_unit and article.id == WHOLE and stance is Stance.AGREE_WITH_COMMENTS:
            return self._letter(voice, article)
        arguments = self._arguments(voice, article, stance)
        return self._written(self._provision(article, arguments), voice, article, stance, arguments)

    def rewrite(self, voice: Voice, article: Article, stance: Stance, provision: str) -> Words:
        """Another opinion on the same provision, opening by saying so."""
        arguments = self._arguments(voice, article, stance, provision)
        amending = self.rng.choice(self.phrases.amending.of(voice.official))
        return self._written(provision, voice, article, stance, arguments, amending)

    def withdrawing(self, voice: Voice) -> str:
        """Why an opinion is withdrawn, sometimes nothing."""
        return self._typed(self.rng.choice(self.phrases.withdrawing.of(voice.official)), voice)

    def _written(
        self,
        provision: str,
        voice: Voice,
        article: Article,
        stance: Stance,
        arguments: Sequence[Argument],
        before: str = "",
    ) -> Words:
        rng, official = self.rng, voice.official
        phrases = (self.phrases.official if official else self.phrases.citizen).of(stance)
        if not arguments and not before and phrases.short and self._chance(55):
            return Words(provision, self._typed(rng.choice(phrases.short), voice), "", "")
        parts = [before] if before else []
        if not official and self._chance(45):
            parts.append(voice.about_self)
        if official or not arguments or self._chance(62):
            # 'the rule on the draft in the draft' would be nonsense, so no {about} for the whole.
            fitting = [it for it in phrases.opening if article.id != WHOLE or "{about}" not in it]
            parts.append(rng.choice(fitting))
        text = " ".join(capital(self._filled(part, voice, article, provision)) for part in parts)
        text = self._joined(text, [self._said(it, official) for it in arguments], official)
        if not official and not before and self._chance(18):
            text = f"{rng.choice(self.phrases.greeting.citizen)} {small(text)}"
        if arguments and self._chance(30 if official else 28):
            text += ("\n" if "\n" in text else " ") + rng.choice(self.phrases.ending.of(official))
        main = arguments[0] if arguments else None
        proposal = main.proposal if main and self._chance(90 if official else 22) else ""
        reason = main.reason if main and self._chance(85 if official else 25) else ""
        return Words(provision, *(self._typed(it, voice) for it in (text, proposal, reason)))

    def _letter(self, voice: Voice, whole: Article) -> Words:
        """A unit's letter: numbered remarks on several articles in the order of the draft."""
        opening = self.rng.choice(self.phrases.official.of(Stance.AGREE_WITH_COMMENTS).opening[:3])
        lines = [capital(self._filled(opening, voice, whole, WHOLE))]
        for article in self.articles:
            # Units take no camp in a letter: what one remark asks for must not undo another.
            remarks = [it for it in self._changes(article) if it.at[0] and not it.camp]
            if remarks and self._chance(22):
                remark = self.rng.choice(remarks)
                form = self.rng.choice(self.phrases.whole.official)
                said = form.format(ref=small(self.labels[remark.at[0]]), said=small(self._said(remark, True)))
                lines.append(f"{len(lines)}. {said}")
        if len(lines) == 1:
            lines.append(self._said(self.rng.choice(self._changes(whole)), True))
        lines.append(self.rng.choice(self.phrases.ending.official))
        return Words(WHOLE, self._typed("\n".join(lines), voice), "", "")

    def _changes(self, article: Article) -> list[Argument]:
        """What officials ask to be changed in it."""
        return [it for it in article.argument if it.side == "change" and it.fits("")]

    def _arguments(
        self, voice: Voice, article: Article, stance: Stance, provision: str | None = None
    ) -> list[Argument]:
        """Some arguments that can stand together; none where the stance is all that is said."""
        if self._chance(BARE_PERCENT[stance]):
            return []
        side = SIDES[stance]
        fitting = [it for it in article.argument if it.side == side and it.fits(voice.persona)]
        if provision not in (None, article.id):
            # Where nobody wrote an argument for just this provision, one on its article has to do.
            fitting = [it for it in fitting if provision in it.at] or fitting
        shuffled = self.rng.sample(fitting, len(fitting))
        camp = next((it.camp for it in shuffled if it.camp), "")
        together = [it for it in shuffled if it.camp in ("", camp)]
        return together[: self.rng.choices([1, 2, 3, 5], [61, 28, 8, 3])[0]]

    def _provision(self, article: Article, arguments: Sequence[Argument]) -> str:
        """The provision all the arguments are about, or the whole article."""
        if article.id == WHOLE:
            return WHOLE
        if not arguments:
            parts = [id for id in self.labels if id == article.id or id.startswith(article.id + ".")]
            return self.rng.choice(parts)
        shared = [id for id in arguments[0].at if all(id in it.at for it in arguments)]
        if not shared or self._chance(15):
            return article.id
        return self.rng.choice(shared)

    def _said(self, argument: Argument, official: bool) -> str:
        return self.rng.choice(argument.official if official else argument.citizen)

    def _joined(self, text: str, said: Sequence[str], official: bool) -> str:
        if official and len(said) > 1 and self._chance(55):
            return text + "".join(f"\n{number}. {it}" for number, it in enumerate(said, start=1))
        for number, sentence in enumerate(said):
            if number and self._chance(60):
                going_on = self.rng.choice(self.phrases.going_on.of(official))
                sentence = f"{going_on} {small(sentence)}"
            text = f"{text} {sentence}" if text else sentence
        return text

    def _filled(self, phrase: str, voice: Voice, article: Article, provision: str) -> str:
        ref = small(self.labels[provision]) if provision else "dự thảo"
        return phrase.format(
            who=voice.unit.short if voice.speaks_for_unit else "tôi",
            ref=ref,
            formal=f"{ref} dự thảo Quyết định" if provision else "dự thảo Quyết định",
            about=article.about,
            place=voice.unit.place,
        )

    def _typed(self, text: str, voice: Voice) -> str:
        if voice.pronoun != "tôi":
            text = re.sub(r"\btôi\b", voice.pronoun, text)
            text = re.sub(r"\bTôi\b", capital(voice.pronoun), text)
        if text:
            text = typing_habits.typed(text, voice.habit, self.habits, self.rng)
        return typing_habits.decomposed(text) if voice.decomposed else text

    def _chance(self, percent: int) -> bool:
        return self.rng.random() * 100 < percent


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """With a small first letter, as in the middle of a sentence, unless it begins with a name."""
    return text if text.partition(" ")[0] in PROPER else text[:1].lower() + text[1:]
