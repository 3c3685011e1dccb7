"""Where the warm-up of a series ends: MSER-5.

White, 'An effective truncation heuristic for bias reduction in simulation output', Simulation 69(6), 1997:
cut so many batches of five that the mean of the rest has the smallest standard error. Never more than half is
cut; where the minimum lies there, the series has no steady part that was found, and says so.

Two things are added, since a measured series may have a stall, which no simulated one has. MSER-5 alone would
cut away everything up to the end of a stall in the first half, and hide it. So a series that begins as it
goes on has no warm-up, whatever comes later; and `windows.settle` cuts the median of the repeats' cuts.
"""

from dataclasses import dataclass

import numpy as np

from reports.observations import Times

BATCH = 5
_FEWEST_BATCHES = 10
_FIRST_BATCHES = 2
SHORT_SHARE = 0.1
"""Cut from a series too short for MSER-5: fewer than ten batches."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How many values to cut from the beginning."""

    cut: int
    steady: bool
    """False where the minimum lies at the half: the series may have no steady part at all."""


def mser_5(series: Times) -> WarmUp:
    """White's rule as he gave it, over all values of the series in their order; values are finite."""
    batches = len(series) // BATCH
    if batches < _FEWEST_BATCHES:
        return WarmUp(int(SHORT_SHARE * len(series)), True)
    means = series[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)
    centred = means - means[batches // 2 :].mean()  # against rounding, where all values are alike
    left = np.arange(batches, 0, -1)
    total = np.cumsum(centred[::-1])[::-1]
    squares = np.cumsum(centred[::-1] ** 2)[::-1]
    around = np.maximum(squares - total**2 / left, 0.0)
    half = batches // 2
    statistic = (around / left.astype(np.float64) ** 2)[: half + 1]
    best = int(np.argmin(statistic))
    return WarmUp(best * BATCH, best < half)


def warm_up(series: Times) -> WarmUp:
    """MSER-5, but nothing is cut where the first batches already lie within what comes after the cut.

    What never came (infinity) takes no part in finding the cut; the count is of all values.
    """
    places = np.flatnonzero(np.isfinite(series))
    found = mser_5(series[places])
    if found.cut == 0 or found.cut >= len(places):
        return WarmUp(0, found.steady)
    finite = series[places]
    if len(finite) >= _FEWEST_BATCHES * BATCH:
        rest = finite[found.cut :]
        rest = rest[: len(rest) // BATCH * BATCH].reshape(-1, BATCH).mean(axis=1)
        first = finite[: _FIRST_BATCHES * BATCH].reshape(_FIRST_BATCHES, BATCH).mean(axis=1)
        if np.all((first >= rest.min()) & (first <= rest.max())):
            return WarmUp(0, found.steady)
    return WarmUp(int(places[found.cut]), found.steady)
