"""Word files to provisions: numbers that Word counts, tables, tracked changes; bombs and broken files."""

import functools
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.core.drafts import Draft
from consultation.core.provisions import check_tree
from consultation.drafting import docx
from consultation.drafting.document import MAX_CHARACTERS, MAX_PROVISIONS, DraftDocument, DraftError
from tests.consultation.drafting.trees import drafts, written
from tests.consultation.drafting.words import (
    BODY,
    NUMBERS,
    STYLES,
    W,
    body,
    exchanged,
    level,
    lists,
    paragraph,
    word,
)

LEGAL = lists(
    level(0, "decimal", "Điều %1.") + level(1, "decimal", "%2.") + level(2, "lowerLetter", "%3)"),
)


@functools.cache
def empty() -> bytes:
    return word([])


def read(xml: str, numbers: str = LEGAL, styles: str = f"<w:styles {W}/>") -> DraftDocument:
    data = exchanged(empty(), {BODY: body(xml), NUMBERS: numbers, STYLES: styles})
    if b"numbering" not in data:
        raise AssertionError("the template of python-docx has no numbering part any more")
    return docx.read(data, title="Quyết định", issuer="Sở")


def texts(found: DraftDocument) -> list[tuple[str, str]]:
    return [(part.id, part.text) for part in found.provisions]


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(drafts(), st.booleans())
def test_a_tree_written_in_word_is_read_as_the_same_tree(draft: Draft, on_one_line: bool) -> None:
    data = word(written(draft, on_one_line=on_one_line).splitlines())
    assert docx.read(data).draft() == draft


def test_numbers_that_word_counts_are_read_as_if_they_were_typed() -> None:
    places = [(1, 0), (1, 1), (1, 2), (1, 2), (1, 1), (1, 0), (1, 1), (1, 2)]
    found = read("".join(paragraph(f"Nội dung {n}", numbers=it) for n, it in enumerate(places)))
    assert texts(found) == [
        ("dieu-1", "Nội dung 0"),
        ("dieu-1.khoan-1", "Nội dung 1"),
        ("dieu-1.khoan-1.diem-a", "Nội dung 2"),
        ("dieu-1.khoan-1.diem-b", "Nội dung 3"),
        ("dieu-1.khoan-2", "Nội dung 4"),
        ("dieu-2", "Nội dung 5"),
        ("dieu-2.khoan-1", "Nội dung 6"),
        ("dieu-2.khoan-1.diem-a", "Nội dung 7"),
    ]


def test_a_list_may_be_named_by_a_style_and_by_the_style_below_it() -> None:
    styles = (
        f'<w:styles {W}><w:style w:styleId="Dieu"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
        "</w:style>"
        '<w:style w:styleId="Khoan"><w:basedOn w:val="Dieu"/><w:pPr><w:numPr><w:ilvl w:val="1"/>'
        '<w:numId w:val="1"/></w:numPr></w:pPr></w:style>'
        '<w:style w:styleId="DieuMoi"><w:basedOn w:val="Dieu"/></w:style></w:styles>'
    )
    xml = paragraph("A", style="Dieu") + paragraph("B", style="Khoan") + paragraph("C", style="DieuMoi")
    assert texts(read(xml, styles=styles)) == [("dieu-1", "A"), ("dieu-1.khoan-1", "B"), ("dieu-2", "C")]
    assert texts(
        read(paragraph("A", style="Dieu") + paragraph("B", style="DieuMoi", numbers=(0, 0)), styles=styles)
    ) == [("dieu-1", "A\nB")], "list 0 switches the style's numbers off"


def test_a_style_without_a_level_stands_at_the_level_that_names_it() -> None:
    numbers = lists(
        level(0, "decimal", "Điều %1.") + level(1, "decimal", "%2.", '<w:pStyle w:val="Khoan"/>'),
    )
    styles = (
        f'<w:styles {W}><w:style w:styleId="Khoan"><w:pPr><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr>'
        "</w:style></w:styles>"
    )
    xml = paragraph("A", numbers=(1, 0)) + paragraph("B", style="Khoan")
    assert texts(read(xml, numbers, styles)) == [("dieu-1", "A"), ("dieu-1.khoan-1", "B")]


def test_a_list_may_begin_elsewhere_and_go_on_after_another() -> None:
    again = (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="7"/></w:lvlOverride></w:num>'
        '<w:num w:numId="3"><w:abstractNumId w:val="0"/></w:num>'
    )
    levels = level(0, "decimal", "Điều %1.", '<w:start w:val="3"/>')
    xml = "".join(paragraph("A", numbers=(name, 0)) for name in (1, 1, 2, 2, 3))
    found = read(xml, lists(levels, again))
    assert [name for name, _ in texts(found)] == ["dieu-3", "dieu-4", "dieu-7", "dieu-8", "dieu-9"]


