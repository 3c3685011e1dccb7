"""What a person sees of a bench: a bar, and a table of what each ledger did last; plain lines where there
is no terminal.

The table shows single windows as they come, without intervals: it says that things go on, and how. What
they come to is in the page.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from rich.console import Console, Group, RenderableType
from rich.live import Live as Display
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from pilot.bench.book import Plan, lags
from reports.statistics.lag import KEPT_LAG_S
from workloads.bench.observed import Became, Observed

_COLUMNS = ("ledger", "phase", "offered /s", "final /s", "p50 ms", "p95 ms", "not final", "highest kept /s")


@dataclass(slots=True)
class _Row:
    phase: str = "starting"
    offered: str = ""
    final: str = ""
    p50: str = ""
    p95: str = ""
    missed: str = ""
    highest: str = ""


@dataclass(slots=True)
class Live:
    """Told of every window; safe from several threads."""

    console: Console
    _display: Display | None = None
    _rows: dict[str, _Row] = field(default_factory=dict)
    _operations: int = 0
    _lock: Lock = field(default_factory=Lock)
    _bars: Progress = field(
        default_factory=lambda: Progress(
            TextColumn("{task.description:<32}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[operations]}"),
        )
    )

    def begin(self, steps: int) -> None:
        self._bars.add_task("bench", total=max(steps, 1), operations="")

    def stage(self, name: str) -> None:
        with self._lock:
            for task in self._bars.task_ids:
                self._bars.update(task, description=name)
        self.say(name)

    def tick(self) -> None:
        """A step of the bar is done."""
        for task in self._bars.task_ids:
            self._bars.advance(task)

    def count(self, operations: int) -> None:
        """So many operations more have been decided."""
        with self._lock:
            self._operations += operations
            for task in self._bars.task_ids:
                self._bars.update(task, operations=f"{self._operations:,} operations")

    def say(self, line: str) -> None:
        self.console.print(f"  {line}", style="dim", markup=False, highlight=False, soft_wrap=True)

    def window(self, plan: Plan, seen: Observed) -> None:
        """A window of entries is over."""
        final = np.sort((seen.final - seen.due)[seen.became == Became.FINAL])
        offered = f"{plan.rate:g}" if plan.rate is not None else f"{plan.callers} in flight"
        row = self._row(plan.ledger)
        row.phase, row.offered = f"{plan.phase}, {plan.drive}", offered
        row.final = _rate(seen)
        row.p50, row.p95 = _ms(final, 0.5), _ms(final, 0.95)
        row.missed = str(len(seen) - seen.count(Became.FINAL))
        lag_p99_s, _ = lags(seen)
        late = f", generator {lag_p99_s * 1000:.0f} ms late" if lag_p99_s > KEPT_LAG_S else ""
        self._draw(f"{plan.ledger}: {row.phase}, {offered}: {row.final}/s final, p95 {row.p95} ms{late}")

    def searched(self, label: str, rate: float, kept: bool) -> None:
        row = self._row(label)
        row.phase, row.offered = "saturation", f"{rate:.0f} {'kept' if kept else 'not kept'}"
        self._draw(f"{label}: {rate:.0f}/s {'kept' if kept else 'not kept'}")

    def saturation(self, label: str, highest: float | None) -> None:
        self._row(label).highest = "none" if highest is None else f"{highest:,.0f}"
        self._draw(f"{label}: highest rate kept: {self._row(label).highest}/s")

    def _row(self, label: str) -> _Row:
        with self._lock:
            return self._rows.setdefault(label, _Row())

    def _draw(self, line: str) -> None:
        if self._display is None:
            self.say(line)
        else:
            self._display.update(self._picture())

    def _picture(self) -> RenderableType:
        table = Table(*_COLUMNS, expand=False)
        with self._lock:
            for label, row in self._rows.items():
                table.add_row(
                    label, row.phase, row.offered, row.final, row.p50, row.p95, row.missed, row.highest
                )
        return Group(table, self._bars)


@contextmanager
def shown(console: Console) -> Iterator[Live]:
    """On a console, which should be standard error."""
    live = Live(console)
    if not console.is_terminal:
        yield live
        return
    with Display(live._picture(), console=console, refresh_per_second=4) as display:
        live._display = display
        yield live


def _rate(seen: Observed) -> str:
    done = np.sort(seen.final[seen.became == Became.FINAL])
    if len(done) < 2 or done[-1] <= done[0]:
        return "–"
    return f"{(len(done) - 1) / (done[-1] - done[0]):,.0f}"


def _ms(ordered: np.ndarray[tuple[int], np.dtype[np.float64]], share: float) -> str:
    if not len(ordered):
        return "–"
    value_ms = 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
    return f"{value_ms:.3g}" if value_ms < 100 else f"{value_ms:,.0f}"
