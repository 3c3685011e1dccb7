"""A measured row against its peer in the same run: the ratio, its interval, the table, and `ratios.json`."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import exp, inf, log, sqrt
from pathlib import Path
from statistics import fmean, median, stdev

from pilot.rundir import write_whole
from reports.statistics import student_t


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison. A ratio is better when larger: for times and bytes it is the peer's over ours."""

    name: str
    ours: float
    peer: float
    peer_name: str
    unit: str
    n: int
    """Repeats, each with a measurement of ours and one of the peer's beside it."""
    ratio: float
    low: float
    high: float
    goal: float | None
    """What `ratio` has to reach; None where no goal is set."""
    bound: float | None
    """What `ours` has to reach, in `unit`; None where none is set."""

    @property
    def met(self) -> bool | None:
        """Whether goal and bound are reached; None where there is neither."""
        reached = [] if self.goal is None else [self.ratio >= self.goal]
        if self.bound is not None:
            reached.append(self.ours <= self.bound if is_cost(self.unit) else self.ours >= self.bound)
        return all(reached) if reached else None


def is_cost(unit: str) -> bool:
    """Durations, bytes and gas are better when smaller, rates when larger."""
    return unit in ("s", "ms", "us", "B", "gas")


def compare(
    name: str,
    unit: str,
    ours: Sequence[float],
    peer: Sequence[float],
    *,
    peer_name: str = "memory",
    goal: float | None = None,
    bound: float | None = None,
) -> Row:
    """Pairs measured side by side, the median of each.

    The ratio is the pairs' geometric mean; its interval is Student's t over their logarithms, 95 %, since
    a bootstrap of so few covers less than it says. A single pair has no interval: from 0 to infinity.
    """
    down = is_cost(unit)
    logs = [log(other / own if down else own / other) for own, other in zip(ours, peer, strict=True)]
    centre = fmean(logs)
    half = student_t(len(logs) - 1) * stdev(logs) / sqrt(len(logs)) if len(logs) > 1 else inf
    ends = exp(centre), exp(centre - half), exp(centre + half)
    return Row(name, median(ours), median(peer), peer_name, unit, len(logs), *ends, goal, bound)


def table(rows: Sequence[Row]) -> list[str]:
    """Lines for people: what, ours, the peer's, the ratio with its interval, what is to be reached."""
    head = ("measured", "ours", "peer", "unit", "ratio [95 %]", "n", "at least")
    cells = [head]
    for row in rows:
        verdict = {None: "", True: " met", False: " MISSED"}[row.met]
        goals = [] if row.goal is None else [f"ratio {row.goal:g}"]
        if row.bound is not None:
            goals.append(f"{'<=' if is_cost(row.unit) else '>='} {row.bound:g} {row.unit}")
        interval = f"{row.ratio:.3g} [{row.low:.3g}, {row.high:.3g}]"
        peer = f"{figure(row.peer)} {row.peer_name}"
        goal = ", ".join(goals) + verdict
        cells.append((row.name, figure(row.ours), peer, row.unit, interval, str(row.n), goal))
    widths = [max(len(line[at]) for line in cells) for at in range(len(head))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    ]


def figure(value: float) -> str:
    """Three digits, and no more than whole numbers where there are more before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(rows: Sequence[Row], folder: Path) -> Path:
    """`ratios.json` in the shape that a run directory asks for; whole or not at all."""
    path = folder / "ratios.json"
    write_whole(path, json.dumps([asdict(row) for row in rows], indent=1).encode() + b"\n")
    return path
