"""A row's ratio is better when larger, whatever is measured; the file is as a run directory has it."""

import json
from pathlib import Path

from tests.bench import rows
from tests.bench.rows import compare


def test_a_rate_is_ours_over_the_peers_and_a_duration_the_other_way_round() -> None:
    rate = compare("rate", "entries/s", [200.0, 200.0, 200.0], [100.0, 100.0, 100.0], 150.0)
    time = compare("time", "ms", [2.0, 2.0, 2.0], [1.0, 1.0, 1.0], 1.5)
    assert (rate.ratio, rate.low, rate.high, rate.met) == (2.0, 2.0, 2.0, True)
    assert (time.ratio, time.low, time.high, time.met) == (0.5, 0.5, 0.5, False)


def test_the_interval_holds_the_median_and_is_the_same_each_time() -> None:
    ours, peer = [9.0, 10.0, 11.0, 10.5, 9.5], [1.0, 1.1, 0.9, 1.0, 1.0]
    row = compare("noisy", "entries/s", ours, peer)
    assert row.low <= row.ratio <= row.high
    assert row == compare("noisy", "entries/s", ours, peer)
    assert row.met is None


def test_the_file_has_the_fields_of_the_contract_and_nothing_half_written_stays(tmp_path: Path) -> None:
    row = compare("rate", "entries/s", [200.0], [100.0])
    written = rows.write([row], tmp_path / "run")
    [found] = json.loads(written.read_text(encoding="utf-8"))
    assert list(found) == [
        "name", "ours", "peer", "peer_name", "unit", "n", "ratio", "low", "high", "goal",
    ]  # fmt: skip
    assert [path.name for path in written.parent.iterdir()] == ["ratios.json"]


def test_the_table_says_which_goal_was_missed() -> None:
    lines = rows.table([compare("slow", "ms", [1234.5], [1.0], 400.0)])
    assert "1,234" in lines[1]
    assert "<= 400 MISSED" in lines[1]
