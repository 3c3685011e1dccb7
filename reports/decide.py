"""The overall verdict as a pure function of findings, and the single changes that would turn it.

It assumes no answer: every verdict that `rules.toml` has a sentence for can be reached, and the tests reach
each. Whatever is missing and could matter ends in 'not enough evidence'.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from reports.derived import Answer
from reports.schemes import CONTEXT, wuest_gervais


@dataclass(frozen=True, slots=True)
class Findings:
    """What the verdict rests on. Ledgers are in order of cost, the cheapest first."""

    others: Sequence[str]
    """Ledgers that are no chain and can be candidates."""
    chains: Sequence[str]
    """Chains of several parties that were measured."""
    meets: Mapping[str, Answer]
    """Whether a ledger meets every requirement."""
    covers: Mapping[tuple[str, str], Answer]
    """Whether the first detects and binds at least as much as the second, a chain."""
    gaps: Mapping[tuple[str, str], int]
    """How many of the second's assurances, a chain's, the first lacks."""
    costs_more: Mapping[tuple[str, str], Answer]
    """Whether the second, a chain, costs more than the first."""
    context: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict's key, and who it speaks of; `missing` names the clause that says what is not known."""

    overall: str
    best: str = ""
    chain: str = ""
    missing: str = ""


def _lacking(missing: str) -> Decision:
    return Decision("not-enough-evidence", missing=missing)


def decide(findings: Findings) -> Decision:
    """The overall verdict."""
    if not findings.chains:
        return _lacking("no-chain")
    passing = [name for name in findings.others if findings.meets[name] == "yes"]
    chains = [name for name in findings.chains if findings.meets[name] == "yes"]
    unsure = {
        name for name in (*findings.others, *findings.chains) if findings.meets[name] == "not enough evidence"
    }
    if not passing:
        if unsure:
            return _lacking("no-candidate")
        return Decision("only-chain-passes", chain=chains[0]) if chains else Decision("none-passes")
    if not chains:
        if unsure & set(findings.chains):
            return _lacking("no-candidate")
        return Decision("chain-falls-short", passing[0], findings.chains[0])
    for chain in chains:
        answers = {name: findings.covers[name, chain] for name in passing}
        if "yes" in answers.values():
            continue
        if "not enough evidence" in answers.values():
            return _lacking("attacks")
        if unsure & set(findings.others):
            return _lacking("no-candidate")
        nearest = min(passing, key=lambda name: findings.gaps[name, chain])
        return _weigh(nearest, chain, findings)
    advice = wuest_gervais(findings.context).advice
    if advice == "not enough evidence":
        return _lacking("context")
    chain = chains[0]
    best = next(name for name in passing if findings.covers[name, chain] == "yes")
    return Decision("chain-not-justified" if advice == "no blockchain" else "schemes-disagree", best, chain)


def _weigh(best: str, chain: str, findings: Findings) -> Decision:
    """The chain assures more: what does it cost?"""
    verdicts: Mapping[Answer, str] = {
        "yes": "trade-off",
        "no": "chain-justified",
        "not enough evidence": "trade-off-cost-open",
    }
    return Decision(verdicts[findings.costs_more[best, chain]], best, chain)


@dataclass(frozen=True, slots=True)
class Turn:
    """One change of one finding and the verdict after it."""

    change: str
    ledger: str
    overall: str


def _changes(findings: Findings) -> Iterator[tuple[str, str, Findings]]:
    for name in CONTEXT:
        for value in (True, False):
            if findings.context.get(name) is not value:
                changed = {**findings.context, name: value}
                word = "true" if value else "false"
                yield f"context.{name}.{word}", "", replace(findings, context=changed)
    for name in (*findings.others, *findings.chains):
        for answer in ("yes", "no"):
            if findings.meets[name] != answer:
                meets: dict[str, Answer] = {**findings.meets, name: "yes" if answer == "yes" else "no"}
                yield f"meets.{answer}", name, replace(findings, meets=meets)
    for chain in findings.chains:
        for answer in ("yes", "no"):
            covers: dict[tuple[str, str], Answer] = {
                pair: ("yes" if answer == "yes" else "no") if pair[1] == chain else known
                for pair, known in findings.covers.items()
            }
            if covers != findings.covers:
                yield f"covers.{answer}", chain, replace(findings, covers=covers)
            costs: dict[tuple[str, str], Answer] = {
                pair: ("yes" if answer == "yes" else "no") if pair[1] == chain else known
                for pair, known in findings.costs_more.items()
            }
            if costs != findings.costs_more:
                yield f"costs_more.{answer}", chain, replace(findings, costs_more=costs)


def turns(findings: Findings) -> list[Turn]:
    """Every single change after which the verdict would be another."""
    now = decide(findings).overall
    found = [Turn(change, ledger, decide(changed).overall) for change, ledger, changed in _changes(findings)]
    return [turn for turn in found if turn.overall != now]
