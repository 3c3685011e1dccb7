"""The schedule of one window: which actions are due when, made beforehand from the seed."""

from collections.abc import Sequence
from random import Random

from pilot.scenario import Scenario
from workloads import arrivals
from workloads.consultations import Action
from workloads.driver import Due


def of_window(scenario: Scenario, actions: Sequence[Action], window_s: float, seed: str) -> list[Due]:
    """Rates one after another, each for an equal part of the window, over the actions in their order."""
    rng = Random(seed)
    part_s = window_s / len(scenario.load.rates)
    schedule: list[Due] = []
    for place, rate in enumerate(scenario.load.rates):
        count = min(round(rate * part_s), len(actions) - len(schedule))
        start = place * part_s
        if scenario.load.arrivals == "poisson":
            due = _within(arrivals.poisson(rate, count + 1, rng), part_s)
        else:
            due = arrivals.constant(rate, count)
        chosen = actions[len(schedule) : len(schedule) + count]
        schedule += [Due(action, start + at, rate) for action, at in zip(chosen, due, strict=True)]
    return schedule


def _within(times_s: list[float], part_s: float) -> list[float]:
    """All but the last of Poisson times, scaled so that the last falls on the end of the part.

    Given their number, the arrivals of a Poisson process are uniform over the time: this is that process
    under the condition that exactly so many arrive, and every repeat lasts equally long.
    """
    return [time_s * part_s / times_s[-1] for time_s in times_s[:-1]]


def of_trace(scenario: Scenario, actions: Sequence[Action], times_s: Sequence[float]) -> list[Due]:
    """A recorded consultation: its own order and bursts, compressed to each offered rate in turn.

    The first part is replayed so that it averages the first rate, and so on; gaps longer than a second
    after compression are cut to one, since nobody learns from an empty night.
    """
    rates = scenario.load.rates
    size = -(-len(actions) // len(rates))
    schedule: list[Due] = []
    start = 0.0
    for place, rate in enumerate(rates):
        part = list(range(place * size, min((place + 1) * size, len(actions))))
        if not part:
            continue
        span = times_s[part[-1]] - times_s[part[0]]
        compress = span * rate / len(part) if span > 0 else 1.0
        at = start
        for index in part:
            gap = (times_s[index] - times_s[index - 1]) / compress if index > part[0] else 0.0
            at += min(gap, 1.0)
            schedule.append(Due(actions[index], at, rate))
        start = at + 1.0 / rate
    return schedule
