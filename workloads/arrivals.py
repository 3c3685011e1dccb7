"""When each action is due, in seconds from the start: schedules made before the run, for an open-loop driver.

A driver sends at these times whether or not the service keeps up, and counts latency from them, so that a
stall is not hidden (coordinated omission). Nothing here reads a clock; chance comes in as `rng`.
"""

import math
from collections.abc import Iterable, Sequence
from random import Random


def constant(rate_per_s: float, n: int) -> list[float]:
    """`n` arrivals evenly spaced, the first at 0. Raises ValueError for a rate that is not positive."""
    _check(rate_per_s, n)
    return [i / rate_per_s for i in range(n)]


def poisson(rate_per_s: float, n: int, rng: Random) -> list[float]:
    """`n` arrivals of a Poisson process: independent exponential gaps of mean 1/rate, one before the first.

    It lasts about n / rate seconds, not exactly. Raises ValueError for a rate that is not positive.
    """
    _check(rate_per_s, n)
    due_s, clock_s = [], 0.0
    for _ in range(n):
        clock_s += rng.expovariate(rate_per_s)
        due_s.append(clock_s)
    return due_s


def replay(times_s: Sequence[float], compress: float) -> list[float]:
    """Recorded times, from the first, made `compress` times faster: a day at 1,440 lasts a minute.

    Ties stay ties and the order stays. Raises ValueError where times go back or `compress` is not positive.
    """
    if not (math.isfinite(compress) and compress > 0):
        raise ValueError(f"compress is {compress}; it must be a positive number, 1 for the recorded speed")
    _check_order(times_s, "recorded times")
    return [(time_s - times_s[0]) / compress for time_s in times_s]


def phases(parts: Iterable[tuple[float, Sequence[float]]]) -> list[float]:
    """One schedule after another: each part is (its duration in seconds, its due times from its own start).

    The next part starts when the duration is over, also where arrivals ended before. Raises ValueError where
    a part has a due time outside its duration, or times that go back.
    """
    due_s: list[float] = []
    start_s = 0.0
    for number, (duration_s, part) in enumerate(parts, start=1):
        _check_order(part, f"phase {number}")
        fits = not part or 0 <= part[0] <= part[-1] <= duration_s
        if not (math.isfinite(duration_s) and duration_s >= 0 and fits):
            ends = f"its arrivals are due from {part[0]} to {part[-1]} s" if part else "it has no arrivals"
            raise ValueError(
                f"phase {number} lasts {duration_s} s, but {ends}; the duration must cover all of them: "
                "lengthen it or cut the schedule"
            )
        due_s.extend(start_s + time_s for time_s in part)
        start_s += duration_s
    return due_s


def _check(rate_per_s: float, n: int) -> None:
    if not (math.isfinite(rate_per_s) and rate_per_s > 0):
        raise ValueError(f"the rate is {rate_per_s} per second; it must be a positive number")
    if n < 0:
        raise ValueError(f"the number of arrivals is {n}; it must be 0 or more")


def _check_order(times_s: Sequence[float], what: str) -> None:
    for i, time_s in enumerate(times_s):
        if not math.isfinite(time_s) or (i and time_s < times_s[i - 1]):
            before = f" after {times_s[i - 1]} s" if i else ""
            raise ValueError(
                f"{what}: number {i} is {time_s} s{before}; times must be finite and never go back"
            )
