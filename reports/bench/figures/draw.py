"""Draws every figure of a bench in every language into `figures/`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from matplotlib.figure import Figure

from reports.bench import choose
from reports.bench.directory import Bench
from reports.bench.figures import growth, headroom, latency, resources, throughput
from reports.bench.figures.frame import Drawn
from reports.bench.figures.latency import Waits
from reports.bench.shapes import BenchSummary
from reports.bench.words import words
from reports.figures import style
from reports.files import write_text
from reports.observations import Times
from reports.statistics import latencies, settle
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
    rate = choose.common_rate(summary)
    found: dict[str, Waits] = {}
    for name in summary.ledgers:
        if choose.load(summary, name) is None:
            continue
        mine = [
            window
            for window in bench.windows
            if window.ledger == name
            and window.valid
            and window.rate == rate
            and (window.phase, window.drive, window.loop, window.kind) == ("load", "direct", "open", "entry")
        ]
        operations = bench.operations(name)
        kept = [(window.start, operations[window.window]) for window in mine]
        kept = [(start, one) for start, one in kept if len(one)]
        settled = settle([one for _, one in kept])
        by_start: dict[int, list[Times]] = {}
        for (start, _), one in zip(kept, settled, strict=True):
            by_start.setdefault(start, []).append(latencies(one.kept, "final"))
        found[name] = list(by_start.values())
    return found


def write(run_dir: Path, summary: BenchSummary) -> None:
    """Write `figures/<name>.<language>.svg`: same bench, same bytes; without what has nothing to show."""
    folder = run_dir / "figures"
    folder.mkdir(exist_ok=True)
    seen = waits(Bench(run_dir), summary)
    with style.settings():
        for language in LANGUAGES:
            drawn = Drawn.of(summary, words(language))
            for name, draw in ALL.items():
                _save(folder / f"{name}.{language}.svg", draw(drawn))
            _save(folder / f"latency.{language}.svg", latency.draw(drawn, seen))


def _save(path: Path, figure: Figure | None) -> None:
    if figure is None:
        path.unlink(missing_ok=True)  # of an earlier build
    else:
        write_text(path, style.svg(figure))
