"""`pilot run`: from a scenario to a run directory with its report."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

import reports
from backends.nodes.progress import showing
from pilot import experiment, rundir, scenario, source
from pilot.commands.report import conclude
from pilot.errors import Exit
from pilot.experiment import Experiment
from pilot.progress import shown


def run(
    file: Path,
    trace: Path | None,
    out_folder: Path | None,
    only: Sequence[str],
    out: Console,
    err: Console,
    *,
    skip_bad: bool,
    as_json: bool,
) -> int:
    """Returns 0, 4 when a ledger was not measured, 5 when a certificate or an audit failed."""
    case = scenario.read(file, only)
    what = source.recorded(trace, skip_bad=skip_bad) if trace else source.made(case)
    folder = rundir.create(case.name, out_folder, datetime.now(UTC))
    for remark in what.remarks:
        err.print(f"{trace}: {remark}", style="dim", markup=False, highlight=False, soft_wrap=True)
    with showing(err) as builds:
        nodes = experiment.see_to_nodes(case, builds)
    with shown(err) as show:
        done = experiment.conduct(case, file, what, folder, nodes, show)
        show.stage("simulating and writing the report", 1)
        conclude(folder.path, show.say)
        show.tick(1)
    if as_json:
        out.print_json(_summary(done))
    else:
        _print(done, out)
    return _status(done)


def _print(done: Experiment, out: Console) -> None:
    folder = done.run.path
    out.print(reports.table(folder, "vi"))
    for name, reason in done.missing.items():
        out.print(
            f"{name}: không đo được (not measured): {reason.splitlines()[0]}", style="yellow", markup=False
        )
    for name, found in done.audits.items():
        if found.ok is False:
            out.print(f"{name}: the audit failed: {found.detail}", style="bold red", markup=False)
    for language in ("vi", "en"):
        out.print(reports.verdict_line(folder, language), style="bold", markup=False, soft_wrap=True)
    shown_at = rundir.shown(folder)
    out.print(f"\n{shown_at}/report.vi.html\n{shown_at}/report.en.html", markup=False, soft_wrap=True)


def _summary(done: Experiment) -> str:
    summary: Mapping[str, object] = json.loads((done.run.path / "summary.json").read_text())
    return json.dumps({"run": str(done.run.path), **summary})


def _status(done: Experiment) -> int:
    if any(found.ok is False for found in done.audits.values()) or done.broken:
        return Exit.VERIFICATION
    return Exit.NOT_MEASURED if done.missing else Exit.GOOD
