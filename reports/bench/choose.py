"""Which of a ledger's loads stands for it in a figure that has one point for each ledger.

Ledgers can be compared under the same load only: the figure takes a rate of single entries through the port,
in an open loop, that the most ledgers were measured at, and leaves out whoever was not. Of several such rates
it takes one with enough observations for p99, and of those the lowest: a ledger that is pushed shows how it
queues.
"""

from collections import Counter

from reports.bench.shapes import BenchSummary, Load, Resources, Saturation


def stands(load: Load | Resources) -> bool:
    """Entries in an open loop through the port, with at least one valid window."""
    entries = not isinstance(load, Load) or load.kind == "entry"
    return (
        entries
        and (load.drive, load.loop) == ("direct", "open")
        and load.repeats > 0
        and load.rate is not None
    )


def common_rate(summary: BenchSummary) -> float | None:
    """The rate that the figures are read at; None where no ledger has any."""
    has: Counter[float] = Counter()
    firm: Counter[tuple[float, str]] = Counter()
    for ledger in summary.ledgers.values():
        for load in ledger.loads:
            if stands(load) and load.rate is not None:
                has[load.rate] += 1
                firm.update((load.rate, quantile) for quantile in load.latency.get("final", {}))
    return min(has, key=lambda rate: (-has[rate], -firm[rate, "p99"], -firm[rate, "p95"], rate), default=None)


def at_least(search: Saturation) -> bool:
    """True where the ledger's own limit was not met, so that the saturation point is a lower bound."""
    return search.stopped_at_generator or not search.limited_by


def load(summary: BenchSummary, name: str) -> Load | None:
    """A ledger's load at the common rate."""
    at = common_rate(summary)
    return next((one for one in summary.ledgers[name].loads if stands(one) and one.rate == at), None)


def resources(summary: BenchSummary, name: str) -> Resources | None:
    """What a ledger used at the common rate."""
    at = common_rate(summary)
    return next((one for one in summary.ledgers[name].resources if stands(one) and one.rate == at), None)
