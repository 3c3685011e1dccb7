"""How figures look: one colour, dash and marker for each ledger in all of them, safe for colour blindness.

The palette is Okabe and Ito's, darkened where its contrast on white is low. Letters are drawn as outlines of
DejaVu Sans, which has the Vietnamese ones, so that a figure needs no font where it is read.
"""

import io
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import matplotlib
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

INK = "#1f2a33"
FAINT = "#5b6770"
GRID = "#e3e8ea"
WIDTH_IN = 5.8
ROW_IN = 0.46


@dataclass(frozen=True, slots=True)
class Look:
    """How one ledger is drawn everywhere."""

    colour: str
    dash: str | tuple[int, tuple[float, ...]]
    marker: str


_LOOKS: Mapping[str, Look] = {
    "memory": Look("#6f7a80", (0, (1.0, 1.2)), "o"),
    "signed-db": Look("#0072b2", "-", "s"),
    "merkle-log": Look("#00805c", (0, (6.0, 1.5)), "D"),
    "cometbft": Look("#c8500a", "-", "^"),
    "evm": Look("#a0508a", (0, (4.0, 1.2, 1.0, 1.2)), "v"),
    "evm-anchored": Look("#6a4fb0", (0, (2.5, 1.2)), "P"),
}
_OTHERS = (Look("#8a6d00", "-", "X"), Look("#2b8ca3", (0, (6.0, 1.5)), "h"), Look("#7a3b2e", "-", "*"))


def look(name: str) -> Look:
    """A ledger's look; one that is not known here gets one of the spare ones, always the same."""
    return _LOOKS.get(name) or _OTHERS[sum(name.encode()) % len(_OTHERS)]


def new(height_in: float) -> tuple[Figure, Axes]:
    """An empty figure of the common width. Call inside `settings()`."""
    figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
    FigureCanvasSVG(figure)
    return figure, figure.add_subplot()


def settings() -> AbstractContextManager[None]:
    """The settings to draw under, as a context."""
    return matplotlib.rc_context(
        {
            "font.family": ["DejaVu Sans"],
            "font.size": 10.5,
            "svg.hashsalt": "consultation-ledger-pilot",
            "svg.fonttype": "path",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.edgecolor": "#9aa5ab",
            "axes.labelcolor": INK,
            "axes.axisbelow": True,
            "axes.grid": True,
            "grid.color": GRID,
            "grid.linewidth": 0.8,
            "text.color": INK,
            "xtick.color": FAINT,
            "ytick.color": INK,
            "legend.frameon": False,
            "path.simplify": False,
        }
    )


def rows(axes: Axes, names: Sequence[str]) -> None:
    """One row for each ledger, the first on top."""
    axes.set_yticks(range(len(names)), list(names))
    axes.set_ylim(max(1, len(names)) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)


def beside(axes: Axes, x: float, row: float, text: str, gap: float = 9, letters: float = 9.5) -> None:
    """A number to the right of a mark; its distance and size in points."""
    axes.annotate(
        text,
        (x, row),
        xytext=(gap, 0),
        textcoords="offset points",
        va="center",
        fontsize=letters,
        annotation_clip=False,
    )


def log_axis(axis: Axis, shown: Callable[[float], str]) -> None:
    """Powers of ten with their unit; marks between them carry no label."""
    axis.set_major_locator(LogLocator(base=10.0, numticks=12))
    axis.set_major_formatter(FuncFormatter(lambda value, _: shown(float(value))))
    axis.set_minor_formatter(NullFormatter())


def svg(figure: Figure) -> str:
    """The figure as SVG text without date or version."""
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    lines = (line.rstrip() for line in out.getvalue().splitlines())
    return "\n".join(lines) + "\n"
