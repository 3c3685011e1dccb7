"""`pilot compare` on benches and runs whose differences are known."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from pilot.cli import app
from pilot.commands import compare as command
from pilot.errors import Exit, InputError
from reports import summary as run_summary
from reports.bench import summary
from reports.bench.compare import Comparison, Row, compare
from reports.files import digest
from tests.reports import synthetic as run
from tests.reports.bench.measured import Plain, write

WAITS_S = (0.48, 0.5, 0.52, 0.49, 0.51)


def bench(folder: Path, name: str, factor: float = 1.0, *, noise: float = 1.0, quick: bool = False) -> Path:
    """Three starts of five repeats; every wait and every byte is `factor` times as much."""
    windows = [
        Plain(
            start=start,
            repeat=repeat,
            wait_s=factor * (0.5 + noise * (wait_s - 0.5)) * (1 + 0.01 * noise * start),
            stored_bytes=int(100_000 * factor * (1 + noise * (wait_s - 0.5))),
        )
        for start in range(3)
        for repeat, wait_s in enumerate(WAITS_S)
    ]
    made = write(folder / name, windows, quick=quick)
    summary.write(made)
    return made


def row(found: Comparison, metric: str) -> Row:
    [one] = [row for row in found.rows if row.metric == metric]
    return one


def test_a_bench_does_not_differ_from_itself(tmp_path: Path) -> None:
    before = bench(tmp_path, "before")
    found = compare(before, before, 0.1)
    assert {row.answer for row in found.rows} == {"no difference shown"}
    assert {row.metric for row in found.rows} == {"throughput", "final.p50", "final.p95", "stored_bytes"}
    assert (found.remarks, found.regressions) == ([], [])


def test_half_as_slow_again_is_a_regression(tmp_path: Path) -> None:
    found = compare(bench(tmp_path, "before"), bench(tmp_path, "after", 1.5), 0.1)
    slower = row(found, "final.p50")
    assert slower.ratio is not None
    assert slower.ratio.value == pytest.approx(1.5, rel=1e-2)
    assert slower.ratio.low > 1.4
    assert (slower.answer, slower.regression) == ("changed beyond noise", True)
    assert row(found, "stored_bytes").regression
    assert row(found, "throughput").answer == "no difference shown"


def test_a_change_for_the_better_is_no_regression(tmp_path: Path) -> None:
    found = compare(bench(tmp_path, "before", 1.5), bench(tmp_path, "after"), 0.1)
    assert (row(found, "final.p50").answer, found.regressions) == ("changed beyond noise", [])


def test_a_certain_change_within_the_bound_is_no_regression(tmp_path: Path) -> None:
    before, after = bench(tmp_path, "before", noise=0.1), bench(tmp_path, "after", 1.05, noise=0.1)
    found = compare(before, after, 0.1)
    assert (row(found, "final.p50").answer, row(found, "final.p50").regression) == (
        "changed beyond noise",
        False,
    )
    assert row(compare(before, after, 0.01), "final.p50").regression


def test_a_large_change_within_the_noise_is_no_regression(tmp_path: Path) -> None:
    before, after = bench(tmp_path, "before", noise=15), bench(tmp_path, "after", 1.15, noise=15)
    found = row(compare(before, after, 0.1), "final.p50")
    assert found.ratio is not None
    assert found.ratio.value > 1.1
    assert (found.answer, found.regression) == ("no difference shown", False)


def test_what_makes_them_unlike_is_said(tmp_path: Path) -> None:
    before, after = bench(tmp_path, "before"), bench(tmp_path, "after", quick=True)
    manifest = json.loads((after / "manifest.json").read_text())
    manifest["machine"]["cpus"] = 64
    manifest["versions"]["geth"] = "9.9"
    manifest["files"]["scenario.toml"] = digest(after / "raw.json")
    (after / "scenario.toml").write_bytes((after / "raw.json").read_bytes())
    run.dump(after / "manifest.json", manifest)
    assert compare(before, after, 0.1).remarks == [
        "processors: 2 of invented for the tests before, 64 of invented for the tests after",
        "version of geth: 1.13.15 before, 9.9 after",
        "the scenarios differ: compare their scenario.toml",
        "length: full before, quick after",
    ]


def test_what_only_one_has_is_named(tmp_path: Path) -> None:
    windows = [Plain(repeat=repeat) for repeat in range(3)]
    one = write(tmp_path / "one", windows)
    other = write(tmp_path / "other", [*windows, *(Plain(repeat=r, rate=200.0) for r in range(3))])
    for folder in (one, other):
        summary.write(folder)
    found = compare(one, other, 0.1)
    assert found.only_before == []
    assert "signed-db: entry, direct, 200/s: throughput" in found.only_after


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = run.write(tmp_path_factory.mktemp("runs") / "run", unmeasured=("evm", "evm-anchored"))
    run_summary.write(folder)
    return folder


def test_runs_are_compared_by_their_repeats(run_dir: Path) -> None:
    found = compare(run_dir, run_dir, 0.1)
    answers = {row.metric: row.answer for row in found.rows if row.ledger == "cometbft"}
    assert answers["throughput"] == answers["final.p50"] == "no difference shown"
    assert answers["cpu_s_per_opinion"] == "not comparable"
    assert {row.why for row in found.rows if row.answer == "not comparable"} == {
        "a single value, so nothing is known of its noise"
    }


def test_a_bench_beside_a_run_is_an_input_error(tmp_path: Path, run_dir: Path) -> None:
    made = bench(tmp_path, "bench")
    with pytest.raises(InputError, match=r"is a bench directory and .* a run directory; allowed"):
        command.run(made, run_dir, 0.1, Console(), as_json=True)


def test_a_bench_without_its_summary_is_an_input_error(tmp_path: Path) -> None:
    made = bench(tmp_path, "bench")
    (made / "summary.json").unlink()
    with pytest.raises(InputError, match=r"summary\.json: not found"):
        command.run(made, made, 0.1, Console(), as_json=True)


def test_the_command_ends_with_6_on_a_regression_and_0_without(tmp_path: Path) -> None:
    before, after = bench(tmp_path, "before"), bench(tmp_path, "after", 1.5)
    runner = CliRunner()
    worse = runner.invoke(app, ["compare", str(before), str(after), "--json"])
    assert worse.exit_code == Exit.REGRESSION.value
    assert json.loads(worse.stdout)["regressions"] == 3
    assert runner.invoke(app, ["compare", str(before), str(after), "--bound", "0.6"]).exit_code == Exit.GOOD
    better = runner.invoke(app, ["compare", str(after), str(before)])
    assert better.exit_code == Exit.GOOD


def test_people_read_what_changed_and_how_many_would_by_chance(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = bench(tmp_path, "before"), bench(tmp_path, "after", 1.5, quick=True)
    status = command.run(before, after, 0.1, Console(width=200), as_json=False)
    said = capsys.readouterr().out
    assert status == Exit.REGRESSION
    assert "unlike: length: full before, quick after" in said
    assert "final.p50" in said
    assert "✘ regression" in said
    assert "4 figures compared: 3 changed beyond noise, 1 with no difference shown, 0 not comparable" in said
    assert "3 regressions: worse beyond noise and by more than 10%" in said
