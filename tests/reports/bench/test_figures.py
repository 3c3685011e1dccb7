"""The bench's figures: nothing loaded, words in two languages, and what is drawn is what was seen."""

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from matplotlib.text import Text

from reports.bench import choose
from reports.bench.directory import Bench
from reports.bench.figures import ALL, latency
from reports.bench.figures.draw import waits
from reports.bench.figures.frame import Drawn
from reports.bench.figures.growth import grown
from reports.bench.figures.latency import Curve
from reports.bench.figures.looks import looks
from reports.bench.shapes import BenchSummary, LedgerSummary
from reports.bench.summary import summarise
from reports.bench.words import words
from reports.figures import style
from reports.statistics import BEYOND
from reports.texts import LANGUAGES, Language
from tests.reports.bench.measured import Plain, write
from tests.reports.bench.synthetic import seal

Shown = Callable[[str, Language], set[str]]
"""Every text that a figure shows, by its name and language."""


@pytest.fixture(scope="module")
def summary(whole: Path) -> BenchSummary:
    return Bench(whole).summary


@pytest.fixture(scope="module")
def drawn(summary: BenchSummary) -> Shown:
    """Each figure is drawn anew, once."""

    @cache
    def texts_of(name: str, language: Language) -> set[str]:
        with style.settings():
            figure = ALL[name](Drawn.of(summary, words(language)))
            assert figure is not None
            figure.canvas.draw()
        return {text.get_text() for text in figure.findobj(Text) if text.get_text()}

    return texts_of


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_load_nothing_and_carry_no_date(whole: Path, language: Language) -> None:
    found = sorted((whole / "figures").glob(f"*.{language}.svg"))
    assert {path.name.split(".")[0] for path in found} == {*ALL, "latency"}
    for path in found:
        text = path.read_text(encoding="utf-8")
        assert "<image" not in text
        assert "dc:date" not in text
        assert not re.search(r'href="(?!#)', text)


@pytest.mark.parametrize("name", sorted(set(ALL) - {"gas"}))
def test_a_figure_names_every_measured_ledger_and_says_its_caution(
    summary: BenchSummary, drawn: Shown, name: str
) -> None:
    shown = " ".join(" ".join(drawn(name, "en")).split())
    wanted = set(Drawn.of(summary, words("en")).measured())
    wanted -= {"memory"} if name == "bytes" else set()  # it stores nothing
    assert {label for label in wanted if label not in shown} == set()
    assert "one node, no consensus" in shown


@pytest.mark.parametrize(
    ("name", "vi", "en"),
    [
        ("headroom", "nhu cầu (1×)", "demand (1×)"),
        (
            "growth",
            "số ý kiến đã có trên sổ cái (thang lôgarit)",
            "opinions on the ledger already (logarithmic)",
        ),
        ("cpu", "nút", "node"),
        ("bytes", "gửi giữa các bên", "sent between parties"),
    ],
)
def test_words_are_in_the_figures_language(drawn: Shown, name: str, vi: str, en: str) -> None:
    assert vi in drawn(name, "vi")
    assert en in drawn(name, "en")


def test_headroom_shows_the_recorded_number_and_marks_a_lower_bound(
    summary: BenchSummary, drawn: Shown
) -> None:
    search = summary.ledgers["memory"].saturation[0]
    assert search.headroom is not None
    assert choose.at_least(search)
    assert any(text.startswith("≥ ") and text.endswith("×") for text in drawn("headroom", "en"))
    assert not choose.at_least(replace(search, limited_by="latency"))
    assert choose.at_least(replace(search, limited_by="latency", stopped_at_generator=True))


def test_gas_is_shown_only_for_ledgers_that_count_it(drawn: Shown) -> None:
    shown = " ".join(drawn("gas", "en"))
    assert "evm-clique" in shown
    assert "signed-db" not in shown


