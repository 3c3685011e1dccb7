"""The model against queues with known answers, and against itself."""

import numpy as np
import pytest

from simulations.calibrate import rounds
from simulations.model import Stage, simulate


def test_one_at_a_time_with_random_arrivals_is_the_textbook_queue_m_m_1() -> None:
    """Mean time in the system is 1 / (mu - lambda): with 0.5 arrivals and 1 departure a second, 2 s."""
    rng = np.random.default_rng(3)
    due = np.cumsum(rng.exponential(2.0, 60_000))
    (left,) = simulate(due, [Stage(lambda size: float(rng.exponential(1.0)), max_batch=1)])
    assert float(np.mean(left - due)) == pytest.approx(2.0, rel=0.04)


def test_one_at_a_time_with_constant_service_is_the_queue_m_d_1() -> None:
    """Mean wait is rho / (2 mu (1 - rho)): at half load, half a service."""
    rng = np.random.default_rng(4)
    due = np.cumsum(rng.exponential(2.0, 60_000))
    (left,) = simulate(due, [Stage(lambda size: 1.0, max_batch=1)])
    assert float(np.mean(left - due)) == pytest.approx(1.5, rel=0.03)


def test_a_batch_takes_all_that_waits() -> None:
    due = np.array([0.0, 0.1, 0.2, 0.3])
    (left,) = simulate(due, [Stage(lambda size: 1.0)])
    assert left.tolist() == [1.0, 2.0, 2.0, 2.0]


def test_a_lag_delays_without_holding_up_the_next_round() -> None:
    due = np.array([0.0, 0.1])
    (left,) = simulate(due, [Stage(lambda size: 1.0, max_batch=1, lag_s=5.0)])
    assert left.tolist() == [6.0, 7.0]


def test_the_second_stage_starts_from_what_leaves_the_first() -> None:
    first, second = simulate(np.array([2.0]), [Stage(lambda size: 1.0), Stage(lambda size: 0.5)])
    assert (first.tolist(), second.tolist()) == ([3.0], [3.5])


def test_no_arrivals_end_at_once() -> None:
    (left,) = simulate(np.array([]), [Stage(lambda size: 1.0)])
    assert left.tolist() == []


def test_round_times_are_read_back_from_what_they_produced() -> None:
    """Rounds of 0.2 s and 1 ms an entry, without scatter, are found again from the times alone."""
    due = np.sort(np.random.default_rng(5).uniform(0, 60, 2000))
    (left,) = simulate(due, [Stage(lambda size: 0.2 + 0.001 * size)])
    found = rounds([(due, left)])
    assert found.fixed_s == pytest.approx(0.2, rel=0.01)
    assert found.per_entry_s == pytest.approx(0.001, rel=0.05)
    assert np.allclose(found.scatter, 1.0, atol=0.01)
    assert found.max_batch == 0


def test_a_server_that_takes_few_at_a_time_is_seen_to() -> None:
    """Bursts of 200 through rounds of 10 leave many waiting: the limit of 10 is found again."""
    due = np.sort(np.repeat(np.arange(10.0) * 60, 200) + np.random.default_rng(6).uniform(0, 0.01, 2000))
    (left,) = simulate(due, [Stage(lambda size: 0.1 + 0.002 * size, max_batch=10)])
    assert rounds([(due, left)]).max_batch == 10
