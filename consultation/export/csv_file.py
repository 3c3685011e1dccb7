"""The table as CSV: RFC 4180 (CRLF, quotes doubled), UTF-8, with a byte order mark where Excel is to open it.

Spreadsheets take a cell that begins with = + - @ for a formula, also one that somebody wrote into an opinion.
Such a cell gets an apostrophe before it, the sign by which spreadsheets mark text. So does a cell that begins
with apostrophes and then such a sign, so that `unguard` gives back exactly what was there.
"""

import csv
import io
import re

from consultation.export.table import Cells, Table

BOM = b"\xef\xbb\xbf"
_FORMULA = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_GUARDED = re.compile(r"''*[=+\-@\t\r\n＝＋－＠]")


def write(table: Table, *, bom: bool) -> bytes:
    """The columns' names, then the rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([guard(cell) for cell in line] for line in (table.columns, *table.rows))
    return (BOM if bom else b"") + text.getvalue().encode()


def read(data: bytes) -> tuple[Cells, ...]:
    """All lines with their cells as they were before the guard. Raises ValueError."""
    try:
        text = data.removeprefix(BOM).decode()
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise ValueError(f"not CSV in UTF-8: {error}") from error
    return tuple(tuple(map(unguard, line)) for line in lines)


def guard(cell: str) -> str:
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguard(cell: str) -> str:
    return cell[1:] if _GUARDED.match(cell) else cell
