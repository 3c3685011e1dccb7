"""Which of so many ordered values a quantile is."""

import math

from reports.observations import Times


def rank_of(q: float, n: int) -> int:
    """Which of n ordered values is the smallest that at least a share `q` does not exceed; from 1."""
    return max(1, math.ceil(q * n - 1e-9))


def at_share(ordered: Times, q: float) -> float:
    """The smallest of these values, ascending, that at least a share `q` does not exceed, however few."""
    return float(ordered[rank_of(q, len(ordered)) - 1])
