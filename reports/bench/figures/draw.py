"""Draws every figure of a bench in every language into `figures/`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from reports.bench import choose
from reports.bench.directory import Bench
from reports.bench.figures import growth, headroom, latency, resources, throughput
from reports.bench.figures.frame import Drawn
from reports.bench.figures.latency import Waits
from reports.bench.loads import Key, seen_on, starts
from reports.bench.shapes import BenchSummary
from reports.bench.words import words
from reports.figures import style
from reports.files import write_text
from reports.texts import LANGUAGES

ALL: Mapping[str, Callable[[Drawn], Figure | None]] = {
    "throughput": throughput.draw,
    "headroom": headroom.draw,
    "growth": growth.draw,
    "cpu": resources.draw_cpu,
    "bytes": resources.draw_bytes,
    "gas": resources.draw_gas,
}
"""By name, those drawn from the summary alone; `latency` is drawn from the observations too.

None where a bench has nothing to show in it.
"""


def waits(bench: Bench, summary: BenchSummary) -> Mapping[str, Waits]:
    """The times to final at the common rate, warm-up cut, of every ledger's valid windows, by start."""
    key = Key("direct", "open", "entry", choose.common_rate(summary), None)
    found: dict[str, Waits] = {}
    for name in summary.ledgers:
        if choose.load(summary, name) is None:
            continue
        seen = [one for one in seen_on(bench, name) if one.window.phase == "load"]
        found[name] = starts([one for one in seen if Key.of(one.window) == key]).waits("final")
    return found


def write(run_dir: Path, summary: BenchSummary) -> None:
    """Write `figures/<name>.<language>.svg`: same bench, same bytes; without what has nothing to show."""
    folder = run_dir / "figures"
    folder.mkdir(exist_ok=True)
    curves = latency.curves(waits(Bench(run_dir), summary))
    with style.settings():
        for language in LANGUAGES:
            drawn = Drawn.of(summary, words(language))
            for name, draw in ALL.items():
                _save(folder / f"{name}.{language}.svg", draw(drawn))
            _save(folder / f"latency.{language}.svg", latency.draw(drawn, curves))


def _save(path: Path, figure: Figure | None) -> None:
    if figure is None:
        path.unlink(missing_ok=True)  # of an earlier build
    else:
        write_text(path, style.svg(figure))
