"""The windows of the saturation searches to the highest rate that was kept, and the headroom over demand."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.bench.loads import Seen
from reports.bench.saturation import Cause, judge
from reports.bench.shapes import Drive, Limits, Saturation, Step
from reports.derived import Interval
from reports.statistics import over_starts


@dataclass(frozen=True, slots=True)
class _Found:
    """How one search ended."""

    highest: float
    """0 where not even the lowest rate was kept."""
    cause: Cause
    """Of the lowest rate that was not kept above it; empty where the search ended at its own limit."""


def saturation(drive: Drive, seen: Sequence[Seen], limits: Limits, cut_short_at: int | None) -> Saturation:
    """Over all searches through one drive; each start's searches are told apart by their repeat.

    `cut_short_at` is the window after which a ledger or the bench ended early: a search that was under way
    then has found nothing, and only its steps are told.
    """
    searches: dict[tuple[int, int], list[Seen]] = {}
    for one in sorted(seen, key=lambda one: one.window.window):
        searches.setdefault((one.window.start, one.window.repeat), []).append(one)
    steps: list[Step] = []
    ends: dict[tuple[int, int], _Found] = {}
    for key in sorted(searches):
        judged = [_step(one, limits) for one in searches[key]]
        steps += [step for step, _ in judged]
        if steps[-1].window != cut_short_at:
            ends[key] = _end(judged)
    values = [
        [ends[key].highest for key in sorted(ends) if key[0] == start]
        for start in sorted({start for start, _ in ends})
    ]
    highest = _highest(values)
    causes = Counter(found.cause for found in ends.values())
    return Saturation(
        drive=drive,
        highest=highest,
        searches=len(ends),
        limited_by=max(sorted(causes), key=lambda cause: causes[cause], default=""),
        headroom=_over(highest, limits.demand_per_s),
        stopped_at_generator=causes["generator"] > 0,
        steps=steps,
        repeat_values={"highest": values},
    )


def _step(one: Seen, limits: Limits) -> tuple[Step, Cause]:
    """Judged as the search did when it ran."""
    window, operations = one.window, one.operations
    verdict = judge(
        operations.due,
        operations.final,
        operations.outcome,
        lag_p99_s=window.lag_p99_s or 0.0,
        p95_s=limits.p95_s,
    )
    step = Step(
        window=window.window,
        start=window.start,
        repeat=window.repeat,
        rate=window.rate or 0.0,
        throughput=verdict.throughput,
        p95_s=verdict.p95_s,
        kept=verdict.kept,
        why=verdict.why,
    )
    return step, verdict.cause


def _end(judged: Sequence[tuple[Step, Cause]]) -> _Found:
    highest = max((step.rate for step, _ in judged if step.kept), default=0.0)
    above = [(step.rate, cause) for step, cause in judged if not step.kept and step.rate > highest]
    return _Found(highest, min(above, default=(0.0, ""))[1])


def _highest(values: Sequence[Sequence[float]]) -> Interval | None:
    mean = float(np.mean([np.mean(start) for start in values])) if values else 0.0
    if mean == 0.0:
        return None
    return over_starts(mean, values) or Interval(mean, mean, mean)


def _over(rate: Interval | None, demand_per_s: float) -> Interval | None:
    if rate is None:
        return None
    return Interval(rate.value / demand_per_s, rate.low / demand_per_s, rate.high / demand_per_s)
