"""Writes `verdict.json`: rulings per ledger, schemes, the overall verdict and what would turn it.

Nothing is said about chains from one node: such a ledger is shown with its rulings and left out of the
verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.assumptions import Operations, read_operations
from reports.assurance import beyond
from reports.decide import Decision, Findings, decide, turns
from reports.derived import Answer, Condition, Fact, Ruling, SummaryLedger, Verdict
from reports.files import write_json
from reports.numbers import decimal
from reports.pointer import ref
from reports.rules import Rules, judge, read_rules, rules_digest
from reports.run import Run, plain
from reports.schemes import read_context, scheme
from reports.shapes import RiskCell
from reports.texts import LANGUAGES, texts


def _not_judged(name: str, ledger: SummaryLedger, operations: Operations) -> str:
    """Why the verdict draws nothing from a ledger (a key of the texts), or ''."""
    operation = operations.ledgers.get(name)
    if ledger.status != "measured":
        return "not-measured"
    if operation is None:
        return "not-described"
    if operation.kind == "floor":
        return "floor"
    if operation.kind == "chain" and "one node" in ledger.evm:
        return "one-node"
    if operation.kind == "chain" and ledger.parties < 2:
        return "one-party"
    return ""


def _meets(rulings: Sequence[Ruling], required: Sequence[str]) -> Answer:
    answers = {ruling.answer for ruling in rulings if ruling.rule in required}
    return "no" if "no" in answers else "not enough evidence" if "not enough evidence" in answers else "yes"


@dataclass(frozen=True, slots=True)
class Gap:
    """What a chain assures and another ledger does not, as references to the chain's side."""

    ruling: Ruling
    adds: Sequence[str]


def _gap(run: Run, other: str, chain: str) -> Gap:
    """Whether the chain detects what the same defender on `other` does not, or binds more parties."""
    cells: dict[tuple[str, str, str, str], tuple[int, RiskCell]] = {
        (cell.ledger, cell.threat, cell.store, cell.defender): (place, cell)
        for place, cell in enumerate(run.risk)
    }
    facts: list[Fact] = []
    missing: list[str] = []
    adds: list[str] = []
    theirs = {key[1:]: value for key, value in cells.items() if key[0] == chain}
    if not theirs:
        missing.append(f"risk.json: {chain}")
    for key, (place, cell) in theirs.items():
        mine = cells.get((other, *key))
        if cell.outcome == "not measured" or mine is None or mine[1].outcome == "not measured":
            missing.append(ref("risk.json", place if mine is None else mine[0], "outcome"))
            continue
        if cell.outcome == "detected":
            facts.append(Fact(ref("risk.json", place, "outcome"), cell.outcome))
            facts.append(Fact(ref("risk.json", mine[0], "outcome"), mine[1].outcome))
            if mine[1].outcome != "detected":
                adds.append(ref("risk.json", place, "outcome"))
    parties = {name: run.summary.ledgers[name].parties for name in (other, chain)}
    facts.extend(
        Fact(ref("summary.json", "ledgers", name, "parties"), count) for name, count in parties.items()
    )
    if parties[chain] > parties[other]:
        adds.append(ref("summary.json", "ledgers", chain, "parties"))
    answer: Answer = "yes" if adds else "not enough evidence" if missing else "no"
    return Gap(Ruling("chain-adds-assurance", f"{chain} / {other}", answer, facts, missing), adds)


def _costs_more(run: Run, rules: Rules, other: str, chain: str) -> Ruling:
    share = run.cost.ledgers[other].cheaper_than.get(chain)
    place = ref("cost.json", "ledgers", other, "cheaper_than", chain)
    subject = f"{chain} / {other}"
    if share is None:
        return Ruling("chain-costs-more", subject, "not enough evidence", (), (place,))
    needed = rules.run_rule("chain-costs-more").share
    answer: Answer = "yes" if share >= needed else "no" if share <= 1 - needed else "not enough evidence"
    return Ruling("chain-costs-more", subject, answer, (Fact(place, share),), ())


