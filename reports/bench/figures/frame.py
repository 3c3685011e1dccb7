"""What the bench's figures share: a panel or a row for each ledger, with its caution beside its name."""

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from reports.bench.figures.looks import looks
from reports.bench.shapes import BenchSummary, LedgerSummary
from reports.derived import Interval
from reports.figures import style
from reports.figures.style import Look
from reports.texts import Texts

COLUMNS = 2
_PANEL_IN = 1.62
_SMALL = 7.6
_NEAR = 1.03
_PANEL_LETTERS = 40
_ROW_LETTERS = 28
_LABELS = 5
"""At most so many numbers along a logarithmic scale."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a figure is drawn from: the summary, the words, and the looks that all figures share."""

    summary: BenchSummary
    texts: Texts
    looks: Mapping[str, Look]

    @classmethod
    def of(cls, summary: BenchSummary, texts: Texts) -> "Drawn":
        return cls(summary, texts, looks(summary.ledgers))

    def measured(self) -> dict[str, LedgerSummary]:
        return {
            label: ledger for label, ledger in self.summary.ledgers.items() if ledger.status == "measured"
        }

    def caution(self, label: str) -> str:
        """What stands beside every figure of a ledger, in the figure's language where it is known."""
        caution = self.summary.ledgers[label].caution
        return self.texts.phrase(caution) or caution

    def say(self, key: str) -> str:
        """A text of the bench's figures."""
        return self.texts.text("bench", "figures", key)


def panels(drawn: Drawn, names: Sequence[str]) -> tuple[Figure, dict[str, Axes]]:
    """One panel for each ledger, two in a row, on common axes; its title is the label and the caution."""
    rows = max(1, math.ceil(len(names) / COLUMNS))
    figure = Figure(figsize=(style.WIDTH_IN, 0.75 + _PANEL_IN * rows), layout="constrained")
    FigureCanvasSVG(figure)
    grid = figure.subplots(rows, COLUMNS, sharex=True, sharey=True, squeeze=False)
    places = list(grid.flat)
    for axes in places[len(names) :]:
        axes.set_visible(False)
    found = dict(zip(names, places, strict=False))
    for place, (name, axes) in enumerate(found.items()):
        lines = textwrap.wrap(drawn.caution(name), _PANEL_LETTERS)
        pad = 5 + 10 * len(lines)
        colour = drawn.looks[name].colour
        axes.set_title(name, loc="left", fontsize=10, color=colour, weight="bold", pad=pad)
        if lines:
            text = "\n".join(lines)
            axes.text(
                0, 1.02, text, transform=axes.transAxes, va="bottom", fontsize=_SMALL, color=style.FAINT
            )
        axes.tick_params(labelsize=8.5)
        axes.tick_params(labelbottom=place + COLUMNS >= len(names), labelleft=place % COLUMNS == 0)
    return figure, found


def rows(drawn: Drawn, axes: Axes, names: Sequence[str]) -> None:
    """One row for each ledger, the first on top; its caution in small letters below its name."""
    style.rows(axes, names)
    for row, name in enumerate(names):
        if caution := drawn.caution(name):
            axes.annotate(
                textwrap.fill(caution, _ROW_LETTERS),
                (0, row),
                xycoords=("axes fraction", "data"),
                xytext=(-4, -8),
                textcoords="offset points",
                ha="right",
                va="top",
                fontsize=_SMALL,
                color=style.FAINT,
            )


def beside(axes: Axes, x: float, row: float, text: str) -> None:
    """A number to the right of a mark."""
    style.beside(axes, x, row, text, gap=7, letters=9)


def note(axes: Axes, text: str, *, left: bool = False, top: bool = False, weight: str = "normal") -> None:
    """Words in a corner of a panel, on a pale ground that keeps lines from crossing them."""
    axes.text(
        0.03 if left else 0.97, 0.93 if top else 0.07, text, transform=axes.transAxes, fontsize=8.4,
        ha="left" if left else "right", va="top" if top else "bottom", linespacing=1.35, weight=weight,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5}, zorder=4,
    )  # fmt: skip


def whisker(axes: Axes, at: float, interval: Interval, look: Look, *, upright: bool = True) -> None:
    """The interval of a figure as a line through its mark."""
    along, across = [interval.low, interval.high], [at, at]
    x, y = (across, along) if upright else (along, across)
    axes.plot(x, y, color=look.colour, linewidth=1.8, solid_capstyle="butt", zorder=2.5)


def decades(low: float, high: float) -> tuple[float, float]:
    """Powers of ten around both; one decade at least."""
    first, last = math.floor(math.log10(low * _NEAR)), math.ceil(math.log10(high / _NEAR))
    return 10.0**first, 10.0 ** max(last, first + 1)


def _few_marks(axis: Axis) -> None:
    """Powers of ten that have room for their numbers; small panels have none for marks between them."""
    axis.set_major_locator(LogLocator(base=10.0, numticks=_LABELS))
    axis.set_minor_locator(NullLocator())


def log_y(axes: Axes, shown: Callable[[float], str]) -> None:
    axes.set_yscale("log")
    style.log_axis(axes.yaxis, shown)
    _few_marks(axes.yaxis)


def log_x(axes: Axes, shown: Callable[[float], str]) -> None:
    axes.set_xscale("log")
    style.log_axis(axes.xaxis, shown)
    _few_marks(axes.xaxis)
