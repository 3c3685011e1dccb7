"""Statistics against answers worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest

from reports.observations import Observations
from reports.statistics import at_rate, latencies


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


def seconds(start: int, stop: int) -> list[float]:
    return [float(second) for second in range(start, stop)]


def joined(*parts: Observations) -> Observations:
    return Observations(
        *(np.concatenate([getattr(part, name) for part in parts]) for name in Observations.__slots__)
    )


def test_latency_counts_from_the_due_time_and_what_was_lost_waits_for_ever() -> None:
    observed = joined(
        made([0.0, 1.0], 0.5), made([2.0], 0.5, outcome="lost"), made([3.0], 0.5, outcome="refused")
    )
    assert latencies(observed, "final").tolist() == [0.5, 0.5, np.inf]


def test_a_slow_beginning_is_cut_from_what_is_counted() -> None:
    """The first 100 of 1,000 wait ten times as long."""
    observed = joined(made(seconds(0, 100), 5.0), made(seconds(100, 1000), 0.5))
    rate = at_rate(observed, 10.0)
    assert rate.warm_up_s == pytest.approx(100.0, abs=10.0)
    assert rate.n == pytest.approx(900, abs=10)
    assert rate.offered == pytest.approx(1.0, rel=0.01)
    assert rate.latency["final"]["p50"].high == pytest.approx(0.5, rel=1e-3)
    assert rate.unsteady == 0


def test_a_steady_beginning_is_not_cut() -> None:
    rate = at_rate(made(seconds(0, 1001), 0.5), 10.0)
    assert (rate.warm_up_s, rate.n, rate.unsteady) == (0.0, 1001, 0)


@pytest.mark.parametrize(("late", "kept"), [(10, True), (11, False)])
def test_a_schedule_is_kept_where_99_of_100_operations_left_in_time(late: int, *, kept: bool) -> None:
    observed = made(seconds(0, 1000), 0.5)
    lag = np.where(np.arange(1000) < late, 1.0, 0.001)
    waits = made(seconds(1000, 1100), 0.5)  # on purpose, for what it amends
    amended = replace(waits, kind=np.full(100, "amend"), sent=waits.due + 1.0)
    rate = at_rate(joined(replace(observed, sent=observed.due + lag), amended), 10.0)
    assert rate.kept is kept
    assert rate.lag_p99_s == pytest.approx(0.001 if kept else 1.0)


def test_a_stall_of_five_seconds_stays_in_p99_wherever_it_happens() -> None:
    """200 a second for 60 s; for 5 s nothing is answered. Then everything that waits is, at once."""
    due = np.arange(12_000) / 200
    for begin in (10.0, 20.0, 40.0):
        answered = np.where((due >= begin) & (due < begin + 5.0), begin + 5.0, due + 0.002)
        rate = at_rate(replace(made(list(due), 0.0), final=answered), 10.0)
        assert rate.latency["final"]["p99"].value == pytest.approx(5.0 - 0.6, abs=0.1), begin
        assert rate.latency["final"]["p50"].value == pytest.approx(0.002, rel=0.01)


def test_the_same_stretch_is_cut_from_every_repeat() -> None:
    """One repeat of three begins slowly: that is no warm-up of the load, so nothing is cut."""
    slow = joined(made(seconds(0, 100), 5.0), made(seconds(100, 1000), 0.5))
    steady = [made(seconds(0, 1000), 0.5, repeat=repeat) for repeat in (1, 2)]
    assert at_rate(joined(slow, *steady), 10.0).warm_up_s == 0.0


def test_throughput_counts_final_operations_within_the_schedule() -> None:
    """One a second becomes final half a second after it is due."""
    due = seconds(0, 1001)
    assert at_rate(made(due, 0.5), 10.0).throughput.value == pytest.approx(1.0)


def test_a_ledger_that_falls_behind_shows_in_its_throughput() -> None:
    """Offered one a second, it finishes one every two seconds."""
    observed = joined(*(made([float(second)], float(second)) for second in range(0, 1001)))
    assert at_rate(observed, 10.0).throughput.value == pytest.approx(0.5, abs=0.01)


def test_a_steady_delay_shows_in_the_latency_and_costs_no_throughput() -> None:
    rate = at_rate(made(seconds(0, 1001), 60.0), 10.0)
    assert rate.throughput.value == pytest.approx(1.0)
    assert rate.latency["final"]["p50"].value == pytest.approx(60.0, rel=1e-3)


def test_failures_are_beside_the_throughput_and_never_inside() -> None:
    due = seconds(0, 1001)
    rate = at_rate(joined(made(due, 0.5), made(due, 0.5, outcome="failed")), 10.0)
    assert rate.throughput.value == pytest.approx(1.0)
    assert rate.unanswered == 1001
    assert "p50" not in rate.latency["final"]


def test_failing_more_does_not_raise_the_throughput() -> None:
    """The more of 2,002 fail, the less is committed, though each failure is answered at once."""
    due = seconds(0, 1001)
    found = [
        at_rate(joined(made(due[:good], 0.5), made(due[good:], 0.0, outcome="failed"), made(due, 0.5)), 10.0)
        for good in (1001, 500, 0)
    ]
    values = [rate.throughput.value for rate in found]
    assert values == sorted(values, reverse=True)
    assert values[0] == pytest.approx(2.0, rel=0.01)
    assert values[-1] == pytest.approx(1.0, rel=0.01)


def test_refused_operations_are_counted_apart() -> None:
    due = seconds(0, 1001)
    rate = at_rate(joined(made(due, 0.5), made(due, 0.5, outcome="refused")), 10.0)
    assert (rate.refused, rate.n, rate.unanswered) == (1001, 1001, 0)
    assert rate.latency["final"]["p50"].value == pytest.approx(0.5, rel=1e-3)


def test_repeats_that_agree_have_an_interval_without_width() -> None:
    due = seconds(0, 1001)
    rate = at_rate(joined(made(due, 0.5), made(due, 0.5, repeat=1), made(due, 0.5, repeat=2)), 10.0)
    p50 = rate.latency["final"]["p50"]
    assert [p50.low, p50.value, p50.high] == pytest.approx([0.5, 0.5, 0.5], rel=1e-3)
    assert rate.repeats == 3
