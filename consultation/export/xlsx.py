"""The table as an XLSX workbook: the table on the first sheet, its header's facts on the second.

Whatever somebody wrote into an opinion is a cell of text, never a formula.
"""

import io
import re
from collections.abc import Mapping
from typing import Protocol

from openpyxl import Workbook  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # type: ignore[import-untyped]
from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]

from consultation.export.csv_file import guard
from consultation.export.labels import Column, Labels
from consultation.export.table import Cells, Table
from consultation.export.zipped import timeless

FONT = "Times New Roman"
MAX_CELL_UNITS = 32_767
"""What Excel holds in a cell, in UTF-16 code units."""
_WIDTHS = {
    Column.NUMBER: 6,
    Column.PROVISION: 18,
    Column.COMMENTER: 20,
    Column.STANCE: 14,
    Column.CONTENT: 48,
    Column.RESPONSE: 38,
    Column.SIZE: 8,
    Column.STATE: 18,
}
"""In characters, as Excel measures columns."""
_NUMBERS = (Column.NUMBER, Column.SIZE)
_A4 = 9
_LINE_PT, _MAX_ROW_PT = 16.5, 409.0
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""The underscore of text that looks like an escaped character, to be escaped itself: ECMA-376 22.9.2.19."""


class _Cell(Protocol):
    """What is used of openpyxl's cell; the package ships no types."""

    value: object
    data_type: str
    font: object
    alignment: object
    border: object
    fill: object
    quotePrefix: bool


class _Dimension(Protocol):
    height: float


class _Sheet(Protocol):
    """What is used of openpyxl's worksheet."""

    row_dimensions: Mapping[int, _Dimension]

    freeze_panes: str
    print_title_rows: str

    def cell(self, row: int, column: int) -> _Cell: ...


def write(table: Table, labels: Labels) -> bytes:
    """The workbook's bytes, the same for the same table."""
    book = Workbook()
    sheet = book.active
    sheet.title = labels.phrase("sheet")
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", _A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.oddFooter.center.text = f"{labels.phrase('page')}&P/&N"
    for at, width in enumerate(_WIDTHS.values(), start=1):
        sheet.column_dimensions[get_column_letter(at)].width = width
    _fill(sheet, table, labels)
    about = book.create_sheet(labels.phrase("about"))
    about.column_dimensions["A"].width = 110
    for at, line in enumerate((table.issuer, table.title, table.subject, *table.facts), start=1):
        cell: _Cell = about.cell(at, 1)
        _put_text(cell, line, labels)
        cell.font = Font(FONT, 13, bold=line == table.title)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    buffer = io.BytesIO()
    book.save(buffer)
    return timeless(buffer.getvalue())


def _fill(sheet: _Sheet, table: Table, labels: Labels) -> None:
    line = Side("thin", color="808080")
    border = Border(line, line, line, line)
    head, body = Font(FONT, 12, bold=True), Font(FONT, 12)
    grey = PatternFill("solid", "E7E6E6")
    middle = Alignment("center", "center", wrap_text=True)
    left, centred = Alignment("left", "top", wrap_text=True), Alignment("center", "top", wrap_text=True)
    for at, name in enumerate(table.columns, start=1):
        cell = sheet.cell(1, at)
        _put_text(cell, name, labels)
        cell.font, cell.alignment, cell.border, cell.fill = head, middle, border, grey
    sheet.row_dimensions[1].height = _height(table.columns)
    for row, cells in enumerate(table.rows, start=2):
        sheet.row_dimensions[row].height = _height(cells)
        for at, (column, text) in enumerate(zip(Column, cells, strict=True), start=1):
            cell = sheet.cell(row, at)
            if column in _NUMBERS:
                cell.value = int(text)
            else:
                _put_text(cell, text, labels)
            cell.font, cell.border = body, border
            cell.alignment = centred if column in _NUMBERS or column is Column.STANCE else left


def _height(cells: Cells) -> float:
    """Room for the longest cell, in points: not every program works it out when it opens the file."""
    lines = (
        sum(1 + len(line) // (width - 1) for line in text.split("\n"))
        for text, width in zip(cells, _WIDTHS.values(), strict=True)
    )
    return min(_LINE_PT * max(lines) + 3, _MAX_ROW_PT)


def _put_text(cell: _Cell, text: str, labels: Labels) -> None:
    """As text: openpyxl by itself would take '=1+1' for a formula and '#N/A' for an error."""
    cell.value = fit(text, labels.phrase("cut"))
    cell.data_type = "s"
    if guard(text) != text:
        cell.quotePrefix = True  # it stays text when somebody edits the cell


def fit(text: str, mark: str) -> str:
    """As Excel stores it; a text that it would cut without a word is cut with one."""
    escaped = _ESCAPE.sub("_x005F_", text)
    units = escaped.encode("utf-16-le")
    if len(units) <= 2 * MAX_CELL_UNITS:
        return escaped
    room = 2 * MAX_CELL_UNITS - len(mark.encode("utf-16-le"))
    return units[:room].decode("utf-16-le", "ignore") + mark
