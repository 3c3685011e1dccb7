"""`pilot audit`: each ledger of a run, read alone."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pilot import audit, rundir
from pilot.errors import Exit

_MARKS = {True: "[green]✔ ok[/]", False: "[bold red]✘ failed[/]", None: "[dim]– nothing kept[/]"}


def run(folder: Path, only: Sequence[str], out: Console, err: Console, *, as_json: bool) -> int:
    """Returns 0, or 5 when an entry is missing, stands twice, or a rule or the head does not hold."""
    opened = rundir.opened(folder)
    names = list(only) or audit.ledgers_of(opened)

    def say(line: str) -> None:
        err.print(line, style="dim", markup=False, highlight=False)

    found = [audit.attempt(opened, name, say) for name in names]
    if as_json:
        out.print_json(json.dumps([asdict(item) for item in found]))
    else:
        table = Table(title="Audit: every acknowledged opinion, from the ledger alone")
        for heading in ("ledger", "receipts", "found", "missing", "twice", "entries", "seconds", ""):
            table.add_column(heading, justify="left" if heading in ("ledger", "") else "right")
        for item in found:
            numbers = (item.acknowledged, item.found, item.missing, item.duplicated, item.entries)
            shown = [f"{number:,}" if item.ok is not None else "–" for number in numbers]
            table.add_row(item.ledger, *shown, f"{item.seconds:.1f}", _MARKS[item.ok])
        out.print(table)
        for item in found:
            out.print(f"{item.ledger}: {item.detail}", markup=False, highlight=False, soft_wrap=True)
    return Exit.VERIFICATION if any(item.ok is False for item in found) else Exit.GOOD
