"""Writes `report.vi.html` and `report.en.html`: each one file that loads nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from reports import numbers
from reports.derived import Answer, Ruling, Summary
from reports.figures.attacks import OUTCOMES, SYMBOLS
from reports.figures.latency import top_rate
from reports.figures.style import look
from reports.files import digest, write_text
from reports.grounds import conditions, grounds
from reports.page import Page, css, flat, template
from reports.rules import read_rules
from reports.run import Run
from reports.shapes import DEFENDERS, STORES, THREATS, Defender, Outcome, RiskCell, Store, Threat
from reports.statistics import at_most
from reports.texts import LANGUAGES, Language, texts

_ANSWER_SYMBOLS: Mapping[Answer, str] = {"yes": "✓", "no": "✗", "not enough evidence": "?"}
_SECTIONS = (
    "reading",
    "ledgers",
    "speed",
    "cost",
    "attacks",
    "simulation",
    "rules",
    "missing",
    "method",
    "trace",
)
_COMPUTED = ("summary.json", "simulation.json", "cost.json", "verdict.json")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the attack matrix; `place` is its place in risk.json, None where there is none."""

    outcome: Outcome
    place: int | None


@dataclass(frozen=True, slots=True)
class Row:
    """One attack, store and defender; `first` of its attack and store."""

    threat: Threat
    store: Store
    defender: Defender
    first: bool
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Matrix:
    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Placed:
    """A ruling and its place in verdict.json."""

    place: int
    ruling: Ruling


def matrix(run: Run) -> Matrix:
    """The attack matrix; a cell that the run does not have is 'not measured'."""
    places: dict[tuple[str, str, str, str], tuple[int, RiskCell]] = {
        (cell.ledger, cell.threat, cell.store, cell.defender): (place, cell)
        for place, cell in enumerate(run.risk)
    }
    columns = [name for name in run.raw.ledgers if any(key[0] == name for key in places)]
    rows: list[Row] = []
    for threat in THREATS:
        for store in STORES:
            for defender in DEFENDERS:
                found = [places.get((name, threat, store, defender)) for name in columns]
                cells = [
                    Cell("not measured", None) if one is None else Cell(one[1].outcome, one[0])
                    for one in found
                ]
                rows.append(Row(threat, store, defender, defender == DEFENDERS[0], cells))
    return Matrix(columns, rows)


def _alternatives(page: Page, summary: Summary) -> dict[str, str]:
    """What each picture shows, for who cannot see it."""
    words, top = page.texts, top_rate(page.run)
    attacks, medians, throughput, stored, costs = [], [], [], [], []
    for name, ledger in summary.ledgers.items():
        tried = [cell for cell in page.run.risk if cell.ledger == name and cell.outcome != "not applicable"]
        if tried:
            detected = sum(cell.outcome == "detected" for cell in tried)
            count = words.text("attacks", "count")
            attacks.append(count.format(ledger=name, detected=detected, tried=len(tried)))
        for rate in ledger.rates:
            throughput.append(f"{name} {page.plain(rate.throughput.value, 'decimal')}")
            median = rate.latency.get("final", {}).get("p50")
            if rate.rate == top and median is not None:
                medians.append(f"{name} {page.plain(median.value, 'seconds')}")
        size = ledger.resources.stored_bytes_per_opinion
        if size is not None:
            stored.append(f"{name} {page.plain(size, 'size')}")
    cost = page.run.cost
    for name, priced in cost.ledgers.items():
        for year in priced.years:
            if year.volume == cost.likely_volume:
                costs.append(f"{name} {page.plain(year.per_opinion.p50, 'dong')}")
    rate_text = "" if top is None else page.plain(top, "decimal")
    return {
        "attacks": words.text("attacks", "figure_alt").format(values="; ".join(attacks)),
        "latency": words.text("speed", "latency_alt").format(rate=rate_text, medians="; ".join(medians)),
        "throughput": words.text("speed", "throughput_alt").format(values="; ".join(throughput)),
        "bytes": words.text("cost", "bytes_alt").format(values="; ".join(stored)),
        "cost": words.text("cost", "cost_alt").format(values="; ".join(costs)),
    }


def _workload(page: Page, summary: Summary) -> list[str]:
    lines = []
    for name, ledger in summary.ledgers.items():
        if ledger.rates:
            lines.append(
                page.texts.text("method", "workload_line").format(
                    ledger=name,
                    rates="; ".join(page.plain(rate.rate, "decimal") for rate in ledger.rates),
                    repeats=max(rate.repeats for rate in ledger.rates),
                    warm_up=page.plain(max(rate.warm_up_s for rate in ledger.rates), "seconds"),
                )
            )
    return lines


def _at_most(summary: Summary, name: str, language: Language) -> str:
    counts = summary.ledgers[name].counts
    bound = at_most(counts.lost + counts.duplicated, counts.accepted) if counts is not None else 1.0
    return numbers.percent(bound, language)


def render(run: Run, language: Language) -> str:
    """The report in one language."""
    page = Page(run, texts(language))
    rules, summary, verdict, cost = read_rules(), run.summary, run.verdict, run.cost
    placed = [Placed(place, ruling) for place, ruling in enumerate(verdict.rulings)]
    by_rule = {(item.ruling.rule, item.ruling.ledger): item for item in placed}
    run_rules = {rule.id for rule in rules.run_rules}
    years = next((ledger.years for ledger in cost.ledgers.values() if ledger.years), ())
    volumes = [year.volume for year in years]
    computed = [(name, digest(run.folder / name)) for name in _COMPUTED if (run.folder / name).exists()]
    return template("report.html.j2").render(
        page=page,
        other=next(other for other in LANGUAGES if other != language),
        t=page.texts.markup,
        items=page.texts.items,
        has=page.texts.has,
        css=css(),
        manifest=run.manifest,
        summary=summary,
        verdict=verdict,
        cost=cost,
        simulation=run.simulation,
        risk=run.risk,
        rules=rules,
        protocol=run.protocol,
        scenario=flat(run.scenario),
        files=[*sorted(run.manifest.files.items()), *computed],
        grounds=grounds(page, verdict, rules),
        conditions=conditions(page, verdict),
        pairs=[item for item in placed if item.ruling.rule in run_rules],
        ruling=lambda rule, ledger: by_rule[rule, ledger],
        measured=run.measured(),
        unmeasured=[name for name in summary.ledgers if name not in run.measured()],
        cells_missing=sum(cell.outcome == "not measured" for cell in run.risk),
        kept_head_only=[
            (place, cell.ledger)
            for place, cell in enumerate(run.risk)
            if cell.threat == "rewrite" and cell.store == "ledger" and cell.detected_by == "kept-head"
        ],
        matrix=matrix(run),
        symbols={outcome: SYMBOLS[outcome] for outcome in OUTCOMES},
        answer_symbols=_ANSWER_SYMBOLS,
        colour=lambda name: look(name).colour,
        at_most=lambda name: _at_most(summary, name, language),
        alt=_alternatives(page, summary),
        workload=_workload(page, summary),
        top=top_rate(run),
        sections=_SECTIONS,
        volumes=volumes,
        likely_place=volumes.index(cost.likely_volume) if cost.likely_volume in volumes else 0,
    )


def write(run_dir: Path) -> None:
    """Write both reports. Needs every derived file and the figures."""
    run = Run(run_dir)
    for language in LANGUAGES:
        write_text(run_dir / f"report.{language}.html", render(run, language))
