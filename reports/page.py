"""What the templates print with: numbers that carry their reference into the run, words, symbols.

A template never prints a number of its own: it names a reference and a kind, and the value is looked up in
the run's files and formatted for the language. So each shown number is the recorded one.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape
from markupsafe import Markup

from reports import numbers
from reports.errors import RunError
from reports.files import Json
from reports.pointer import Absent, ref, resolve
from reports.run import Run
from reports.texts import Texts

_TEMPLATES = Path(__file__).parent / "templates"
KINDS: Mapping[str, Callable[[float, str], str]] = {
    "integer": numbers.integer,
    "decimal": numbers.decimal,
    "percent": numbers.percent,
    "seconds": numbers.seconds,
    "size": numbers.size,
    "dong": numbers.dong,
}

Key = str | int | Sequence[str | int]
"""A key of a reference, or several: a template cannot put a list's items before other arguments."""


def spelled(keys: Sequence[Key]) -> list[str | int]:
    """The keys one by one."""
    return [part for key in keys for part in ([key] if isinstance(key, str | int) else key)]


class Page:
    """One report in one language."""

    def __init__(self, run: Run, texts: Texts) -> None:
        self.run = run
        self.texts = texts
        self.language = texts.language

    def number(self, file: str, kind: str, *keys: Key) -> Markup:
        """A number of the run with its reference; a dash where the run has none."""
        place = ref(file, *spelled(keys))
        value = resolve(self.run, place)
        if value is None or isinstance(value, Absent):
            return self.nothing()
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RunError(f"{place}: found {value!r}; allowed: a number")
        return self.data(place, repr(value), KINDS[kind](float(value), self.language))

    def data(self, place: str, value: str, shown: str) -> Markup:
        """The element that ties what is shown to where it is recorded."""
        return Markup('<data value="{}" data-ref="{}" title="{}">{}</data>').format(
            value, place, place, shown
        )

    def interval(self, file: str, kind: str, *keys: Key) -> Markup:
        """A figure with its interval in brackets."""
        if isinstance(resolve(self.run, ref(file, *spelled(keys), "value")), Absent):
            return self.nothing()
        return self._around(file, kind, keys, "value", "low", "high")

    def spread(self, file: str, kind: str, *keys: Key) -> Markup:
        """A distribution: its median, and 5 % to 95 % in brackets."""
        found = resolve(self.run, ref(file, *spelled(keys)))
        if found is None or isinstance(found, Absent):
            return self.nothing()
        return self._around(file, kind, keys, "p50", "p5", "p95")

    def _around(self, file: str, kind: str, keys: Sequence[Key], middle: str, low: str, high: str) -> Markup:
        ends = [resolve(self.run, ref(file, *spelled(keys), end)) for end in (low, high)]
        shown = [KINDS[kind](float(end), self.language) for end in ends if isinstance(end, int | float)]
        return Markup('{} <span class="ci" data-ref="{}">({})</span>').format(
            self.number(file, kind, *keys, middle), ref(file, *spelled(keys)), numbers.span(*shown)
        )

    def nothing(self) -> Markup:
        """A dash that is read out as 'not measured'."""
        return Markup('<span class="none" aria-label="{}">{}</span>').format(
            self.texts.text("ledger_table", "not_measured"), numbers.NOTHING
        )

    def recorded(self, file: str, *keys: Key) -> Markup:
        """A text of the run, translated where a translation is known, else as it stands, marked English."""
        place = ref(file, *spelled(keys))
        value = resolve(self.run, place)
        if not isinstance(value, str) or not value:
            return self.nothing()
        translated = self.texts.phrase(value)
        if translated is None:
            return Markup('<span lang="en" data-ref="{}">{}</span>').format(place, value)
        return Markup('<span data-ref="{}" title="{}">{}</span>').format(place, place, translated)

    def source(self, *references: str) -> Markup:
        """The line under a table or figure that says where its numbers are."""
        codes = Markup("; ").join(Markup("<code>{}</code>").format(item) for item in references)
        return Markup('<p class="source">{}</p>').format(
            self.texts.markup("page", "source_of").format(ref=codes)
        )

    def figure(self, name: str) -> Markup:
        """A figure's address as data, so that the page is one file."""
        data = (self.run.folder / "figures" / f"{name}.{self.language}.svg").read_bytes()
        return Markup("data:image/svg+xml;base64,") + base64.b64encode(data).decode("ascii")

    def shown(self, value: Json) -> str:
        """A value of the scenario or of a fact, as text."""
        if isinstance(value, bool):
            return self.texts.text("answers", "yes" if value else "no")
        if isinstance(value, float):
            return numbers.decimal(value, self.language, 6)
        if isinstance(value, int):
            return numbers.integer(value, self.language)
        if isinstance(value, str) and self.texts.has("outcomes", value):
            return self.texts.text("outcomes", value)
        return "" if value is None else str(value)

    def moment(self, iso: str) -> str:
        return numbers.moment(iso, self.language)

    def plain(self, value: float, kind: str) -> str:
        """A number that goes into a sentence for a picture's description."""
        return KINDS[kind](value, self.language)


def flat(value: Mapping[str, Json], above: str = "") -> list[tuple[str, Json]]:
    """A scenario's keys with dots and their values; access tokens are left out."""
    rows: list[tuple[str, Json]] = []
    for key, item in value.items():
        name = f"{above}{key}"
        if name == "tokens":
            continue
        if isinstance(item, Mapping):
            rows.extend(flat(item, f"{name}."))
        elif isinstance(item, Sequence) and not isinstance(item, str):
            rows.append((name, ", ".join(str(part) for part in item)))
        else:
            rows.append((name, item))
    return rows


def template(name: str, *before: Path) -> Template:
    """A template of one of these folders, else of the report's; a name that it is not given is an error."""
    environment = Environment(
        loader=FileSystemLoader((*before, _TEMPLATES)),
        undefined=StrictUndefined,
        autoescape=select_autoescape(("html.j2",), default=True),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template(name)


def css() -> Markup:
    """The style sheet, to be put into the page."""
    return Markup((_TEMPLATES / "report.css").read_text(encoding="utf-8"))
