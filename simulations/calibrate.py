"""Reads the model's service times out of observations at one offered rate.

A server that takes all that waits leaves its trace in the times at which operations come out: those that come
out together were one round, which began when the round before ended or when its first operation was ready,
whichever was later. Round times are fitted as a fixed part and a part per operation, with the measured
scatter around the fit; where rounds left many waiting, their size is the limit. How long the batcher collects
is stated in the scenario, so when it handed over follows from when operations were accepted. A last step sets
a lag (or shortens the rounds, where the real server overlaps them) so that the median from accepted to final
at the calibration rate is met; the other rates are left for validation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.observations import Observations
from reports.statistics import BEYOND
from simulations.model import Stage, Times, simulate

_TOGETHER = 0.25
_TOGETHER_S = 0.001
"""What comes out within this share of the quickest tenth, or within this time, came out together."""
_ROUNDS_OF_A_SIZE = 8
_SHORTEST_S = 1e-6
_TUNING_STEPS = 3
_CLOSE = 0.01
_FULL_ROUNDS = 20
_MANY = 4


@dataclass(frozen=True, slots=True, eq=False)
class Rounds:
    """How long a round takes: (fixed + per entry x size) x one of the measured scatters."""

    fixed_s: float
    per_entry_s: float
    scatter: Times
    max_batch: int = 0
    """How many a round takes at most; 0 where the observations show no limit."""

    def stage(self, rng: np.random.Generator, scale: float = 1.0, lag_s: float = 0.0) -> Stage:
        """A server that draws its rounds from these."""

        def draw(size: int) -> float:
            scatter = float(self.scatter[rng.integers(len(self.scatter))])
            return (self.fixed_s + self.per_entry_s * size) * scatter * scale

        return Stage(draw, self.max_batch, lag_s)


@dataclass(frozen=True, slots=True, eq=False)
class Parameters:
    """One ledger's model."""

    calibrated_at: float
    accept: Rounds
    ledger: Rounds
    collect_s: float
    """How long the batcher collects, from the scenario."""
    proving_s: Times
    """Measured seconds from final to provable; empty where nothing became provable."""
    lag_s: float = 0.0
    scale: float = 1.0


def rounds(parts: Sequence[tuple[Times, Times]]) -> Rounds:
    """Fit rounds to (ready, done) times, one pair of columns for each repeat."""
    sizes: list[int] = []
    seconds: list[float] = []
    left_waiting: list[int] = []
    quick = float(np.quantile(np.concatenate([done - ready for ready, done in parts]), 0.1))
    together = max(_TOGETHER * quick, _TOGETHER_S)
    for ready, done in parts:
        order = np.argsort(done, kind="stable")
        came, out = ready[order], done[order]
        edges = np.flatnonzero(np.diff(out) > together) + 1
        waiting = np.sort(ready)
        before, gone = -np.inf, 0
        for group in np.split(np.arange(len(out)), edges):
            end = float(out[group[-1]])
            start = max(before, float(came[group].min()))
            sizes.append(len(group))
            seconds.append(max(end - start, _SHORTEST_S))
            before, gone = end, gone + len(group)
            left_waiting.append(int(np.searchsorted(waiting, start, side="right")) - gone)
    size, taken = np.asarray(sizes, dtype=np.float64), np.asarray(seconds)
    per_entry = min(_slope(size, taken), float(taken.mean() / size.mean()))
    fixed = max(float(taken.mean() - per_entry * size.mean()), 0.0)
    limit = _limit(size, np.array(left_waiting))
    return Rounds(fixed, per_entry, taken / (fixed + per_entry * size), limit)


