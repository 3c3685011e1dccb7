"""What a share is at most, after so many events were seen; none seen is not none possible."""

import math

import numpy as np

_MISS = 0.05
_HALVINGS = 60


def at_most(events: int, trials: int) -> float:
    """The 95 % upper bound of a share after `events` in `trials`: Clopper and Pearson's, one-sided, exact.

    The largest share under which so few events still have a probability of 5 %. For none in n it is
    1 - 0.05^(1/n), close to 3/n, the rule of three. Raises ValueError for counts that cannot be.
    """
    if not 0 <= events <= trials:
        raise ValueError(f"found {events} events in {trials} trials; allowed: from 0 to the trials")
    if events == trials:
        return 1.0
    if events == 0:
        return float(-math.expm1(math.log(_MISS) / trials))
    k = np.arange(1, events + 1)
    choose = np.concatenate([[0.0], np.cumsum(np.log(trials - k + 1) - np.log(k))])
    seen = np.arange(events + 1)
    low, high = events / trials, 1.0
    for _ in range(_HALVINGS):
        share = (low + high) / 2
        logs = choose + seen * math.log(share) + (trials - seen) * math.log1p(-share)
        top = float(logs.max())
        if top + math.log(float(np.exp(logs - top).sum())) > math.log(_MISS):
            low = share
        else:
            high = share
        if high - low < 1e-12 * high:
            break
    return high
