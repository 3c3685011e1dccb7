"""What one ledger of a run did at one offered rate."""

from collections.abc import Sequence

import numpy as np

from reports.derived import MOMENTS, Interval, Moment, Rate
from reports.observations import Observations
from reports.statistics.lag import KEPT_LAG_S, lag_p99
from reports.statistics.windows import latencies, quantiles, settle, throughput


def at_rate(observed: Observations, rate: float) -> Rate:
    """Over the repeats at this rate, warm-up cut; a run has one start."""
    repeats = list(observed.repeats(rate))
    windows = settle(repeats)
    lag_p99_s = max(map(lag_p99, repeats))
    done = throughput([windows])
    repeat_values: dict[str, Sequence[float]] = {"throughput": done.values[0]}
    latency: dict[Moment, dict[str, Interval]] = {}
    for moment in MOMENTS:
        found = quantiles([[latencies(window.kept, moment) for window in windows]])
        latency[moment] = {name: figure.interval for name, figure in found.items()}
        repeat_values |= {f"{moment}.{name}": figure.values[0] for name, figure in found.items()}
    refused = sum(int(np.count_nonzero(window.kept.outcome == "refused")) for window in windows)
    due = sum(len(window.kept) for window in windows)
    answered = sum(int(np.count_nonzero(window.kept.outcome == "final")) for window in windows)
    return Rate(
        rate=rate,
        offered=float(np.mean([window.offered for window in windows])),
        n=due - refused,
        repeats=len(windows),
        warm_up_s=max(window.warm_up_s for window in windows),
        unsteady=sum(not window.steady for window in windows),
        lag_p99_s=lag_p99_s,
        kept=lag_p99_s <= KEPT_LAG_S,
        unanswered=due - refused - answered,
        refused=refused,
        throughput=done.interval,
        latency=latency,
        repeat_values=repeat_values,
    )
