"""A bench's summary against answers worked out by hand."""

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from pydantic import TypeAdapter

from backends.ports import Level
from reports.bench import shapes, summary
from reports.bench.directory import Bench
from reports.bench.shapes import BenchSummary, LedgerSummary
from reports.derived import Interval
from reports.files import rounded
from reports.run import plain
from tests.reports.bench import synthetic
from tests.reports.bench.measured import Plain, write
from tests.reports.synthetic import Json

ALIKE = [Plain(start=start, repeat=repeat) for start in range(3) for repeat in range(2)]


def summarised(
    folder: Path, windows: list[Plain], ledgers: dict[str, dict[str, Json]] | None = None
) -> BenchSummary:
    return summary.summarise(Bench(write(folder / "bench", windows, ledgers)))


def only(found: BenchSummary) -> LedgerSummary:
    [ledger] = found.ledgers.values()
    return ledger


def ends(interval: Interval | None) -> tuple[float, float, float]:
    assert interval is not None
    return interval.low, interval.value, interval.high


def test_the_levels_are_those_of_the_port() -> None:
    assert list(get_args(shapes.Level)) == [level.value for level in Level]


def test_windows_that_agree_give_figures_without_width(tmp_path: Path) -> None:
    [load] = only(summarised(tmp_path, ALIKE)).loads
    assert (load.starts, load.repeats, load.n, load.invalid) == (3, 6, 6000, 0)
    assert ends(load.throughput) == pytest.approx((100.0, 100.0, 100.0), rel=2e-3)
    assert ends(load.latency["final"]["p50"]) == pytest.approx((0.5, 0.5, 0.5), rel=1e-3)
    assert ends(load.latency["accepted"]["p95"]) == pytest.approx((0.25, 0.25, 0.25), rel=1e-3)
    assert ends(load.latency["provable"]["p50"]) == pytest.approx((0.6, 0.6, 0.6), rel=1e-3)
    assert "p99" not in load.latency["final"]  # 60 of 6,000 lie beyond
    assert load.repeat_values["throughput"] == pytest.approx(np.full((3, 2), 99.9), rel=1e-2)


def test_two_starts_are_two_values(tmp_path: Path) -> None:
    """Medians of 0.4 s and 0.6 s: half the width is 12.7 times 0.1, cut at zero."""
    windows = [
        Plain(start=start, repeat=repeat, wait_s=0.4 + 0.2 * start) for start in (0, 1) for repeat in (0, 1)
    ]
    [load] = only(summarised(tmp_path, windows)).loads
    low, value, high = ends(load.latency["final"]["p50"])
    assert low == 0.0
    assert high - value == pytest.approx(12.7062 * 0.1, rel=5e-3)


def test_an_invalid_window_is_in_no_figure_and_a_disturbed_one_is_marked(tmp_path: Path) -> None:
    windows = [
        *ALIKE,
        Plain(repeat=2, wait_s=5.0, invalid="the generator was late"),
        Plain(repeat=3, disturbed="steal"),
    ]
    ledger = only(summarised(tmp_path, windows))
    [load] = ledger.loads
    assert (load.repeats, load.invalid, load.disturbed) == (7, 1, 1)
    assert ends(load.latency["final"]["p95"])[2] == pytest.approx(0.5, rel=1e-3)
    assert ledger.windows is not None
    assert [(one.window, one.why) for one in ledger.windows.invalid] == [(6, "the generator was late")]
    assert [(one.window, one.why) for one in ledger.windows.disturbed] == [(7, "steal")]
    assert ledger.windows.valid == 7


def test_a_load_without_a_valid_window_is_there_and_says_nothing(tmp_path: Path) -> None:
    [load] = only(summarised(tmp_path, [Plain(invalid="the generator was late")])).loads
    assert (load.repeats, load.invalid, load.throughput, load.n) == (0, 1, None, 0)
    assert load.latency == {"accepted": {}, "final": {}, "provable": {}}


def test_failures_do_not_raise_throughput_and_count_as_infinitely_late(tmp_path: Path) -> None:
    half = dict.fromkeys(range(0, 1000, 2), "failed")
    [load] = only(summarised(tmp_path, [Plain(start=start, outcomes=half) for start in range(3)])).loads
    assert ends(load.throughput)[1] == pytest.approx(50.0, rel=5e-3)
    assert load.unanswered == 1500
    assert set(load.latency["final"]) == {"p50"}  # half of them waits for ever


def test_counts_have_bounds_and_leave_the_search_out(tmp_path: Path) -> None:
    windows = [
        Plain(outcomes={5: "lost", 6: "refused", 7: "refused"}),
        Plain(phase="saturation", outcomes=dict.fromkeys(range(500), "failed")),
    ]
    counts = only(summarised(tmp_path, windows)).counts
    assert counts is not None
    assert (counts.submitted, counts.accepted, counts.final) == (1000, 998, 997)
    assert (counts.failed.n, counts.lost.n, counts.refused.n) == (0, 1, 2)
    assert counts.failed.at_most == pytest.approx(0.003, rel=0.01)
    assert counts.lost.at_most == pytest.approx(0.00473, rel=0.01)  # Clopper-Pearson, 1 in 1,000


