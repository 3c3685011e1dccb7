"""The distribution of the time to final, one line for each ledger, at the highest offered rate."""

import numpy as np
from matplotlib.figure import Figure

from reports import numbers
from reports.figures import style
from reports.observations import read_observations
from reports.run import Run
from reports.statistics import BEYOND, latencies, settle
from reports.texts import Texts

_POINTS = 300


def top_rate(run: Run) -> float | None:
    """The highest rate that any measured ledger was offered."""
    rates = [rate.rate for ledger in run.summary.ledgers.values() for rate in ledger.rates]
    return max(rates, default=None)


def _kept(run: Run, name: str, rate: float) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    repeats = settle(list(read_observations(run.folder, name).repeats(rate)))
    parts = [latencies(repeat.kept, "final") for repeat in repeats]
    return np.sort(np.concatenate(parts)) if parts else np.empty(0)


def draw(run: Run, texts: Texts) -> Figure:
    """Solid where at least 100 observations lie beyond, else pale; what never came keeps a line below 1."""
    figure, axes = style.new(3.9)
    rate = top_rate(run)
    for name in run.measured() if rate is not None else ():
        waits = _kept(run, name, rate or 0.0)
        if not len(waits):
            continue
        share = np.arange(1, len(waits) + 1) / len(waits)
        ranks = np.unique(np.linspace(0, len(waits) - 1, _POINTS).astype(int))
        ranks = ranks[np.isfinite(waits[ranks])]
        firm = ranks < len(waits) - BEYOND
        look = style.look(name)
        x, y = np.maximum(waits[ranks], 1e-6), share[ranks]
        axes.plot(x[firm], y[firm], color=look.colour, linestyle=look.dash, linewidth=2.0, label=name)
        axes.plot(x[~firm], y[~firm], color=look.colour, linewidth=1.2, alpha=0.3)
    axes.set_xscale("log")
    style.log_axis(axes.xaxis, lambda value: numbers.seconds(value, texts.language))
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 0.9, 1])
    axes.yaxis.set_major_formatter(lambda value, _: numbers.percent(value, texts.language))
    axes.set_xlabel(texts.text("speed", "latency_x"))
    axes.set_ylabel(texts.text("speed", "latency_y"))
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside upper left", ncols=3, fontsize=9.5, handlelength=2.6, columnspacing=1.2)
    return figure
