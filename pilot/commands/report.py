"""`pilot report`: the report again, from the run directory alone."""

from pathlib import Path

from rich.console import Console

import reports
from pilot import rundir
from pilot.errors import Exit, InputError
from reports.errors import RunError
from simulations import predict


def run(folder: Path, out: Console, err: Console) -> int:
    """Raises InputError when the folder is not a whole run."""
    opened = rundir.opened(folder)

    def say(line: str) -> None:
        err.print(line, style="dim", markup=False, highlight=False)

    try:
        predict.write(opened.path, say)
        reports.build(opened.path, say)
    except RunError as error:
        raise InputError(str(error)) from error
    out.print(f"{folder}/report.vi.html\n{folder}/report.en.html", markup=False, soft_wrap=True)
    return Exit.GOOD