def test_finality_is_stated_at_each_number_of_nodes(tmp_path: Path) -> None:
    windows = [Plain(start=start, by_s=(-0.1, 0.0, 0.2)) for start in range(3)]
    ledgers: dict[str, dict[str, Json]] = {"signed-db": {"nodes": ["a", "b", "c"]}}
    [load] = only(summarised(tmp_path, windows, ledgers)).loads
    assert {name: round(found["p50"].value, 3) for name, found in load.by_nodes.items()} == {
        "1 of 3": 0.4, "2 of 3": 0.5, "3 of 3": 0.7,
    }  # fmt: skip


def test_assurance_waits_for_the_moment_and_for_the_nodes_whichever_is_later(tmp_path: Path) -> None:
    windows = [Plain(start=start, by_s=(-0.1, 0.0, 0.2)) for start in range(3)]
    ledgers: dict[str, dict[str, Json]] = {
        "signed-db": {
            "nodes": ["a", "b", "c"],
            "assurance": {
                "durable on one disk": {"moment": "final", "nodes": 1},
                "durable on two failure domains": {"moment": "final", "nodes": 3},
                "head signed": {"moment": "provable", "nodes": 0},
            },
        }
    }
    assured = only(summarised(tmp_path, windows, ledgers)).assurance
    assert assured is not None
    assert (assured.drive, assured.rate) == ("direct", 100.0)
    times = {
        level: found and found.p50 and round(found.p50.value, 3) for level, found in assured.levels.items()
    }
    assert times == {
        "durable on one disk": 0.5,
        "durable on two failure domains": 0.7,
        "head signed": 0.6,
        "no fork unless several collude": None,
        "rules checked by others": None,
    }


def test_assurance_is_read_under_the_same_load_on_all(tmp_path: Path) -> None:
    """Both have 100 a second; only one has 50; through the port before over HTTP."""
    windows = [
        Plain(ledger=ledger, rate=rate, drive=drive)
        for ledger in ("signed-db", "memory")
        for drive in ("http", "direct")
        for rate in (100.0, 200.0)
    ]
    found = summarised(tmp_path, [*windows, Plain(rate=50.0)])
    assert [
        (ledger.assurance.drive, ledger.assurance.rate)
        for ledger in found.ledgers.values()
        if ledger.assurance
    ] == [("direct", 100.0), ("direct", 100.0)]


def test_resources_are_those_of_an_entry_and_leave_the_generator_out(tmp_path: Path) -> None:
    use: dict[str, dict[str, Json]] = {
        "node": {"cpu_s": 2.0, "rss_bytes": 50_000_000, "written_bytes": 3_000},
        "application": {"cpu_s": 1.0, "rss_bytes": 0, "written_bytes": 1_000},
        "client": {"cpu_s": 9.0, "rss_bytes": 0, "written_bytes": 0},
    }
    windows = [Plain(start=start, use=use, stored_bytes=5_000, gas=None) for start in range(3)]
    [used] = only(summarised(tmp_path, windows)).resources
    assert ends(used.cpu_s)[1] == pytest.approx(0.003)
    assert ends(used.written_bytes)[1] == pytest.approx(4.0)
    assert ends(used.stored_bytes)[1] == pytest.approx(5.0)
    assert ends(used.rss_bytes)[1] == 50_000_000
    assert (used.gas, used.network_bytes, used.energy_j) == (None, None, None)
    assert ends(used.groups["client"].cpu_s)[1] == pytest.approx(0.009)
    assert used.groups["application"].rss_bytes is None
    assert np.array(used.repeat_values["cpu_s"]) == pytest.approx(np.full((3, 1), 0.003))


def search(start: int, kept: float, limit: float, repeat: int = 0) -> list[Plain]:
    """Doubling from 50: kept at once up to a rate, far too late above."""
    rates, windows = [50.0], []
    while rates[-1] <= kept and rates[-1] < limit:
        rates.append(2 * rates[-1])
    for rate in rates:
        wait_s = 0.1 if rate <= kept else 3.0
        windows.append(Plain(phase="saturation", start=start, repeat=repeat, rate=rate, n=500, wait_s=wait_s))
    return windows


def test_the_highest_rate_is_that_of_the_searches_and_headroom_is_over_the_demand(tmp_path: Path) -> None:
    windows = [*search(0, 200, 1600), *search(1, 400, 1600), *search(2, 200, 1600)]
    [found] = only(summarised(tmp_path, windows)).saturation
    assert found.repeat_values["highest"] == [[200.0], [400.0], [200.0]]
    mean = 800 / 3
    assert ends(found.highest)[1] == pytest.approx(mean)
    assert ends(found.headroom) == pytest.approx(tuple(end / 10 for end in ends(found.highest)))
    assert (found.searches, found.limited_by, found.stopped_at_generator) == (3, "latency", False)
    assert [step.kept for step in found.steps[:4]] == [True, True, True, False]
    assert found.steps[3].why == "p95 of final is 3 s, allowed 1 s"


