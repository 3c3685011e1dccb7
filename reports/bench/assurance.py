"""The time to each level of assurance: the table that leads."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from reports.bench.loads import Key, Starts
from reports.bench.shapes import Assurance, Assured, Level, Load, Reached
from reports.statistics.windows import quantiles

LEVELS: tuple[Level, ...] = get_args(Level)


def common(ledgers: Iterable[Sequence[Load]]) -> Key | None:
    """The load that the table is read under, the same for all; None where nobody wrote in an open loop.

    Of the loads that the most ledgers have: the one whose p95 has its 100 observations beyond on the most of
    them; through the port before over HTTP; the lowest rate, since a ledger that is pushed says how it queues
    and not how it works.
    """
    has: Counter[Key] = Counter()
    firm: Counter[Key] = Counter()
    for loads in ledgers:
        for load in loads:
            if load.kind == "entry" and load.loop == "open" and load.repeats:
                key = Key.of(load)
                has[key] += 1
                firm[key] += "p95" in load.latency["final"]
    return min(
        has, key=lambda key: (-has[key], -firm[key], key.drive != "direct", key.rate or 0.0), default=None
    )


def assurance(
    key: Key | None, loads: Mapping[Key, Starts], levels: Mapping[Level, Reached]
) -> Assurance | None:
    """The time to each level under one load; None where this ledger was not measured under it."""
    over = loads.get(key) if key else None
    if key is None or over is None or not over.all():
        return None
    return Assurance(
        drive=key.drive,
        rate=key.rate,
        levels={level: _assured(over, levels.get(level)) for level in LEVELS},
    )


def _assured(over: Starts, reached: Reached | None) -> Assured | None:
    if reached is None:
        return None
    found = quantiles(over.waits_at(reached.moment, reached.nodes))
    p50, p95 = found.get("p50"), found.get("p95")
    return Assured(
        moment=reached.moment,
        nodes=reached.nodes,
        p50=p50.interval if p50 else None,
        p95=p95.interval if p95 else None,
    )
