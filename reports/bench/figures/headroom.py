"""How many times the demand each ledger carries: its saturation point over the scenario's demand."""

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from reports import numbers
from reports.bench.choose import at_least
from reports.bench.figures import frame
from reports.bench.figures.frame import Drawn
from reports.figures import style


def draw(drawn: Drawn) -> Figure | None:
    """Filled: through the port; hollow: through the HTTP service. The upright line is the demand itself."""
    ledgers = drawn.measured()
    names = [name for name, ledger in ledgers.items() if ledger.saturation]
    if not names:
        return None
    figure, axes = style.new(1.25 + style.ROW_IN * 1.12 * len(names))
    ends = [1.0]
    drives: list[str] = []
    for row, name in enumerate(names):
        look = drawn.looks[name]
        searches = ledgers[name].saturation
        for place, search in enumerate(searches):
            at = row + 0.26 * (place - (len(searches) - 1) / 2)
            drives += [search.drive] if search.drive not in drives else []
            if search.headroom is None:
                frame.beside(axes, 1.0, at, drawn.say("not_even_lowest"))
                continue
            room = search.headroom
            ends += [max(room.low, room.value / 10), room.high]
            face = look.colour if search.drive == "direct" else "white"
            frame.whisker(axes, at, room, look, upright=False)
            axes.plot(
                [room.value], [at], marker=look.marker, markersize=6.5, color=look.colour, mfc=face, zorder=3
            )
            least = "≥ " if at_least(search) else ""
            frame.beside(axes, room.high, at, f"{least}{numbers.decimal(room.value, drawn.texts.language)}×")
    axes.axvline(1.0, color=style.INK, linewidth=1.2)
    frame.rows(drawn, axes, names)
    low, high = frame.decades(min(ends), max(ends))
    frame.log_x(axes, lambda value: f"{numbers.decimal(value, drawn.texts.language)}×")
    axes.set_xlim(low / 1.3, high * 4)
    axes.set_xlabel(drawn.say("headroom_x"))
    handles = [Line2D([], [], color=style.INK, linewidth=1.2)]
    words = [drawn.say("demand_line")]
    for drive in drives if len(drives) > 1 else ():
        face = style.FAINT if drive == "direct" else "white"
        handles.append(Line2D([], [], marker="o", color=style.FAINT, mfc=face, linestyle="none"))
        words.append(drawn.texts.text("bench", "drives", drive))
    figure.legend(handles, words, loc="outside upper left", ncols=3, fontsize=9)
    return figure
