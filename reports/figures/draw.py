"""Draws every figure of a run in every language into `figures/`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from reports.figures import attacks, footprint, latency, style, throughput
from reports.files import write_text
from reports.run import Run
from reports.texts import LANGUAGES, Texts, texts

ALL: Mapping[str, Callable[[Run, Texts], Figure]] = {
    "attacks": attacks.draw,
    "latency": latency.draw,
    "throughput": throughput.draw,
    "bytes": footprint.draw_bytes,
    "cost": footprint.draw_cost,
}


def write(run_dir: Path) -> None:
    """Write `figures/<name>.<language>.svg`. Needs `summary.json` and `cost.json`."""
    run = Run(run_dir)
    folder = run_dir / "figures"
    folder.mkdir(exist_ok=True)
    with style.settings():
        for language in LANGUAGES:
            for name, draw in ALL.items():
                figure = draw(run, texts(language))
                write_text(folder / f"{name}.{language}.svg", style.svg(figure))
