"""A reader of the report and of the bench's page, for the tests."""

from html.parser import HTMLParser
from pathlib import Path

LOADING = {"src", "href", "srcset", "data", "poster", "action", "xlink:href", "background"}
"""Attributes by which a page loads something, or leads somewhere."""
VOID = {"meta", "img", "br", "link", "input", "hr"}


class Reader(HTMLParser):
    """Collects what the tests look at, and checks that elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.numbers: list[tuple[str, str, str]] = []
        self.rows: list[list[str]] = []
        """The text of every table row's cells."""
        self.text: list[str] = []
        self._open: list[str] = []
        self._number: dict[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.tags.append((tag, values))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "data":
            self._number = values
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag
        self._number = None if tag == "data" else self._number

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._number is not None:
            self.numbers.append((self._number["data-ref"], self._number["value"], data))
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data

    def row(self, head: str) -> list[str]:
        """The first row of the page whose first cell begins so."""
        return next(row for row in self.rows if row and row[0].startswith(head))


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    assert reader._open == []
    return reader
