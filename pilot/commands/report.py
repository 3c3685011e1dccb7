"""`pilot report`: the report again, from the run directory alone."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

import reports
from pilot import rundir
from pilot.errors import Exit, InputError
from reports.errors import RunError
from simulations import predict


def conclude(folder: Path, say: Callable[[str], None]) -> None:
    """What is computed from a run's measured files: simulation, then cost, verdict and report."""
    predict.write(folder, say)
    reports.build(folder, say)


def run(folder: Path, out: Console, err: Console) -> int:
    """Raises InputError when the folder is not a whole run."""
    opened = rundir.opened(folder)

    def say(line: str) -> None:
        err.print(line, style="dim", markup=False, highlight=False)

    try:
        conclude(opened.path, say)
    except RunError as error:
        raise InputError(str(error)) from error
    out.print(f"{folder}/report.vi.html\n{folder}/report.en.html", markup=False, soft_wrap=True)
    return Exit.GOOD