def test_articles_may_be_numbered_through_all_chapters() -> None:
    levels = level(0, "upperRoman", "Chương %1") + level(
        1, "decimal", "Điều %2.", '<w:lvlRestart w:val="0"/>'
    )
    xml = "".join(paragraph("CHUNG", numbers=(1, depth)) for depth in (0, 1, 1, 0, 1))
    assert [name for name, _ in texts(read(xml, lists(levels)))] == [
        "chuong-1",
        "dieu-1",
        "dieu-2",
        "chuong-2",
        "dieu-3",
    ]


@pytest.mark.parametrize(
    ("form", "pattern", "number", "shown"),
    [
        ("decimalZero", "(%1)", 3, "(03)"),
        ("lowerRoman", "(%1)", 4, "(iv)"),
        ("upperLetter", "(%1)", 28, "(BB)"),
        ("bullet", "\uf0b7", 1, "-"),
        ("none", "%1Phụ", 1, "Phụ"),
        ("upperRoman", "(%1)", 400, "(400)"),
        ("lowerLetter", "(%1)", 27 * 26, "(702)"),
        ("ideographDigital", "(%1)", 2, "(2)"),
    ],
)
def test_every_form_of_number_is_written_as_word_writes_it(
    form: str, pattern: str, number: int, shown: str
) -> None:
    levels = level(0, form, pattern, f'<w:start w:val="{number}"/>')
    found = read(paragraph("Điều 1. A") + paragraph("B", numbers=(1, 0)), lists(levels))
    assert texts(found) == [("dieu-1", f"A\n{shown} B")]


def test_a_legal_level_writes_the_levels_above_in_arabic() -> None:
    levels = level(0, "upperRoman", "Chương %1.") + level(1, "decimal", "%1.%2", "<w:isLgl/>")
    found = read(
        paragraph("CHUNG", numbers=(1, 0)) + paragraph("Một", numbers=(1, 1)) + paragraph("Điều 1. A"),
        lists(levels),
    )
    assert texts(found)[0] == ("chuong-1", "CHUNG\n1.1 Một")


def test_changes_are_read_as_accepted_and_signs_as_text() -> None:
    xml = (
        "<w:p><w:r><w:t>Điều 1.</w:t><w:tab/><w:t>Phạm</w:t></w:r><w:ins><w:r><w:t> vi</w:t></w:r></w:ins>"
        "<w:del><w:r><w:delText> cũ</w:delText></w:r></w:del>"
        "<w:r><w:br/><w:t>mới</w:t><w:noBreakHyphen/></w:r><w:hyperlink><w:r><w:t>đây</w:t></w:r></w:hyperlink></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>1. Trong khung</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:pict><w:txbxContent><w:p><w:r><w:t>hộp</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>"
    )
    assert texts(read(xml)) == [("dieu-1", "Phạm vi\nmới-đây"), ("dieu-1.khoan-1", "Trong khung")]


def table(*rows: tuple[str, ...]) -> str:
    cells = (
        "<w:tr>"
        + "".join(f"<w:tc>{''.join(map(paragraph, it.split(chr(10))))}</w:tc>" for it in row)
        + "</w:tr>"
        for row in rows
    )
    return f"<w:tbl>{''.join(cells)}</w:tbl>"


def test_a_letterhead_in_a_table_gives_issuer_and_number_and_later_tables_are_content() -> None:
    xml = (
        table(
            (
                "ỦY BAN NHÂN DÂN\nTHÀNH PHỐ HỒ CHÍ MINH\n-------\nSố:     /2026/QĐ-UBND",
                "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc",
            )
        )
        + "".join(map(paragraph, ("QUYẾT ĐỊNH", "Về việc thu phí", "Điều 1. Mức phí")))
        + table(("1.", "Xe máy", "5.000 đồng"), ("2.", "Ô tô\ncon", "20.000 đồng"))
        + table(("Nơi nhận:\n- Như trên;", "CHỦ TỊCH"))
    )
    found = docx.read(exchanged(empty(), {BODY: body(xml)}))
    assert found.draft().title == "Quyết định về việc thu phí"
    assert found.issuer == "ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH"
    assert found.number == "/2026/QĐ-UBND"
    assert texts(found) == [
        ("dieu-1", "Mức phí\n| 1. | Xe máy | 5.000 đồng |\n| 2. | Ô tô con | 20.000 đồng |")
    ]
    assert found.closing == ("| Nơi nhận: - Như trên; | CHỦ TỊCH |",)


