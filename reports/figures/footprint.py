"""Bytes and cost of one opinion, one row for each ledger."""

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports import numbers
from reports.figures import style
from reports.run import Run
from reports.texts import Texts


def _widen(axes: Axes, label: str) -> None:
    """A logarithmic axis that starts and ends at a power of ten, with room for the numbers on the right."""
    axes.set_xscale("log")
    low, high = axes.get_xlim()
    axes.set_xlim(10 ** math.floor(math.log10(low)), 10 ** (math.ceil(math.log10(high)) + 0.35))
    axes.set_xlabel(label)


def draw_bytes(run: Run, texts: Texts) -> Figure:
    """Bytes stored for one opinion, on a logarithmic scale, each with its number."""
    summary = run.summary
    names = [name for name in run.measured() if summary.ledgers[name].resources.stored_bytes_per_opinion]
    figure, axes = style.new(1.0 + style.ROW_IN * max(1, len(names)))
    for row, name in enumerate(names):
        look = style.look(name)
        stored = summary.ledgers[name].resources.stored_bytes_per_opinion or 0.0
        axes.plot([stored], [row], marker=look.marker, markersize=8, color=look.colour)
        style.beside(axes, stored, row, numbers.size(stored, texts.language))
    style.rows(axes, names)
    _widen(axes, texts.text("cost", "bytes_x"))
    style.log_axis(axes.xaxis, lambda value: numbers.size(value, texts.language))
    return figure


def draw_cost(run: Run, texts: Texts) -> Figure:
    """Cost of one opinion at the likely volume: 5 %, 50 % and 95 % of the draws."""
    cost = run.cost
    years = {
        name: year.per_opinion
        for name, ledger in cost.ledgers.items()
        for year in ledger.years
        if year.volume == cost.likely_volume
    }
    figure, axes = style.new(1.0 + style.ROW_IN * max(1, len(years)))
    for row, (name, spread) in enumerate(years.items()):
        look = style.look(name)
        axes.plot(
            [spread.p5, spread.p95], [row, row], color=look.colour, linewidth=2.6, solid_capstyle="butt"
        )
        axes.plot([spread.p50], [row], marker=look.marker, markersize=7.5, color=look.colour)
        style.beside(axes, spread.p95, row, numbers.dong(spread.p50, texts.language))
    style.rows(axes, list(years))
    _widen(axes, texts.text("cost", "cost_x"))
    style.log_axis(axes.xaxis, lambda value: numbers.decimal(value, texts.language))
    return figure
