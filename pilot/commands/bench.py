"""`pilot bench`: every ledger of a scenario under equal load, over separate starts, and a page of it."""

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from rich.console import Console

from backends.nodes.progress import showing
from pilot import experiment, keys, rundir, scenario
from pilot.bench import record
from pilot.bench.book import Book
from pilot.bench.conduct import Conduct, conduct
from pilot.bench.live import shown
from pilot.errors import Exit, InputError
from pilot.scenario import Scenario
from pilot.world import SystemChance
from reports.bench import build
from workloads import narrow

_QUICK_S, _QUICK_SIZE = 3.0, 10_000
_SWITCH_S = 0.0005
"""Python's threads change hands so often: the generator must not wait 5 ms for a thread that settles."""


def run(
    file: Path,
    out_folder: Path | None,
    only: Sequence[str],
    out: Console,
    err: Console,
    *,
    quick: bool,
    as_json: bool,
) -> int:
    """Returns 0, 4 when a ledger was not measured to the end, 130 when interrupted."""
    case = scenario.read(file, only)
    if quick:
        case = shortened(case)
    check_actions(case)
    folder = rundir.create(f"bench-{case.name}", out_folder, datetime.now(UTC))
    rundir.write_whole(folder.path / "scenario.toml", file.read_bytes())
    with showing(err) as builds:
        nodes = experiment.see_to_nodes(case, builds)
    started = datetime.now(UTC)
    before_s, switch_s = monotonic(), sys.getswitchinterval()
    sys.setswitchinterval(_SWITCH_S)
    try:
        with shown(err) as live:
            self = Conduct(
                case, folder, keys.make(folder.keys, SystemChance()), live, Book(before_s), quick=quick
            )
            for label, reason in experiment.without_nodes(case, nodes).items():
                self.give_up(label, reason)
            conduct(self)
    finally:
        sys.setswitchinterval(switch_s)
    record.write(self, started)
    build.build(folder.path)
    if as_json:
        summary = json.loads((folder.path / "summary.json").read_text())
        out.print_json(json.dumps({"run": str(folder.path), **summary}))
    else:
        _print(self, out)
    if self.partial == "interrupted":
        return Exit.INTERRUPTED
    return Exit.NOT_MEASURED if self.missing or self.partial else Exit.GOOD


def shortened(case: Scenario) -> Scenario:
    """A quick bench: one start of five repeats, windows of at most 3 s, one search, growth to 10,000."""
    bench = case.bench
    sizes = tuple(size for size in bench.growth.sizes if size <= _QUICK_SIZE)
    saturation = {
        "repeats": min(1, bench.saturation.repeats),
        "window_s": min(_QUICK_S, bench.saturation.window_s),
    }
    ledgers = {
        label: keys.model_copy(
            update={"window_s": None if keys.window_s is None else min(_QUICK_S, keys.window_s)}
        )
        for label, keys in case.ledgers.items()
    }
    quick = bench.model_copy(
        update={
            "starts": 1,
            "repeats": 5,
            "window_s": min(_QUICK_S, bench.window_s),
            "reads_s": min(0.5, bench.reads_s),
            "saturation": bench.saturation.model_copy(update=saturation),
            "growth": bench.growth.model_copy(update={"sizes": sizes}),
        }
    )
    return case.model_copy(update={"bench": quick, "ledgers": ledgers})


def check_actions(case: Scenario) -> None:
    """Whether the made consultation has enough actions for every HTTP window. Raises InputError."""
    bench = case.bench
    windows_s = [
        bench.window_s,
        *(keys.window_s for keys in case.ledgers.values() if keys.window_s is not None),
    ]
    needed = round(max(bench.http_rates, default=0.0) * max(windows_s))
    if needed > (there := len(narrow.generate(case.seed).actions)):
        raise InputError(
            f"bench.http_rates and window_s ask for {needed} opinions in a window; the made consultation has "
            f"{there}: lower the rate or the window"
        )


def _print(self: Conduct, out: Console) -> None:
    for label, reason in self.missing.items():
        out.print(f"{label}: not measured to the end: {reason.splitlines()[0]}", style="yellow", markup=False)
    if self.partial:
        out.print(f"partial: {self.partial}", style="bold yellow", markup=False)
    shown_at = rundir.shown(self.run.path)
    out.print(f"\n{shown_at}/bench.vi.html\n{shown_at}/bench.en.html", markup=False, soft_wrap=True)
