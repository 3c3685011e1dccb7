"""Plain text to provisions: as officials write it, and whatever else comes in."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.core.drafts import Draft, ProvisionKind
from consultation.core.provisions import check_tree
from consultation.drafting import document, text
from consultation.drafting.document import DraftDocument, DraftError
from consultation.drafting.headings import recognise
from tests.consultation.drafting.trees import drafts, written

HEAD = "Tiêu đề: Quyết định thử\nCơ quan ban hành: Ủy ban nhân dân\n"
LETTERHEAD = """\
ỦY BAN NHÂN DÂN\t\tCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM
THÀNH PHỐ HỒ CHÍ MINH       Độc lập - Tự do - Hạnh phúc
--------\t\t---------------
Số:      /2026/QĐ-UBND\t\tThành phố Hồ Chí Minh, ngày … tháng … năm 2026
DỰ THẢO

QUYẾT ĐỊNH
Quy định về quản lý vỉa hè
trên địa bàn Thành phố Hồ Chí Minh

ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH

Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15;
Theo đề nghị của Giám đốc Sở Xây dựng;

QUYẾT ĐỊNH:

Chương I
QUY ĐỊNH CHUNG
VỀ VỈA HÈ

Điều 1. Phạm vi điều chỉnh
Quyết định này quy định về vỉa hè.
Điều này không áp dụng cho đường cao tốc.
Điều 2: Đối tượng áp dụng
1. Tổ chức, cá nhân:
a) Trong nước;
đ) Nước ngoài.
2.Cơ quan, gồm:
1.500 cơ quan hành chính.

TM. ỦY BAN NHÂN DÂN
CHỦ TỊCH
Nơi nhận:
- Như Điều 2;
1. Văn thư.

