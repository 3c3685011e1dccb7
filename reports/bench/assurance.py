"""The time to each level of assurance: the table that leads."""

from collections.abc import Mapping
from typing import get_args

from reports.bench.loads import Key, Starts
from reports.bench.shapes import Assurance, Assured, Level, Reached
from reports.statistics.windows import quantiles

LEVELS: tuple[Level, ...] = get_args(Level)


def assurance(loads: Mapping[Key, Starts], levels: Mapping[Level, Reached]) -> Assurance | None:
    """Under the load that tells it best; None where no entries were written in an open loop.

    That is: through the port where there is a choice, and of the rates the lowest whose p95 has its 100
    observations beyond, since a ledger that is pushed says how it queues and not how it works.
    """
    open_loop = [key for key in loads if key.kind == "entry" and key.loop == "open" and loads[key].all()]
    chosen: Key | None = None
    for drive in ("direct", "http"):
        keys = sorted((key for key in open_loop if key.drive == drive), key=lambda key: key.rate or 0.0)
        firm = [key for key in keys if "p95" in quantiles(loads[key].waits("final"))]
        chosen = chosen or next(iter(firm or keys), None)
    if chosen is None:
        return None
    over = loads[chosen]
    return Assurance(
        drive=chosen.drive,
        rate=chosen.rate,
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
