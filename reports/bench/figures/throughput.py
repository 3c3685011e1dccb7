"""What became final each second against what was offered: a panel for each ledger, scales logarithmic."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reports import numbers
from reports.bench.choose import at_least
from reports.bench.figures import frame
from reports.bench.figures.frame import Drawn
from reports.bench.shapes import LedgerSummary, Saturation
from reports.derived import Interval
from reports.figures import style
from reports.figures.style import Look
from reports.statistics import over_repeats


def searched(ledger: LedgerSummary) -> Saturation | None:
    """The search through the port where there is one, else the first."""
    direct = [search for search in ledger.saturation if search.drive == "direct"]
    return next(iter(direct or ledger.saturation), None)


def _steps(search: Saturation) -> Sequence[tuple[float, Interval, bool]]:
    """By rate: final throughput over the searches, and whether each kept it; a lone one has no interval."""
    found = []
    ordered = sorted(search.steps, key=lambda step: step.rate)
    for rate, group in groupby(ordered, key=lambda step: step.rate):
        steps = list(group)
        done = [step.throughput for step in steps]
        mean = float(np.mean(done))
        interval = over_repeats(mean, done) if len(done) > 1 else Interval(mean, mean, mean)
        found.append((rate, interval, all(step.kept for step in steps)))
    return found


def _panel(drawn: Drawn, axes: Axes, ledger: LedgerSummary, look: Look) -> None:
    search = searched(ledger)
    for rate, done, kept in _steps(search) if search is not None else ():
        if done.value > 0:
            frame.whisker(axes, rate, done, look)
            face = look.colour if kept else "white"
            axes.plot([rate], [done.value], marker="o", markersize=4.6, color=look.colour, mfc=face, zorder=3)
    for load in ledger.loads:
        if load.throughput is None or (load.drive, load.loop, load.kind) != ("direct", "open", "entry"):
            continue
        frame.whisker(axes, load.offered, load.throughput, look)
        axes.plot(
            [load.offered], [load.throughput.value], marker="s", markersize=5, color=look.colour, zorder=3
        )
    if search is None:
        return
    text = drawn.say("not_even_lowest")
    if search.highest is not None:
        high = search.highest
        axes.axvspan(high.low, high.high, color=look.colour, alpha=0.16, linewidth=0)
        axes.axvline(high.value, color=look.colour, linewidth=1.3)
        least = "≥ " if at_least(search) else ""
        text = f"{least}{numbers.decimal(high.value, drawn.texts.language)}{drawn.say('a_second')}"
    frame.note(axes, text, weight="bold")


def _extent(drawn: Drawn) -> tuple[float, float]:
    offered = [drawn.summary.demand_per_s]
    for ledger in drawn.measured().values():
        offered += [load.offered for load in ledger.loads if load.drive == "direct" and load.offered > 0]
        offered += [step.rate for search in ledger.saturation for step in search.steps]
    return min(offered) / 1.6, max(offered) * 1.6


def draw(drawn: Drawn) -> Figure | None:
    """Filled: every search kept the rate; hollow: not every. A band marks the saturation point's interval."""
    names = [name for name, ledger in drawn.measured().items() if searched(ledger) is not None]
    if not names:
        return None
    figure, found = frame.panels(drawn, names)
    low, high = _extent(drawn)
    for name, axes in found.items():
        axes.plot([low, high], [low, high], color=style.FAINT, linewidth=0.9, linestyle=(0, (4, 2)), zorder=1)
        axes.axvline(drawn.summary.demand_per_s, color=style.INK, linewidth=1.1, linestyle=(0, (1, 1.5)))
        _panel(drawn, axes, drawn.summary.ledgers[name], drawn.looks[name])
        axes.set_xlim(low, high)
        axes.set_ylim(low, high)
        frame.log_x(axes, lambda value: numbers.decimal(value, drawn.texts.language))
        frame.log_y(axes, lambda value: numbers.decimal(value, drawn.texts.language))
    figure.supxlabel(drawn.say("throughput_x"), fontsize=10)
    figure.supylabel(drawn.say("throughput_y"), fontsize=10)
    handles = [
        Line2D([], [], color=style.FAINT, linewidth=0.9, linestyle=(0, (4, 2))),
        Line2D([], [], color=style.INK, linewidth=1.1, linestyle=(0, (1, 1.5))),
        Line2D([], [], marker="s", markersize=5, color=style.FAINT, linestyle="none"),
        Line2D([], [], marker="o", markersize=4.6, color=style.FAINT, linestyle="none"),
        Line2D([], [], marker="o", markersize=4.6, color=style.FAINT, mfc="white", linestyle="none"),
        Line2D([], [], color=style.FAINT, linewidth=1.6),
    ]
    words = [drawn.say(key) for key in ("identity", "demand", "repeated", "kept", "not_kept", "saturation")]
    figure.legend(handles, words, loc="outside upper left", ncols=3, fontsize=8.6, columnspacing=1.2)
    return figure
