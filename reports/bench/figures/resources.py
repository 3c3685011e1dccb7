"""What one opinion takes, one row for each ledger: CPU by group of processes, bytes, and gas apart."""

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from reports import numbers
from reports.bench.choose import resources
from reports.bench.figures import frame
from reports.bench.figures.frame import Drawn
from reports.bench.resources import GENERATOR
from reports.bench.shapes import Resources
from reports.derived import Interval
from reports.figures import style
from reports.texts import Texts

_GROUPS = (
    ("#33566b", ""),
    ("#e0a84a", "///"),
    ("#8fb8c9", ""),
    ("#b4573f", "..."),
    ("#6d8f4e", "\\\\\\"),
    ("#c9c3d9", "xx"),
    ("#4a4a55", "--"),
)
"""Colour and hatching: dark and light by turns, so that neighbours differ without colour too."""
_BYTES: Sequence[tuple[str, str]] = (("stored_bytes", "s"), ("written_bytes", "D"), ("network_bytes", "^"))


def _found(drawn: Drawn) -> dict[str, Resources]:
    found = {name: resources(drawn.summary, name) for name in drawn.measured()}
    return {name: one for name, one in found.items() if one is not None}


def _bytes(one: Resources, key: str) -> Interval | None:
    shown = {
        "stored_bytes": one.stored_bytes,
        "written_bytes": one.written_bytes,
        "network_bytes": one.network_bytes,
    }[key]
    return shown if shown is not None and shown.value > 0 else None


def group_name(texts: Texts, group: str) -> str:
    """A group of processes in words; one that is not known keeps its own name."""
    return texts.text("bench", "groups", group) if texts.has("bench", "groups", group) else group


def draw_cpu(drawn: Drawn) -> Figure | None:
    """Stacked by group; the line is the interval of the sum."""
    found = {name: one for name, one in _found(drawn).items() if one.cpu_s is not None}
    if not found:
        return None
    groups = list(
        dict.fromkeys(group for one in found.values() for group in one.groups if group != GENERATOR)
    )
    paint: Mapping[str, tuple[str, str]] = {
        group: _GROUPS[place % len(_GROUPS)] for place, group in enumerate(groups)
    }
    figure, axes = style.new(1.35 + style.ROW_IN * 1.1 * len(found))
    for row, one in enumerate(found.values()):
        left = 0.0
        for group, part in one.groups.items():
            if part.cpu_s is None or group == GENERATOR:
                continue
            colour, hatch = paint[group]
            axes.barh(
                [row], [part.cpu_s.value], left=left, height=0.5, color=colour, hatch=hatch,
                edgecolor="white", linewidth=0.6,
            )  # fmt: skip
            left += part.cpu_s.value
        if one.cpu_s is not None:
            ends = [one.cpu_s.low, one.cpu_s.high]
            axes.plot(ends, [row, row], color="white", linewidth=3.6, solid_capstyle="butt")
            axes.plot(ends, [row, row], color=style.INK, linewidth=1.6)
            text = numbers.seconds(one.cpu_s.value, drawn.texts.language)
            frame.beside(axes, max(left, one.cpu_s.high), row, text)
    frame.rows(drawn, axes, list(found))
    axes.set_xlim(0, 1.25 * axes.get_xlim()[1])
    axes.xaxis.set_major_formatter(lambda value, _: numbers.seconds(value, drawn.texts.language))
    axes.set_xlabel(drawn.say("cpu_x"))
    handles = [
        Patch(facecolor=paint[g][0], hatch=paint[g][1], edgecolor="white", linewidth=0.6) for g in groups
    ]
    if handles:
        names = [group_name(drawn.texts, group) for group in groups]
        figure.legend(handles, names, loc="outside upper left", ncols=4, fontsize=9, columnspacing=1.2)
    return figure


def draw_bytes(drawn: Drawn) -> Figure | None:
    """Stored, written and sent, on a logarithmic scale; what is zero or unknown has no mark."""
    found = {
        name: one
        for name, one in _found(drawn).items()
        if any(_bytes(one, key) is not None for key, _ in _BYTES)
    }
    if not found:
        return None
    figure, axes = style.new(1.35 + style.ROW_IN * 1.35 * len(found))
    for row, (name, one) in enumerate(found.items()):
        look = drawn.looks[name]
        for place, (key, marker) in enumerate(_BYTES):
            value = _bytes(one, key)
            if value is not None:
                at = row + 0.24 * (place - 1)
                frame.whisker(axes, at, value, look, upright=False)
                axes.plot([value.value], [at], marker=marker, markersize=6, color=look.colour, zorder=3)
                frame.beside(axes, value.high, at, numbers.size(value.value, drawn.texts.language))
    frame.rows(drawn, axes, list(found))
    frame.log_x(axes, lambda value: numbers.size(value, drawn.texts.language))
    low, high = frame.decades(*axes.get_xlim())
    axes.set_xlim(low, high * 1.6)
    axes.set_xlabel(drawn.say("bytes_x"))
    handles = [
        Line2D([], [], marker=mark, markersize=6, color=style.FAINT, linestyle="none") for _, mark in _BYTES
    ]
    words = [drawn.say(key) for key, _ in _BYTES]
    figure.legend(handles, words, loc="outside upper left", ncols=3, fontsize=9)
    return figure


def draw_gas(drawn: Drawn) -> Figure | None:
    """Only ledgers that count gas."""
    found = {
        name: one.gas for name, one in _found(drawn).items() if one.gas is not None and one.gas.value > 0
    }
    if not found:
        return None
    figure, axes = style.new(0.9 + style.ROW_IN * 1.1 * len(found))
    for row, (name, gas) in enumerate(found.items()):
        look = drawn.looks[name]
        frame.whisker(axes, row, gas, look, upright=False)
        axes.plot([gas.value], [row], marker=look.marker, markersize=7, color=look.colour, zorder=3)
        frame.beside(axes, gas.high, row, numbers.integer(gas.value, drawn.texts.language))
    frame.rows(drawn, axes, list(found))
    axes.set_xlim(0, 1.2 * max(gas.high for gas in found.values()))
    axes.xaxis.set_major_formatter(lambda value, _: numbers.integer(value, drawn.texts.language))
    axes.set_xlabel(drawn.say("gas_x"))
    return figure
