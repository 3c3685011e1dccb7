"""`python -m workloads.reidentification DIR...`: attack every design on these exports, print tables."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from workloads.reidentification.show import tables
from workloads.reidentification.study import ATTRIBUTION, Settings, steps, study
from workloads.traces import TraceError

WIDTH = 120  # columns, where the output is no terminal


def main(
    folders: Annotated[
        list[Path], typer.Argument(metavar="DIR...", help="Polis exports, each a folder.", show_default=False)
    ],
    units: Annotated[list[int] | None, typer.Option(help="Numbers of units, 40 and 168 by default.")] = None,
    idle: Annotated[
        list[int] | None, typer.Option(help="Idle logins for each login of a participant; 0, 1 and 10.")
    ] = None,
    days: Annotated[
        list[int] | None, typer.Option(help="Only the busiest days in a row; 0, the default, for all.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Draws units, idle logins and the order within lots.")] = 1,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Write all numbers here.", dir_okay=False)
    ] = None,
) -> None:
    """How many people are singled out by what a consultation publishes, design by design."""
    out, err = Console(), Console(stderr=True)
    if not out.is_terminal:
        out = Console(width=WIDTH)
    plain = Settings()
    try:
        settings = Settings(
            tuple(units or plain.units), tuple(idle or plain.idle_rates), tuple(days or plain.days), seed
        )
        columns = TextColumn("{task.description:<60}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
        with Progress(*columns, console=err, disable=not err.is_terminal) as bars:
            task = bars.add_task("reading", total=steps(folders, settings))
            found = study(folders, settings, lambda done: bars.update(task, advance=1, description=done[:60]))
        if json_file is not None:
            json_file.write_text(found.to_json(), encoding="utf-8")
    except (TraceError, ValueError, OSError) as error:
        err.print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(3) from None
    for table in tables(found):
        out.print(table)
    out.print(ATTRIBUTION, style="dim", highlight=False)


if __name__ == "__main__":
    typer.run(main)
