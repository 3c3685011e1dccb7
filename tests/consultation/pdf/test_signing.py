"""Signing: the page whole inside, the kinds of keys, and an authority that fails."""

import asyncio
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID

from consultation.core.errors import Rejected
from consultation.pdf.checking import check_signature
from consultation.pdf.reading import extract
from consultation.pdf.signing import PdfSigner, TimeStampError, TimeStamps, sign
from consultation.pdf.unit_certificate import SigningKey, check_strength, self_signed_unit_certificate
from tests.consultation.pdf.authority import Fault, listening
from tests.consultation.pdf.samples import AT, UNIT, ZIP, pin, shown, signer

YEARS = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)


def of(key: SigningKey) -> PdfSigner:
    return PdfSigner(key, self_signed_unit_certificate(key, UNIT, *YEARS, serial=5))


def test_the_signed_file_begins_with_the_unsigned_one_and_holds_the_same_bundle(
    page: bytes, signed: bytes
) -> None:
    assert signed.startswith(page)
    assert extract(signed) == ZIP
    assert shown(signed) == shown(page)


def test_rsa_of_2048_bits_signs_with_pss(page: bytes, rsa_key: rsa.RSAPrivateKey) -> None:
    unit = of(rsa_key)
    first, second = check_signature(sign(page, unit, None, AT), [pin(unit)])
    assert (first.ok, second.ok) == (True, True)
    assert "rsassa_pss" in first.detail


@pytest.mark.parametrize(
    ("key", "found"),
    [
        (ec.derive_private_key(7, ec.SECP384R1()), "curve secp384r1"),
        (ed25519.Ed25519PrivateKey.from_private_bytes(bytes(32)), "Ed25519"),
        (rsa.generate_private_key(65537, 1024), "RSA key of 1024 bits"),
    ],
)
def test_other_keys_are_refused(key: SigningKey, found: str) -> None:
    with pytest.raises(Rejected, match=found):
        check_strength(key.public_key())


def test_a_certificate_of_another_key_is_refused() -> None:
    with pytest.raises(Rejected, match="another key"):
        PdfSigner(signer(1).key, signer(2).certificate)


def test_a_unit_certificate_is_the_same_each_time_and_bears_a_long_name_whole() -> None:
    name = "Ban Quản lý các Khu chế xuất và công nghiệp Thành phố Hồ Chí Minh, cơ sở 2"
    assert len(name) > 64
    one, other = (pin(signer(3, name)) for _ in range(2))
    assert one == other
    subject = {part.oid: part.value for part in signer(3, name).certificate.subject}
    assert subject[NameOID.ORGANIZATION_NAME] == name
    assert name.startswith(str(subject[NameOID.COMMON_NAME]))


def test_a_long_name_is_shown_whole(page: bytes) -> None:
    unit = signer(3, "Ban Quản lý các Khu chế xuất và công nghiệp Thành phố Hồ Chí Minh, cơ sở 2")
    assert "Minh, cơ sở 2, valid" in check_signature(sign(page, unit, None, AT), [pin(unit)])[1].detail


def test_a_key_signs_the_same_data_the_same_way_and_draws_no_number() -> None:
    assert signer(1).sign(b"x") == signer(1).sign(b"x") != signer(1).sign(b"y")


def test_what_is_no_pdf_is_refused(unit: PdfSigner) -> None:
    for data in (b"", b"no PDF", b"%PDF-1.7\n%%EOF"):
        with pytest.raises(Rejected, match="cannot be signed"):
            sign(data, unit, None, AT)


def test_a_signed_file_is_not_signed_again(signed: bytes, unit: PdfSigner) -> None:
    with pytest.raises(Rejected, match="cannot be signed"):
        sign(signed, unit, None, AT)


def test_a_chain_too_long_for_the_signatures_place_is_refused(page: bytes, unit: PdfSigner) -> None:
    chain = tuple(signer(number).certificate for number in range(10, 50))
    with pytest.raises(Rejected, match="larger"):
        sign(page, PdfSigner(unit.key, unit.certificate, chain), None, AT)


def test_signing_works_where_a_loop_is_running(page: bytes, unit: PdfSigner) -> None:
    async def inside() -> bytes:
        return sign(page, unit, None, AT)

    assert extract(asyncio.run(inside())) == ZIP


@pytest.mark.parametrize(
    "fault",
    [
        lambda answer: b"",
        lambda answer: answer[:-5],
        lambda answer: b"<html>" + answer,
        lambda answer: answer[:-20] + bytes(20),
    ],
)
def test_an_authority_whose_answer_is_bad_leaves_nothing_signed(
    page: bytes, unit: PdfSigner, rsa_key: rsa.RSAPrivateKey, fault: Fault
) -> None:
    with (
        listening(rsa_key, fault=fault) as one,
        pytest.raises(TimeStampError, match=f"nothing was signed.*{one.url}"),
    ):
        sign(page, unit, TimeStamps(one.url), AT)


def test_an_authority_that_answers_another_request_is_refused(
    page: bytes, unit: PdfSigner, rsa_key: rsa.RSAPrivateKey
) -> None:
    heard: list[bytes] = []

    def replay(answer: bytes) -> bytes:
        heard.append(answer)
        return heard[0]

    with listening(rsa_key, fault=replay) as one:
        sign(page, unit, TimeStamps(one.url), AT)
        with pytest.raises(TimeStampError, match="nothing was signed"):
            sign(page, unit, TimeStamps(one.url), AT)


def test_an_authority_that_is_away_is_named(page: bytes, unit: PdfSigner, rsa_key: rsa.RSAPrivateKey) -> None:
    with listening(rsa_key) as one:
        url = one.url
    with pytest.raises(TimeStampError, match=url):
        sign(page, unit, TimeStamps(url, timeout_s=2), AT)