PHỤ LỤC I
DANH MỤC TUYẾN ĐƯỜNG
1. Đường Lê Lợi
Điều 1 của danh mục.
Phụ lục 2. Biểu mẫu
"""


def parsed(body: str) -> DraftDocument:
    return text.parse(HEAD + body)


def texts(found: DraftDocument) -> dict[str, str]:
    return {part.id: part.text for part in found.provisions}


def test_a_decision_as_it_is_published_becomes_a_tree() -> None:
    found = text.parse(LETTERHEAD)
    check_tree(found.draft())
    assert texts(found) == {
        "chuong-1": "QUY ĐỊNH CHUNG VỀ VỈA HÈ",
        "dieu-1": "Phạm vi điều chỉnh\nQuyết định này quy định về vỉa hè.\n"
        "Điều này không áp dụng cho đường cao tốc.",
        "dieu-2": "Đối tượng áp dụng",
        "dieu-2.khoan-1": "Tổ chức, cá nhân:",
        "dieu-2.khoan-1.diem-a": "Trong nước;",
        "dieu-2.khoan-1.diem-dd": "Nước ngoài.",
        "dieu-2.khoan-2": "Cơ quan, gồm:\n1.500 cơ quan hành chính.",
        "phu-luc-1": "DANH MỤC TUYẾN ĐƯỜNG\n1. Đường Lê Lợi\nĐiều 1 của danh mục.",
        "phu-luc-2": "Biểu mẫu",
    }
    assert {part.id: part.parent for part in found.provisions if part.kind is ProvisionKind.ARTICLE} == {
        "dieu-1": "chuong-1",
        "dieu-2": "chuong-1",
    }


def test_what_stands_before_and_after_the_provisions_is_told_apart() -> None:
    found = text.parse(LETTERHEAD)
    assert found.title == "Quyết định quy định về quản lý vỉa hè trên địa bàn Thành phố Hồ Chí Minh"
    assert found.issuer == "ỦY BAN NHÂN DÂN THÀNH PHỐ HỒ CHÍ MINH"
    assert found.number == "/2026/QĐ-UBND"
    assert [ground[:20] for ground in found.grounds] == ["Căn cứ Luật Tổ chức ", "Theo đề nghị của Giá"]
    assert found.opening[-1] == "QUYẾT ĐỊNH:"
    assert found.closing == (
        "TM. ỦY BAN NHÂN DÂN",
        "CHỦ TỊCH",
        "Nơi nhận:",
        "- Như Điều 2;",
        "1. Văn thư.",
    )


def test_title_and_issuer_may_be_given_by_the_caller() -> None:
    found = text.parse("Điều 1. Phạm vi", title="Quyết định mới", issuer="Sở Tư pháp")
    assert found.draft() == Draft("Quyết định mới", "Sở Tư pháp", found.provisions)
    with pytest.raises(
        DraftError, match=r"the draft's title is not found before the first provision; .*Tiêu đề"
    ):
        text.parse("Điều 1. Phạm vi", issuer="Sở Tư pháp")
    with pytest.raises(DraftError, match="the draft's issuer is not found"):
        text.parse("Điều 1. Phạm vi", title="Quyết định mới")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(drafts(), st.booleans(), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["NFC", "NFD"]))
def test_a_tree_written_as_text_parses_to_the_same_tree(
    draft: Draft, on_one_line: bool, end: str, form: str
) -> None:
    check_tree(draft)
    source = unicodedata.normalize(form, written(draft, on_one_line=on_one_line)).replace("\n", end)  # type: ignore[arg-type]
    for data in (source.encode(), source.encode("utf-8-sig"), source.encode("utf-16")):
        found = text.read(data)
        assert found.draft() == draft
        assert found.grounds == ("Căn cứ Luật số 64/2025/QH15;",)


@pytest.mark.parametrize("about", ["Chương trình trồng cây xanh", "Điều lệ Quỹ vì người nghèo", "Mục tiêu"])
def test_a_title_may_begin_with_a_word_that_only_looks_like_a_heading(about: str) -> None:
    found = text.parse(f"SỞ TƯ PHÁP\n\nQUYẾT ĐỊNH\nBan hành\n{about}\n\nĐiều 1. Ban hành\n")
    assert found.title == f"Quyết định ban hành {about}"


def test_blanks_marks_and_capitals_do_not_matter() -> None:
    plain = parsed("Chương I. CHUNG\nĐiều 1. Phạm vi\n1. Một hai\na) Ba\n")
    odd = parsed(
        "  CHƯƠNG\u00a0I \u2013 CHUNG\n\n\u200bĐIỀU  01:\u00a0Phạm\u2003vi \n"
        "   1.Một  hai\n\ta)\u00a0Ba\ufeff\n"
    )
    assert texts(odd) == texts(plain)


@pytest.mark.parametrize(
    "line",
    [
        "Điều 5 của Luật này được áp dụng.",
        "Chương này không áp dụng.",
        "Chương II của Luật này quy định chi tiết.",
        "Mục 1 của Chương này.",
        "Phần thứ nhất của hồ sơ gồm:",
        "Phụ lục này được công bố.",
        "1.1. Tiểu khoản",
        "1.500.000 đồng",
        "ab) Không phải điểm",
        "- Gạch đầu dòng",
        "Chương XIIII. SAI SỐ",
    ],
)
def test_a_sentence_that_begins_like_a_heading_is_none(line: str) -> None:
    assert recognise(line) is None
    assert texts(parsed(f"Điều 1. Phạm vi\n{line}\n"))["dieu-1"] == f"Phạm vi\n{line}"


@pytest.mark.parametrize(
    ("line", "kind", "number", "rest"),
    [
        ("PHẦN THỨ HAI", ProvisionKind.PART, "2", ""),
        ("Phần thứ mười một. CHUNG", ProvisionKind.PART, "11", "CHUNG"),
        ("Phần III", ProvisionKind.PART, "3", ""),
        ("Chương 2: Quy định chung", ProvisionKind.CHAPTER, "2", "Quy định chung"),
        ("Chương IV QUY ĐỊNH CHUNG", ProvisionKind.CHAPTER, "4", "QUY ĐỊNH CHUNG"),
        ("Mục 2. THỦ TỤC", ProvisionKind.SECTION, "2", "THỦ TỤC"),
        ("Tiểu mục 3", ProvisionKind.SUBSECTION, "3", ""),
        ("Điều 12a. Bổ sung", ProvisionKind.ARTICLE, "12a", "Bổ sung"),
        ("Điều 7", ProvisionKind.ARTICLE, "7", ""),
        ("2đ. Nội dung", ProvisionKind.CLAUSE, "2dd", "Nội dung"),
        ("đ) Nội dung", ProvisionKind.POINT, "dd", "Nội dung"),
        ("a1) Nội dung", ProvisionKind.POINT, "a1", "Nội dung"),
        ("PHỤ LỤC", ProvisionKind.ANNEX, "1", ""),
        ("Phụ lục số 02", ProvisionKind.ANNEX, "2", ""),
        ("PHỤ LỤC III BIỂU MẪU", ProvisionKind.ANNEX, "3", "BIỂU MẪU"),
    ],
)
def test_headings_are_recognised_as_officials_write_them(
    line: str, kind: ProvisionKind, number: str, rest: str
) -> None:
    found = recognise(line)
    assert found is not None
    assert (found.kind, found.number, found.rest) == (kind, number, rest)


def test_a_quoted_amendment_stays_with_the_clause_that_makes_it() -> None:
    found = parsed(
        "Điều 1. Sửa đổi một số điều\n"
        "1. Sửa đổi Điều 5 như sau:\n“Điều 5. Điều kiện\n1. Một.\na) Hai.”.\n"
        "2. Sửa đổi khoản 2 như sau: “2. Ba\n3. Bốn”;\n"
        "3. Bãi bỏ cụm từ “vỉa hè” tại Điều 6.\n"
        "Điều 2. Hiệu lực\n"
    )
    assert list(texts(found)) == ["dieu-1", "dieu-1.khoan-1", "dieu-1.khoan-2", "dieu-1.khoan-3", "dieu-2"]
    assert texts(found)["dieu-1.khoan-1"].endswith("“Điều 5. Điều kiện\n1. Một.\na) Hai.”.")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "1. khoản không có điều\n",
            "draft line 3 is '1. khoản.*', khoản outside.*; expected Điều before it",
        ),
        ("Chương I\n1. khoản không có điều\n", "draft line 4 is.*expected Điều before it"),
        ("Mục 1. CHUNG\n", "draft line 3 is.*expected Chương before it"),
        ("Chương I\nTiểu mục 1. CHUNG\n", "draft line 4 is.*expected Mục before it"),
        ("Điều lẻ loi\n", "draft line 3 is 'Điều lẻ loi'; expected a heading such as"),
        (
            "Điều 1. Một\nĐiều 2. Hai\nĐiều 1. Ba\n",
            "draft line 5 is.*second Điều 1: the first is draft line 3",
        ),
        ("Điều 1. Một\n1. A\n1. B\n", "draft line 5 is.*a second Khoản 1 Điều 1"),
        (
            "Điều 1. Một\nCHỦ TỊCH\nChương I\n",
            "draft line 5 is 'Chương I', after the signature; only annexes",
        ),
        ("Điều 1. Một\n“Điều 5. Hai\n", "draft line 4 is the beginning of a quotation that never ends"),
        ("Điều 1. Một\x00\n", r"draft line 3 is text with the character U\+0000"),
        ("Không có gì\n", "the draft is without a provision; expected a line such as 'Điều 1. …'"),
        ("Điều 1.\n" + "a\n" * document.MAX_LINES, "100003 lines long; 100000 are allowed"),
    ],
)
def test_what_cannot_stand_is_named_with_its_line(body: str, said: str) -> None:
    with pytest.raises(DraftError, match=said):
        parsed(body)


def test_ten_megabytes_are_refused() -> None:
    with pytest.raises(DraftError, match="the draft is 10000000 bytes long; 8000000 bytes are allowed"):
        text.read(b"a" * 10_000_000)
    with pytest.raises(DraftError, match="characters long; 2000000 are allowed"):
        text.parse("a" * (document.MAX_CHARACTERS + 1))


def test_more_provisions_than_allowed_are_refused() -> None:
    clauses = "\n".join(f"{number}. a" for number in range(1, 1000))
    body = "\n".join(f"Điều {number}.\n{clauses}" for number in range(1, 22))
    with pytest.raises(DraftError, match="provision 20001; 20000 are allowed"):
        parsed(body)


def test_an_old_encoding_is_refused_with_its_remedy() -> None:
    with pytest.raises(
        DraftError, match=r"byte \d+ of the draft is not UTF-8; save the file as UTF-8.*TCVN3"
    ):
        text.read("Điều 1. Phạm vi".encode("cp1258", "replace") + b"\xa7")
    with pytest.raises(DraftError, match="is not UTF-16"):
        text.read(b"\xff\xfea")


HEADS = ["Điều ", "Chương ", "Phần thứ nhất", "Mục 1", "PHỤ LỤC", "1. ", "a) ", "đ)", "I", "5", ".", ":"]
OTHERS = [
    "“",
    "”",
    "\n",
    "\r\n",
    "\t",
    "\u00a0",
    "\u0301",
    "TM. ",
    "Nơi nhận:",
    "QUYẾT ĐỊNH",
    "Căn cứ ",
    "SỞ ",
    "--",
]
PIECES = st.sampled_from([*HEADS, *OTHERS])
SCRAPS = st.lists(st.one_of(PIECES, st.text(max_size=4)), max_size=40).map("".join)


@settings(max_examples=60, deadline=None)
@given(st.one_of(SCRAPS, SCRAPS.map(lambda it: f"{HEAD}{it}"), st.text()))
def test_any_text_is_a_draft_or_a_named_error(source: str) -> None:
    try:
        found = text.parse(source)
    except DraftError:
        return
    check_tree(found.draft())
    assert found.draft() == found.draft().normalised()
    found.draft().digest()


@given(st.one_of(st.binary(), SCRAPS.map(lambda it: it.encode("utf-8", "replace"))))
def test_any_bytes_are_a_draft_or_a_named_error(data: bytes) -> None:
    try:
        check_tree(text.read(data, title="T", issuer="I").draft())
    except DraftError:
        return
