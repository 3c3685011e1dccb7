"""Invented benches built once for the tests that only read them, and a reader of pages."""

import atexit
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from tempfile import mkdtemp

from reports.bench.build import build
from reports.texts import Language
from tests.reports.bench import synthetic
from tests.reports.bench.ledgers import PLOTS

VOID = {"meta", "img", "br", "link", "input", "hr"}


def _folder() -> Path:
    """Removed when the process ends."""
    above = Path(mkdtemp(prefix="bench-pages-"))
    atexit.register(shutil.rmtree, above)
    return above / "synthetic"


@cache
def whole() -> Path:
    """Seven ledgers measured and one not; with p99 at the higher rate."""
    size = synthetic.Size(ramp=(100.0, 400.0, 1000.0, 3200.0), grown=(1_000, 100_000))
    labels = [label for label in PLOTS if label not in ("signed-db-standby", "log-alone")]
    missing = {"timestamped-head": "no compiler"}
    folder = synthetic.write(_folder(), labels=labels, unmeasured=missing, size=size)
    build(folder)
    return folder


@cache
def cut_short() -> Path:
    """A quick bench that ended early."""
    folder = synthetic.write(
        _folder(),
        labels=("memory", "signed-db", "evm"),
        unmeasured={"cometbft": "nothing was measured before the bench ended"},
        partial="interrupted",
        quick=True,
        size=synthetic.SMALL,
    )
    build(folder)
    return folder


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


def read(folder: Path, language: Language) -> Reader:
    reader = Reader()
    reader.feed((folder / f"bench.{language}.html").read_text(encoding="utf-8"))
    assert reader._open == []
    return reader
