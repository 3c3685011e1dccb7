"""Counts the numbers that Word writes before paragraphs by itself: they stand nowhere in a paragraph's text.

A paragraph names a list (`numPr`), directly or by its style; the list names for each level a form and a
pattern such as 'Điều %1.'. ECMA-376 part 1, 17.9. Word's letters go a, b, c, d, e: who lists points so has
no điểm đ, and none is made up here.
"""

import re
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from consultation.core.provisions import MAX_ROMAN, roman

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_PLACE = re.compile(r"%([1-9])")
_LEVELS = 9
_MAX_LETTERS = 26 * 26


@dataclass(frozen=True, slots=True)
class _Level:
    """How one level of a list counts; it begins anew after a paragraph of a level above `restart`."""

    start: int = 1
    form: str = "decimal"
    pattern: str = ""
    restart: int = _LEVELS
    style: str = ""
    arabic: bool = False


@dataclass(frozen=True, slots=True)
class _List:
    """A list as paragraphs name it; lists of one `abstract` count on from each other."""

    abstract: str
    levels: dict[int, _Level]
    starts: dict[int, int]
    """Where this list begins at another number than the one before it."""


@dataclass(frozen=True, slots=True)
class _Style:
    based_on: str
    list: str
    level: int | None


@dataclass(slots=True)
class Numbering:
    """The lists of one document and how far each has counted; `label` takes the paragraphs in order."""

    _lists: dict[str, _List]
    _styles: dict[str, _Style]
    _counts: dict[str, dict[int, int]] = field(default_factory=dict)
    _begun: set[str] = field(default_factory=set)

    @staticmethod
    def of(numbering: Element | None, styles: Element | None) -> "Numbering":
        """From the roots of `numbering.xml` and `styles.xml`; a document may have neither."""
        lists = {} if numbering is None else _read_lists(numbering)
        return Numbering(lists, {} if styles is None else _read_styles(styles))

    def label(self, paragraph: Element) -> str:
        """What Word writes before the paragraph: '2.', 'a)', 'Điều 5.', '-' for a bullet, '' for nothing."""
        place = self._place(paragraph)
        if place is None:
            return ""
        name, depth = place
        used = self._lists[name]
        counts = self._counts.setdefault(used.abstract, {})
        if name not in self._begun:
            self._begun.add(name)
            counts.update({other: start - 1 for other, start in used.starts.items()})
        level = used.levels.get(depth, _Level())
        counts[depth] = counts.get(depth, level.start - 1) + 1
        for deeper in [it for it in counts if it > depth]:
            if depth < used.levels.get(deeper, _Level()).restart:
                del counts[deeper]
        return _write(used, level, counts)

    def _place(self, paragraph: Element) -> tuple[str, int] | None:
        """The list and the level that a paragraph stands in."""
        style = _value(paragraph, "pPr", "pStyle")
        own = paragraph.find(f"{W}pPr/{W}numPr")
        name, level = _reference(own)
        seen: set[str] = set()
        by_style = ""
        while not name and style in self._styles and style not in seen:
            seen.add(style)
            found = self._styles[style]
            if found.list:
                name, by_style = found.list, style
                level = found.level if level is None else level
            style = found.based_on
        if name not in self._lists:
            return None
        if level is None:
            levels = self._lists[name].levels
            level = next((depth for depth, it in levels.items() if by_style and it.style == by_style), 0)
        return (name, level) if 0 <= level < _LEVELS else None


def _read_lists(root: Element) -> dict[str, _List]:
    abstract = {
        item.get(f"{W}abstractNumId", ""): {
            int(lvl.get(f"{W}ilvl", "0")): _level(lvl) for lvl in item.iter(f"{W}lvl")
        }
        for item in root.findall(f"{W}abstractNum")
    }
    found = {}
    for item in root.findall(f"{W}num"):
        name = _value(item, "abstractNumId")
        levels, starts = dict(abstract.get(name, {})), {}
        for change in item.findall(f"{W}lvlOverride"):
            depth = int(change.get(f"{W}ilvl", "0"))
            other = change.find(f"{W}lvl")
            if other is not None:
                levels[depth] = _level(other)
            if start := _value(change, "startOverride"):
                starts[depth] = int(start)
        found[item.get(f"{W}numId", "")] = _List(name, levels, starts)
    return found


def _read_styles(root: Element) -> dict[str, _Style]:
    found = {}
    for item in root.findall(f"{W}style"):
        name, level = _reference(item.find(f"{W}pPr/{W}numPr"))
        found[item.get(f"{W}styleId", "")] = _Style(_value(item, "basedOn"), name, level)
    return found


def _reference(numbers: Element | None) -> tuple[str, int | None]:
    """The list and level of a `numPr`; the list '0' is Word's way to say none."""
    if numbers is None:
        return "", None
    level = _value(numbers, "ilvl")
    return _value(numbers, "numId"), int(level) if level else None


def _level(item: Element) -> _Level:
    return _Level(
        int(_value(item, "start") or 1),
        _value(item, "numFmt") or "decimal",
        _value(item, "lvlText"),
        int(_value(item, "lvlRestart") or _LEVELS),
        _value(item, "pStyle"),
        item.find(f"{W}isLgl") is not None,
    )


def _value(item: Element, *path: str) -> str:
    found = item.find("/".join(f"{W}{name}" for name in path))
    return "" if found is None else found.get(f"{W}val", "")


def _write(used: _List, level: _Level, counts: dict[int, int]) -> str:
    if level.form == "bullet":
        return "-"

    def number(place: re.Match[str]) -> str:
        depth = int(place[1]) - 1
        other = used.levels.get(depth, _Level())
        return _count(counts.get(depth, other.start), "decimal" if level.arabic else other.form)

    return _PLACE.sub(number, level.pattern).strip()


def _count(number: int, form: str) -> str:
    match form:
        case "lowerLetter" | "upperLetter" if 1 <= number <= _MAX_LETTERS:
            letters = chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)
            return letters if form == "lowerLetter" else letters.upper()
        case "lowerRoman" | "upperRoman" if 1 <= number <= MAX_ROMAN:
            return roman(number).lower() if form == "lowerRoman" else roman(number)
        case "decimalZero":
            return f"{number:02}"
        case "none":
            return ""
    return str(number)
