"""`pilot bench`: what it leaves, also when a ledger fails, the disk is full, or somebody ends it."""

import errno
import io
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

import pyarrow.parquet as pq
import pytest
from rich.console import Console

from consultation.core.errors import Unavailable
from consultation.core.ledger import Ledger, Refusal, Ticket, Usage
from pilot import keys as run_keys
from pilot import rundir, scenario
from pilot.bench import conduct as conducting
from pilot.bench import record
from pilot.bench.book import Book
from pilot.bench.conduct import Conduct
from pilot.bench.live import Live
from pilot.bench.place import Deployed
from pilot.commands.bench import shortened
from pilot.errors import InputError
from pilot.keys import RunKeys
from pilot.scenario import Scenario
from pilot.world import SystemChance
from tests.pilot.conftest import ROOT, pilot

STARTED = datetime(2026, 11, 25, tzinfo=UTC)
TINY = """
name = "tiny"
[service]
batch_age_s = 0.005
[bench]
rates = [200.0]
arrivals = "constant"
window_s = 0.5
starts = 1
repeats = 2
reads_s = 0.05
http_rates = [40.0]
in_flight = 4
[bench.saturation]
start_per_s = 100.0
limit_per_s = 400.0
window_s = 0.5
repeats = 1
[bench.growth]
sizes = [300, 600]
[tokens]
citizen = "citizen-of-a-test"
officer = "officer-of-a-test"
operator = "operator-of-a-test"
auditor = "auditor-of-a-test"
[ledgers.memory]
[ledgers.plain]
backend = "signed-db"
"""


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole bench through the command line."""
    folder = tmp_path_factory.mktemp("bench")
    (folder / "tiny.toml").write_text(TINY)
    ended = pilot("bench", folder / "tiny.toml", "--out", folder / "run")
    assert ended.status == 0, ended.err + ended.out
    assert "bench.vi.html" in ended.out
    return folder / "run"


def rows(folder: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((folder / "windows.json").read_text())
    return found


def manifest(folder: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((folder / "manifest.json").read_text())
    return found


def test_every_window_that_was_asked_for_is_there(bench: Path) -> None:
    kinds = Counter(
        (row["ledger"], row["phase"], row["drive"], row["kind"], row["rate"]) for row in rows(bench)
    )
    for ledger in ("memory", "plain"):
        assert kinds[ledger, "load", "direct", "entry", 200.0] == 2
        assert kinds[ledger, "load", "direct", "entry", None] == 2
        assert kinds[ledger, "load", "http", "entry", 40.0] == 2
        for kind in ("read", "prove", "verify"):
            assert kinds[ledger, "load", "direct", kind, None] == 2
        assert kinds[ledger, "load", "direct", "audit", None] == 1
        assert kinds[ledger, "growth", "direct", "entry", 200.0] == 4
        assert sum(n for key, n in kinds.items() if key[:2] == (ledger, "saturation")) >= 2
    assert kinds["harness", "load", "harness", "entry", 200.0] == 2
    assert {row["grown_to"] for row in rows(bench) if row["phase"] == "growth"} == {300, 600}


def test_every_operation_is_accounted_for_and_in_its_order(bench: Path) -> None:
    windows_of = {int(str(row["window"])): row for row in rows(bench)}
    for ledger in ("memory", "plain", "harness"):
        table = pq.read_table(bench / "observations" / f"{ledger}.parquet").to_pylist()
        assert {row["window"] for row in table} == {
            number for number, row in windows_of.items() if row["ledger"] == ledger
        }
        for row in table:
            if windows_of[row["window"]]["phase"] == "saturation":
                continue
            assert row["outcome"] == "final", row
            assert row["due"] <= row["sent"] <= row["final"]
        for number, window in windows_of.items():
            mine = [row for row in table if row["window"] == number]
            if window["ledger"] == ledger and window["kind"] == "entry":
                assert window["entries"] == sum(row["outcome"] == "final" for row in mine)
                positions = [row["position"] for row in mine if row["outcome"] == "final"]
                assert len(set(positions)) == len(positions)


def test_use_is_metered_by_group(bench: Path) -> None:
    for row in rows(bench):
        use = row["use"]
        assert isinstance(use, dict)
        if row["drive"] == "http":
            assert set(use) == {"service", "ledger", "client"}
            assert use["service"]["cpu_s"] > 0
        elif row["ledger"] == "plain" and row["kind"] == "entry":
            assert row["stored_bytes"] is not None
            assert set(use) == {"ledger", "client"}


def test_the_manifest_names_every_measured_file_and_says_what_kind_of_run_it_is(bench: Path) -> None:
    said = manifest(bench)
    assert (said["bench"], said["quick"], said["partial"], said["complete"]) == (True, False, "", True)
    files = said["files"]
    assert isinstance(files, dict)
    assert {"windows.json", "raw.json", "scenario.toml", "observations/plain.parquet"} <= set(files)
    assert (bench / "summary.json").exists()


def test_the_page_is_made_again_out_of_the_directory_alone_with_the_same_bytes(bench: Path) -> None:
    names = ("summary.json", "bench.vi.html", "bench.en.html")
    before = {name: (bench / name).read_bytes() for name in names}
    for name in names:
        (bench / name).unlink()
    ended = pilot("report", bench)
    assert ended.status == 0, ended.err
    assert {name: (bench / name).read_bytes() for name in names} == before


def test_a_quick_bench_has_five_repeats_in_one_start_and_says_so() -> None:
    case = shortened(scenario.read(ROOT / "scenarios" / "bench.toml"))
    assert (case.bench.starts, case.bench.repeats) == (1, 5)
    assert max(case.bench.growth.sizes) == 10_000
    assert max(case.bench.window_s, case.bench.saturation.window_s) <= 3.0


def test_the_full_bench_has_fifteen_repeats_over_three_starts() -> None:
    bench = scenario.read(ROOT / "scenarios" / "bench.toml").bench
    assert (bench.starts, bench.starts * bench.repeats) == (3, 15)


def test_an_unknown_backend_is_named_with_the_nearest_right_one(tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    file.write_text(TINY.replace('backend = "signed-db"', 'backend = "signed-bd"'))
    ended = pilot("bench", file, "--out", tmp_path / "run")
    assert ended.status == 3
    assert "ledgers.plain" in ended.err
    assert "did you mean 'signed-db'" in ended.err
    assert not (tmp_path / "run").exists()


def test_more_opinions_than_the_made_consultation_has_are_not_promised(tmp_path: Path) -> None:
    file = tmp_path / "much.toml"
    file.write_text(TINY.replace("http_rates = [40.0]", "http_rates = [5000.0]"))
    ended = pilot("bench", file, "--out", tmp_path / "run")
    assert ended.status == 3
    assert "2500 opinions in a window" in ended.err


def test_ctrl_c_keeps_what_was_measured_and_marks_it_partial(tmp_path: Path) -> None:
    file, run = tmp_path / "long.toml", tmp_path / "run"
    file.write_text(TINY.replace("repeats = 2\nreads", "repeats = 100\nreads"))
    command = [sys.executable, "-m", "pilot", "bench", str(file), "--out", str(run)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stderr is not None
        deadline_s = monotonic() + 100.0
        for line in process.stderr:
            if "load, direct" in line or monotonic() > deadline_s:
                break
        process.send_signal(signal.SIGTERM)
        process.stderr.read()
        assert process.wait(60.0) == 130
    finally:
        process.kill()
    said = manifest(run)
    assert said["partial"] == "interrupted"
    assert rows(run)
    assert pq.read_table(next((run / "observations").glob("*.parquet"))).num_rows > 0


# Within this process: what no machine does when asked


class Dying:
    """A client whose node is gone after so many calls of `append`, and answers nothing from then on."""

    def __init__(self, inner: Ledger, appends: int, error: Exception) -> None:
        self.traits, self._inner, self._left, self._error = inner.traits, inner, appends, error
        self.settle, self.scan, self.head = inner.settle, inner.scan, inner.head
        self.prove_inclusion, self.prove_consistency = inner.prove_inclusion, inner.prove_consistency
        self.health, self.close = inner.health, inner.close

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        self._left -= 1
        if self._left < 0:
            raise self._error
        return self._inner.append(entries)

    def usage(self) -> Usage:
        if self._left < 0:
            raise self._error
        return self._inner.usage()


def prepared(tmp_path: Path, appends: int, error: Exception) -> Conduct:
    """A bench in which the ledger 'plain' dies after so many appends."""

    def deploy(case: Scenario, label: str, folder: Path, drawn: RunKeys, start: int) -> Deployed:
        place = Deployed(case, label, folder, drawn, start)
        if label == "plain":
            place.connected(Dying(place.door.ledger, appends, error))
        return place

    file = tmp_path / "tiny.toml"
    one = TINY.replace("http_rates = [40.0]", "http_rates = []")
    file.write_text(one.replace("[bench.saturation]", "drain_s = 1.0\n[bench.saturation]"))
    folder = rundir.create("tiny", tmp_path / "run", STARTED)
    rundir.write_whole(folder.path / "scenario.toml", file.read_bytes())
    drawn = run_keys.make(folder.keys, SystemChance())
    live = Live(Console(file=io.StringIO()))
    return Conduct(scenario.read(file), folder, drawn, live, Book(monotonic()), deploy)


def test_a_node_that_dies_in_mid_run_leaves_what_was_measured_and_the_others_go_on(tmp_path: Path) -> None:
    bench = prepared(tmp_path, 30, Unavailable("the node is gone"))
    conducting.conduct(bench)
    record.write(bench, STARTED)
    assert bench.missing == {"plain": "the node is gone"}
    said = manifest(bench.run.path)
    assert said["partial"] == "plain ended early: the node is gone"
    ledgers = json.loads((bench.run.path / "raw.json").read_text())["ledgers"]
    assert ledgers["plain"]["reason"] == "the node is gone"
    assert ledgers["memory"]["reason"] == ""
    table = pq.read_table(bench.run.observations("plain")).to_pylist()
    outcomes = Counter(row["outcome"] for row in table)
    assert outcomes["final"] > 0
    assert sum(row["phase"] == "growth" for row in rows(bench.run.path)) > 0


def test_a_full_disk_ends_the_bench_and_is_said(tmp_path: Path) -> None:
    bench = prepared(tmp_path, 30, OSError(errno.ENOSPC, "No space left on device"))
    conducting.conduct(bench)
    assert "the disk is full" in bench.partial
    record.write(bench, STARTED)
    assert "the disk is full" in str(manifest(bench.run.path)["partial"])


def test_without_a_manifest_nobody_reads_it(tmp_path: Path) -> None:
    bench = prepared(tmp_path, 30, Unavailable("the node is gone"))
    bench.book.write(bench.run)
    with pytest.raises(InputError, match="not a whole run"):
        rundir.opened(bench.run.path)
