"""Throughput, latency quantiles and their intervals, from raw observations.

What is counted, and how:

- Latency runs from the due time of the open-loop schedule, so that a stall is not hidden.
- An operation refused by the rules has no latency. One that failed or was lost counts as infinitely late.
- The first tenth of each repeat's schedule is warm-up and is cut, the same for every ledger.
- A quantile with fewer than 100 observations beyond it is not given.
- Intervals are 95 %: Student's t over the repeats; with one repeat, by order statistics or by Poisson counts.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.derived import MOMENTS, Interval, Moment, Rate
from reports.observations import Observations, Times

WARM_UP_SHARE = 0.1
BEYOND = 100
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}

_Z = 1.959964
# Student's t, 97.5 %, for 1 to 30 degrees of freedom.
_T = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
    2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip


def student_t(degrees: int) -> float:
    """The 97.5 % point of Student's t; the normal's past 30 degrees of freedom."""
    if degrees < 1:
        raise ValueError(f"found {degrees} degrees of freedom; allowed: at least 1")
    return _T[degrees - 1] if degrees <= len(_T) else _Z


def quantile(values: Times, q: float) -> float | None:
    """The smallest value that at least a share `q` does not exceed; None where it is infinite or unsupported.

    `values` may hold infinity for what never came. Unsupported: fewer than 100 values beyond.
    """
    rank = math.ceil(q * len(values))
    if len(values) - rank < BEYOND:
        return None
    value = float(np.sort(values)[rank - 1])
    return value if math.isfinite(value) else None


def _plain_quantile(values: Times, q: float) -> float:
    return float(np.sort(values)[max(0, math.ceil(q * len(values)) - 1)]) if len(values) else math.inf


def over_repeats(value: float, repeats: Sequence[float]) -> Interval:
    """An interval around `value` from the spread of at least two repeats; not below zero."""
    half = student_t(len(repeats) - 1) * float(np.std(repeats, ddof=1)) / math.sqrt(len(repeats))
    return Interval(value, max(0.0, value - half), value + half)


def _within_one(values: Times, q: float, value: float) -> Interval:
    """Order statistics: ranks nq -+ z sqrt(nq(1-q)), which 95 % of samples would straddle."""
    ordered = np.sort(values)
    half = _Z * math.sqrt(len(values) * q * (1 - q))
    low = max(0, math.floor(len(values) * q - half) - 1)
    high = min(len(values) - 1, math.ceil(len(values) * q + half) - 1)
    return Interval(value, float(ordered[low]), float(ordered[high]))


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """One repeat after its warm-up."""

    kept: Observations
    throughput: float
    offered: float
    seconds: float
    warm_up_s: float


def _window(repeat: Observations) -> _Window:
    """Cut the warm-up; count what became final in a window as long as the rest of the schedule.

    The window begins later by the median time to final, so that a steady delay (a block's interval) costs
    no throughput; a ledger that falls behind finishes fewer within the same length, and shows it.
    """
    start, stop = float(repeat.due.min()), float(repeat.due.max())
    warm_up = WARM_UP_SHARE * (stop - start)
    seconds = max(stop - start - warm_up, 1e-9)
    final = repeat.final[repeat.outcome == "final"]
    delay = float(np.median((repeat.final - repeat.due)[repeat.outcome == "final"])) if len(final) else 0.0
    begin, end = start + warm_up + delay, stop + delay
    done = int(np.count_nonzero((final > begin) & (final <= end)))
    kept = repeat.where(repeat.due >= start + warm_up)
    return _Window(kept, done / seconds, len(kept) / seconds, seconds, warm_up)


def latencies(observed: Observations, moment: Moment) -> Times:
    """Seconds from due, one for each operation not refused; infinite where the moment never came."""
    answered = observed.where(observed.outcome != "refused")
    return np.nan_to_num(answered.moment(moment) - answered.due, nan=np.inf)


def _latency_quantiles(
    windows: Sequence[_Window], moment: Moment
) -> tuple[dict[str, Interval], dict[str, list[float]]]:
    each = [latencies(window.kept, moment) for window in windows]
    pooled = np.concatenate(each)
    intervals: dict[str, Interval] = {}
    repeats: dict[str, list[float]] = {}
    for name, q in QUANTILES.items():
        value = quantile(pooled, q)
        if value is None:
            continue
        if len(each) == 1:
            interval = _within_one(pooled, q, value)
            single = [value]
        else:
            single = [_plain_quantile(part, q) for part in each]
            if not all(map(math.isfinite, single)):
                continue
            interval = over_repeats(value, single)
        if math.isfinite(interval.high):
            intervals[name] = interval
            repeats[f"{moment}.{name}"] = single
    return intervals, repeats


def at_rate(observed: Observations, rate: float) -> Rate:
    """What one ledger did at one offered rate."""
    windows = [_window(repeat) for repeat in observed.repeats(rate)]
    single = [window.throughput for window in windows]
    mean = float(np.mean(single))
    if len(windows) > 1:
        throughput = over_repeats(mean, single)
    else:
        half = _Z * math.sqrt(mean * windows[0].seconds) / windows[0].seconds
        throughput = Interval(mean, max(0.0, mean - half), mean + half)
    repeat_values: dict[str, Sequence[float]] = {"throughput": single}
    latency: dict[Moment, dict[str, Interval]] = {}
    for moment in MOMENTS:
        latency[moment], repeats = _latency_quantiles(windows, moment)
        repeat_values.update(repeats)
    refused = sum(int(np.count_nonzero(window.kept.outcome == "refused")) for window in windows)
    due = sum(len(window.kept) for window in windows)
    answered = sum(int(np.count_nonzero(window.kept.outcome == "final")) for window in windows)
    return Rate(
        rate=rate,
        offered=float(np.mean([window.offered for window in windows])),
        n=due - refused,
        repeats=len(windows),
        warm_up_s=max(window.warm_up_s for window in windows),
        unanswered=due - refused - answered,
        refused=refused,
        throughput=throughput,
        latency=latency,
        repeat_values=repeat_values,
    )


def at_most(events: int, trials: int) -> float:
    """The 95 % upper bound of a share after `events` in `trials`: for none, 3/n; else Wilson's."""
    if trials == 0:
        return 1.0
    if events == 0:
        return min(1.0, 3.0 / trials)
    share = events / trials
    centre = share + _Z**2 / (2 * trials)
    half = _Z * math.sqrt(share * (1 - share) / trials + _Z**2 / (4 * trials**2))
    return min(1.0, (centre + half) / (1 + _Z**2 / trials))
