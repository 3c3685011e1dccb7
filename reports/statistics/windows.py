"""One window after its warm-up: what became final, how fast, and how late."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np

from reports.derived import Interval, Moment
from reports.observations import Flags, Places, Texts, Times
from reports.statistics.histogram import QUANTILES, Histogram
from reports.statistics.intervals import Groups, Z, over_starts
from reports.statistics.mser import warm_up


class Timed(Protocol):
    """Operations with their times: the observations of a run's repeat, or of a bench's window."""

    @property
    def due(self) -> Times: ...
    @property
    def final(self) -> Times: ...
    @property
    def outcome(self) -> Texts: ...
    def __len__(self) -> int: ...
    def moment(self, name: Moment) -> Times: ...
    def where(self: "T", keep: Flags | Places) -> "T": ...


T = TypeVar("T", bound=Timed)


@dataclass(frozen=True, slots=True, eq=False)
class Settled(Generic[T]):
    """One window after its warm-up."""

    kept: T
    throughput: float
    """Committed operations per second."""
    seconds: float
    """Of the schedule, after the warm-up."""
    warm_up_s: float
    steady: bool

    @property
    def offered(self) -> float:
        """Due per second."""
        return len(self.kept) / self.seconds


def latencies(observed: Timed, moment: Moment) -> Times:
    """Seconds from due, one for each operation not refused; infinite where the moment never came."""
    return waits(observed, observed.moment(moment))


def waits(observed: Timed, came: Times) -> Times:
    """Seconds from due to the times at which something came, NaN where never, as `latencies` has them."""
    waited: Times = (came - observed.due)[observed.outcome != "refused"]
    return np.nan_to_num(waited, nan=np.inf)


def warm_up_s(observed: Timed) -> tuple[float, bool]:
    """How much of the window's beginning is warm-up, seconds, and whether the rest is steady.

    Found in the latency until final, in the order of due times, of what became final.
    """
    done = (observed.outcome == "final") & np.isfinite(observed.final)
    due, final = observed.due[done], observed.final[done]
    if not len(due):
        return 0.0, False
    order = np.argsort(due, kind="stable")
    found = warm_up((final - due)[order])
    begin = float(observed.due.min())
    return (float(due[order[found.cut]]) - begin if found.cut else 0.0), found.steady


def settle(windows: Sequence[T]) -> list[Settled[T]]:
    """Cut the same warm-up from every window of one load: the median (the lower one) of what each shows.

    A stall that a single repeat has is no warm-up of the load, and stays in. Windows are not empty.
    """
    found = [warm_up_s(window) for window in windows]
    cut = sorted(cut for cut, _ in found)[(len(found) - 1) // 2] if found else 0.0
    return [_settled(window, cut, steady) for window, (_, steady) in zip(windows, found, strict=True)]


def _settled(window: T, cut_s: float, steady: bool) -> Settled[T]:
    """Count what became final in a window as long as the rest of the schedule.

    The window begins later by the median time to final, so that a steady delay (a block's interval) costs
    no throughput; a ledger that falls behind finishes fewer within the same length, and shows it.
    """
    start, stop = float(window.due.min()), float(window.due.max())
    done = window.outcome == "final"
    final = window.final[done]
    if stop == start:  # one operation, such as an audit: its own time is all there is
        seconds = max(float(final.max(initial=start)) - start, 1e-9)
        return Settled(window, len(final) / seconds, seconds, 0.0, True)
    seconds = stop - start - cut_s
    delay = float(np.median(final - window.due[done])) if len(final) else 0.0
    begin, end = start + cut_s + delay, stop + delay
    became = int(np.count_nonzero((final > begin) & (final <= end)))
    kept = window.where(window.due >= start + cut_s) if cut_s else window
    return Settled(kept, became / seconds, seconds, cut_s, steady)


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure over all windows, and each window's own."""

    interval: Interval
    values: Groups


def throughput(starts: Sequence[Sequence[Settled[T]]]) -> Figure:
    """Committed operations per second; for a single window, the interval of a Poisson count."""
    values = [[window.throughput for window in start] for start in starts]
    mean = float(np.mean([np.mean(start) for start in values if start]))
    interval = over_starts(mean, values)
    if interval is None:
        seconds = next(window.seconds for start in starts for window in start)
        half = Z * math.sqrt(mean * seconds) / seconds
        interval = Interval(mean, max(0.0, mean - half), mean + half)
    return Figure(interval, values)


def quantiles(starts: Sequence[Sequence[Times]]) -> dict[str, Figure]:
    """Latency quantiles over all windows; left out where infinite or with fewer than 100 beyond.

    Each is that of all windows together, and its interval comes from the windows' own; with a single window,
    from order statistics, as if operations did not depend on one another.
    """
    each = [[Histogram.of(window) for window in start] for start in starts]
    whole = Histogram()
    for start in each:
        for histogram in start:
            whole.add(histogram)
    figures: dict[str, Figure] = {}
    for name, q in QUANTILES.items():
        value = whole.quantile(q)
        if value is None:
            continue
        own = [[one.quantile(q, beyond=0) for one in start] for start in each]
        values = [[one for one in start if one is not None] for start in own]
        if [len(start) for start in values] != [len(start) for start in own]:
            continue  # infinite in one window
        interval = over_starts(value, values) or _within_one(whole, q, value)
        if math.isfinite(interval.high):
            figures[name] = Figure(interval, values)
    return figures


def _within_one(values: Histogram, q: float, value: float) -> Interval:
    """Order statistics: ranks nq -+ z sqrt(nq(1-q)), which 95 % of samples would straddle."""
    n = len(values)
    half = Z * math.sqrt(n * q * (1 - q))
    low = values.at_rank(max(1, math.floor(n * q - half)))
    high = values.at_rank(min(n, math.ceil(n * q + half) + 1))
    return Interval(value, min(low, value), max(high, value))
