"""The schedule of one window: which actions are due when, made beforehand from the seed."""

from collections.abc import Sequence
from math import sqrt
from random import Random

import numpy as np

from pilot.scenario import Scenario
from workloads import arrivals
from workloads.consultations import Action
from workloads.driver import Due

_LONGEST_GAP_S = 1.0


def of_window(scenario: Scenario, actions: Sequence[Action], window_s: float, seed: str) -> list[Due]:
    """Rates one after another, each for an equal part of the window, over the actions in their order."""
    rng = Random(seed)
    part_s = window_s / len(scenario.load.rates)
    schedule: list[Due] = []
    for place, rate in enumerate(scenario.load.rates):
        count = min(round(rate * part_s), len(actions) - len(schedule))
        start = place * part_s
        if scenario.load.arrivals == "poisson":
            due = arrivals.poisson_within(count, part_s, rng)
        else:
            due = arrivals.constant(rate, count)
        chosen = actions[len(schedule) : len(schedule) + count]
        schedule += [Due(action, start + at, rate) for action, at in zip(chosen, due, strict=True)]
    return schedule


def of_trace(scenario: Scenario, actions: Sequence[Action], times_s: Sequence[float]) -> list[Due]:
    """A recorded consultation: its own order and bursts, compressed to each offered rate in turn.

    The first part is replayed so that it averages the first rate, and so on; gaps longer than a second
    after compression are cut to one, since nobody learns from an empty night. The compression is the one with
    which the rate comes out after that cut; a part with too few gaps for that keeps its own speed.
    """
    rates = scenario.load.rates
    size = -(-len(actions) // len(rates))
    schedule: list[Due] = []
    start = 0.0
    for place, rate in enumerate(rates):
        part = list(range(place * size, min((place + 1) * size, len(actions))))
        if not part:
            continue
        gaps_s = [0.0] + [times_s[index] - times_s[index - 1] for index in part[1:]]
        compress = _compression(gaps_s, len(part) / rate)
        at = start
        for index, gap_s in zip(part, gaps_s, strict=True):
            at += min(gap_s / compress, _LONGEST_GAP_S)
            schedule.append(Due(actions[index], at, rate))
        start = at + 1.0 / rate
    return schedule


def _compression(gaps_s: Sequence[float], length_s: float) -> float:
    """How much faster the gaps are to pass so that, each cut to the longest, they last `length_s` in all."""

    gaps = np.asarray(gaps_s)

    def lasts(compress: float) -> float:
        return float(np.minimum(gaps / compress, _LONGEST_GAP_S).sum())

    low, high = 1e-6, max(float(gaps.sum()) / length_s, 1e-6)
    if lasts(low) <= length_s:
        return max(high, 1.0)
    for _ in range(60):  # it only falls as the compression grows
        middle = sqrt(low * high)
        low, high = (middle, high) if lasts(middle) > length_s else (low, middle)
    return high
