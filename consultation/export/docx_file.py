"""The table as a DOCX paper: A4 across, Times New Roman 13, as official papers are set."""

import io

from docx import Document
from docx.document import Document as Paper
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from consultation.export.labels import Column, Labels
from consultation.export.table import Cells, Table
from consultation.export.zipped import timeless

FONT, SIZE_PT = "Times New Roman", 13
_WIDTHS_MM = {
    Column.NUMBER: 13,
    Column.PROVISION: 29,
    Column.COMMENTER: 33,
    Column.STANCE: 25,
    Column.CONTENT: 68,
    Column.RESPONSE: 52,
    Column.SIZE: 16,
    Column.STATE: 26,
}
"""Together 262: what the margins leave of 297."""
_MARGIN_MM = 17.5
_CENTRED = (Column.NUMBER, Column.STANCE, Column.SIZE)


def write(table: Table, labels: Labels) -> bytes:
    """The document's bytes, the same for the same table."""
    paper = Document()
    _set_up(paper, table, labels)
    _head(paper, table, labels)
    grid = paper.add_table(rows=1, cols=len(Column), style="Table Grid")
    grid.autofit = False
    for column, width in zip(grid.columns, _WIDTHS_MM.values(), strict=True):
        column.width = Mm(width)
    _repeat(grid.rows[0])
    _fill(grid.rows[0], table.columns, bold=True)
    for cells in table.rows:
        _fill(grid.add_row(), cells, bold=False)
    buffer = io.BytesIO()
    paper.save(buffer)
    return timeless(buffer.getvalue())


def _set_up(paper: Paper, table: Table, labels: Labels) -> None:
    section = paper.sections[0]
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(_MARGIN_MM)
    section.top_margin = section.bottom_margin = Mm(20)
    style = paper.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(SIZE_PT)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for script in ("w:eastAsia", "w:cs"):
        fonts.set(qn(script), FONT)
    style.paragraph_format.space_after = Pt(0)
    properties = paper.core_properties
    properties.title, properties.author, properties.comments = table.title, table.issuer, ""
    footer = section.footer.paragraphs[0]
    footer.alignment = WD_ALIGN_PARAGRAPH.CENTER
    footer.add_run(labels.phrase("page"))
    _add_field(footer.add_run(), "PAGE")
    footer.add_run("/")
    _add_field(footer.add_run(), "NUMPAGES")


def _head(paper: Paper, table: Table, labels: Labels) -> None:
    """Who issues it on the left, the national motto on the right, then the title and the facts."""
    sides = paper.add_table(rows=1, cols=2).rows[0].cells
    _line(sides[0].paragraphs[0], table.issuer.upper(), bold=True)
    _line(sides[1].paragraphs[0], labels.phrase("motto_1"), bold=True)
    _line(sides[1].add_paragraph(), labels.phrase("motto_2"), bold=True)
    title = paper.add_paragraph()
    title.paragraph_format.space_before = Pt(12)
    _line(title, table.title, bold=True)
    _line(paper.add_paragraph(), table.subject, bold=True)
    for fact in table.facts:
        paper.add_paragraph(fact)
    paper.paragraphs[-1].paragraph_format.space_after = Pt(8)


def _line(paragraph: Paragraph, text: str, *, bold: bool) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run(text).bold = bold


def _fill(row: _Row, cells: Cells, *, bold: bool) -> None:
    for column, cell, text in zip(Column, row.cells, cells, strict=True):
        cell.width = Mm(_WIDTHS_MM[column])
        paragraph = cell.paragraphs[0]
        paragraph.add_run(text).bold = bold or None
        if bold or column in _CENTRED:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _repeat(row: _Row) -> None:
    """The row stands again at the top of every page (17.4.78 of ECMA-376), and is not divided."""
    properties = row._tr.get_or_add_trPr()
    for name in ("w:cantSplit", "w:tblHeader"):
        properties.append(OxmlElement(name))


def _add_field(run: Run, name: str) -> None:
    """A field such as the page's number, which the reader's program works out."""
    for kind in ("begin", "", "end"):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = name
        run._r.append(part)
