"""Builds everything that is computed from a bench directory, in order: summary, figures, pages."""

from collections.abc import Callable
from pathlib import Path

from reports.bench import figures, page
from reports.bench.directory import Bench
from reports.bench.summary import write as write_summary
from reports.files import write_derived

_PAGES = ("bench.vi.html", "bench.en.html")


def build(run_dir: Path, progress: Callable[[str], None] | None = None) -> None:
    """Compute and write `summary.json`, `figures/`, both pages, and their digests in `derived.json`.

    The bench must have its manifest, and its measured files unchanged, else RunError; a partial one is built
    and says so. Building again gives the same bytes. `progress` is told each step before it starts.
    """
    told = progress if progress is not None else _silent
    told("summary.json")
    write_summary(run_dir)  # which checks the bench first
    found = Bench(run_dir).summary
    told("figures")
    figures.write(run_dir, found)
    told(", ".join(_PAGES))
    page.write(run_dir, found)
    write_derived(run_dir, ["summary.json", *_PAGES])


def _silent(_: str) -> None:
    """Nobody is told."""
