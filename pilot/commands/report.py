"""`pilot report`: the report of a run, or the page of a bench, again: from the directory alone."""

from collections.abc import Callable
from pathlib import Path

from rich.console import Console

import reports
from pilot import rundir
from pilot.errors import Exit, InputError
from reports.bench import build
from reports.bench.directory import is_bench
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

    bench = is_bench(opened.path)
    try:
        if bench:
            build.build(opened.path)
        else:
            conclude(opened.path, say)
    except RunError as error:
        raise InputError(str(error)) from error
    name = "bench" if bench else "report"
    out.print(f"{folder}/{name}.vi.html\n{folder}/{name}.en.html", markup=False, soft_wrap=True)
    return Exit.GOOD
