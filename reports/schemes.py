"""Published suitability schemes, answered from a run's facts and the context that its scenario declares.

Wüst and Gervais, 'Do you need a Blockchain?' (2017), as a list of six questions. What a scenario declares is
no measurement, and a question without an answer ends in 'not enough evidence'.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reports.derived import Answer, Fact, Ruling, Scheme
from reports.pointer import ref, resolve
from reports.run import Run

Advice = Literal[
    "no blockchain", "permissionless", "public permissioned", "private permissioned", "not enough evidence"
]
WUEST_GERVAIS = "wuest-gervais"
CONTEXT = (
    "several_writers",
    "trusted_third_party",
    "writers_known",
    "writers_trusted",
    "public_verifiability",
)

Context = Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Walk:
    """The advice, and the questions that led to it, in order."""

    advice: Advice
    asked: tuple[str, ...]


def wuest_gervais(context: Context) -> Walk:
    """Walk the questions until one decides. `context` has the key `state` beside those of CONTEXT."""
    deciding: tuple[tuple[str, bool, Advice], ...] = (
        ("state", False, "no blockchain"),
        ("several_writers", False, "no blockchain"),
        ("trusted_third_party", True, "no blockchain"),
        ("writers_known", False, "permissionless"),
        ("writers_trusted", True, "no blockchain"),
    )
    asked: list[str] = []
    for question, ending, advice in deciding:
        asked.append(question)
        if question not in context:
            return Walk("not enough evidence", tuple(asked))
        if context[question] is ending:
            return Walk(advice, tuple(asked))
    asked.append("public_verifiability")
    if "public_verifiability" not in context:
        return Walk("not enough evidence", tuple(asked))
    last: Advice = "public permissioned" if context["public_verifiability"] else "private permissioned"
    return Walk(last, tuple(asked))


def read_context(run: Run) -> dict[str, bool]:
    """What the scenario declares, and whether the run shows state to be kept."""
    context: dict[str, bool] = {}
    for name in CONTEXT:
        value = resolve(run, ref("scenario.toml", "context", name))
        if isinstance(value, bool):
            context[name] = value
    received = resolve(run, _STATE)
    if isinstance(received, int):
        context["state"] = received > 0
    return context


_STATE = ref("summary.json", "tally", "received")


def scheme(run: Run) -> Scheme:
    """The scheme's steps as rulings, each with the fact that it used."""
    context = read_context(run)
    walk = wuest_gervais(context)
    steps: list[Ruling] = []
    for question in walk.asked:
        place = _STATE if question == "state" else ref("scenario.toml", "context", question)
        if question in context:
            value = resolve(run, place)
            answer: Answer = "yes" if context[question] else "no"
            facts = [Fact(place, value if isinstance(value, bool | int) else None)]
            steps.append(Ruling(question, "", answer, facts, ()))
        else:
            steps.append(Ruling(question, "", "not enough evidence", (), (place,)))
    return Scheme(WUEST_GERVAIS, walk.advice, steps)
