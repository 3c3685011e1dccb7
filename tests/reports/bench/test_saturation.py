"""The judge on windows with known answers, and the search against a synthetic ledger with a known knee."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pilot.bench.book import lags
from reports.bench.saturation import Search, Verdict, judge
from reports.observations import Texts, Times
from reports.statistics.lag import KEPT_LAG_S
from workloads.bench.observed import Observed


def served(
    rate: float, capacity: float, window_s: float, block_s: float = 0.0, seed: int = 21
) -> tuple[Times, Times]:
    """Poisson arrivals at one server that takes 1 / capacity for each; final at the next block's end."""
    due = np.cumsum(np.random.default_rng(seed).exponential(1 / rate, int(rate * window_s)))
    final, free = np.empty_like(due), 0.0
    for at, arrived in enumerate(due):
        free = max(free, arrived) + 1 / capacity
        final[at] = free
    return due, final if block_s == 0 else np.ceil(final / block_s) * block_s


def all_final(due: Times) -> Texts:
    return np.full(len(due), "final")


def judged(due: Times, final: Times, *, outcome: Texts | None = None, lag_s: float = 0.0) -> Verdict:
    said = all_final(due) if outcome is None else outcome
    return judge(due, final, said, lag_p99_s=lag_s, p95_s=1.0)


@pytest.mark.parametrize("block_s", [0.0, 0.1, 1.0])
def test_a_rate_below_the_capacity_is_kept_whatever_the_blocks(block_s: float) -> None:
    for seed in range(20):
        due, final = served(400, 1000, 10.0, block_s, seed)
        found = judge(due, final, all_final(due), lag_p99_s=0.0, p95_s=2.0)
        assert found.kept, found.why
        assert (found.why, found.cause) == ("", "")
        assert found.throughput == pytest.approx(400, rel=0.12)


def test_a_rate_above_the_capacity_is_a_backlog_that_grows() -> None:
    """Within 10 s the wait grows by 0.5 s: still under the limit, and yet not kept."""
    due, final = served(1000, 950, 10.0)
    found = judged(due, final)
    assert (found.kept, found.cause) == (False, "backlog")
    assert "of the offered rate became final, allowed 98%" in found.why
    assert found.throughput == pytest.approx(950, rel=0.02)


def test_a_rate_far_above_the_capacity_breaks_the_latency() -> None:
    due, final = served(1000, 500, 10.0)
    found = judged(due, final)
    assert (found.kept, found.cause) == (False, "latency")
    assert "allowed 1 s" in found.why
    assert found.p95_s is not None
    assert found.p95_s > 1.0


@pytest.mark.parametrize("what", ["lost", "failed"])
def test_a_single_loss_is_not_kept(what: str) -> None:
    due, final = served(400, 1000, 10.0)
    outcome = all_final(due).astype("U8")
    outcome[100] = what
    final[100] = np.nan
    found = judged(due, final, outcome=outcome)
    assert (found.kept, found.cause) == (False, "loss")
    assert f"1 of 4000 operations {what}" in found.why


def test_what_was_never_sent_has_failed_and_is_no_lag() -> None:
    due, final = served(400, 1000, 10.0)
    outcome, seen = all_final(due).astype("U8"), Observed.of(due, ("node-0",))
    seen.free_lag[:] = 0.0
    outcome[100], seen.free_lag[100], final[100] = "failed", np.nan, np.nan
    assert judge(due, final, outcome, lag_p99_s=lags(seen)[0], p95_s=1.0).cause == "loss"


def test_what_the_rules_refused_is_left_out() -> None:
    due, final = served(400, 1000, 10.0)
    outcome = all_final(due).astype("U8")
    outcome[::10], final[::10] = "refused", np.nan
    assert judged(due, final, outcome=outcome).kept


def test_a_late_generator_comes_first_and_says_nothing_of_the_ledger() -> None:
    due, final = served(1000, 500, 10.0)
    found = judged(due, final, lag_s=2 * KEPT_LAG_S)
    assert (found.kept, found.cause) == (False, "generator")
    assert "0.05 s, allowed 0.025 s" in found.why


def test_a_window_without_a_schedule_is_too_short() -> None:
    for due in (np.empty(0), np.array([1.0]), np.array([1.0, 1.0])):
        assert judged(due, due + 0.1).cause == "window too short"


def found_by(search: Search, knee: float) -> tuple[float | None, int]:
    """What a search finds at a ledger that keeps every rate up to its knee, and after how many windows."""
    windows = 0
    while (rate := search.next_rate()) is not None:
        search.tell(rate <= knee)
        windows += 1
        assert windows < 100
    return search.highest, windows


rates = st.floats(1.0, 1e5)


@given(start=rates, limit=rates, knee=rates, resolution=st.floats(0.01, 0.5))
def test_the_search_finds_any_knee_to_its_resolution(
    start: float, limit: float, knee: float, resolution: float
) -> None:
    start, limit = min(start, limit), max(start, limit)
    highest, windows = found_by(Search(start, limit, resolution), knee)
    doublings = np.log2(limit / start) + 8
    assert windows <= doublings + np.log2(np.log(2) / np.log1p(resolution)) + 3
    if highest is None:
        assert knee < start / 32
    elif highest < limit:
        assert highest <= knee
        assert knee <= highest * (1 + resolution) * (1 + 1e-9)
    else:
        assert highest == limit <= knee


@settings(max_examples=20, deadline=None)
@given(capacity=st.floats(120, 1500))
def test_search_and_judge_find_the_knee_of_a_queue(capacity: float) -> None:
    """Evenly spaced arrivals, so that the rate offered is the rate asked for: 98 % of it has to be kept."""
    search = Search(50, 4000, 0.05)
    while (rate := search.next_rate()) is not None:
        due = np.arange(int(8 * rate)) / rate
        final = due + 1 / capacity if rate <= capacity else due[0] + (1 + np.arange(len(due))) / capacity
        search.tell(judged(due, final).kept)
    assert search.highest is not None
    assert 0.95 <= search.highest / capacity <= 1.025


def test_a_search_says_the_same_rate_until_it_is_told() -> None:
    search = Search(100, 1000, 0.1)
    assert search.next_rate() == search.next_rate() == 100
    search.tell(True)
    assert search.next_rate() == 200


def test_a_search_that_is_over_takes_no_more() -> None:
    search = Search(100, 100, 0.1)
    search.tell(True)
    assert search.next_rate() is None
    with pytest.raises(ValueError, match="the search is over"):
        search.tell(True)


def test_a_search_refuses_limits_that_cannot_be() -> None:
    for wrong in ((0, 10, 0.1), (20, 10, 0.1), (1, 10, 0)):
        with pytest.raises(ValueError, match="allowed: 0 < start <= limit, resolution > 0"):
            Search(*wrong)
