"""One row model, three formats: each reads back as the same rows; whatever was written in is text."""

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from enum import StrEnum

import openpyxl  # type: ignore[import-untyped]
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape  # type: ignore[import-untyped]

from consultation.core.assembly import Counted
from consultation.core.drafts import Outcome, Stance
from consultation.core.people import Audience, Channel, Level
from consultation.core.reconciliation import Author, Fate, ReasonCode
from consultation.core.summary import Moderation, State
from consultation.export import csv_file, docx_file, labels, table, xlsx
from consultation.export.labels import Column, Labels, Language
from consultation.export.table import Cells, Table
from tests.consultation.core import tables
from tests.consultation.core.tables import ORGANISATION

VI = labels.load()
FEW = settings(max_examples=15)
"""A document is dear to make; texts are drawn at length for CSV and `clean`."""
SETS: list[type[StrEnum]] = [
    Audience, Channel, Level, Stance, Outcome, State, Moderation, ReasonCode, Author, Fate, Column,
]  # fmt: skip
lines = st.lists(st.tuples(*[st.text(max_size=8)] * 8), max_size=4)
signs = st.sampled_from(["'", "=", "+", "-", "@", "\t", "\r", "\n", "1", ",", '"', ";", "ý", "＝"])


def laid(found: list[Counted]) -> Table:
    return table.lay_out(tables.table(found), VI)


def cells_of(data: bytes) -> tuple[Cells, ...]:
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    return tuple(tuple(unescape(str(cell.value)) for cell in row) for row in sheet.iter_rows())


def paper_cells(data: bytes) -> tuple[Cells, ...]:
    grid = Document(io.BytesIO(data)).tables[1]
    return tuple(tuple(cell.text for cell in row.cells) for row in grid.rows)


@FEW
@given(tables.opinions())
def test_every_format_reads_back_as_the_same_rows(found: list[Counted]) -> None:
    made = laid(found)
    expected = (made.columns, *made.rows)
    assert cells_of(xlsx.write(made, VI)) == expected
    assert paper_cells(docx_file.write(made, VI)) == expected
    assert csv_file.read(csv_file.write(made, bom=True)) == expected
    assert csv_file.read(csv_file.write(made, bom=False)) == expected


def example(text: str) -> Table:
    return laid([Counted("1", "dieu-2", Audience.PUBLIC, "", Stance.DISAGREE, text, "", "")])


@pytest.mark.parametrize(
    "text", ['=HYPERLINK("http://x")', "+84", "-1", "@SUM(A1)", "#N/A", "_x0041_", "\t=1", "=", "'=1"]
)
def test_what_looks_like_a_formula_is_text_in_a_spreadsheet(text: str) -> None:
    made = example(text)
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx.write(made, VI))).worksheets[0]
    cell = sheet.cell(2, 5)
    assert (unescape(cell.value), cell.data_type) == (text, "s")
    assert cell.quotePrefix is bool(text[0] in "=+-@\t'")
    [_, row] = csv.reader(io.StringIO(csv_file.write(made, bom=False).decode(), newline=""))
    assert not row[4].startswith(("=", "+", "-", "@", "\t"))
    assert csv_file.unguard(row[4]) == text


@given(st.lists(signs, max_size=6).map("".join) | st.text())
def test_the_guard_of_a_cell_can_be_taken_off(text: str) -> None:
    assert csv_file.unguard(csv_file.guard(text)) == text
    assert not csv_file.guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@given(lines)
def test_csv_reads_back_whatever_is_in_its_cells(rows: list[Cells]) -> None:
    made = replace(example(""), rows=tuple(tuple(map(table.clean, row)) for row in rows))
    data = csv_file.write(made, bom=True)
    assert csv_file.read(data) == (made.columns, *made.rows)
    assert data.startswith(b"\xef\xbb\xbfSTT,")
    assert data.endswith(b"\r\n")


@given(st.binary(max_size=40))
def test_any_bytes_are_csv_or_a_value_error(data: bytes) -> None:
    try:
        csv_file.read(data)
    except ValueError:
        return


@given(st.text(st.characters(), max_size=20) | st.text("\x00\x0b\x1f\x85\ud800\uffff\r\nab", max_size=8))
def test_a_cleaned_text_has_one_kind_of_line_end_and_only_what_documents_hold(text: str) -> None:
    cleaned = table.clean(text)
    assert table.clean(cleaned) == cleaned
    assert "\r" not in cleaned
    assert cleaned.splitlines() == cleaned.removesuffix("\n").split("\n") * bool(cleaned)
    cleaned.encode()


