"""Reading a PDF that somebody sent: the bundle as it was attached, or one error that says what was found."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation import archive
from consultation.core.bundle import Bundle
from consultation.core.errors import VerificationError
from consultation.pdf.page import render
from consultation.pdf.reading import MAX_PDF_BYTES, extract
from tests.consultation.pdf.forgeries import appended, encrypted
from tests.consultation.pdf.samples import FULL, ZIP

PAGE = render(FULL, ZIP)
BARE = PAGE.replace(b"/EmbeddedFiles", b"/EmbeddedFilez")


def refused(data: bytes) -> str:
    with pytest.raises(VerificationError) as caught:
        extract(data)
    assert caught.value.link == "pdf"
    return caught.value.message


def test_the_bundle_comes_back_signed_or_not_and_is_read(signed: bytes, stamped: bytes) -> None:
    for pdf in (PAGE, signed, stamped):
        assert extract(pdf) == ZIP
    assert isinstance(archive.unpack(extract(stamped)), Bundle)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(40), b"\xef\xbb\xbf%PDF-1.7", b"{}"])
def test_what_is_no_pdf_is_told_by_its_beginning(data: bytes) -> None:
    assert "begins with '%PDF-'" in refused(data)


def test_a_pdf_that_is_too_large_is_not_opened() -> None:
    assert f"at most {MAX_PDF_BYTES}" in refused(b"%PDF-" + bytes(MAX_PDF_BYTES))


@pytest.mark.parametrize("size", [5, 9, 100, 1000, 20_000, len(PAGE) // 2, len(PAGE) - 100, len(PAGE) - 1])
def test_a_truncated_pdf_is_refused(size: int) -> None:
    assert "cut short" in refused(PAGE[:size])


def test_a_pdf_with_nothing_attached_is_refused() -> None:
    assert len(BARE) == len(PAGE)
    assert "this PDF has nothing at all" in refused(BARE)


def test_a_pdf_with_something_else_attached_is_refused() -> None:
    assert "only 'other.zip'" in refused(appended(BARE, "other.zip", ZIP))


def test_two_attachments_of_the_name_are_refused_and_one_beside_another_is_taken() -> None:
    assert "2 attachments" in refused(appended(PAGE, "bundle.zip", ZIP))
    assert extract(appended(PAGE, "more.txt", b"x")) == ZIP


def test_an_encrypted_pdf_is_refused() -> None:
    assert "encrypted" in refused(encrypted(PAGE))


def test_an_attachment_that_unpacks_past_the_bound_is_refused() -> None:
    bomb = appended(BARE, "bundle.zip", bytes(30_000_000))
    assert len(bomb) < 200_000
    assert "cannot be read" in refused(bomb)


def test_a_tree_of_attachments_that_goes_round_or_on_and_on_is_refused() -> None:
    (start,) = [at for at in range(len(PAGE)) if PAGE.startswith(b"/EmbeddedFiles", at)]
    round_about = PAGE[:start] + PAGE[start:].replace(b"/Names[", b"/Kids [", 1)
    assert refused(round_about)


@given(st.binary(max_size=400))
def test_any_bytes_give_a_bundle_or_a_verification_error(data: bytes) -> None:
    for pdf in (data, b"%PDF-1.7\n" + data, PAGE[:-200] + data):
        with suppress(VerificationError):
            assert isinstance(extract(pdf), bytes)


@settings(max_examples=150)
@given(st.data())
def test_a_pdf_with_any_parts_changed_gives_a_bundle_or_a_verification_error(data: st.DataObject) -> None:
    changed = bytearray(PAGE)
    for _ in range(data.draw(st.integers(1, 4))):
        # Most of the file is fonts; its structure stands in the last part.
        at = data.draw(st.integers(0, len(PAGE)) | st.integers(len(PAGE) - 6000, len(PAGE)))
        end = at + data.draw(st.integers(0, 40))
        changed[at:end] = data.draw(
            st.binary(max_size=40)
            | st.sampled_from([b"[", b"<<", b"1 0 R", b"/Kids", b"999999999", b"endobj"])
        )
    with suppress(VerificationError):
        assert isinstance(extract(bytes(changed)), bytes)
