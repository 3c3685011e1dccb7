"""What was offered and what became final each second, one row for each ledger."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reports import numbers
from reports.figures import style
from reports.run import Run
from reports.texts import Texts


def draw(run: Run, texts: Texts) -> Figure:
    """For each rate an upright mark at the offered rate and a dot with its interval at the final one."""
    names = run.measured()
    figure, axes = style.new(1.35 + style.ROW_IN * max(1, len(names)))
    for row, name in enumerate(names):
        look = style.look(name)
        for rate in run.summary.ledgers[name].rates:
            done = rate.throughput
            axes.plot([rate.offered], [row], marker="|", markersize=17, markeredgewidth=1.6, color=style.INK)
            axes.plot(
                [done.low, done.high], [row, row], color=look.colour, linewidth=2.2, solid_capstyle="butt"
            )
            axes.plot([done.value], [row], marker=look.marker, markersize=6.5, color=look.colour)
    style.rows(axes, names)
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(lambda value, _: numbers.integer(value, texts.language))
    axes.set_xlabel(texts.text("speed", "throughput_x"))
    offered = Line2D(
        [], [], color=style.INK, marker="|", markersize=13, markeredgewidth=1.6, linestyle="none"
    )
    final = Line2D([], [], color=style.FAINT, marker="o", linewidth=2.2)
    labels = [texts.text("speed", "throughput_offered"), texts.text("speed", "throughput_final")]
    figure.legend([offered, final], labels, loc="outside upper left", ncols=2, fontsize=9.5)
    return figure
