"""Warm-up, quantiles and bounds on series with known answers."""

import math

import numpy as np
import pytest
from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]  # it ships no types

from reports.observations import Times
from reports.statistics import BEYOND, QUANTILES, Histogram, at_most, mser_5, warm_up


def with_transient(rng: np.random.Generator, n: int, lasting: float, height: float) -> Times:
    """Noise of standard deviation 1 around 10, and a transient that decays by e every `lasting` values."""
    values = rng.normal(10.0, 1.0, n) + height * np.exp(-np.arange(n) / lasting)
    return np.asarray(values, dtype=np.float64)


def test_mser_5_takes_the_bias_of_a_known_transient_away() -> None:
    """300 series: without a cut the mean is 0.5 too large; what is left is within a tenth of that."""
    rng = np.random.default_rng(11)
    biased, cut = [], []
    for _ in range(300):
        series = with_transient(rng, 2000, 50.0, 20.0)
        biased.append(series.mean() - 10)
        found = mser_5(series)
        assert found.steady
        cut.append(series[found.cut :].mean() - 10)
    assert np.mean(biased) == pytest.approx(20 * 50 / 2000, rel=0.05)
    assert abs(float(np.mean(cut))) < 0.05


def test_mser_5_cuts_a_step_where_it_ends() -> None:
    rng = np.random.default_rng(12)
    for length in (50, 200, 400):
        series = np.concatenate([rng.normal(30.0, 1.0, length), rng.normal(10.0, 1.0, 1000 - length)])
        assert mser_5(series).cut == pytest.approx(length, abs=25)