@FEW
@given(st.text("\x00\x0b\x1f\x85\uffff\r\n\tab=ệ😀", max_size=8))
def test_control_characters_are_shown_as_replaced_in_every_format(text: str) -> None:
    made = example(text)
    assert cells_of(xlsx.write(made, VI))[1:] == made.rows
    assert paper_cells(docx_file.write(made, VI))[1:] == made.rows


def test_a_text_too_long_for_excel_is_cut_with_a_mark_and_whole_elsewhere() -> None:
    made = example("😀" * 20_000)
    cell = cells_of(xlsx.write(made, VI))[1][4]
    assert cell.endswith(VI.phrase("cut"))
    assert len(cell.encode("utf-16-le")) // 2 in (xlsx.MAX_CELL_UNITS, xlsx.MAX_CELL_UNITS - 1)
    assert csv_file.read(csv_file.write(made, bom=True))[1:] == made.rows
    assert paper_cells(docx_file.write(made, VI))[1:] == made.rows
    assert cells_of(xlsx.write(example("ă" * 32_767), VI))[1][4] == "ă" * 32_767


@pytest.mark.parametrize("write", [xlsx.write, docx_file.write])
def test_the_same_table_gives_the_same_bytes_without_a_date(write: Callable[[Table, Labels], bytes]) -> None:
    made = example("Không thống nhất.")
    data = write(made, VI)
    assert write(made, VI) == data
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert {info.date_time for info in zipped.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        core = zipped.read("docProps/core.xml")
    assert b"dcterms:created" not in core
    assert b"dcterms:modified" not in core


def test_the_workbook_is_laid_out_for_reading_and_printing() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx.write(example("Một ý kiến"), VI)))
    sheet, about = book.worksheets
    assert (sheet.title, about.title) == ("Bản tổng hợp", "Thông tin chung")
    assert (sheet.freeze_panes, sheet.print_title_rows) == ("A2", "$1:$1")
    assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
    assert sheet["E2"].alignment.wrap_text
    assert (sheet["A2"].value, sheet["G2"].value) == (1, 1)
    facts = [row[0].value for row in about.iter_rows()]
    assert facts[0] == "Sở Công Thương"
    assert "Số cơ quan, đơn vị được lấy ý kiến: 2 (Sở Tài chính; Sở Tư pháp)" in facts


def test_the_paper_is_a4_across_in_times_new_roman_13_with_the_head_row_on_every_page() -> None:
    paper = Document(io.BytesIO(docx_file.write(example("Một ý kiến"), VI)))
    section, font = paper.sections[0], paper.styles["Normal"].font
    assert section.page_width is not None
    assert section.page_height is not None
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    assert font.size is not None
    assert (font.name, font.size.pt) == ("Times New Roman", 13)
    assert [bool(row._tr.xpath("./w:trPr/w:tblHeader")) for row in paper.tables[1].rows] == [True, False]
    assert paper.tables[0].rows[0].cells[0].text == "SỞ CÔNG THƯƠNG"


def test_a_row_says_who_by_category_and_an_organisation_by_name() -> None:
    said = Counted("1", "", Audience.EXPERT, "", Stance.AGREE, "Nội dung", "Sửa thành", "Vì")
    front = replace(said, id="2", audience=Audience.ASSOCIATION, organisation=ORGANISATION)
    hidden = replace(said, id="3", provision="dieu-10", moderation=Moderation.INSULT)
    erased = replace(said, id="4", provision="dieu-11", erased=True)
    rows = {row[2:] for row in laid([said, front, hidden, erased]).rows}
    content = "Nội dung\nĐề nghị sửa đổi: Sửa thành\nLý do: Vì"
    assert rows == {
        ("Chuyên gia, nhà khoa học", "Thống nhất", content, "Tiếp thu", "1", "Đăng nguyên văn"),
        (ORGANISATION, "Thống nhất", content, "Tiếp thu", "1", "Đăng nguyên văn"),
        (
            "Chuyên gia, nhà khoa học",
            "Thống nhất",
            "(Đã ẩn nội dung: xúc phạm danh dự, nhân phẩm của người khác)",
            "Giải trình: Đã có quy định tại Điều 12.",
            "1",
            "Ẩn nội dung, vẫn được tính",
        ),
        (
            "Chuyên gia, nhà khoa học",
            "Thống nhất",
            "(Đã xóa nội dung theo yêu cầu của người góp ý)",
            "Ngoài phạm vi: Thuộc thẩm quyền của Chính phủ.",
            "1",
            "Đã xóa nội dung theo yêu cầu, vẫn được tính",
        ),
    }


@pytest.mark.parametrize("language", Language)
def test_every_member_of_every_closed_set_has_a_name(language: Language) -> None:
    found = labels.load(language)
    for members in SETS:
        names = [found.name(member) for member in members]
        assert len(set(names)) == len(names)
        assert all(name == name.strip() != "" for name in names)
