"""Latency quantiles from an HdrHistogram (three significant digits), with what never came counted beyond.

Histograms of windows are merged by adding them up. The unit is the nanosecond and not the microsecond that is
usual: a ledger in memory answers within a few microseconds, and those too have three digits.
"""

import math

import numpy as np
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # it ships no types
from numpy.typing import NDArray

from reports.observations import Times
from reports.statistics.ranks import rank_of

BEYOND = 100
"""A quantile with fewer observations beyond it is an accident of a few, and is not given."""
QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p99.9": 0.999}

_UNITS_PER_S = 1_000_000_000
_LONGEST_S = 24 * 3600
_DIGITS = 3
_MANTISSA_BITS = 11
"""2 x 10^3 fit into so many bits: the histogram keeps these of each value, so three digits are sure."""


class Histogram:
    """Latencies in seconds, infinite ones among them."""

    def __init__(self) -> None:
        self._counts = HdrHistogram(1, _LONGEST_S * _UNITS_PER_S, _DIGITS)
        self.never = 0
        """How many never came."""

    @classmethod
    def of(cls, values: Times) -> "Histogram":
        """Seconds, infinity for what never came. Raises ValueError on NaN or on more than a day."""
        made = cls()
        came = values[np.isfinite(values)]
        made.never = int(np.count_nonzero(np.isposinf(values)))
        if len(came) + made.never < len(values):
            raise ValueError("found a latency that is not a number; allowed: seconds, or infinity")
        if len(came) and float(came.max()) > _LONGEST_S:
            raise ValueError(f"found a latency of {float(came.max()):.0f} s; allowed: at most {_LONGEST_S} s")
        units = np.maximum(np.rint(came * _UNITS_PER_S), 0).astype(np.int64)
        # What `record_value` does for one value after the other, in Python: its index, and one more there.
        shift = np.maximum(_bits(units) - _MANTISSA_BITS, 0)
        places = shift * made._counts.sub_bucket_half_count + (units >> shift)
        counts = np.ctypeslib.as_array(made._counts.counts)
        counts[:] = np.bincount(places, minlength=len(counts))
        made._counts.total_count = len(units)
        return made

    def __len__(self) -> int:
        return int(self._counts.total_count) + self.never

    def add(self, other: "Histogram") -> None:
        """Take in what another holds."""
        if other._counts.total_count:
            self._counts.add(other._counts)
        self.never += other.never

    def at_rank(self, rank: int) -> float:
        """The value at a rank from 1, the middle of its bucket, seconds; infinite past the last that came."""
        if not 1 <= rank <= len(self):
            raise ValueError(f"found rank {rank}; allowed: 1 to {len(self)}")
        if rank > self._counts.total_count:
            return math.inf
        upto = np.cumsum(np.ctypeslib.as_array(self._counts.counts))
        lowest = self._counts.get_value_from_index(int(np.searchsorted(upto, rank)))
        return float(lowest + self._counts.get_highest_equivalent_value(lowest)) / 2 / _UNITS_PER_S

    def quantile(self, q: float, beyond: int = BEYOND) -> float | None:
        """The smallest value that at least a share `q` does not exceed; None where infinite or unsupported.

        Unsupported: fewer than `beyond` values above its rank.
        """
        rank = rank_of(q, len(self))
        if not len(self) or len(self) - rank < beyond:
            return None
        value = self.at_rank(rank)
        return value if math.isfinite(value) else None


def _bits(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many bits each value has; exact, since values are below 2^53."""
    return np.frexp(values.astype(np.float64))[1].astype(np.int64)
