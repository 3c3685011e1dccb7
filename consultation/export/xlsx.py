"""The table as an XLSX workbook: the table on the first sheet, its header's facts on the second.

Whatever somebody wrote into an opinion is a cell of text, never a formula.
"""

import io
import re
from collections.abc import Sequence
from typing import Protocol, cast

import openpyxl  # type: ignore[import-untyped]
from openpyxl.cell import WriteOnlyCell  # type: ignore[import-untyped]
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side  # type: ignore[import-untyped]

from consultation.export.labels import Column, Labels
from consultation.export.table import Cells, Table
from consultation.export.zipped import timeless

FONT = "Times New Roman"
MAX_CELL_UNITS = 32_767
"""What Excel holds in a cell, in UTF-16 code units."""
_WIDTHS = {
    Column.NUMBER: 6,
    Column.PROVISION: 24,
    Column.COMMENTER: 24,
    Column.STANCE: 18,
    Column.CONTENT: 60,
    Column.RESPONSE: 50,
    Column.SIZE: 9,
    Column.STATE: 20,
}
_NUMBERS = (Column.NUMBER, Column.SIZE)
_CENTRED = (Column.NUMBER, Column.STANCE, Column.SIZE)
_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
"""ECMA-376 22.9.2.19 (ST_Xstring): text that looks like an escaped character has its underscore escaped."""


class _Cell(Protocol):
    value: object
    data_type: str
    font: object
    alignment: object
    border: object
    fill: object


class _Dimension(Protocol):
    width: float


class _Page(Protocol):
    orientation: str
    paperSize: int  # noqa: N815
    fitToHeight: int  # noqa: N815


class _Sheet(Protocol):
    freeze_panes: str
    print_title_rows: str
    page_setup: _Page

    def append(self, cells: Sequence[_Cell]) -> None: ...


def write(table: Table, labels: Labels) -> bytes:
    """The workbook's bytes, the same for the same table."""
    raise NotImplementedError