def test_the_common_rate_is_one_with_p99_before_a_lower_one_without(summary: BenchSummary) -> None:
    assert choose.common_rate(summary) == 200.0
    few = {
        name: replace(ledger, loads=[load for load in ledger.loads if load.rate != 200.0])
        for name, ledger in summary.ledgers.items()
    }
    assert choose.common_rate(replace(summary, ledgers=few)) == 60.0
    assert choose.common_rate(replace(summary, ledgers={})) is None


def test_a_window_left_out_is_in_no_figure(whole: Path, summary: BenchSummary) -> None:
    seen = waits(Bench(whole), summary)
    assert sum(map(len, seen["memory"])) == 6
    assert sum(map(len, seen["signed-db"])) == 5


def test_a_window_in_which_nothing_was_due_is_in_no_figure(tmp_path: Path) -> None:
    folder = write(tmp_path / "bench", [Plain(), Plain(repeat=1)])
    path = folder / "observations" / "signed-db.parquet"
    pq.write_table(pq.read_table(path, filters=[("window", "=", 0)]), path)
    seal(folder, starts=1)
    seen = waits(Bench(folder), summarise(Bench(folder)))
    assert [[len(window) for window in start] for start in seen["signed-db"]] == [[1000]]


def test_a_curve_ends_at_the_last_quantile_with_100_beyond() -> None:
    one = [np.arange(1.0, 1001.0)]
    curve = Curve([one, one, one])
    assert curve.q[-1] == pytest.approx((3000 - BEYOND) / 3000)
    assert np.all(np.diff(curve.value) >= 0)
    assert curve.value[-1] <= 1000 - BEYOND / 3 + 1
    assert np.allclose(curve.low, curve.value)  # repeats that do not differ have no band


def test_the_band_is_as_wide_as_the_repeats_differ() -> None:
    base = np.linspace(0.9, 1.1, 2000)
    near = Curve([[base], [base * 1.01], [base * 0.99]])
    far = Curve([[base], [base * 1.2], [base * 0.8]])
    middle = len(near.q) // 2
    assert near.low[middle] < near.value[middle] < near.high[middle]
    assert far.high[middle] - far.low[middle] > 10 * (near.high[middle] - near.low[middle])


def test_what_never_came_ends_the_curve_early() -> None:
    waits_ = np.where(np.arange(2000) < 1000, 0.5, np.inf)
    curve = Curve([[waits_], [waits_]])
    assert curve.q[-1] <= 0.5
    assert np.all(np.isfinite(curve.value))


def test_too_few_observations_draw_nothing() -> None:
    assert len(Curve([[np.arange(50.0)]]).q) == 0


def test_growth_keeps_the_highest_rate_that_every_size_has(summary: BenchSummary) -> None:
    found = grown(summary.ledgers["cometbft"])
    assert [size for size, _ in found] == [1_000, 100_000]
    assert {load.rate for _, load in found} == {200.0}


def test_no_two_ledgers_look_the_same_and_a_backends_own_name_keeps_its_colour(summary: BenchSummary) -> None:
    ledgers = summary.ledgers
    found = looks(ledgers)
    assert len({(look.colour, look.marker) for look in found.values()}) == len(found)
    assert len({look.marker for look in found.values()}) == len(found)
    assert found["cometbft"] == style.look("cometbft")
    backwards: dict[str, LedgerSummary] = dict(reversed(list(ledgers.items())))
    assert looks(backwards)["cometbft"] == found["cometbft"]


def test_a_figure_with_nothing_to_show_is_not_there(cut_short: Path) -> None:
    names = {path.name.split(".")[0] for path in (cut_short / "figures").iterdir()}
    assert {"latency", "headroom", "throughput", "growth", "cpu", "gas"} <= names
    summary = Bench(cut_short).summary
    bare = {
        label: replace(ledger, saturation=[], growth=[], resources=[], loads=[])
        for label, ledger in summary.ledgers.items()
    }
    nothing = Drawn.of(replace(summary, ledgers=bare), words("en"))
    with style.settings():
        assert [name for name, draw in ALL.items() if draw(nothing) is not None] == []
        assert latency.draw(nothing, {}) is None
