"""Schedules of due times: their rate, their order, and what they refuse."""

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
