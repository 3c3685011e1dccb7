"""A row's ratio is better when larger, whatever is measured; the file is as a run directory has it."""

import json
import math
from pathlib import Path

import pytest

from tests.bench import rows
from tests.bench.rows import compare


def test_a_rate_is_ours_over_the_peers_and_a_duration_the_other_way_round() -> None:
    rate = compare("rate", "entries/s", [200.0, 200.0, 200.0], [100.0, 100.0, 100.0], bound=150.0)
    time = compare("time", "ms", [2.0, 2.0, 2.0], [1.0, 1.0, 1.0], bound=1.5)
    assert (rate.ratio, rate.low, rate.high, rate.met) == (2.0, 2.0, 2.0, True)
    assert (time.ratio, time.low, time.high, time.met) == (0.5, 0.5, 0.5, False)


def test_the_interval_is_students_t_over_the_logarithms_of_the_pairs() -> None:
    row = compare("noisy", "entries/s", [1.0, 2.0, 4.0], [1.0, 1.0, 1.0])
    assert row.ratio == pytest.approx(2.0)
    half = math.exp(4.3027 * math.log(2) / math.sqrt(3))
    assert row.low == pytest.approx(2.0 / half)
    assert row.high == pytest.approx(2.0 * half)
    assert row.met is None


def test_a_goal_is_held_against_the_ratio_and_a_bound_against_our_own_figure() -> None:
    def met(goal: float | None, bound: float | None) -> bool | None:
        return compare("rate", "entries/s", [8.0, 8.0], [10.0, 10.0], goal=goal, bound=bound).met

    assert [met(0.8, None), met(0.81, None), met(0.8, 8.0), met(0.8, 8.1)] == [True, False, True, False]


def test_a_single_pair_has_no_interval() -> None:
    row = compare("once", "entries/s", [3.0], [2.0])
    assert (row.low, row.high) == (0.0, math.inf)


def test_the_file_has_the_fields_of_the_contract_and_nothing_half_written_stays(tmp_path: Path) -> None:
    row = compare("rate", "entries/s", [200.0, 201.0], [100.0, 101.0])
    written = rows.write([row], tmp_path / "run")
    [found] = json.loads(written.read_text(encoding="utf-8"))
    assert list(found) == [
        "name", "ours", "peer", "peer_name", "unit", "n", "ratio", "low", "high", "goal", "bound",
    ]  # fmt: skip
    assert [path.name for path in written.parent.iterdir()] == ["ratios.json"]


def test_the_table_says_which_goal_was_missed() -> None:
    lines = rows.table([compare("slow", "ms", [1234.5], [1.0], bound=400.0)])
    assert "1,234" in lines[1]
    assert "<= 400 ms MISSED" in lines[1]
