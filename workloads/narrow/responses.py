"""Answers the opinions that count, in groups of one provision and one stance: tiếp thu, giải trình."""

from workloads.consultations import WHOLE, Consultation, Outcome, Response, Stance, active
from workloads.narrow import bank
from workloads.narrow.draft import article_of
from workloads.narrow.writing import small


def respond(consultation: Consultation) -> tuple[Response, ...]:
    """The drafting unit's responses, in the order of the draft; every active opinion is in exactly one.

    Made for the draft of this package. Raises KeyError for a provision of an article that has no response.
    """
    responses = bank.read(bank.Responses, "responses.toml")
    written = {(it.article, it.stance): it for it in responses.response}
    groups: dict[tuple[str, Stance], list[str]] = {}
    for key, action in active(consultation.actions).items():
        groups.setdefault((action.provision, action.stance), []).append(key)
    answers = []
    labels = {WHOLE: "dự thảo Quyết định"}
    labels.update((it.id, small(it.label)) for it in consultation.draft.provisions)
    for provision, label in labels.items():
        for stance in Stance:
            keys = groups.get((provision, stance))
            if not keys:
                continue
            if stance is Stance.AGREE:
                # By size, so that the wording varies and stays the same for the same consultation.
                text = responses.any.agree[len(keys) % len(responses.any.agree)].format(label=label)
                outcome = Outcome.ACCEPTED
            elif stance is Stance.NO_OPINION:
                text, outcome = responses.any.no_opinion[0].format(label=label), Outcome.ACCEPTED
            else:
                article = article_of(provision)
                row = written[article, stance]
                text, outcome = row.text, row.outcome
                if provision != article:
                    text = responses.any.shared.format(article=labels[article], text=small(text))
            answers.append(Response(provision, stance, outcome, text, tuple(keys)))
    return tuple(answers)
