"""The saturation search: the highest rate at which a ledger keeps up, searched for and judged by one rule.

`judge` looks at one window; the live search and the summary both use it. `Search` says which rate comes next.
Neither sends anything nor knows the time.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.observations import Texts, Times
from reports.statistics import warm_up
from reports.statistics.lag import KEPT_LAG_S
from reports.statistics.ranks import at_share

Cause = Literal["", "window too short", "generator", "loss", "latency", "backlog"]
"""Why a rate was not kept; empty where it was."""

FINAL_SHARE = 0.98
"""The rate at which operations become final, over the rate at which they are due: at least this."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a rate was kept."""

    kept: bool
    why: str
    """One sentence, with the number and its limit; empty where it was kept."""
    cause: Cause = ""
    throughput: float = 0.0
    """Final operations per second, in a window as long as the schedule after its warm-up."""
    p95_s: float | None = None
    """Of final, after the warm-up; None where it is infinite."""


def judge(due: Times, final: Times, outcome: Texts, *, lag_p99_s: float, p95_s: float) -> Verdict:
    """Whether one open-loop window was kept: the schedule by the generator, the limits by the ledger.

    Times in seconds on one clock, NaN where a moment never came; `outcome` as in the observations. What the
    rules refused is left out. `lag_p99_s` is the generator's own delay, exceeded by one of 100 operations;
    what it waited on purpose, for a batch or for room at the ledger, is no part of it.

    The generator is looked at first: where it was late, nothing is said of the ledger. Then: nothing lost or
    failed, p95 of final at most `p95_s`, and no backlog that grows.
    """
    order = np.argsort(due, kind="stable")
    order = order[outcome[order] != "refused"]
    if len(order) < 2 or due[order[-1]] <= due[order[0]]:
        return Verdict(False, "fewer than two operations were due at different times", "window too short")
    due, final, outcome = due[order], final[order], outcome[order]
    waits = np.where((outcome == "final") & np.isfinite(final), final - due, np.inf)
    cut = warm_up(waits).cut
    seconds = float(due[-1] - due[cut])
    p95 = at_share(np.sort(waits[cut:]), 0.95)
    delay = at_share(np.sort(waits), 0.5)
    late = final[np.isfinite(waits)] - (delay if math.isfinite(delay) else 0.0)
    became = int(np.count_nonzero((late > due[cut]) & (late <= due[-1])))
    measured = (became / max(seconds, 1e-9), p95 if math.isfinite(p95) else None)

    if lag_p99_s > KEPT_LAG_S:
        why = f"the generator was late: p99 of its lag is {lag_p99_s:.3g} s, allowed {KEPT_LAG_S:g} s"
        return Verdict(False, why, "generator", *measured)
    for name in ("lost", "failed"):
        count = int(np.count_nonzero(outcome == name))
        if count:
            why = f"{count} of {len(due)} operations {name}, allowed none"
            return Verdict(False, why, "loss", *measured)
    if p95 > p95_s:
        why = f"p95 of final is {p95:.3g} s, allowed {p95_s:g} s"
        return Verdict(False, why, "latency", *measured)
    share, growth_s, scatter_s = _backlog(due[cut:], final[cut:])
    if share < FINAL_SHARE and growth_s > scatter_s:
        why = f"a backlog grows: {share:.1%} of the offered rate became final, allowed {FINAL_SHARE:.0%}"
        return Verdict(False, why, "backlog", *measured)
    return Verdict(True, "", "", *measured)


def _backlog(due: Times, final: Times) -> tuple[float, float, float]:
    """The rate of becoming final over that of being due; by how much the wait grew; its scatter, seconds.

    From a line through (due, final): where each second's load takes 1.1 seconds, its slope is 1.1. Counting
    what became final in a fixed stretch would depend on how many blocks happen to end within it. A growth
    within the scatter around the line cannot be told from where in a block the window began.
    """
    centred, ended = due - due.mean(), final - final.mean()
    weight = float(np.dot(centred, centred))
    slope = float(np.dot(centred, ended)) / weight if weight > 0 else 1.0
    growth_s = (slope - 1.0) * float(due[-1] - due[0])
    return 1.0 / max(slope, 1.0), growth_s, float(np.std(ended - slope * centred))


class Search:
    """Doubles the rate until it is not kept, then halves the gap on a log scale down to the resolution.

    Where not even the first rate is kept, it halves downwards first, six times at most.

        search = Search(50, 20_000, 0.05)
        while (rate := search.next_rate()) is not None:
            search.tell(measure(rate))
        search.highest
    """

    _LOWEST_SHARE = 1 / 64

    def __init__(self, start_per_s: float, limit_per_s: float, resolution: float) -> None:
        """Rates above 0; `resolution` is the share by which the answer may be too low, such as 0.05."""
        if not 0 < start_per_s <= limit_per_s or not resolution > 0:
            raise ValueError(
                f"found start {start_per_s}, limit {limit_per_s}, resolution {resolution}; "
                "allowed: 0 < start <= limit, resolution > 0"
            )
        self._next: float | None = start_per_s
        self._floor, self._limit = start_per_s * self._LOWEST_SHARE, limit_per_s
        self._resolution = resolution
        self.highest: float | None = None
        """The highest rate that was kept so far."""
        self.broken: float | None = None
        """The lowest rate that was not kept so far."""

    def next_rate(self) -> float | None:
        """What to offer next; None when the search is over. The same until it is told."""
        return self._next

    def tell(self, kept: bool) -> None:
        """Whether the rate that `next_rate` gave was kept."""
        if self._next is None:
            raise ValueError("the search is over: there is no rate to tell of")
        if kept:
            self.highest = self._next
        else:
            self.broken = self._next
        self._next = self._after()

    def _after(self) -> float | None:
        low, high = self.highest, self.broken
        if high is None:
            return None if low is None or low >= self._limit else min(2 * low, self._limit)
        if low is None:
            return high / 2 if high / 2 >= self._floor else None
        return math.sqrt(low * high) if high / low > 1 + self._resolution else None
