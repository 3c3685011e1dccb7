"""Makes the consultation from a seed: who is asked, what they send, what they change and take back.

Same seed, same bytes. The draft and the units are always the same; people, opinions and order are drawn.
"""

from dataclasses import dataclass
from random import Random
from uuid import UUID

from workloads.consultations import Action, ActionKind, Consultation, Person, PersonKind, Stance, Unit
from workloads.narrow import bank, draft
from workloads.narrow.bank import Article, Habits, Names, Phrases
from workloads.narrow.writing import Voice, Words, Writer

STANCES = tuple(Stance)
CHANGE_OF_MIND_PERCENT = 35  # of amendments that also change the stance
MOST_ZEAL = 12.0  # times the least: nobody writes on everything
MOST_TRIES = 500  # to find a provision that a person has not commented on yet


@dataclass(frozen=True, slots=True)
class Size:
    """How large it is made: `opinions` are submissions; amendments and withdrawals come on top."""

    people: int = 600
    opinions: int = 1_500
    amendments: int = 170
    withdrawals: int = 60


@dataclass(frozen=True, slots=True)
class _Standing:
    """An opinion that is active while actions are being made, with the moment (0 to 1) of its sending."""

    voice: Voice
    article: Article
    action: Action
    moment: float


NARROW = Size()


def generate(seed: int, size: Size = NARROW) -> Consultation:
    """A whole consultation.

    Every person sends at least one opinion. Raises ValueError for a size that cannot be: fewer opinions than
    people, fewer people than units, more withdrawals than opinions, or more opinions than provisions allow.
    """
    rng = Random(seed)
    units = tuple(
        Unit(it.id, it.name, it.kind, it.short, it.place) for it in bank.read(bank.Units, "units.toml").unit
    )
    if not (len(units) * 2 <= size.people <= size.opinions and 0 <= size.withdrawals <= size.opinions):
        raise ValueError(
            f"{size} cannot be made; allowed are at least {len(units) * 2} people, at least one opinion "
            "for each person, and no more withdrawals than opinions"
        )
    phrases, habits = bank.read(bank.Phrases, "phrases.toml"), bank.read(bank.Habits, "habits.toml")
    voices = _voices(units, size.people, phrases, habits, rng)
    text = draft.read()
    articles = sorted(bank.articles(), key=lambda it: int(it.id.removeprefix("dieu-") or 0))
    writer = Writer(phrases, habits, articles, {it.id: it.label for it in text.provisions}, rng)
    actions = _actions(voices, writer, size, rng)
    return Consultation(text, units, tuple(it.person for it in voices), tuple(actions))


def _voices(
    units: tuple[Unit, ...], people: int, phrases: Phrases, habits: Habits, rng: Random
) -> list[Voice]:
    """A quarter are officials, spread over the units, the first of each speaking for it."""
    names = bank.read(Names, "names.toml")
    places = [unit for unit in units if unit.place]
    officials = max(len(units), people // 4)
    voices = []
    for number in range(people):
        official = number < officials
        unit = units[number % len(units)] if official else rng.choice(places)
        kind = PersonKind.OFFICIAL if official else PersonKind.CITIZEN
        person = Person(f"p-{number + 1:04d}", _name(names, rng), unit.id, kind)
        persona = rng.choices(phrases.persona, [it.weight for it in phrases.persona])[0]
        habit = rng.choices(list(habits.share), list(habits.share.values()))[0]
        decomposed = rng.random() * 100 < habits.decomposed_percent[kind.value]
        voices.append(
            Voice(
                person,
                unit,
                "" if official else persona.id,
                "" if official else rng.choice(persona.about_self),
                "tôi" if official else persona.self,
                "plain" if official else habit,
                decomposed,
                speaks_for_unit=number < len(units),
            )
        )
    return voices


def _name(names: Names, rng: Random) -> str:
    family = rng.choices(list(names.family), list(names.family.values()))[0]
    own = rng.choice([names.women, names.men])
    return f"{family} {rng.choice(own.middle)} {rng.choice(own.given)}"


def _actions(voices: list[Voice], writer: Writer, size: Size, rng: Random) -> list[Action]:
    """All actions in order: each has a moment, and an amendment or withdrawal one after what it ends."""
    standing: list[_Standing] = []
    timed: list[tuple[float, Action]] = []
    taken: set[tuple[str, str]] = set()
    # A few write much and most write little; a unit's own opinion covers many provisions.
    zeal = [min(rng.paretovariate(1.4), MOST_ZEAL) * (4 if voice.speaks_for_unit else 1) for voice in voices]
    writers = voices + rng.choices(voices, zeal, k=size.opinions - len(voices))
    for voice in writers:
        article, stance, words = _opinion(voice, writer, taken, rng)
        taken.add((voice.person.id, words.provision))
        action = _action(ActionKind.SUBMIT, voice, stance, words, None, rng)
        standing.append(_Standing(voice, article, action, rng.random()))
        timed.append((standing[-1].moment, action))
    for _ in range(size.amendments):
        place = rng.randrange(len(standing))
        old = standing[place]
        stance = old.action.stance
        if rng.random() * 100 < CHANGE_OF_MIND_PERCENT:
            stance = rng.choice([it for it in STANCES if it is not stance])
        words = writer.rewrite(old.voice, old.article, stance, old.action.provision)
        action = _action(ActionKind.AMEND, old.voice, stance, words, old.action.key, rng)
        standing[place] = _Standing(old.voice, old.article, action, rng.uniform(old.moment, 1))
        timed.append((standing[place].moment, action))
    for _ in range(size.withdrawals):
        old = standing.pop(rng.randrange(len(standing)))
        words = Words(old.action.provision, "", "", writer.withdrawing(old.voice))
        action = _action(ActionKind.WITHDRAW, old.voice, old.action.stance, words, old.action.key, rng)
        timed.append((rng.uniform(old.moment, 1), action))
    # Stable: of two actions at one moment the one made later refers to the earlier.
    return [action for _, action in sorted(timed, key=lambda it: it[0])]


def _opinion(
    voice: Voice, writer: Writer, taken: set[tuple[str, str]], rng: Random
) -> tuple[Article, Stance, Words]:
    weights = [it.weight for it in writer.articles]
    for _ in range(MOST_TRIES):
        article = rng.choices(writer.articles, weights)[0]
        stance = rng.choices(STANCES, article.stances)[0]
        words = writer.write(voice, article, stance)
        if (voice.person.id, words.provision) not in taken:
            return article, stance, words
    raise ValueError(f"{voice.person.id} has commented on everything; allowed are fewer opinions a person")


def _action(
    kind: ActionKind, voice: Voice, stance: Stance, words: Words, supersedes: str | None, rng: Random
) -> Action:
    key = str(UUID(int=rng.getrandbits(128), version=4))
    return Action(
        kind,
        voice.person.id,
        words.provision,
        stance,
        words.text,
        words.proposal,
        words.reason,
        key,
        supersedes,
    )