_OPPOSITE: Mapping[Answer, Answer] = {"yes": "no", "no": "yes", "not enough evidence": "not enough evidence"}


def _line(
    run: Run,
    rules: Rules,
    decision: Decision,
    costs_more: Mapping[tuple[str, str], Answer],
    gaps: Mapping[tuple[str, str], Gap],
) -> dict[str, str]:
    lines: dict[str, str] = {}
    best, chain = decision.best, decision.chain
    gap = gaps.get((best, chain))
    factor = _factor(run, best, chain) if costs_more.get((best, chain)) == "yes" else None
    for language in LANGUAGES:
        cost = ""
        if factor is not None:
            cost = rules.clauses["cost"][language].format(chain=chain, factor=decimal(factor, language))
        said = beyond(run, texts(language), () if gap is None else gap.adds)
        lines[language] = rules.verdicts[decision.overall][language].format(
            best=best,
            chain=chain,
            cost=cost,
            adds="; ".join(item.text for item in said),
            missing=rules.clauses[decision.missing][language] if decision.missing else "",
        )
    return lines


def _likely_year(run: Run, ledger: str) -> float | None:
    cost = run.cost
    years = [year for year in cost.ledgers[ledger].years if year.volume == cost.likely_volume]
    return years[0].year.p50 if years else None


def _factor(run: Run, best: str, chain: str) -> float | None:
    ours, theirs = _likely_year(run, best), _likely_year(run, chain)
    return None if not ours or theirs is None else theirs / ours


def conclude(run: Run) -> Verdict:
    """Judge every measured ledger and the run as a whole."""
    rules, operations = read_rules(), read_operations()
    summary = run.summary
    left_out = {name: _not_judged(name, ledger, operations) for name, ledger in summary.ledgers.items()}
    rulings = {name: judge(run, rules, name) for name in run.measured()}

    def cheapest_first(name: str) -> tuple[float, str]:
        year = _likely_year(run, name)
        return (float("inf") if year is None else year, name)

    judged = sorted((name for name, why in left_out.items() if not why), key=cheapest_first)
    chains = [name for name in judged if operations.ledgers[name].kind == "chain"]
    others = [name for name in judged if name not in chains]
    pairs = [(other, chain) for chain in chains for other in others]
    gaps = {pair: _gap(run, *pair) for pair in pairs}
    dearer = {pair: _costs_more(run, rules, *pair) for pair in pairs}
    findings = Findings(
        others=others,
        chains=chains,
        meets={name: _meets(rulings[name], rules.requirements.rules) for name in judged},
        covers={pair: _OPPOSITE[gap.ruling.answer] for pair, gap in gaps.items()},
        gaps={pair: len(gap.adds) for pair, gap in gaps.items()},
        costs_more={pair: ruling.answer for pair, ruling in dearer.items()},
        context=read_context(run),
    )
    decision = decide(findings)
    digest = rules_digest()
    return Verdict(
        overall=decision.overall,
        line=_line(run, rules, decision, findings.costs_more, gaps),
        subjects={role: name for role, name in (("best", decision.best), ("chain", decision.chain)) if name},
        rulings=[
            *(ruling for name in run.measured() for ruling in rulings[name]),
            *(gap.ruling for gap in gaps.values()),
            *dearer.values(),
        ],
        schemes=[scheme(run)],
        conditions=[Condition(turn.change, turn.ledger, turn.overall) for turn in turns(findings)],
        adds={gap.ruling.ledger: gap.adds for gap in gaps.values()},
        not_judged={name: why for name, why in left_out.items() if why},
        rules_digest=digest,
        fixed_before_run=digest in run.protocol,
    )


def write(run_dir: Path) -> None:
    """Write `verdict.json`. Needs `summary.json` and `cost.json`."""
    write_json(run_dir / "verdict.json", plain(conclude(Run(run_dir))))
