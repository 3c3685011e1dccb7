"""Whether a ledger slows as it fills: throughput and p95 of final against the entries that it held before."""

import textwrap
from collections.abc import Callable, Iterable, Sequence

from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator

from reports import numbers
from reports.bench.figures import frame
from reports.bench.figures.frame import Drawn
from reports.bench.shapes import LedgerSummary, Load
from reports.derived import Interval
from reports.figures import style

_LETTERS = 34
_STEP = 1.055
"""Ledgers stand beside one another at each size, so that equal ones do not hide one another."""


def grown(ledger: LedgerSummary) -> Sequence[tuple[int, Load]]:
    """By entries held, the load with the highest rate that was run at every size."""
    rates: set[float | None] = {item.load.rate for item in ledger.growth}
    sizes = {item.grown_to for item in ledger.growth}
    everywhere = [
        rate for rate in rates if {item.grown_to for item in ledger.growth if item.load.rate == rate} == sizes
    ]
    if not everywhere:
        return []
    rate = max(everywhere, key=lambda rate: rate or 0.0)
    found = [(item.grown_to, item.load) for item in ledger.growth if item.load.rate == rate]
    return sorted(found, key=lambda item: item[0])


def _throughput(load: Load) -> Interval | None:
    return load.throughput


def _final(quantile: str) -> Callable[[Load], Interval | None]:
    return lambda load: load.latency.get("final", {}).get(quantile)


def shown_quantile(ledgers: Iterable[LedgerSummary]) -> str:
    """p95, but the median where no ledger has enough observations beyond p95."""
    loads = [load for ledger in ledgers for _, load in grown(ledger)]
    return "p95" if any("p95" in load.latency.get("final", {}) for load in loads) else "p50"


def _lines(
    drawn: Drawn, axes: Axes, names: Sequence[str], figure_of: Callable[[Load], Interval | None]
) -> None:
    for place, name in enumerate(names):
        look = drawn.looks[name]
        shift = _STEP ** (place - (len(names) - 1) / 2)
        points = [
            (max(held, 1) * shift, value)
            for held, load in grown(drawn.summary.ledgers[name])
            if (value := figure_of(load)) is not None
        ]
        for at, value in points:
            frame.whisker(axes, at, value, look)
        axes.plot(
            [at for at, _ in points],
            [value.value for _, value in points],
            color=look.colour,
            linestyle=look.dash,
            linewidth=1.3,
            marker=look.marker,
            markersize=5,
            label="\n".join([name, *textwrap.wrap(drawn.caution(name), _LETTERS)]),
        )


def draw(drawn: Drawn) -> Figure | None:
    """Intervals are 95 %; the horizontal scale is logarithmic, and so is the one of p95."""
    names = [name for name, ledger in drawn.measured().items() if grown(ledger)]
    if not names:
        return None
    figure = Figure(figsize=(style.WIDTH_IN, 5.6 + 0.14 * len(names)), layout="constrained")
    FigureCanvasSVG(figure)
    upper, lower = figure.subplots(2, 1, sharex=True)
    quantile = shown_quantile(drawn.measured().values())
    _lines(drawn, upper, names, _final(quantile))
    _lines(drawn, lower, names, _throughput)
    frame.log_y(upper, lambda value: numbers.seconds(value, drawn.texts.language))
    lower.set_ylim(bottom=0)
    lower.yaxis.set_major_formatter(lambda value, _: numbers.decimal(value, drawn.texts.language))
    frame.log_x(lower, lambda value: numbers.integer(value, drawn.texts.language))
    sizes = sorted({size for name in names for size, _ in grown(drawn.summary.ledgers[name])})
    lower.xaxis.set_major_locator(FixedLocator([max(size, 1) for size in sizes]))
    lower.set_xlabel(drawn.say("growth_x"))
    upper.set_ylabel(drawn.say(f"growth_{quantile}"), fontsize=9.5)
    lower.set_ylabel(drawn.say("growth_throughput"), fontsize=9.5)
    handles, words = upper.get_legend_handles_labels()
    figure.legend(
        handles, words, loc="outside upper left", ncols=2, fontsize=8.4, handlelength=3.0, columnspacing=1.2
    )
    return figure
