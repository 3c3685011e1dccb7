"""A bench directory that is not what the contract says is refused: what was found, where, what is allowed."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from reports.bench import summary
from reports.bench.directory import Bench, is_bench
from reports.errors import RunError
from tests.reports.bench.measured import Plain, write
from tests.reports.bench.synthetic import seal
from tests.reports.synthetic import Json, dump


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write(tmp_path / "bench", [Plain(start=0), Plain(start=1)])


def refused(folder: Path, saying: str) -> None:
    with pytest.raises(RunError, match=re.escape(saying)) as raised:
        summary.write(folder)
    assert "bench-directory.md" in str(raised.value)
    assert not (folder / "summary.json").exists()


def changed(folder: Path, file: str, key: str, value: object, at: int | None = None) -> None:
    """Change one key, and seal the directory again over it."""
    document = json.loads((folder / file).read_text())
    (document if at is None else document[at])[key] = value
    dump(folder / file, document)
    if file != "manifest.json":
        seal(folder, starts=2)


def test_a_whole_bench_is_taken(folder: Path) -> None:
    summary.write(folder)
    assert is_bench(folder)


def test_a_folder_without_a_manifest_is_no_bench(folder: Path) -> None:
    (folder / "manifest.json").unlink()
    assert not is_bench(folder)
    refused(folder, "manifest.json: not found")


def test_a_bench_that_is_not_complete_is_refused(folder: Path) -> None:
    changed(folder, "manifest.json", "complete", False)
    refused(folder, "key 'complete': found false or nothing; allowed: true, written last")


def test_a_run_is_no_bench(folder: Path) -> None:
    changed(folder, "manifest.json", "bench", False)
    assert not is_bench(folder)
    refused(folder, "key 'bench': found False")


def test_a_file_that_was_changed_is_refused(folder: Path) -> None:
    (folder / "scenario.toml").write_text("name = 'other'\n")
    refused(folder, "scenario.toml: its SHA-256 is ")


@pytest.mark.parametrize(
    ("key", "value", "saying"),
    [
        ("phase", "warm", "key '1.phase': found 'warm'"),
        (
            "loop",
            "closed",
            "key '1.loop': found closed with rate 100.0, callers None; allowed: open with a rate",
        ),
        ("rate", -1.0, "key '1.rate': found -1.0"),
        ("window", 0, "key '1.window': found 0; allowed: each number once"),
        ("grown_to", 5, "key '1.grown_to': found 5; allowed: a size in the phase growth only"),
        ("valid", False, "key '1.invalid': found ''; allowed: why it is not valid"),
        ("ledger", "nobody", "key '1.ledger': found 'nobody'; allowed: a label of raw.json"),
    ],
)
def test_a_window_that_cannot_be_is_refused(folder: Path, key: str, value: object, saying: str) -> None:
    changed(folder, "windows.json", key, value, at=1)
    refused(folder, saying)


def test_a_level_that_asks_for_more_nodes_than_are_watched_is_refused(tmp_path: Path) -> None:
    assurance: dict[str, Json] = {"head signed": {"moment": "final", "nodes": 2}}
    folder = write(tmp_path / "bench", [Plain()], {"signed-db": {"nodes": ["a"], "assurance": assurance}})
    refused(folder, "assurance.head signed.nodes': found 2; allowed: at most 1")


def test_a_ledger_that_was_not_measured_needs_a_reason(tmp_path: Path) -> None:
    folder = write(tmp_path / "bench", [Plain()], {"signed-db": {}, "evm": {"status": "not measured"}})
    refused(folder, "key 'ledgers.evm.reason': found ''; allowed: why it was not measured")


def rewritten(folder: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    path = folder / "observations" / "signed-db.parquet"
    pq.write_table(change(pq.read_table(path)), path)
    seal(folder, starts=2)


def test_a_missing_column_is_named(folder: Path) -> None:
    rewritten(folder, lambda table: table.drop_columns(["door"]))
    refused(folder, "observations/signed-db.parquet: column 'door': found nothing; allowed: string")


def test_a_column_of_another_type_is_named(folder: Path) -> None:
    rewritten(folder, lambda table: table.set_column(0, "window", table.column("due")))
    refused(folder, "column 'window': found type double; allowed: int32")


def put(table: pa.Table, column: str, row: int, value: object) -> pa.Table:
    values = table.column(column).to_pylist()
    values[row] = value
    at = table.column_names.index(column)
    return table.set_column(at, column, pa.array(values, table.schema.field(column).type))


@pytest.mark.parametrize(
    ("column", "value", "saying"),
    [
        ("outcome", "done", "column 'outcome', row 7: found 'done'; allowed: final, refused, failed, lost"),
        ("due", float("nan"), "column 'due', row 7: found no time; allowed: a time"),
        ("final", float("nan"), "column 'final', row 7: found NaN; allowed: a time"),
        ("window", 9, "column 'window': found 9; allowed: the numbers that windows.json gives this ledger"),
    ],
)
def test_a_bad_row_is_named(folder: Path, column: str, value: object, saying: str) -> None:
    rewritten(folder, lambda table: put(table, column, 7, value))
    refused(folder, saying)


def test_the_order_of_the_rows_changes_nothing(folder: Path) -> None:
    summary.write(folder)
    before = (folder / "summary.json").read_bytes()
    rewritten(folder, lambda table: table.take(pa.array(range(table.num_rows - 1, -1, -1))))
    summary.write(folder)
    assert (folder / "summary.json").read_bytes() == before


def test_lists_of_nodes_may_be_of_unequal_length(folder: Path) -> None:
    rewritten(folder, lambda table: put(put(table, "final_by", 0, [1.0, 2.0]), "final_by", 1, [3.0]))
    [first, second] = [Bench(folder).operations("signed-db")[0].final_by[row].tolist() for row in (0, 1)]
    assert first == [1.0, 2.0]
    assert second[0] == 3.0
    assert second[1] != second[1]