def _slope(size: Times, taken: Times) -> float:
    """Seconds that one more entry adds, from the quick rounds of each size.

    Slow rounds are left aside: a stall of the machine makes a round long and, because more arrive meanwhile,
    large; over all rounds that would look like a cost of each entry.
    """
    sizes, counts = np.unique(size, return_counts=True)
    often = sizes[counts >= _ROUNDS_OF_A_SIZE]
    if len(often) < 2:
        return 0.0
    quick = np.array([np.quantile(taken[size == one], 0.25) for one in often])
    weight = np.sqrt(counts[counts >= _ROUNDS_OF_A_SIZE])
    return max(0.0, float(np.polyfit(often, quick, 1, w=weight)[0]))


def _limit(size: Times, left_waiting: NDArray[np.int_]) -> int:
    """What a round takes at most: the usual size of those that left many more waiting than they took."""
    full = left_waiting >= _MANY * size
    return max(1, round(float(size[full].mean()))) if np.count_nonzero(full) >= _FULL_ROUNDS else 0


def _batcher(collect_s: float) -> Stage:
    return Stage(lambda size: 0.0, collect_s=collect_s)


def _handed_over(part: Observations, collect_s: float) -> Times:
    """When the batcher handed each operation over; never after it was final, whatever the clocks say."""
    order = np.argsort(part.accepted, kind="stable")
    (left,) = simulate(part.accepted[order], [_batcher(collect_s)])
    handed = np.empty_like(left)
    handed[order] = left
    return np.minimum(handed, part.final)


def simulate_rate(
    observed: Observations, rate: float, by: Parameters, rng: np.random.Generator
) -> Observations:
    """The same schedule at one rate, with the model's times in place of the measured ones.

    Only `due` is taken from the observations: the schedule was drawn before the run.
    """
    parts = []
    for repeat in observed.repeats(rate):
        asked = repeat.where(repeat.outcome != "refused")
        order = np.argsort(asked.due, kind="stable")
        stages = [by.accept.stage(rng), _batcher(by.collect_s), by.ledger.stage(rng, by.scale, by.lag_s)]
        accepted, _, final = simulate(asked.due[order], stages)
        proving = rng.choice(by.proving_s, len(final)) if len(by.proving_s) else np.full(len(final), np.nan)
        parts.append((asked.where(order), accepted, final, final + proving))
    whole = observed.where(np.flatnonzero((observed.rate == rate) & (observed.outcome != "refused")))
    return replace(
        whole,
        repeat=np.concatenate([part[0].repeat for part in parts]),
        due=np.concatenate([part[0].due for part in parts]),
        sent=np.concatenate([part[0].due for part in parts]),
        accepted=np.concatenate([part[1] for part in parts]),
        final=np.concatenate([part[2] for part in parts]),
        provable=np.concatenate([part[3] for part in parts]),
        outcome=np.full(len(whole), "final"),
    )


def _median_ledger_s(observed: Observations) -> float:
    return float(np.median(observed.final - observed.accepted))


def calibrate(
    observed: Observations, rate: float, collect_s: float, seed: Sequence[int]
) -> Parameters | None:
    """Fit the model at one rate; None where fewer than 100 operations became final there."""
    done = observed.where(
        (observed.rate == rate) & (observed.outcome == "final") & np.isfinite(observed.accepted)
    )
    if len(done) < BEYOND:
        return None
    repeats = list(done.repeats(rate))
    proving = done.provable - done.final
    by = Parameters(
        calibrated_at=rate,
        accept=rounds([(part.due, part.accepted) for part in repeats]),
        ledger=rounds([(_handed_over(part, collect_s), part.final) for part in repeats]),
        collect_s=collect_s,
        proving_s=np.maximum(proving[np.isfinite(proving)], 0.0),
    )
    measured = _median_ledger_s(done)
    for _ in range(_TUNING_STEPS):
        gap = measured - _median_ledger_s(simulate_rate(done, rate, by, np.random.default_rng(seed)))
        if abs(gap) <= _CLOSE * measured:
            break
        if by.lag_s + gap >= 0:
            by = replace(by, lag_s=by.lag_s + gap)
        else:
            by = replace(by, lag_s=0.0, scale=by.scale * measured / (measured - gap))
    return by
