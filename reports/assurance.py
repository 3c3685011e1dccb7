"""Says in words what a chain assures beyond another ledger, from the references that the verdict lists."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.pointer import ref
from reports.run import Run
from reports.shapes import DEFENDERS, THREATS, RiskCell
from reports.texts import Texts


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase and the first reference behind it."""

    place: str
    text: str


def _joined(texts: Texts, items: Sequence[str]) -> str:
    last = texts.text("page", "list_and")
    return last.join([", ".join(items[:-1]), items[-1]]) if len(items) > 1 else "".join(items)


def _cells(run: Run, references: Sequence[str]) -> dict[str, RiskCell]:
    every = {ref("risk.json", place, "outcome"): cell for place, cell in enumerate(run.risk)}
    return {place: every[place] for place in references if place in every}


def beyond(run: Run, texts: Texts, references: Sequence[str]) -> list[Said]:
    """One phrase for each defender and store, with the threats it detects; one for the number of parties."""
    cells = _cells(run, references)
    said: list[Said] = []
    for key in dict.fromkeys((cell.defender, cell.store) for cell in cells.values()):
        here = {cell.threat: place for place, cell in cells.items() if (cell.defender, cell.store) == key}
        threats = [texts.text("threats", f"{threat}_noun") for threat in THREATS if threat in here]
        text = texts.text("attacks", "seen").format(
            defender=texts.text("defenders", key[0]),
            threat=_joined(texts, threats),
            store=texts.text("stores", key[1]),
        )
        said.append(Said(next(iter(here.values())), text))
    for place in references:
        if place not in cells:
            said.append(Said(place, texts.text("attacks", "more_parties")))
    return said


def seen_otherwise(run: Run, texts: Texts, references: Sequence[str], other: str) -> str:
    """Who detects every one of those attacks on the other ledger; empty where nobody does."""
    cells = _cells(run, references).values()
    seen = {(cell.threat, cell.store, cell.defender) for cell in run.risk if cell.outcome == "detected"
            and cell.ledger == other}  # fmt: skip
    who = [
        defender
        for defender in DEFENDERS
        if cells and all((cell.threat, cell.store, defender) in seen for cell in cells)
    ]
    return _joined(texts, [texts.text("defenders", defender) for defender in who])
