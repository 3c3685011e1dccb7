"""The page: what it says in both languages, its QR code, its attachment, and the same bytes each time."""

import unicodedata
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.errors import Rejected, VerificationError
from consultation.pdf import qr
from consultation.pdf.content import CertificateContent, content_of
from consultation.pdf.page import MAX_BUNDLE_BYTES, render
from consultation.pdf.reading import extract
from tests.consultation.pdf.samples import (
    BASIS,
    CONTENT,
    FULL,
    ID,
    STANCES,
    TITLE,
    UNIT,
    WHOLE,
    ZIP,
    Shown,
    credential,
    shown,
)


def packed(text: str) -> str:
    return "".join(text.split())


@pytest.fixture(scope="module")
def page() -> Shown:
    return shown(render(FULL, ZIP))


@pytest.mark.parametrize(
    "text",
    [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "GIẤY CHỨNG NHẬN THAM GIA Ý KIẾN",
        "CERTIFICATE OF PARTICIPATION IN A CONSULTATION",
        UNIT.upper(),
        UNIT,
        TITLE,
        "Ngày 20 tháng 12 năm 2026",
        "Luật Ban hành văn bản quy phạm pháp luật số 64/2025/QH15",
        "Phiên bản 2 / version 2",
        "ab12" * 16,
        "từ 17 giờ ngày 23/11/2026 đến 23 giờ ngày 03/12/2026",
        "giờ Việt Nam (UTC+7), ghi theo giờ / Viet Nam time (UTC+7), to the hour",
        "Cổng thông tin điện tử / web portal; VNeID",
        "cd34" * 16,
        "12.345 ý kiến nhận được opinions received",
        "11.987 ý kiến được tính opinions counted",
        "Thống nhất Agree 9.120",
        "Thống nhất, có ý kiến Agree with comments 1.843",
        "Không thống nhất Disagree 790",
        "Không có ý kiến No opinion 234",
        "pilot verify TỆP",
        "pilot verify FILE",
        "https://don-vi.example/verify.html",
        "Mã QR chỉ ghi địa chỉ và mã băm, không quyết định giấy này có hợp lệ hay không.",
        "The QR code only holds an address and a digest; it never decides whether this paper is valid.",
        "Giấy không nêu tên người giữ",
        ID,
        "did:web:don-vi.example",
        CONTENT.digest,
    ],
)
def test_the_page_says(page: Shown, text: str) -> None:
    assert packed(unicodedata.normalize("NFC", text)) in unicodedata.normalize("NFC", page.text)


def test_what_a_credential_leaves_out_the_page_leaves_out() -> None:
    text = shown(render(CONTENT, ZIP)).text
    for label in ("Căn cứ pháp lý", "Phiên bản", "Hình thức"):
        assert packed(label) not in text


def test_the_same_content_gives_the_same_bytes_and_certificates_differ_by_what_is_their_own() -> None:
    assert render(FULL, ZIP) == render(FULL, ZIP)
    other = content_of(credential(number="urn:uuid:00000000-0000-4000-8000-000000000001"))
    mine, theirs = shown(render(WHOLE, ZIP)), shown(render(other, ZIP))
    assert mine.text != theirs.text
    for own in (ID, ID.removeprefix("urn:uuid:"), WHOLE.digest):
        mine = replace(mine, text=mine.text.replace(own, ""))
    for own in (other.id, other.id.removeprefix("urn:uuid:"), other.digest):
        theirs = replace(theirs, text=theirs.text.replace(own, ""))
    assert mine.text == theirs.text


def test_the_qr_code_is_the_one_of_the_address_and_digest_and_no_larger_than_version_7(page: Shown) -> None:
    code = qr.code(qr.address(CONTENT.page, CONTENT.digest))
    assert code.version == 7
    dark = {(x, y) for y, row in enumerate(code.matrix_iter(border=4)) for x, dark in enumerate(row) if dark}
    assert page.modules == dark


def test_the_address_keeps_the_digest_in_its_fragment() -> None:
    assert qr.address("https://a.example/v", "00" * 32) == "https://a.example/v#sha256-" + "A" * 43


def test_a_long_address_costs_correction_and_one_too_long_is_refused() -> None:
    assert qr.code("x" * 64).error == "H"
    assert qr.code("x" * 65).error == "Q"
    assert qr.code("x" * 154).error == "L"
    with pytest.raises(Rejected, match="156 bytes, version 7 holds at most 154"):
        render(replace(CONTENT, page="https://" + "x" * 97), ZIP)


def test_the_bundle_is_attached_whole() -> None:
    assert extract(render(CONTENT, ZIP)) == ZIP
    assert extract(render(CONTENT, b"")) == b""


