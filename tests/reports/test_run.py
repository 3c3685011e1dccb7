"""The reader of a run directory: what it refuses, and that it says where."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import reports
from reports.errors import RunError
from reports.observations import read_observations
from reports.pointer import ABSENT, Absent, ref, resolve
from reports.run import Run
from tests.reports import synthetic


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "synthetic", seconds=4.0, rates=(30.0,))


def _change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_whole_run_is_read(run_dir: Path) -> None:
    run = Run(run_dir)
    run.check()
    assert run.measured() == list(synthetic.PLOTS)
    assert run.manifest.machine.cpus == 2
    assert len(run.risk) == 6 * 3 * 2 * 3


def test_a_broken_key_is_named_with_its_file_and_what_is_allowed(run_dir: Path) -> None:
    _change(run_dir / "raw.json", '"lost": 0', '"lost": -1')
    with pytest.raises(RunError, match=r"raw.json: key 'ledgers.memory.counts.lost': found -1; allowed: .*0"):
        _ = Run(run_dir).raw


def test_a_missing_key_is_named(run_dir: Path) -> None:
    _change(run_dir / "raw.json", '"submitted"', '"submited"')
    with pytest.raises(RunError, match=r"raw.json: key 'ledgers.memory.counts.submitted': found nothing"):
        _ = Run(run_dir).raw


def test_an_unknown_threat_is_refused_with_the_known_ones(run_dir: Path) -> None:
    _change(run_dir / "risk.json", '"threat": "edit"', '"threat": "burn"')
    with pytest.raises(
        RunError, match=r"risk.json: key '0.threat': found 'burn'; allowed: .*'edit', 'delete' or"
    ):
        _ = Run(run_dir).risk


def test_a_second_cell_for_the_same_attack_is_refused(run_dir: Path) -> None:
    cells = json.loads((run_dir / "risk.json").read_text())
    synthetic.dump(run_dir / "risk.json", [*cells, cells[0]])
    with pytest.raises(RunError, match="again"):
        _ = Run(run_dir).risk


def test_a_measured_ledger_needs_counts(run_dir: Path) -> None:
    raw = json.loads((run_dir / "raw.json").read_text())
    raw["ledgers"]["evm"] = {"status": "measured"}
    synthetic.dump(run_dir / "raw.json", raw)
    with pytest.raises(RunError, match=r"ledgers.evm.counts"):
        _ = Run(run_dir).raw


def test_a_ledger_that_was_not_measured_needs_a_reason(run_dir: Path) -> None:
    raw = json.loads((run_dir / "raw.json").read_text())
    raw["ledgers"]["evm"] = {"status": "not measured"}
    synthetic.dump(run_dir / "raw.json", raw)
    with pytest.raises(RunError, match=r"ledgers.evm.reason"):
        _ = Run(run_dir).raw


def test_keys_that_the_contract_does_not_name_are_passed_over(run_dir: Path) -> None:
    _change(run_dir / "raw.json", '"status"', '"later": 1, "status"')
    assert Run(run_dir).raw.ledgers["memory"].status == "measured"


def test_a_run_that_was_cut_short_makes_no_report(run_dir: Path) -> None:
    synthetic.seal(run_dir, complete=False)
    with pytest.raises(RunError, match="cut short"):
        reports.build(run_dir)
    assert not (run_dir / "report.vi.html").exists()


def test_a_file_changed_after_the_run_makes_no_report(run_dir: Path) -> None:
    _change(run_dir / "risk.json", '"not detected"', '"detected"')
    with pytest.raises(RunError, match=r"risk.json: its SHA-256 is .* the file was changed"):
        reports.build(run_dir)


def test_a_file_that_is_missing_is_named(run_dir: Path) -> None:
    (run_dir / "observations" / "evm.parquet").unlink()
    with pytest.raises(RunError, match=r"observations/evm.parquet: not found"):
        Run(run_dir).check()


def test_an_empty_folder_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"manifest\.json: not found"):
        Run(tmp_path).check()


def test_a_broken_scenario_is_named_with_its_line(run_dir: Path) -> None:
    (run_dir / "scenario.toml").write_text("name = \n", encoding="utf-8")
    with pytest.raises(RunError, match=r"scenario.toml: .*line 1"):
        _ = Run(run_dir).scenario


def _rewrite(run_dir: Path, column: str, value: float | str | int) -> None:
    path = run_dir / "observations" / "memory.parquet"
    table = pq.read_table(path).to_pydict()
    table[column][3] = value
    pq.write_table(type(pq.read_table(path)).from_pydict(table, schema=pq.read_table(path).schema), path)


def test_an_unknown_outcome_is_named_with_its_row(run_dir: Path) -> None:
    _rewrite(run_dir, "outcome", "vanished")
    with pytest.raises(
        RunError, match=r"memory.parquet: column 'outcome', row 3: found 'vanished'; allowed: final"
    ):
        read_observations(run_dir, "memory")


def test_final_without_a_time_is_refused(run_dir: Path) -> None:
    _rewrite(run_dir, "final", float("nan"))
    with pytest.raises(RunError, match=r"column 'final', row 3"):
        read_observations(run_dir, "memory")


def test_a_missing_column_is_named_with_its_type(run_dir: Path) -> None:
    path = run_dir / "observations" / "memory.parquet"
    pq.write_table(pq.read_table(path).drop_columns(["due"]), path)
    with pytest.raises(RunError, match=r"column 'due': found nothing; allowed: double"):
        read_observations(run_dir, "memory")


def test_a_column_of_another_type_is_refused(run_dir: Path) -> None:
    path = run_dir / "observations" / "memory.parquet"
    table = pq.read_table(path)
    place = table.column_names.index("repeat")
    pq.write_table(table.set_column(place, "repeat", table.column("repeat").cast("int64")), path)
    with pytest.raises(RunError, match=r"column 'repeat': found type int64; allowed: int32"):
        read_observations(run_dir, "memory")


def test_a_file_that_is_no_parquet_is_refused(run_dir: Path) -> None:
    (run_dir / "observations" / "memory.parquet").write_bytes(b"not a table")
    with pytest.raises(RunError, match="allowed: a Parquet file"):
        read_observations(run_dir, "memory")


def test_a_reference_leads_to_its_value(run_dir: Path) -> None:
    run = Run(run_dir)
    assert resolve(run, "raw.json#/ledgers/memory/counts/lost") == 0
    assert resolve(run, "scenario.toml#/context/writers_known") is True
    assert resolve(run, "risk.json#/0/threat") == "edit"
    assert isinstance(resolve(run, "raw.json#/ledgers/none/counts"), Absent)
    assert isinstance(resolve(run, "absent.json#/a"), Absent)
    assert isinstance(resolve(run, "risk.json#/999/threat"), Absent)
    assert ABSENT is not None


def test_a_reference_escapes_slashes_and_tildes() -> None:
    assert (
        ref("manifest.json", "files", "observations/a~b.parquet")
        == "manifest.json#/files/observations~1a~0b.parquet"
    )


def test_a_malformed_reference_is_refused(run_dir: Path) -> None:
    with pytest.raises(RunError, match="allowed: file#/key/key"):
        resolve(Run(run_dir), "raw.json/ledgers")
