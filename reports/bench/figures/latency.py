"""The distribution of the time to final under the common load: one panel for each ledger, with its band."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from reports import numbers
from reports.bench import choose
from reports.bench.figures import frame
from reports.bench.figures.frame import Drawn
from reports.bench.shapes import Load
from reports.observations import Times
from reports.statistics import BEYOND, over_starts
from reports.statistics.ranks import at_share

Waits = Sequence[Sequence[Times]]
"""Seconds from due to final of every operation, infinite where it never came: by start, then by window."""

_POINTS = 160
_MARKS: Sequence[tuple[str, float, str]] = (("p50", 0.5, "o"), ("p95", 0.95, "D"), ("p99", 0.99, "^"))
_LEAST_S = 1e-6


class Curve:
    """Quantiles of all windows together, up to the last with 100 observations beyond, and their band."""

    def __init__(self, waits: Waits) -> None:
        each = [[np.sort(window) for window in start if len(window)] for start in waits]
        whole = np.sort(np.concatenate([window for start in each for window in start]))
        last = (len(whole) - BEYOND) / len(whole)
        grid = np.linspace(0.002, last, _POINTS) if last > 0.002 else np.empty(0)
        finite = [q for q in grid if math.isfinite(at_share(whole, q))]
        self.q: NDArray[np.float64] = np.array(finite)
        self.value: NDArray[np.float64] = np.array([at_share(whole, q) for q in finite])
        self.low, self.high = self.value.copy(), self.value.copy()
        for place, q in enumerate(finite):
            own = [[at_share(window, q) for window in start] for start in each]
            if all(math.isfinite(one) for start in own for one in start):
                band = over_starts(self.value[place], own)
                if band is not None:
                    self.low[place], self.high[place] = max(band.low, _LEAST_S), band.high


def _mark(drawn: Drawn, axes: Axes, name: str, load: Load, middle: float) -> None:
    """The quantiles of the summary on the curve, and their numbers where the panel is empty."""
    look, language = drawn.looks[name], drawn.texts.language
    lines = []
    for key, q, marker in _MARKS:
        found = load.latency.get("final", {}).get(key)
        lines.append(f"{key} {numbers.NOTHING if found is None else numbers.seconds(found.value, language)}")
        if found is not None:
            axes.plot(
                [found.value], [q], marker=marker, markersize=4.6, color=look.colour, mec="white", mew=0.7
            )
    median = load.latency.get("final", {}).get("p50")
    left = median is not None and median.value > middle
    frame.note(axes, "\n".join(lines), left=left, top=left)


def curves(waits: Mapping[str, Waits]) -> Mapping[str, Curve]:
    """By ledger, of those that have enough for one."""
    found = {name: Curve(one) for name, one in waits.items() if any(len(w) for start in one for w in start)}
    return {name: curve for name, curve in found.items() if len(curve.q)}


def draw(drawn: Drawn, curves: Mapping[str, Curve]) -> Figure | None:
    """A panel shows one ledger in its colour, the others pale; what never came keeps a line below 1."""
    if not curves:
        return None
    figure, found = frame.panels(drawn, list(curves))
    ends = [end for curve in curves.values() for end in (curve.value[0], curve.value[-1])]
    low, high = frame.decades(max(min(ends), _LEAST_S), max(ends))
    for name, axes in found.items():
        look, curve = drawn.looks[name], curves[name]
        for other in curves.values():
            axes.plot(other.value, other.q, color="#d4dadd", linewidth=0.8, zorder=1)
        axes.fill_betweenx(curve.q, curve.low, curve.high, color=look.colour, alpha=0.22, linewidth=0)
        axes.plot(curve.value, curve.q, color=look.colour, linewidth=1.9)
        load = choose.load(drawn.summary, name)
        if load is not None:
            _mark(drawn, axes, name, load, math.sqrt(low * high))
        axes.set_ylim(0, 1.05)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 0.95])
        axes.yaxis.set_major_formatter(lambda value, _: numbers.percent(value, drawn.texts.language))
        frame.log_x(axes, lambda value: numbers.seconds(value, drawn.texts.language))
        axes.set_xlim(low, high)
    figure.supxlabel(drawn.say("latency_x"), fontsize=10)
    figure.supylabel(drawn.say("latency_y"), fontsize=10)
    return figure
