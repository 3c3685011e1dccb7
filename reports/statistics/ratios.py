"""Whether one figure differs from another beyond noise: their ratio and its interval."""

import math
from collections.abc import Iterable

from reports.derived import Interval
from reports.statistics.intervals import Groups, Spread, spread, student_t


def _logs(groups: Groups) -> Spread | None:
    values = [value for group in groups for value in group]
    if not all(value > 0 and math.isfinite(value) for value in values):
        return None
    return spread([[math.log(value) for value in group] for group in groups])


def _joint(parts: Iterable[Spread]) -> float:
    """Welch and Satterthwaite's half width for a difference of independent means."""
    known = [part for part in parts if part.variance > 0]
    variance = sum(part.variance for part in known)
    if variance == 0:
        return 0.0
    degrees = variance**2 / sum(part.variance**2 / part.degrees for part in known)
    return student_t(max(1, math.floor(degrees))) * math.sqrt(variance)


def ratio(ours: Groups, theirs: Groups) -> Interval | None:
    """Ours over theirs, of geometric means over starts and repeats, with its 95 % interval.

    Logarithms are compared, so that a ratio and its inverse say the same, by Welch's t over what `spread`
    says of each side. None where a side has a single value, or one that is not above zero.
    """
    a, b = _logs(ours), _logs(theirs)
    if a is None or b is None:
        return None
    centre, half = a.mean - b.mean, _joint((a, b))
    return Interval(math.exp(centre), math.exp(centre - half), math.exp(centre + half))


def excludes_one(interval: Interval) -> bool:
    """Whether a difference may be claimed; one of a billionth is the arithmetic's own."""
    return interval.low > 1 + 1e-9 or interval.high < 1 - 1e-9
