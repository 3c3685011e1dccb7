"""Statistics against answers worked out by hand."""

import numpy as np
import pytest

from reports.observations import Observations
from reports.statistics import at_most, at_rate, latencies, over_repeats, quantile, student_t


def made(due: list[float], wait_s: float, *, repeat: int = 0, outcome: str = "final") -> Observations:
    """Operations that all wait equally long."""
    n = len(due)
    times = np.array(due)
    never = np.full(n, np.nan)
    done = times + wait_s if outcome == "final" else never
    return Observations(
        np.full(n, repeat, dtype=np.int32), np.full(n, 10.0), np.full(n, "submit"), times, times,
        times + wait_s / 2 if outcome != "refused" else never, done, done,
        np.full(n, outcome), np.full(n, "a"),
    )  # fmt: skip


def joined(*parts: Observations) -> Observations:
    return Observations(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Observations.__slots__)
    )


def test_a_quantile_is_the_smallest_value_that_covers_its_share() -> None:
    values = np.arange(1.0, 1001.0)
    assert quantile(values, 0.5) == 500.0
    assert quantile(values, 0.9) == 900.0


def test_a_quantile_needs_a_hundred_observations_beyond_it() -> None:
    assert quantile(np.arange(1000.0), 0.9) is not None
    assert quantile(np.arange(999.0), 0.9) is None
    assert quantile(np.arange(1000.0), 0.91) is None


def test_a_quantile_among_what_never_came_is_not_given() -> None:
    values = np.concatenate([np.ones(400), np.full(600, np.inf)])
    assert quantile(values, 0.4) == 1.0
    assert quantile(values, 0.5) is None


def test_students_t_for_two_degrees_is_4_30() -> None:
    assert student_t(2) == pytest.approx(4.3027)
    assert student_t(1000) == pytest.approx(1.96, abs=0.001)
    with pytest.raises(ValueError, match="at least 1"):
        student_t(0)


def test_an_interval_over_three_repeats_is_the_textbooks() -> None:
    """Of 9, 10, 11 the standard deviation is 1, so the half width is 4.3027 / sqrt(3)."""
    interval = over_repeats(10.0, [9.0, 10.0, 11.0])
    assert interval.low == pytest.approx(10 - 4.3027 / 3**0.5)
    assert interval.high == pytest.approx(10 + 4.3027 / 3**0.5)


def test_an_interval_does_not_go_below_zero() -> None:
    assert over_repeats(1.0, [0.1, 1.0, 5.0]).low == 0.0


def test_latency_counts_from_the_due_time_and_what_was_lost_waits_for_ever() -> None:
    observed = joined(
        made([0.0, 1.0], 0.5), made([2.0], 0.5, outcome="lost"), made([3.0], 0.5, outcome="refused")
    )
    assert latencies(observed, "final").tolist() == [0.5, 0.5, np.inf]


def test_the_first_tenth_of_a_repeat_is_cut() -> None:
    due = [float(second) for second in range(0, 1001)]
    rate = at_rate(made(due, 0.5), 10.0)
    assert rate.warm_up_s == 100.0
    assert rate.n == 901
    assert rate.offered == pytest.approx(901 / 900)


def test_throughput_counts_final_operations_within_the_schedule() -> None:
    """One a second becomes final half a second after it is due: 900 within the 900 s after the warm-up."""
    due = [float(second) for second in range(0, 1001)]
    assert at_rate(made(due, 0.5), 10.0).throughput.value == pytest.approx(1.0)


def test_a_ledger_that_falls_behind_shows_in_its_throughput() -> None:
    """Offered one a second, it finishes one every two seconds."""
    observed = joined(*(made([float(second)], float(second)) for second in range(0, 1001)))
    assert at_rate(observed, 10.0).throughput.value == pytest.approx(0.5, abs=0.01)


def test_a_steady_delay_shows_in_the_latency_and_costs_no_throughput() -> None:
    rate = at_rate(made([float(second) for second in range(0, 1001)], 60.0), 10.0)
    assert rate.throughput.value == pytest.approx(1.0)
    assert rate.latency["final"]["p50"].value == 60.0


def test_failures_are_beside_the_throughput_and_never_inside() -> None:
    due = [float(second) for second in range(0, 1001)]
    rate = at_rate(joined(made(due, 0.5), made(due, 0.5, outcome="failed")), 10.0)
    assert rate.throughput.value == pytest.approx(1.0)
    assert rate.unanswered == 901
    assert "p50" not in rate.latency["final"]


def test_refused_operations_are_counted_apart() -> None:
    due = [float(second) for second in range(0, 1001)]
    rate = at_rate(joined(made(due, 0.5), made(due, 0.5, outcome="refused")), 10.0)
    assert (rate.refused, rate.n, rate.unanswered) == (901, 901, 0)
    assert rate.latency["final"]["p50"].value == pytest.approx(0.5)


def test_repeats_that_agree_have_an_interval_without_width() -> None:
    due = [float(second) for second in range(0, 1001)]
    rate = at_rate(joined(made(due, 0.5), made(due, 0.5, repeat=1), made(due, 0.5, repeat=2)), 10.0)
    p50 = rate.latency["final"]["p50"]
    assert [p50.low, p50.value, p50.high] == pytest.approx([0.5, 0.5, 0.5])
    assert rate.repeats == 3


def test_nothing_lost_in_n_is_at_most_three_in_n() -> None:
    assert at_most(0, 1500) == pytest.approx(0.002)
    assert at_most(0, 0) == 1.0
    assert at_most(10, 100) == pytest.approx(0.1744, abs=0.001)
