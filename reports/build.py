"""Builds everything that is computed from a run, in order: summary, cost, verdict, figures, reports."""

from collections.abc import Callable, Sequence
from pathlib import Path

from reports import cost, figures, html, summary, verdict
from reports.files import write_derived
from reports.run import Run

_STEPS: Sequence[tuple[str, Callable[[Path], None]]] = (
    ("summary.json", summary.write),
    ("cost.json", cost.write),
    ("verdict.json", verdict.write),
    ("figures", figures.write),
    ("report.vi.html, report.en.html", html.write),
)
_DERIVED = (
    "summary.json",
    "simulation.json",
    "cost.json",
    "verdict.json",
    "report.vi.html",
    "report.en.html",
)


def build(run_dir: Path, progress: Callable[[str], None] | None = None) -> None:
    """Compute and write every derived file but `simulation.json`, then their digests in `derived.json`.

    The run must be complete and its measured files unchanged, else RunError. Building again gives the same
    bytes. `progress` is told the name of each step before it starts.
    """
    Run(run_dir).check()
    for name, step in _STEPS:
        if progress is not None:
            progress(name)
        step(run_dir)
    write_derived(run_dir, [name for name in _DERIVED if (run_dir / name).exists()])
