"""Schedules of due times: their rate, their order, and what they refuse."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads import arrivals

rates = st.floats(0.01, 10_000)
sizes = st.integers(0, 300)
recorded = st.lists(st.floats(0, 1e9), min_size=1, max_size=50).map(sorted)


@given(rates, sizes)
def test_constant_arrivals_start_at_once_and_are_evenly_spaced(rate_per_s: float, n: int) -> None:
    due_s = arrivals.constant(rate_per_s, n)
    assert len(due_s) == n
    assert all(time_s == pytest.approx(i / rate_per_s) for i, time_s in enumerate(due_s))


@given(rates, sizes, st.integers())
def test_poisson_arrivals_go_forward_and_are_the_same_for_the_same_seed(
    rate_per_s: float, n: int, seed: int
) -> None:
    due_s = arrivals.poisson(rate_per_s, n, Random(seed))
    assert due_s == arrivals.poisson(rate_per_s, n, Random(seed))
    assert len(due_s) == n
    assert due_s == sorted(due_s)
    assert all(time_s > 0 for time_s in due_s)


def test_poisson_gaps_have_the_mean_and_the_spread_of_the_exponential() -> None:
    n, rate_per_s = 20_000, 50.0
    due_s = arrivals.poisson(rate_per_s, n, Random(7))
    gaps = [later - earlier for earlier, later in zip([0.0, *due_s], due_s, strict=False)]
    mean = sum(gaps) / n
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / n) ** 0.5
    assert mean == pytest.approx(1 / rate_per_s, rel=0.03)
    assert deviation == pytest.approx(mean, rel=0.03), "an exponential's deviation equals its mean"
    short = sum(gap < mean for gap in gaps) / n
    assert short == pytest.approx(0.632, abs=0.01), "1 - 1/e of the gaps are below the mean"


@given(recorded, st.floats(0.001, 1e6))
def test_a_replay_starts_at_zero_and_keeps_order_ties_and_proportions(
    times_s: list[float], compress: float
) -> None:
    due_s = arrivals.replay(times_s, compress)
    assert due_s[0] == 0
    assert due_s == sorted(due_s)
    assert due_s[-1] * compress == pytest.approx(times_s[-1] - times_s[0])
    ties = [i for i in range(1, len(times_s)) if times_s[i] == times_s[i - 1]]
    assert all(due_s[i] == due_s[i - 1] for i in ties)


def test_an_empty_recording_replays_to_an_empty_schedule() -> None:
    assert arrivals.replay([], 10) == []


@given(st.lists(st.tuples(st.floats(0, 1000), recorded), max_size=5))
def test_phases_follow_one_another_and_lose_nothing(parts: list[tuple[float, list[float]]]) -> None:
    parts = [(times_s[-1] + spare_s, times_s) for spare_s, times_s in parts]
    due_s = arrivals.phases(parts)
    assert due_s == sorted(due_s)
    assert len(due_s) == sum(len(times_s) for _, times_s in parts)
    done = 0
    for number, (_, times_s) in enumerate(parts):
        start_s = sum(duration_s for duration_s, _ in parts[:number])
        assert due_s[done : done + len(times_s)] == pytest.approx([start_s + time_s for time_s in times_s])
        done += len(times_s)


def test_a_quiet_phase_delays_the_next() -> None:
    assert arrivals.phases([(1, [0.0, 0.5]), (10, []), (1, [0.25])]) == [0.0, 0.5, 11.25]


@pytest.mark.parametrize("rate_per_s", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_not_positive_is_refused(rate_per_s: float) -> None:
    with pytest.raises(ValueError, match="must be a positive number"):
        arrivals.constant(rate_per_s, 1)
    with pytest.raises(ValueError, match="must be a positive number"):
        arrivals.poisson(rate_per_s, 1, Random(0))


def test_a_negative_number_of_arrivals_is_refused() -> None:
    with pytest.raises(ValueError, match="number of arrivals is -1"):
        arrivals.constant(1, -1)


@pytest.mark.parametrize("compress", [0, -2, float("nan")])
def test_a_compression_that_is_not_positive_is_refused(compress: float) -> None:
    with pytest.raises(ValueError, match="compress is"):
        arrivals.replay([0, 1], compress)


def test_recorded_times_that_go_back_are_refused_with_their_place() -> None:
    with pytest.raises(ValueError, match=r"number 2 is 4 s after 5 s"):
        arrivals.replay([0, 5, 4], 1)


@pytest.mark.parametrize("part", [(1.0, [0.0, 1.5]), (1.0, [-0.5]), (-1.0, [])])
def test_a_phase_shorter_than_its_arrivals_is_refused(part: tuple[float, list[float]]) -> None:
    with pytest.raises(ValueError, match="phase 2 lasts"):
        arrivals.phases([(1, [0.0]), part])


# Ramp


@given(st.floats(0, 500), st.floats(0.1, 500), st.floats(0.01, 10))
def test_a_ramp_has_come_to_k_when_its_rate_has_added_up_to_k(a: float, b: float, duration_s: float) -> None:
    due_s = arrivals.ramp(a, b, duration_s)
    mean = duration_s * (a + b) / 2
    assert abs(len(due_s) - mean) <= 1
    for k, t in enumerate(due_s):
        assert a * t + (b - a) * t * t / (2 * duration_s) == pytest.approx(k, abs=1e-6 * mean)


@given(st.floats(0, 500), st.floats(0.1, 500), st.floats(0.01, 10), st.none() | st.integers())
def test_a_ramp_goes_forward_within_its_duration_and_is_the_same_for_the_same_seed(
    a: float, b: float, duration_s: float, seed: int | None
) -> None:
    first, again = (
        arrivals.ramp(*rates, duration_s, None if seed is None else Random(seed))
        for rates in ((a, b), (a, b))
    )
    assert first == again == sorted(first)
    assert all(0 <= time_s <= duration_s for time_s in first)


@given(rates, st.integers(1, 300))
def test_a_ramp_between_equal_rates_is_constant(rate_per_s: float, n: int) -> None:
    due_s = arrivals.ramp(rate_per_s, rate_per_s, (n - 0.5) / rate_per_s)
    assert due_s == pytest.approx(arrivals.constant(rate_per_s, n))


@given(st.floats(1, 500), st.floats(0.5, 10))
def test_a_ramp_down_is_a_ramp_up_seen_from_its_end(rate_per_s: float, duration_s: float) -> None:
    up, down = arrivals.ramp(0, rate_per_s, duration_s), arrivals.ramp(rate_per_s, 0, duration_s)
    assert len(up) == len(down)
    half = duration_s / 2
    assert sum(t <= half for t in up) == pytest.approx(len(up) / 4, abs=1)
    assert sum(t <= half for t in down) == pytest.approx(len(down) * 3 / 4, abs=1)


def test_a_random_ramp_is_a_poisson_process_of_its_rate() -> None:
    mean = 20_000.0
    due_s = arrivals.ramp(0, 400, 100, Random(11))
    assert len(due_s) == pytest.approx(mean, abs=4 * mean**0.5)
    half = sum(time_s <= 50 for time_s in due_s)
    assert half == pytest.approx(mean / 4, abs=4 * (mean / 4) ** 0.5), "a quarter comes in the first half"


@pytest.mark.parametrize("rates", [(0, 0), (-1, 5), (5, float("nan")), (float("inf"), 1)])
def test_a_ramp_of_impossible_rates_is_refused(rates: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="each must be 0 or more, and one of them positive"):
        arrivals.ramp(*rates, 1)


# Rush


@given(sizes, st.floats(0.01, 1e6), st.floats(1.01, 1e4), st.none() | st.integers())
def test_a_rush_has_the_number_asked_for_within_its_time_and_is_the_same_for_the_same_seed(
    n: int, duration_s: float, peak: float, seed: int | None
) -> None:
    first, again = (
        arrivals.rush(n, duration_s, None if seed is None else Random(seed), peak) for _ in range(2)
    )
    assert first == again == sorted(first)
    assert len(first) == n
    assert all(0 <= time_s <= duration_s for time_s in first)


@given(st.integers(2, 300), st.floats(1.01, 1e4))
def test_gaps_of_a_rush_only_get_shorter_down_to_one_peak_th(n: int, peak: float) -> None:
    due_s = arrivals.rush(n, 1000, peak=peak)
    gaps = [later - earlier for earlier, later in pairwise(due_s)]
    assert all(later < earlier for earlier, later in pairwise(gaps))
    assert gaps[0] / gaps[-1] == pytest.approx(peak ** ((n - 2) / n), rel=1e-6)


def test_the_last_tenth_and_the_last_hundredth_of_a_rush_hold_what_its_docstring_says() -> None:
    for due_s in (arrivals.rush(100_000, 60), arrivals.rush(100_000, 60, Random(3))):
        assert sum(time_s > 54 for time_s in due_s) / 100_000 == pytest.approx(0.472, abs=0.005)
        assert sum(time_s > 59.4 for time_s in due_s) / 100_000 == pytest.approx(0.113, abs=0.005)


@pytest.mark.parametrize(
    ("n", "duration_s", "peak", "message"),
    [
        (-1, 1, 60, "number of arrivals is -1"),
        (1, 0, 60, "the duration is 0 s"),
        (1, float("inf"), 60, "the duration is inf s"),
        (1, 1, 1, "the peak of a rush is 1 times"),
        (1, 1, float("nan"), "the peak of a rush is nan times"),
    ],
)
def test_an_impossible_rush_is_refused(n: int, duration_s: float, peak: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        arrivals.rush(n, duration_s, peak=peak)


# Before a deadline


@given(recorded, st.floats(0.001, 1e9), st.none() | st.floats(0, 1e9))
def test_before_a_deadline_are_exactly_the_times_in_its_last_seconds(
    times_s: list[float], last_s: float, deadline_s: float | None
) -> None:
    end_s = times_s[-1] if deadline_s is None else deadline_s
    expected = [place for place, time_s in enumerate(times_s) if end_s - last_s <= time_s <= end_s]
    assert list(arrivals.before(times_s, last_s, deadline_s)) == expected


def test_nothing_recorded_and_an_impossible_time_before_the_deadline() -> None:
    assert list(arrivals.before([], 5)) == []
    with pytest.raises(ValueError, match="the time before the deadline is 0 s"):
        arrivals.before([1.0], 0)
