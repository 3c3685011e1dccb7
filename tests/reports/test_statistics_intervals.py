"""Intervals against textbooks, against the slow bootstrap, and on synthetic series with known answers."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from reports.statistics import over_repeats, over_starts, ratio, student_t
from reports.statistics.intervals import spread
from reports.statistics.ratios import excludes_one

REPLICATIONS = 1000
LEAST = 0.93
"""Of a nominal 95 %."""

Draw = Callable[[np.random.Generator, int, int], list[list[float]]]


def covered(draw: Draw, truth: float, starts: int, repeats: int) -> float:
    """How often the interval holds the truth."""
    rng = np.random.default_rng(20261125)
    hits = 0
    for _ in range(REPLICATIONS):
        groups = draw(rng, starts, repeats)
        found = over_starts(float(np.mean([np.mean(group) for group in groups])), groups)
        assert found is not None
        hits += found.low <= truth <= found.high
    return hits / REPLICATIONS


def normal(between: float) -> Draw:
    """Repeats with standard deviation 1 around starts with another, around 10."""

    def draw(rng: np.random.Generator, starts: int, repeats: int) -> list[list[float]]:
        return [list(rng.normal(10 + between * float(rng.normal()), 1.0, repeats)) for _ in range(starts)]

    return draw


def skewed(between: float) -> Draw:
    """As the p95 of windows is: bounded below, with a tail. Log-normal with sigma 0.5; its mean is 1."""

    def draw(rng: np.random.Generator, starts: int, repeats: int) -> list[list[float]]:
        centres = np.exp(between * rng.normal(size=starts) - between**2 / 2)
        return [list(centre * np.exp(0.5 * rng.normal(size=repeats) - 0.125)) for centre in centres]

    return draw


@pytest.mark.parametrize("between", [0.0, 0.3, 1.0, 3.0])
@pytest.mark.parametrize(("starts", "repeats"), [(3, 5), (2, 5), (5, 3)])
def test_repeats_within_starts_are_covered_whatever_the_starts_add(
    between: float, starts: int, repeats: int
) -> None:
    assert covered(normal(between), 10.0, starts, repeats) >= LEAST


@pytest.mark.parametrize("between", [0.0, 0.2])
def test_a_skewed_figure_is_covered_too(between: float) -> None:
    assert covered(skewed(between), 1.0, 3, 5) >= LEAST


def test_five_repeats_of_one_start_are_covered() -> None:
    assert covered(normal(0.0), 10.0, 1, 5) == pytest.approx(0.95, abs=0.02)


def test_one_repeat_in_each_of_five_starts_is_covered() -> None:
    assert covered(normal(1.0), 10.0, 5, 1) == pytest.approx(0.95, abs=0.02)


def test_taking_all_repeats_for_independent_covers_too_little() -> None:
    """Why starts are a level of their own: 15 repeats in three starts are no 15 independent values."""
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(REPLICATIONS):
        groups = normal(1.0)(rng, 3, 5)
        values = [value for group in groups for value in group]
        found = over_repeats(float(np.mean(values)), values)
        hits += found.low <= 10.0 <= found.high
    assert hits / REPLICATIONS < 0.80


def test_a_plain_percentile_bootstrap_of_five_covers_some_82_percent() -> None:
    """Why it is not used."""
    rng = np.random.default_rng(2)
    values = rng.normal(size=(REPLICATIONS, 5))
    drawn = values[np.arange(REPLICATIONS)[:, None, None], rng.integers(5, size=(REPLICATIONS, 400, 5))]
    low, high = np.quantile(drawn.mean(axis=2), [0.025, 0.975], axis=1)
    assert np.mean((low <= 0) & (high >= 0)) == pytest.approx(0.82, abs=0.025)


def test_operations_that_depend_on_one_another_are_not_covered_but_their_repeats_are() -> None:
    """AR(1) with phi = 0.9, as latencies behind one queue: 1,000 operations are worth some 50."""
    rng = np.random.default_rng(3)
    trials, repeats, n, phi = 400, 5, 1000, 0.9
    noise = rng.normal(size=(trials, repeats, n))
    series = np.empty_like(noise)
    series[..., 0] = noise[..., 0] / (1 - phi**2) ** 0.5
    for at in range(1, n):
        series[..., at] = phi * series[..., at - 1] + noise[..., at]
    one = series[:, 0]
    half = 1.96 * one.std(axis=1, ddof=1) / n**0.5
    assert np.mean(np.abs(one.mean(axis=1)) <= half) < 0.5
    hits = 0
    for trial in series:
        found = over_starts(100.0, [list(100 + trial.mean(axis=1))])
        assert found is not None
        hits += abs(float(trial.mean())) <= found.high - 100
    assert hits / trials >= LEAST


def slow_variance(groups: Sequence[Sequence[float]], rng: np.random.Generator, draws: int) -> float:
    """The hierarchical bootstrap as one would tell it: draw starts, then repeats within each."""
    means = []
    for _ in range(draws):
        picked = [groups[at] for at in rng.integers(len(groups), size=len(groups))]
        means.append(np.mean([np.mean(rng.choice(group, len(group))) for group in picked]))
    return float(np.var(means))


def test_the_closed_form_is_what_the_slow_bootstrap_comes_to() -> None:
    groups = [[9.0, 11.0, 10.0, 10.5, 9.5], [12.0, 12.5, 11.0], [8.0, 9.0, 8.5, 10.0]]
    between = float(np.var([np.mean(group) for group in groups], ddof=1)) / 3
    found = spread(groups)
    assert found is not None
    uncorrected = found.variance - between / 3  # without S / (S - 1) on the part between starts
    assert slow_variance(groups, np.random.default_rng(4), 6000) == pytest.approx(uncorrected, rel=0.05)


def test_students_t_is_the_textbooks() -> None:
    assert student_t(2) == pytest.approx(4.3027)
    assert student_t(31) == pytest.approx(2.0395, abs=1e-4)
    assert student_t(60) == pytest.approx(2.0003, abs=1e-4)
    assert student_t(1_000_000) == pytest.approx(1.96, abs=1e-4)
    with pytest.raises(ValueError, match="at least 1"):
        student_t(0)


def test_an_interval_over_three_repeats_is_the_textbooks() -> None:
    """Of 9, 10, 11 the standard deviation is 1, so the half width is 4.3027 / sqrt(3)."""
    interval = over_repeats(10.0, [9.0, 10.0, 11.0])
    assert interval.low == pytest.approx(10 - 4.3027 / 3**0.5)
    assert interval.high == pytest.approx(10 + 4.3027 / 3**0.5)


def test_two_starts_are_two_values() -> None:
    """Their means are 10 and 12: standard error 1, one degree of freedom."""
    interval = over_starts(11.0, [[9.0, 11.0], [11.0, 13.0]])
    assert interval is not None
    assert interval.high == pytest.approx(11 + 12.7062)


def test_starts_without_a_value_are_passed_over_and_one_value_has_no_interval() -> None:
    assert over_starts(1.0, [[1.0], [], []]) is None
    assert over_starts(1.0, [[], [1.0, 2.0, 3.0]]) == over_repeats(1.0, [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="at least 2"):
        over_repeats(1.0, [1.0])


def test_an_interval_does_not_go_below_zero() -> None:
    assert over_repeats(1.0, [0.1, 1.0, 5.0]).low == 0.0
    below = over_repeats(-1.0, [-2.0, 0.0])
    assert below.low <= below.value <= below.high


def test_no_difference_is_claimed_between_equals_more_often_than_one_time_in_twenty() -> None:
    rng = np.random.default_rng(5)
    claimed = 0
    for _ in range(REPLICATIONS):
        found = ratio(skewed(0.2)(rng, 3, 5), skewed(0.2)(rng, 3, 5))
        assert found is not None
        claimed += excludes_one(found)
    assert claimed / REPLICATIONS <= 0.06


@pytest.mark.parametrize(("starts", "repeats"), [(1, 5), (3, 5)])
def test_a_ratio_is_covered(starts: int, repeats: int) -> None:
    """Theirs is 1.3 times ours, and three times as noisy."""
    rng = np.random.default_rng(6)
    hits = 0
    for _ in range(REPLICATIONS):
        ours = [list(np.exp(rng.normal(0, 0.05, repeats))) for _ in range(starts)]
        theirs = [list(1.3 * np.exp(rng.normal(0, 0.15, repeats))) for _ in range(starts)]
        found = ratio(theirs, ours)
        assert found is not None
        hits += found.low <= 1.3 <= found.high
    assert hits / REPLICATIONS >= LEAST


def test_a_difference_beyond_noise_is_claimed() -> None:
    found = ratio([[20.0, 21.0, 19.0]], [[10.0, 10.5, 9.5]])
    assert found is not None
    assert excludes_one(found)
    assert found.value == pytest.approx(2.0, rel=1e-3)


def test_a_ratio_and_its_inverse_say_the_same() -> None:
    ours, theirs = [[3.0, 4.0, 5.0]], [[6.0, 6.5, 7.0]]
    one, other = ratio(ours, theirs), ratio(theirs, ours)
    assert one is not None
    assert other is not None
    assert (one.value, one.low, one.high) == pytest.approx((1 / other.value, 1 / other.high, 1 / other.low))


def test_values_without_noise_differ_by_exactly_their_ratio() -> None:
    found = ratio([[480.0, 480.0]], [[400.0, 400.0]])
    assert found is not None
    assert (found.low, found.value, found.high) == pytest.approx((1.2, 1.2, 1.2))


def test_a_single_value_or_a_zero_gives_no_ratio() -> None:
    assert ratio([[1.0]], [[1.0, 2.0]]) is None
    assert ratio([[0.0, 1.0]], [[1.0, 2.0]]) is None