def slow_mser_5(series: Times) -> int:
    """The rule as White gives it."""
    means = [float(np.mean(series[at : at + 5])) for at in range(0, len(series) // 5 * 5, 5)]
    scores = []
    for cut in range(len(means) // 2 + 1):
        rest = np.array(means[cut:])
        scores.append(float(np.sum((rest - rest.mean()) ** 2)) / len(rest) ** 2)
    return int(np.argmin(scores)) * 5


def test_the_fast_rule_is_the_slow_one() -> None:
    rng = np.random.default_rng(13)
    for n in (50, 53, 400, 1001):
        for height in (0.0, 5.0, 50.0):
            series = with_transient(rng, n, n / 20, height)
            assert mser_5(series).cut == slow_mser_5(series)


def test_nothing_is_cut_from_a_series_without_a_transient() -> None:
    assert mser_5(np.full(1000, 0.1)).cut == 0
    assert mser_5(np.full(1000, 0.1)).steady


def test_never_more_than_half_is_cut_and_a_minimum_there_is_not_steady() -> None:
    """A backlog that grows has no steady part at all."""
    found = warm_up(np.arange(1000, dtype=np.float64))
    assert found.cut <= 500
    assert not found.steady


def test_a_stall_in_the_first_half_is_no_warm_up() -> None:
    """MSER-5 alone would cut everything up to its end; but the series begins as it goes on."""
    rng = np.random.default_rng(14)
    series = rng.normal(10.0, 1.0, 2000)
    series[400:700] += np.linspace(500, 0, 300)
    assert mser_5(series).cut >= 600
    assert warm_up(series).cut == 0


def test_a_slow_beginning_is_warm_up() -> None:
    series = with_transient(np.random.default_rng(15), 2000, 50.0, 20.0)
    assert warm_up(series) == mser_5(series)


def test_what_never_came_is_counted_but_takes_no_part() -> None:
    series = with_transient(np.random.default_rng(16), 2000, 50.0, 20.0)
    holes = np.insert(series, [10, 20], np.inf)
    assert warm_up(holes).cut == warm_up(series).cut + 2


def test_a_short_series_loses_its_first_tenth() -> None:
    assert warm_up(np.linspace(5.0, 1.0, 40)).cut == 4


def exact(values: Times, q: float) -> float:
    """The slow twin: sort, and take the rank."""
    return float(np.sort(values)[math.ceil(q * len(values)) - 1])


def test_a_quantile_is_the_smallest_value_that_covers_its_share() -> None:
    values = np.arange(1.0, 1001.0)
    assert Histogram.of(values).quantile(0.5) == pytest.approx(500.0, rel=1e-3)
    assert Histogram.of(values).quantile(0.9) == pytest.approx(900.0, rel=1e-3)


@pytest.mark.parametrize("scale_s", [3e-6, 1e-3, 0.5, 40.0])
def test_quantiles_have_three_digits_from_microseconds_to_minutes(scale_s: float) -> None:
    values = scale_s * np.random.default_rng(17).lognormal(0.0, 1.0, 200_000)
    histogram = Histogram.of(values)
    for q in QUANTILES.values():
        assert histogram.quantile(q) == pytest.approx(exact(values, q), rel=1e-3)


def test_a_histogram_counts_as_if_each_value_were_recorded_alone() -> None:
    values = np.append(np.random.default_rng(19).lognormal(-7.0, 4.0, 3000), [0.0, 1e-9, 2.047e-6, 2.048e-6])
    alone = HdrHistogram(1, 24 * 3600 * 10**9, 3)
    for value in values:
        assert alone.record_value(round(value * 1e9))
    assert list(Histogram.of(values)._counts.counts) == list(alone.counts)


def test_histograms_of_windows_add_up_to_that_of_all() -> None:
    rng = np.random.default_rng(18)
    parts = [np.append(rng.lognormal(-5, 1, n), np.inf) for n in (1000, 5000, 40_000)]
    merged = Histogram()
    for part in parts:
        merged.add(Histogram.of(part))
    whole = Histogram.of(np.concatenate(parts))
    assert len(merged) == len(whole) == 46_003
    assert [merged.quantile(q) for q in QUANTILES.values()] == [whole.quantile(q) for q in QUANTILES.values()]


def test_a_quantile_needs_a_hundred_observations_beyond_it() -> None:
    assert BEYOND == 100
    assert Histogram.of(np.arange(1000.0)).quantile(0.9) is not None
    assert Histogram.of(np.arange(999.0)).quantile(0.9) is None
    assert Histogram.of(np.arange(1000.0)).quantile(0.91) is None
    assert Histogram.of(np.arange(999.0)).quantile(0.9, beyond=0) is not None


def test_a_quantile_among_what_never_came_is_not_given() -> None:
    histogram = Histogram.of(np.concatenate([np.ones(400), np.full(600, np.inf)]))
    assert histogram.quantile(0.4) == pytest.approx(1.0, rel=1e-3)
    assert histogram.quantile(0.5) is None
    assert histogram.never == 600


def test_latencies_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="not a number"):
        Histogram.of(np.array([1.0, np.nan]))
    with pytest.raises(ValueError, match="at most 86400"):
        Histogram.of(np.array([1e6]))
    with pytest.raises(ValueError, match="1 to 1"):
        Histogram.of(np.array([1.0])).at_rank(2)


def binomial_tail(events: int, trials: int, share: float) -> float:
    """The probability of at most so many events."""
    return sum(math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(events + 1))


@pytest.mark.parametrize(("events", "trials"), [(0, 10), (1, 10), (3, 50), (10, 100), (49, 50)])
def test_a_bound_is_the_share_under_which_so_few_are_one_in_twenty(events: int, trials: int) -> None:
    assert binomial_tail(events, trials, at_most(events, trials)) == pytest.approx(0.05, rel=1e-6)


def test_nothing_lost_in_n_is_at_most_three_in_n() -> None:
    assert at_most(0, 1500) == pytest.approx(3 / 1500, rel=0.01)


def test_bounds_at_the_ends() -> None:
    assert at_most(0, 0) == 1.0
    assert at_most(5, 5) == 1.0
    assert at_most(20_000, 1_000_000) == pytest.approx(0.02, rel=0.02)
    with pytest.raises(ValueError, match="from 0 to the trials"):
        at_most(2, 1)
