"""95 % intervals from the spread between repeats, and between starts where there are several.

Operations in one window depend on one another (each waits behind the one before), so their number says little
about how well a mean is known; repeats depend on one another much less, and starts hardly.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.derived import Interval

Groups = Sequence[Sequence[float]]
"""One value for each repeat, a list for each start."""

Z = 1.959964
# Student's t, 97.5 %, for 1 to 30 degrees of freedom.
_T = (
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281,
    2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930, 2.0860,
    2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
)  # fmt: skip


def student_t(degrees: int) -> float:
    """The 97.5 % point of Student's t; past 30 degrees of freedom by Fisher's expansion around the normal."""
    if degrees < 1:
        raise ValueError(f"found {degrees} degrees of freedom; allowed: at least 1")
    if degrees <= len(_T):
        return _T[degrees - 1]
    return Z + (Z**3 + Z) / (4 * degrees) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * degrees**2)


@dataclass(frozen=True, slots=True)
class Spread:
    """How well a mean is known."""

    mean: float
    variance: float
    """Of the mean, not of the values."""
    degrees: float
    """Of freedom, behind the variance."""

    @property
    def half(self) -> float:
        """Half the width of the interval; degrees are rounded down, which errs on the wide side."""
        return student_t(max(1, math.floor(self.degrees))) * math.sqrt(self.variance)


def spread(groups: Groups) -> Spread | None:
    """How well the mean over starts and repeats is known; None where there is a single value.

    One start, or one repeat in each: Student's t over the values. Two starts: Student's t over the two means,
    one degree of freedom, since nothing narrower covers what it says. Three and more: the hierarchical
    bootstrap (starts are drawn, then repeats within them). Its variance has a closed form, which is what
    endless draws would come to: no seed and no noise. The part between starts is made larger by S / (S - 1),
    which a bootstrap of so few misses, and degrees of freedom are Satterthwaite's.
    """
    groups = [group for group in groups if len(group)]
    values = [value for group in groups for value in group]
    if len(values) < 2:
        return None
    if len(groups) == 1 or len(values) == len(groups):
        return Spread(float(np.mean(values)), float(np.var(values, ddof=1)) / len(values), len(values) - 1)
    starts = len(groups)
    means = np.array([np.mean(group) for group in groups])
    mean, between = float(means.mean()), float(np.var(means, ddof=1)) / starts
    if starts == 2:
        return Spread(mean, between, 1)
    within = sum(float(np.var(group)) / len(group) for group in groups) / starts**2
    if within == 0.0:
        return Spread(mean, between, starts - 1)
    inside = len(values) - starts
    degrees = (between + within) ** 2 / (between**2 / (starts - 1) + within**2 / inside)
    return Spread(mean, between + within, degrees)


def over_starts(value: float, groups: Groups) -> Interval | None:
    """An interval around `value` from repeats within starts; None for a single value.

    Not below zero, unless the value is: a ledger that tidies up stores less than before.
    """
    found = spread(groups)
    if found is None:
        return None
    return Interval(value, min(value, max(0.0, value - found.half)), value + found.half)


def over_repeats(value: float, repeats: Sequence[float]) -> Interval:
    """An interval around `value` from at least two repeats on one level: Student's t; not below zero."""
    found = over_starts(value, [repeats])
    if found is None:
        raise ValueError(f"found {len(repeats)} repeats; allowed: at least 2")
    return found
