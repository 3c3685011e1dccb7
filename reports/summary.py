"""Makes `summary.json` out of `raw.json` and the observations."""

from pathlib import Path

from reports.derived import Resources, Summary, SummaryLedger
from reports.files import write_json
from reports.observations import read_observations
from reports.run import Run, plain
from reports.shapes import RawLedger
from reports.statistics import at_rate


def _per(total: float | None, entries: int) -> float | None:
    return None if total is None or entries == 0 else total / entries


def _resources(ledger: RawLedger) -> Resources:
    total = ledger.resources_total
    return Resources(
        cpu_s_per_opinion=_per(total.cpu_s, ledger.entries),
        stored_bytes_per_opinion=_per(total.stored_bytes, ledger.entries),
        gas_per_opinion=_per(total.gas, ledger.entries) if total.gas else None,
        rss_bytes=total.rss_bytes,
        handed_over_bytes_per_opinion=_per(total.handed_over_bytes, ledger.entries),
        service_cpu_s_per_opinion=_per(total.service_cpu_s, ledger.entries),
    )


def summarise(run: Run) -> Summary:
    """Fill throughput, latencies and resources per opinion of every measured ledger."""
    ledgers: dict[str, SummaryLedger] = {}
    for name, ledger in run.raw.ledgers.items():
        rates = []
        if ledger.status == "measured":
            observed = read_observations(run.folder, name)
            rates = [at_rate(observed, rate) for rate in observed.rates()]
        ledgers[name] = SummaryLedger(
            status=ledger.status,
            reason=ledger.reason,
            voucher=ledger.voucher,
            parties=ledger.parties,
            durability=ledger.durability,
            evm=ledger.evm,
            counts=ledger.counts,
            rates=rates,
            resources=_resources(ledger),
        )
    return Summary(ledgers=ledgers, tally=run.raw.tally)


def write(run_dir: Path) -> None:
    """Write `summary.json`. Raises RunError where the run's files are not as the contract says."""
    run = Run(run_dir)
    write_json(run_dir / "summary.json", plain(summarise(run)))
