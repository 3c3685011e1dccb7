"""The short table that the pilot prints when a run ends."""

from pathlib import Path

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
    words = texts(language)
    if ledger.status != "measured":
        reason = words.phrase(ledger.reason) or ledger.reason
        return [name, f"{words.text('ledger_table', 'not_measured')}: {reason}", *[numbers.NOTHING] * 6, ""]
    top = max(ledger.rates, key=lambda rate: rate.rate, default=None)
    stored = ledger.resources.stored_bytes_per_opinion
    return [
        name,
        words.text("ledger_table", "measured"),
        numbers.NOTHING if top is None else numbers.decimal(top.throughput.value, language),
        _latency(top, "accepted", language),
        _latency(top, "final", language),
        numbers.NOTHING if ledger.counts is None else numbers.integer(ledger.counts.lost, language),
        numbers.NOTHING if stored is None else numbers.size(stored, language),
        price,
        words.phrase(ledger.voucher) or ledger.voucher,
    ]


def table(run_dir: Path, language: Language = "vi") -> Table:
    """One row for each ledger, at its highest rate. Needs `summary.json` and `cost.json`."""
    run, words = Run(run_dir), texts(language)
    cost = run.cost
    shown = Table(title=run.manifest.name)
    shown.add_column(words.text("terminal", "ledger"), no_wrap=True)
    shown.add_column(words.text("terminal", "status"), overflow="fold", min_width=10)
    for key in ("rate", "accepted", "final", "lost", "stored", "cost"):
        shown.add_column(words.text("terminal", key), justify="right", no_wrap=True)
    shown.add_column(words.text("terminal", "voucher"), overflow="fold", min_width=12)
    for name, ledger in run.summary.ledgers.items():
        years = cost.ledgers[name].years
        likely = [year for year in years if year.volume == cost.likely_volume]
        price = numbers.decimal(likely[0].per_opinion.p50, language) if likely else numbers.NOTHING
        shown.add_row(*_row(name, ledger, price, language))
    return shown


def verdict_line(run_dir: Path, language: Language = "vi") -> str:
    """The verdict's sentence. Needs `verdict.json`."""
    return Run(run_dir).verdict.line[language]
