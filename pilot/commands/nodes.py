"""`pilot nodes`: list, build and check the node binaries."""

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from backends.nodes import toolchain
from backends.nodes.errors import NodeUnavailable
from backends.nodes.progress import showing
from pilot.errors import Exit

_STYLES = {"built": "green", "missing": "yellow", "corrupt": "bold red"}


def show(out: Console, err: Console, *, build: bool, as_json: bool) -> int:
    """Print every binary's state; build first when asked to."""
    failed = {}
    if build:
        with showing(err) as progress:
            found = toolchain.ensure_all(list(toolchain.NODES), progress)
        failed = {name: item for name, item in found.items() if isinstance(item, NodeUnavailable)}
    states = toolchain.status()
    if as_json:
        rows = [
            {
                "name": item.name,
                "version": item.version,
                "state": item.state.value,
                "path": str(item.path),
                "size_bytes": item.size_bytes,
                "sha256": item.digest,
                "problem": failed[item.name].reason if item.name in failed else item.problem,
            }
            for item in states
        ]
        out.print_json(json.dumps(rows))
    else:
        table = Table("node", "version", "state", "size", "sha256", title="Node binaries")
        for item in states:
            size = f"{item.size_bytes / 1e6:.0f} MB" if item.size_bytes else ""
            state = item.state.value
            table.add_row(
                item.name,
                item.version,
                Text(state, style=_STYLES.get(state, "")),
                size,
                (item.digest or "")[:16],
            )
        out.print(table)
        for name, problem in failed.items():
            err.print(f"{name}: {problem.reason}\n{problem.log_tail}", markup=False)
        if not build and any(item.state.value != "built" for item in states):
            out.print("'pilot nodes --build' builds what is missing; 'pilot run' does so by itself.")
    return Exit.NOT_MEASURED if failed else Exit.GOOD
