"""How large the crowd is that an opinion hides in, design by design, from `workloads.reidentification`.

    python -m reports.figures.reidentification NUMBERS.json FOLDER

One panel for the whole export and one for its busiest days. A line starts on the left at the share of
opinions with a single possible author, which its label repeats: the lower, the better hidden.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, cast

import typer
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from pydantic import TypeAdapter, ValidationError

from reports import numbers
from reports.errors import RunError
from reports.figures import style
from reports.files import write_text
from reports.texts import LANGUAGES, Language

Words = Mapping[str, str | Mapping[str, str]]

_COLOURS: Mapping[str, tuple[str, str | tuple[int, tuple[float, ...]]]] = {
    "unit and minute": ("#a0508a", "-"),
    "+ unit": ("#c8500a", (0, (6.0, 1.5))),
    "+ minute": ("#8a6d00", (0, (4.0, 1.2, 1.0, 1.2))),
    "+ one pseudonym": ("#6f7a80", (0, (1.0, 1.2))),
    "design": ("#0072b2", "-"),
    "window of a day": ("#2b8ca3", (0, (2.5, 1.2))),
    "window of 20 people": ("#00805c", "-"),
}
"""The designs that are drawn, the most telling first. Colour and dash differ in each."""
_REMEDY = "Write the file again with 'python -m workloads.reidentification DIR --json FILE'."
_LABEL_GAP = 0.072  # of the height of a panel, between the middles of two labels


@dataclass(frozen=True, slots=True)
class Finding:
    """Of one design: steps of (size, opinions in a set of at most that size)."""

    design: str
    curve: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """All designs in one setting."""

    export: str
    days: int
    opinions: int
    people: int
    units: int
    idle_rate: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Numbers:
    """As much of the study's JSON as is drawn."""

    trials: tuple[Trial, ...]


def read(content: bytes, name: str) -> Numbers:
    """The numbers in a file of this name. Raises RunError saying what is wrong where."""
    try:
        found = TypeAdapter(Numbers).validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "(whole file)"
        raise RunError(f"{name}: key '{where}': {first['msg']}. {_REMEDY}") from None
    for trial in found.trials:
        for finding in trial.findings:
            sizes = [size for size, _ in finding.curve]
            shares = [opinions for _, opinions in finding.curve]
            if sizes[:1] != [1] or sizes != sorted(set(sizes)) or shares != sorted(shares):
                found_wrong = "its sizes do not rise from 1, or its opinions fall"
            elif shares[0] < 0 or shares[-1] > trial.opinions:
                found_wrong = f"its opinions are not between 0 and {trial.opinions}"
            else:
                continue
            raise RunError(f"{name}: the curve of {finding.design!r} is none: {found_wrong}. {_REMEDY}")
    return found


def chosen(found: Numbers, export: str, units: int) -> list[Trial]:
    """The trials of one export and number of units in which nobody is idle. Raises RunError for none."""
    trials = [
        it for it in found.trials if (it.export, it.units, it.idle_rate) == (export, units, 0) and it.opinions
    ]
    if not trials:
        names = sorted({f"{it.export} with {it.units} units" for it in found.trials if not it.idle_rate})
        raise RunError(f"no numbers of {export} with {units} units and no idle logins; there are {names}")
    return trials


def draw(trials: Sequence[Trial], language: Language) -> Figure:
    """One panel for each trial. Call inside `style.settings()`."""
    words = _words(language)
    figure = Figure(figsize=(style.WIDTH_IN + 1.2, 0.9 + 2.75 * len(trials)), layout="constrained")
    FigureCanvasSVG(figure)
    panels = [figure.add_subplot(len(trials), 1, place + 1) for place in range(len(trials))]
    last = max(size for it in trials for finding in it.findings for size, _ in finding.curve)
    for panel, trial in zip(panels, trials, strict=True):
        _panel(panel, trial, last, words, language)
    panels[-1].set_xlabel(str(words["x"]))
    figure.suptitle(str(words["start"]), x=0.01, ha="left", fontsize=10, color=style.FAINT)
    return figure


def _panel(axes: Axes, trial: Trial, last: int, words: Words, language: Language) -> None:
    when = str(words["days"]).format(days=trial.days) if trial.days else str(words["whole"])
    title = str(words["title"]).format(
        export=trial.export,
        opinions=numbers.integer(trial.opinions, language),
        people=numbers.integer(trial.people, language),
        units=trial.units,
        when=when,
    )
    axes.set_title(title, loc="left", fontsize=10.5)
    by_name = {finding.design: finding for finding in trial.findings}
    drawn = [(name, by_name[name]) for name in _COLOURS if name in by_name]
    for name, finding in drawn:
        colour, dash = _COLOURS[name]
        sizes = [size for size, _ in finding.curve]
        shares = [opinions / trial.opinions for _, opinions in finding.curve]
        sizes, shares = [*sizes, 2 * last], [*shares, shares[-1]]
        axes.step(sizes, shares, where="post", color=colour, linestyle=dash, linewidth=2)
    axes.set_xscale("log")
    axes.set_xlim(1, 1.15 * last)
    axes.set_ylim(0, 1.01)
    style.log_axis(axes.xaxis, lambda value: numbers.integer(value, language))
    axes.yaxis.tick_right()
    axes.yaxis.set_label_position("right")
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.yaxis.set_major_formatter(lambda value, _: numbers.percent(value, language))
    axes.tick_params(axis="y", length=0)
    axes.set_ylabel(str(words["y"]))
    names = cast(Mapping[str, str], words["designs"])
    starts = [finding.curve[0][1] / trial.opinions for _, finding in drawn]
    for (name, _), start, place in zip(drawn, starts, spread(starts, _LABEL_GAP), strict=True):
        axes.annotate(
            f"{names[name]}  {numbers.percent(start, language)}",
            (0, start),
            xycoords=("axes fraction", "data"),
            xytext=(-0.05, place),
            textcoords=("axes fraction", "data"),
            ha="right",
            va="center",
            color=_COLOURS[name][0],
            fontsize=9.5,
            arrowprops={
                "arrowstyle": "-",
                "color": _COLOURS[name][0],
                "linewidth": 0.8,
                "relpos": (1, 0.5),
                "shrinkA": 3,
                "shrinkB": 0,
            },
        )


def spread(values: Sequence[float], gap: float) -> list[float]:
    """Places near these values, in the same order of height, at least `gap` apart and not below 0."""
    order = sorted(range(len(values)), key=lambda place: (values[place], -place))
    places = [0.0] * len(values)
    floor = 0.0
    for place in order:
        places[place] = max(values[place], floor)
        floor = places[place] + gap
    return places


def _words(language: Language) -> Words:
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return cast(Words, tomllib.loads(text)[language])


def main(
    source: Annotated[Path, typer.Argument(metavar="NUMBERS.json", help="What the study wrote.")],
    folder: Annotated[Path, typer.Argument(help="Where the figures go, one for each language.")],
    export: Annotated[str, typer.Option(help="The export that is drawn.")] = "polis-vtaiwan-uberx",
    units: Annotated[int, typer.Option(help="The number of units.")] = 40,
) -> None:
    """Draw how large the crowd is that an opinion hides in."""
    try:
        trials = chosen(read(source.read_bytes(), source.name), export, units)
        with style.settings():
            for language in LANGUAGES:
                write_text(folder / f"reidentification.{language}.svg", style.svg(draw(trials, language)))
    except (RunError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(3) from None


if __name__ == "__main__":
    typer.run(main)