def test_two_searches_in_one_start_are_told_apart(tmp_path: Path) -> None:
    windows = [*search(0, 200, 1600), *search(0, 400, 1600, repeat=1)]
    [found] = only(summarised(tmp_path, windows)).saturation
    assert found.repeat_values["highest"] == [[200.0, 400.0]]
    assert found.searches == 2


def test_a_search_that_the_generator_ended_is_a_lower_bound(tmp_path: Path) -> None:
    late = Plain(phase="saturation", rate=400.0, wait_s=0.1, lag_s=0.2, invalid="late")
    [found] = only(summarised(tmp_path, [*search(0, 200, 200), late])).saturation
    assert ends(found.highest)[1] == 200.0
    assert (found.limited_by, found.stopped_at_generator) == ("generator", True)


def test_a_search_that_was_cut_short_has_found_nothing(tmp_path: Path) -> None:
    """The bench ended while the second search had kept 50 and 100 a second."""
    windows = [*search(0, 400, 1600), Plain(kind="audit", n=1), *search(1, 200, 1600)[:2]]
    folder = write(tmp_path / "bench", windows, partial="interrupted")
    [found] = only(summary.summarise(Bench(folder))).saturation
    assert found.repeat_values["highest"] == [[400.0]]
    assert (found.searches, len(found.steps)) == (1, 7)
    whole = write(tmp_path / "whole", windows)
    assert only(summary.summarise(Bench(whole))).saturation[0].searches == 2


def test_a_search_that_kept_nothing_has_no_highest_rate(tmp_path: Path) -> None:
    [found] = only(summarised(tmp_path, search(0, 10, 1600))).saturation
    assert (found.highest, found.headroom, found.limited_by) == (None, None, "latency")


def test_growth_is_told_by_size(tmp_path: Path) -> None:
    windows = [
        Plain(phase="growth", grown_to=size, repeat=repeat, wait_s=wait_s)
        for size, wait_s in ((1_000_000, 0.4), (1_000, 0.2))
        for repeat in range(2)
    ]
    grown = only(summarised(tmp_path, windows)).growth
    assert [(one.grown_to, round(one.load.latency["final"]["p50"].value, 2)) for one in grown] == [
        (1_000, 0.2),
        (1_000_000, 0.4),
    ]


def test_all_doors_are_compared_with_one(tmp_path: Path) -> None:
    doors = ("node-0", "node-1")
    windows = [Plain(start=start, repeat=r) for start in range(3) for r in range(2)]
    windows += [
        Plain(phase="ingress", start=start, repeat=r, doors=doors, wait_s=0.6)
        for start in range(3)
        for r in range(2)
    ]
    [found] = only(summarised(tmp_path, windows)).ingress
    assert found.doors == ["node-0", "node-1"]
    assert ends(found.all_over_one["p50"].ratio) == pytest.approx((1.2, 1.2, 1.2), rel=2e-3)
    assert found.all_over_one["p50"].shown
    assert set(found.by_door) == {"node-0", "node-1"}
    assert ends(found.by_door["node-1"]["p50"])[1] == pytest.approx(0.6, rel=1e-3)


def test_the_harness_is_the_floor_and_no_ledger(tmp_path: Path) -> None:
    found = summarised(tmp_path, [*ALIKE, Plain(ledger="harness", drive="harness", wait_s=0.001)])
    assert list(found.ledgers) == ["signed-db"]
    assert [(load.drive, load.rate) for load in found.floor] == [("harness", 100.0)]


def test_an_audit_is_a_window_of_one(tmp_path: Path) -> None:
    windows = [Plain(kind="audit", n=1, start=start, wait_s=4.0) for start in range(3)]
    [load] = only(summarised(tmp_path, windows)).loads
    assert ends(load.throughput) == pytest.approx((0.25, 0.25, 0.25))


def test_a_ledger_that_was_not_measured_says_why(tmp_path: Path) -> None:
    ledgers: dict[str, dict[str, Json]] = {
        "signed-db": {},
        "evm": {"status": "not measured", "reason": "no geth"},
    }
    found = summarised(tmp_path, ALIKE, ledgers).ledgers["evm"]
    assert (found.status, found.reason, found.loads, found.counts) == ("not measured", "no geth", [], None)


def test_the_same_directory_gives_the_same_bytes_and_they_are_read_back(tmp_path: Path) -> None:
    folder = synthetic.write(tmp_path / "bench", size=synthetic.SMALL, labels=("memory", "cometbft"))
    summary.write(folder)
    first = (folder / "summary.json").read_bytes()
    summary.write(folder)
    assert (folder / "summary.json").read_bytes() == first
    read = Bench(folder).summary
    assert read.starts == synthetic.SMALL.starts
    written = TypeAdapter(BenchSummary).dump_python(read, mode="json")
    assert rounded(plain(read)) == json.loads(first) == written
