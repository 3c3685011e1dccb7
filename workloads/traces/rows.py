"""CSV read strictly: good rows out, and every broken row with its line and the reason."""

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from consultation.core.drafts import MAX_TEXT_CHARACTERS

SHOWN = 10  # broken rows that a message names; the rest it counts
WHOLE_NUMBER = re.compile(r"-?[0-9]{1,16}")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that cannot be used; `line` is where it starts in `file`, the header being line 1."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file} line {self.line}: {self.reason}"


class TraceError(Exception):
    """A trace cannot be replayed. `rows` names each broken row; empty where a whole file is at fault."""

    def __init__(self, message: str, rows: Sequence[BadRow] = ()) -> None:
        super().__init__(message)
        self.rows = tuple(rows)


class Broken(Exception):
    """The reason why the row at hand cannot be used."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row by the names of its columns; the accessors raise Broken."""

    line: int
    fields: Mapping[str, str]

    def number(self, column: str) -> int:
        text = self.fields[column]
        if not WHOLE_NUMBER.fullmatch(text):
            raise Broken(f"{column} is {shown(text)}; allowed is a whole number of at most 16 digits")
        return int(text)

    def size(self, column: str) -> int:
        number = self.number(column)
        if number < 0:
            raise Broken(f"{column} is {number}; allowed is 0 or more")
        return number

    def text(self, column: str, most: int = MAX_TEXT_CHARACTERS) -> str:
        """UTF-8 of at most so many characters, as the service takes them; '' where there is no column."""
        text = self.fields.get(column, "")
        for place, character in enumerate(text):
            if "\ud800" <= character <= "\udfff":
                raise Broken(
                    f"{column} is not UTF-8: byte 0x{ord(character) - 0xDC00:02x} after {place} characters; "
                    "save the file as UTF-8"
                )
        if len(text) > most:
            raise Broken(f"{column} has {len(text)} characters; allowed are {most}")
        return text


def read_rows(path: Path, columns: Sequence[str], bad: list[BadRow]) -> Iterator[Row]:
    """The rows of a CSV file with these columns among others; malformed ones go to `bad`.

    Raises TraceError where the file cannot be read, is empty, or lacks a column.
    """
    with _lines(path) as lines:
        yield from _rows(path, lines, columns, bad)


def _rows(path: Path, lines: TextIO, columns: Sequence[str], bad: list[BadRow]) -> Iterator[Row]:
    # strict, or an unclosed quotation mark would swallow the rest of the file as one field.
    reader = csv.reader(lines, strict=True)
    header: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            fields = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if header is None:
                raise TraceError(f"{path}: the header is not CSV ({error})") from None
            upto = f" and swallows the file up to line {reader.line_num}" if reader.line_num > line else ""
            bad.append(BadRow(path.name, line, f"not CSV: {error}{upto}; close and double quotation marks"))
            continue
        if header is None:
            header = fields
            _check_header(path, header, columns)
        elif fields and len(fields) != len(header):
            bad.append(BadRow(path.name, line, f"{len(fields)} fields; the header names {len(header)}"))
        elif fields:
            yield Row(line, dict(zip(header, fields, strict=True)))
    if header is None:
        raise TraceError(f"{path} is empty; its first line must name the columns {', '.join(columns)}")


def read_header(path: Path) -> list[str]:
    """The names on the first line; none of an empty file. Raises TraceError."""
    try:
        with _lines(path) as lines:
            return next(csv.reader(lines, strict=True), [])
    except csv.Error as error:
        raise TraceError(f"{path}: the header is not CSV ({error})") from None


def refuse(path: Path, bad: Sequence[BadRow]) -> None:
    """Raises TraceError, naming the first broken rows and counting the others, where there are any."""
    if bad:
        rows = "\n".join(f"  {row}" for row in bad[:SHOWN])
        more = f"\n  and {len(bad) - SHOWN} more" if len(bad) > SHOWN else ""
        raise TraceError(
            f"{path} has {len(bad)} broken rows:\n{rows}{more}\nMend them, or ask for them to be skipped.",
            bad,
        )


def shown(text: str) -> str:
    """A field as a message quotes it."""
    cut = text if len(text) <= 60 else text[:60] + "…"
    return repr(cut.encode(errors="replace").decode())


@contextmanager
def _lines(path: Path) -> Iterator[TextIO]:
    """A stray byte becomes a lone surrogate, so that it is found in the row where it stands."""
    try:
        with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as lines:
            yield lines
    except OSError as error:
        raise TraceError(f"cannot read {path}: {error.strerror or error}") from None


def _check_header(path: Path, header: Sequence[str], columns: Sequence[str]) -> None:
    missing = [column for column in columns if column not in header]
    if missing:
        raise TraceError(
            f"{path}: no column {', '.join(missing)} on line 1, which has {shown(', '.join(header))}; "
            f"needed are {', '.join(columns)}"
        )
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        raise TraceError(f"{path}: line 1 names {', '.join(twice)} twice; each column has a name of its own")
