"""Throughput, latency quantiles and their intervals, from raw observations.

What is counted, and how (why so: docs/explanation/measuring.md, docs/decisions/0016-statistics.md):

- Latency runs from the due time of the schedule, so that a stall is not hidden.
- An operation refused by the rules has no latency. One that failed or was lost counts as infinitely late.
- The warm-up is found by MSER-5 and cut, the same length from every repeat of one load: `mser`.
- Quantiles come from an HdrHistogram, and need 100 observations beyond: `histogram`.
- Intervals are 95 %: Student's t where values vary on one level, the hierarchical bootstrap with Student's t
  where there are repeats within starts: `intervals`. A ratio of two figures has one too: `ratios`.
- Zero events are given as an upper bound: `bounds`.
"""

from reports.statistics.bounds import at_most
from reports.statistics.histogram import BEYOND, QUANTILES, Histogram
from reports.statistics.intervals import over_repeats, over_starts, student_t
from reports.statistics.mser import WarmUp, mser_5, warm_up
from reports.statistics.rates import at_rate
from reports.statistics.ratios import ratio
from reports.statistics.windows import Settled, Timed, latencies, settle

__all__ = [
    "BEYOND",
    "QUANTILES",
    "Histogram",
    "Settled",
    "Timed",
    "WarmUp",
    "at_most",
    "at_rate",
    "latencies",
    "mser_5",
    "over_repeats",
    "over_starts",
    "ratio",
    "settle",
    "student_t",
    "warm_up",
]