def test_an_error_names_the_paragraph_or_the_row() -> None:
    with pytest.raises(DraftError, match=r"draft paragraph 2 is.*; expected Điều before it"):
        read(paragraph("Chương I") + paragraph("1. Khoản lẻ"))
    with pytest.raises(DraftError, match=r"draft table 1 row 2 is.*expected Khoản or Điều before it"):
        read(table(("Số",), ("a) điểm lẻ",)))


def test_a_file_too_large_is_refused_before_it_is_opened() -> None:
    with pytest.raises(DraftError, match="10000001 bytes long; 10000000 bytes are allowed"):
        docx.read(b"PK" + bytes(docx.MAX_BYTES - 1))


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = exchanged(empty(), {"word/media/image1.png": bytes(docx.MAX_EXPANDED_BYTES)})
    assert len(zeros) < 200_000
    with pytest.raises(
        DraftError, match=r"unpacks to 60\d+ bytes; 1000 files and 60000000 bytes are allowed"
    ):
        docx.read(zeros)
    with pytest.raises(DraftError, match="an archive of 10"):
        docx.read(exchanged(empty(), {f"word/{number}.xml": "" for number in range(1000)}))


def test_a_bomb_that_lies_about_its_size_is_refused() -> None:
    held = BytesIO()
    with ZipFile(held, "w", ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", bytes(1_000_000))
    lying = held.getvalue().replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little"))
    with pytest.raises(DraftError, match=r"no readable \.docx"):
        docx.read(lying)


def test_entities_are_not_expanded() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    xml = f'<!DOCTYPE d [<!ENTITY l0 "ha">{laughs}]>' + body(paragraph("Điều 1. &l9;"))
    with pytest.raises(DraftError, match=r"no readable \.docx"):
        docx.read(exchanged(empty(), {BODY: xml}))


def test_more_text_than_allowed_is_refused() -> None:
    xml = body(paragraph("Điều 1. " + "a" * MAX_CHARACTERS))
    with pytest.raises(DraftError, match="more than 2000000 characters or 100000 paragraphs"):
        docx.read(exchanged(empty(), {BODY: xml}))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no .docx; expected a Word file"),
        ("Điều 1.".encode(), "is no .docx; expected a Word file"),
        (bytes.fromhex("d0cf11e0a1b11ae1") + bytes(512), "old Word, or under a password; save it as .docx"),
    ],
)
def test_what_is_no_word_file_is_refused_with_a_remedy(data: bytes, said: str) -> None:
    with pytest.raises(DraftError, match=said):
        docx.read(data)


def test_a_zip_that_is_no_document_is_refused() -> None:
    held = BytesIO()
    with ZipFile(held, "w") as archive:
        archive.writestr("a.txt", "Điều 1.")
    with pytest.raises(DraftError, match=r"no readable \.docx .KeyError"):
        docx.read(held.getvalue())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_are_a_draft_or_a_named_error(data: st.DataObject) -> None:
    """Random bytes, a good file cut short or with bytes changed, and a good archive with a spoiled part."""
    good = exchanged(empty(), {BODY: body(paragraph("Điều 1. A", numbers=(1, 0))), NUMBERS: LEGAL})
    kind = data.draw(st.sampled_from(["noise", "cut", "changed", "part"]))
    if kind == "noise":
        source = data.draw(st.binary())
    elif kind == "cut":
        source = good[: data.draw(st.integers(0, len(good)))]
    elif kind == "changed":
        place = data.draw(st.integers(0, len(good) - 1))
        source = good[:place] + data.draw(st.binary(min_size=1, max_size=8)) + good[place + 1 :]
    else:
        spoiled = data.draw(st.sampled_from([BODY, NUMBERS, STYLES, "[Content_Types].xml"]))
        with ZipFile(BytesIO(good)) as archive:
            part = archive.read(spoiled)
        place = data.draw(st.integers(0, len(part)))
        scrap = data.draw(st.one_of(st.binary(max_size=20), st.just(b"<w:p>"), st.just(b' w:val="x"')))
        source = exchanged(good, {spoiled: part[:place] + scrap + part[place + len(scrap) :]})
    try:
        check_tree(docx.read(source, title="T", issuer="I").draft())
    except DraftError:
        return


def test_the_page_on_importing_names_the_limits() -> None:
    page = (Path(__file__).parents[3] / "docs" / "how-to" / "import-a-draft.md").read_text(encoding="utf-8")
    for limit in (MAX_CHARACTERS, MAX_PROVISIONS, docx.MAX_BYTES, docx.MAX_EXPANDED_BYTES):
        assert f"{limit:,}" in page