@pytest.mark.parametrize("letters", [300, 600])
def test_long_texts_are_set_smaller_on_one_page(letters: int) -> None:
    long = (TITLE + ", ") * 7
    content = replace(
        FULL, title=long[:letters].strip(), unit=long[:200].strip(), legal_basis=long[:400].strip()
    )
    page = shown(render(content, ZIP))
    assert page.pages == 1
    for text in (content.title, content.unit, content.legal_basis):
        assert packed(text) in page.text


def test_texts_that_fit_no_page_are_refused() -> None:
    with pytest.raises(Rejected, match="do not fit on one page"):
        render(replace(FULL, title=TITLE * 60), ZIP)


def test_a_script_without_letters_here_is_refused_rather_than_shown_as_boxes() -> None:
    with pytest.raises(Rejected, match="cannot be set"):
        render(replace(FULL, title="Về 市場 và chợ"), ZIP)


def test_a_bundle_past_the_bound_is_refused() -> None:
    with pytest.raises(Rejected, match="at most 4000000"):
        render(CONTENT, bytes(MAX_BUNDLE_BYTES + 1))


@pytest.mark.parametrize("title", ['#panic("x")', "*đậm* _nghiêng_ $x^2$ @a <b> \\ / - + = `c` // d /* e"])
def test_markup_in_a_text_is_shown_and_not_run(title: str) -> None:
    assert packed(title) in shown(render(replace(FULL, title=title), ZIP)).text


def test_times_to_the_second_are_shown_so() -> None:
    closed = replace(FULL, opened="2026-11-22T17:00:00Z", closed="2026-12-03T16:59:59Z")
    text = shown(render(closed, ZIP)).text
    assert packed("từ 00:00:00 ngày 23/11/2026 đến 23:59:59 ngày 03/12/2026") in text
    assert packed("giờ Việt Nam (UTC+7) / Viet Nam time (UTC+7)") in text


def test_a_time_of_another_form_is_refused() -> None:
    with pytest.raises(Rejected, match="'yesterday'"):
        render(replace(FULL, opened="yesterday"), ZIP)


# The claims


def test_the_content_is_the_credentials_own() -> None:
    assert WHOLE.stances == tuple(sorted(STANCES.items()))
    read_back = canonical.decode(canonical.encode(credential()))
    assert content_of(_mapping(read_back)) == WHOLE
    assert (WHOLE.unit, WHOLE.title, WHOLE.received, WHOLE.counted) == (UNIT, TITLE, 12345, 11987)
    assert (WHOLE.legal_basis, WHOLE.version, WHOLE.channel) == (BASIS, 2, ("portal",))


def test_later_claims_are_taken_up_where_they_are() -> None:
    whole = credential()
    subject = dict(_mapping(whole["credentialSubject"]))
    consultation = dict(_mapping(subject["consultation"]))
    consultation |= {"legalBasis": ["Luật 64/2025/QH15", "Nghị  định 78/2025/NĐ-CP"], "version": 3}
    subject |= {"consultation": consultation, "channel": "portal"}
    content = content_of({**whole, "credentialSubject": subject})
    assert content.legal_basis == "Luật 64/2025/QH15; Nghị định 78/2025/NĐ-CP"
    assert content.version == 3
    assert content.channel == ("portal",)


def test_the_page_that_verifies_is_where_the_units_did_document_is_or_where_one_says() -> None:
    assert content_of(credential(), "https://a.example/v").page == "https://a.example/v"
    for did, page in (
        ("did:web:a.example", "https://a.example/verify.html"),
        ("did:web:a.example%3A8443:so:tu-phap", "https://a.example:8443/so/tu-phap/verify.html"),
    ):
        assert content_of({**credential(), "issuer": {"id": did, "name": UNIT}}).page == page


@pytest.mark.parametrize("did", ["did:key:z6Mk", "did:web:", "did:web", "x", "did:web:a::b"])
def test_an_issuer_that_is_no_did_web_is_refused(did: str) -> None:
    with pytest.raises(VerificationError, match="did:web"):
        content_of({**credential(), "issuer": {"id": did, "name": UNIT}})


@given(
    st.sampled_from(("id", "validFrom", "issuer", "credentialSubject")),
    st.none() | st.integers() | st.just(""),
)
def test_a_credential_without_a_claim_is_refused_by_name(name: str, value: int | str | None) -> None:
    with pytest.raises(VerificationError, match=name):
        content_of({**credential(), name: value})


values: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 9) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)


@settings(max_examples=100)
@given(st.data())
def test_any_claims_give_a_content_or_a_verification_error(data: st.DataObject) -> None:
    text = canonical.encode(credential())
    whole = canonical.decode(text)
    assert isinstance(whole, dict)
    place: dict[str, Json] = whole
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        inner = place[name]
        if isinstance(inner, dict) and inner and data.draw(st.booleans()):
            place = inner
            continue
        place[name] = data.draw(values)
        break
    with suppress(VerificationError):
        assert isinstance(content_of(whole), CertificateContent)


def _mapping(value: Json) -> dict[str, Json]:
    assert isinstance(value, dict)
    return value
