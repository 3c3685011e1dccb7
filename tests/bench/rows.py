"""A measured row against its peer in the same run: the ratio, its interval, the table, and `ratios.json`."""

import json
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

RESAMPLES = 2_000


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
    """What `ours` has to reach, in `unit`; None where no goal is set."""

    @property
    def met(self) -> bool | None:
        if self.goal is None:
            return None
        return self.ours <= self.goal if is_cost(self.unit) else self.ours >= self.goal


def is_cost(unit: str) -> bool:
    """Durations and bytes are better when smaller, rates when larger."""
    return unit in ("s", "ms", "us", "B")


def compare(
    name: str, unit: str, ours: Sequence[float], peer: Sequence[float], goal: float | None = None
) -> Row:
    """Pairs measured side by side; the interval is a percentile bootstrap (95 %) over the pairs, seeded."""
    down = is_cost(unit)
    ratios = [other / own if down else own / other for own, other in zip(ours, peer, strict=True)]
    dice = random.Random(name)
    medians = sorted(median(dice.choices(ratios, k=len(ratios))) for _ in range(RESAMPLES))
    low, high = medians[round(0.025 * RESAMPLES)], medians[round(0.975 * RESAMPLES) - 1]
    return Row(name, median(ours), median(peer), "memory", unit, len(ratios), median(ratios), low, high, goal)


def table(rows: Sequence[Row]) -> list[str]:
    """Lines for people: what, ours, the peer's, the ratio with its interval, the goal."""
    head = ("measured", "ours", "peer", "unit", "ratio [95 %]", "n", "goal")
    cells = [head]
    for row in rows:
        verdict = {None: "", True: " met", False: " MISSED"}[row.met]
        goal = "" if row.goal is None else f"{'<=' if is_cost(row.unit) else '>='} {row.goal:g}{verdict}"
        interval = f"{row.ratio:.3g} [{row.low:.3g}, {row.high:.3g}]"
        peer = f"{figure(row.peer)} {row.peer_name}"
        cells.append((row.name, figure(row.ours), peer, row.unit, interval, str(row.n), goal))
    widths = [max(len(line[at]) for line in cells) for at in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]


def figure(value: float) -> str:
    """Three digits, and no more than whole numbers where there are more before the point."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def write(rows: Sequence[Row], folder: Path) -> Path:
    """`ratios.json` in the shape that a run directory asks for; whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / "ratios.json.part"
    part.write_text(json.dumps([asdict(row) for row in rows], indent=1) + "\n", encoding="utf-8")
    return part.rename(folder / "ratios.json")
