"""The short table that the pilot prints when a run ends."""

from pathlib import Path

from rich import box
from rich.table import Table

from reports import numbers
from reports.derived import Rate, SummaryLedger
from reports.run import Run
from reports.texts import Language, texts


def _latency(rate: Rate | None, moment: str, language: Language) -> str:
    if rate is None:
        return numbers.NOTHING
    found = {"accepted": rate.latency.get("accepted"), "final": rate.latency.get("final")}[moment]
    median = (found or {}).get("p50")
    return numbers.NOTHING if median is None else numbers.seconds(median.value, language)


def _row(name: str, ledger: SummaryLedger, price: str, language: Language) -> list[str]:
    if ledger.status != "measured":
        return [name, texts(language).text("ledger_table", "not_measured"), *[numbers.NOTHING] * 5]
    top = max(ledger.rates, key=lambda rate: rate.rate, default=None)
    stored = ledger.resources.stored_bytes_per_opinion
    cells = [
        name,
        numbers.NOTHING if top is None else numbers.decimal(top.throughput.value, language),
        _latency(top, "accepted", language),
        _latency(top, "final", language),
        numbers.NOTHING if ledger.counts is None else numbers.integer(ledger.counts.lost, language),
        numbers.NOTHING if stored is None else numbers.size(stored, language),
        price,
    ]
    return [cell.replace(" ", "\N{NO-BREAK SPACE}") for cell in cells]


def table(run_dir: Path, language: Language = "vi") -> Table:
    """One row for each ledger, at its highest rate, 80 columns wide. Needs `summary.json` and `cost.json`."""
    run, words = Run(run_dir), texts(language)
    cost = run.cost
    shown = Table(title=run.manifest.name, box=box.SIMPLE_HEAD, padding=(0, 1))
    shown.add_column(words.text("terminal", "ledger"), no_wrap=True)
    for key in ("rate", "accepted", "final", "lost", "stored", "cost"):
        shown.add_column(words.text("terminal", key), justify="right")
    late = [
        name for name, ledger in run.summary.ledgers.items() if not all(rate.kept for rate in ledger.rates)
    ]
    if late:
        shown.caption = words.text("terminal", "late").format(ledgers=", ".join(late))
    for name, ledger in run.summary.ledgers.items():
        years = cost.ledgers[name].years
        likely = [year for year in years if year.volume == cost.likely_volume]
        price = numbers.decimal(likely[0].per_opinion.p50, language) if likely else numbers.NOTHING
        shown.add_row(*_row(name, ledger, price, language))
    return shown


def verdict_line(run_dir: Path, language: Language = "vi") -> str:
    """The verdict's sentence. Needs `verdict.json`."""
    return Run(run_dir).verdict.line[language]
