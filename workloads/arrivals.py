"""When each action is due, in seconds from the start: schedules made before the run, for an open-loop driver.

A driver sends at these times whether or not the service keeps up, and counts latency from them, so that a
stall is not hidden (coordinated omission). Nothing here reads a clock; chance comes in as `rng`.
"""

import math
from bisect import bisect_left, bisect_right
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


def poisson_within(n: int, duration_s: float, rng: Random) -> list[float]:
    """`n` arrivals of a Poisson process within the duration, given that it has so many there.

    They are then independent and uniform, so a window is as long as it says and offers the rate that it says.
    Raises ValueError for a duration that is not positive, or a negative `n`.
    """
    _check_duration(duration_s)
    _check_number(n)
    return sorted(rng.random() * duration_s for _ in range(n))


def ramp(from_per_s: float, to_per_s: float, duration_s: float, rng: Random | None = None) -> list[float]:
    """Arrivals at a rate that goes evenly from one to the other over the duration; one of them may be 0.

    Without chance the k-th (from 0) is due when the rate has added up to k: with equal rates that is
    `constant`. With `rng` it is a Poisson process of that rate, so their number varies about the mean,
    duration times half the sum of the rates. Raises ValueError for rates that are negative or both 0.
    """
    rates = (from_per_s, to_per_s)
    if not all(math.isfinite(rate) and rate >= 0 for rate in rates) or not max(rates) > 0:
        raise ValueError(
            f"the rates of a ramp are {from_per_s} and {to_per_s} per second; "
            "each must be 0 or more, and one of them positive"
        )
    _check_duration(duration_s)
    mean = duration_s * (from_per_s + to_per_s) / 2
    due_s: list[float] = []
    reached = rng.expovariate(1.0) if rng else 0.0
    while reached < mean:
        # The time at which from * t + (to - from) * t^2 / (2 * duration) is `reached`, in the form of the
        # quadratic's root that loses no digits and knows no division by a difference of 0.
        root = math.sqrt(max(from_per_s**2 + 2 * (to_per_s - from_per_s) * reached / duration_s, 0.0))
        due_s.append(min(2 * reached / (from_per_s + root), duration_s) if reached else 0.0)
        reached += rng.expovariate(1.0) if rng else 1.0
    return due_s


RUSH_PEAK = 60.0
"""The last rate of a rush over the first: sixty days, and people who tell the last day from others."""


def rush(n: int, duration_s: float, rng: Random | None = None, peak: float = RUSH_PEAK) -> list[float]:
    """`n` arrivals that crowd towards a deadline at `duration_s`.

    The rate at t is proportional to 1 / (duration - t + rest), hyperbolic as Alfi, Parisi and Pietronero
    found people to register for conferences (Nature Physics 3, 746, 2007, doi:10.1038/nphys761): pressure is
    the inverse of the time that is left. `rest` = duration / (peak - 1) keeps it finite, so the last rate is
    `peak` times the first; their data ended two months of registration with steps of a day, hence 60. Of a
    rush with that peak the last tenth of the time gets 47 % of all and the last hundredth 11 %.

    Without chance they are due at the even quantiles of that rate; with `rng` they are `n` independent
    draws, which is a Poisson process of that rate given that it had `n` arrivals. Raises ValueError for a
    peak that is not above 1, a duration that is not positive, or a negative `n`.
    """
    _check_duration(duration_s)
    _check_number(n)
    if not (math.isfinite(peak) and peak > 1):
        raise ValueError(f"the peak of a rush is {peak} times its first rate; it must be more than 1")
    shares = sorted(rng.random() for _ in range(n)) if rng else [(i + 0.5) / n for i in range(n)]
    horizon_s = duration_s * peak / (peak - 1)
    # -expm1(-x) is 1 - exp(-x) without its cancellation: share s has come by horizon * (1 - peak^-s).
    return [min(-math.expm1(-share * math.log(peak)) * horizon_s, duration_s) for share in shares]


def before(times_s: Sequence[float], last_s: float, deadline_s: float | None = None) -> range:
    """The places of the recorded times in the last `last_s` seconds up to the deadline, itself included.

    Without `deadline_s` the last time is the deadline. Raises ValueError where times go back or `last_s` is
    not positive.
    """
    _check_order(times_s, "recorded times")
    if not (math.isfinite(last_s) and last_s > 0):
        raise ValueError(f"the time before the deadline is {last_s} s; it must be positive")
    if not times_s:
        return range(0)
    end_s = times_s[-1] if deadline_s is None else deadline_s
    return range(bisect_left(times_s, end_s - last_s), bisect_right(times_s, end_s))


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
    _check_number(n)


def _check_number(n: int) -> None:
    if n < 0:
        raise ValueError(f"the number of arrivals is {n}; it must be 0 or more")


def _check_duration(duration_s: float) -> None:
    if not (math.isfinite(duration_s) and duration_s > 0):
        raise ValueError(f"the duration is {duration_s} s; it must be a positive number")


def _check_order(times_s: Sequence[float], what: str) -> None:
    for i, time_s in enumerate(times_s):
        if not math.isfinite(time_s) or (i and time_s < times_s[i - 1]):
            before = f" after {times_s[i - 1]} s" if i else ""
            raise ValueError(
                f"{what}: number {i} is {time_s} s{before}; times must be finite and never go back"
            )
