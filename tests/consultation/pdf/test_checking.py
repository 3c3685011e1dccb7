"""The signature's check: who is believed, as of when, and that no change passes unseen."""

import random
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from pyhanko.sign.fields import SigSeedSubFilter

from consultation.core.bundle import Link
from consultation.core.errors import VerificationError
from consultation.pdf.checking import SIGNATURE, SIGNER, TIMESTAMP, check_signature
from consultation.pdf.page import render
from consultation.pdf.reading import extract
from consultation.pdf.signing import PdfSigner, TimeStamps, sign
from consultation.pdf.unit_certificate import self_signed_unit_certificate
from tests.consultation.pdf.authority import NAME, Authority, certificate_of, listening
from tests.consultation.pdf.forgeries import appended, repainted, signed_otherwise
from tests.consultation.pdf.samples import AT, CONTENT, UNIT, ZIP, pin, signer


def found(links: list[Link]) -> list[tuple[str, bool | None]]:
    return [(link.name, link.ok) for link in links]


def broken(links: list[Link]) -> Link:
    """The last link, which has to be the only one that breaks."""
    assert [link.ok is False for link in links] == [False] * (len(links) - 1) + [True], links
    return links[-1]


# Who, and as of when


def test_a_pinned_unit_and_authority_are_believed_as_of_the_time_stamp(
    stamped: bytes, unit: PdfSigner, authority: Authority
) -> None:
    links = check_signature(stamped, [pin(unit), authority.certificate])
    assert found(links) == [(SIGNATURE, True), (SIGNER, True), (TIMESTAMP, True)]
    assert UNIT in links[1].detail
    assert f"as of 2026-12-20T03:00:00Z, by {NAME}" in links[2].detail


def test_without_pins_the_signature_is_intact_and_nobody_is_known(stamped: bytes) -> None:
    links = check_signature(stamped, [])
    assert found(links) == [(SIGNATURE, True), (SIGNER, None), (TIMESTAMP, None)]
    assert "not pinned" in links[1].detail


def test_without_a_time_stamp_the_time_is_what_the_signer_says(signed: bytes, unit: PdfSigner) -> None:
    links = check_signature(signed, [pin(unit)])
    assert found(links) == [(SIGNATURE, True), (SIGNER, True)]
    assert "valid as of 2026-12-20T02:30:00Z" in links[1].detail


def test_a_time_stamp_is_missed_where_an_authority_is_pinned(
    signed: bytes, unit: PdfSigner, authority: Authority
) -> None:
    links = check_signature(signed, [pin(unit), authority.certificate])
    assert found(links) == [(SIGNATURE, True), (SIGNER, True), (TIMESTAMP, None)]
    assert "2026-12-20T02:30:00Z is what the signer says" in links[2].detail


def test_an_authority_that_is_not_pinned_is_named_and_its_time_not_believed(
    stamped: bytes, unit: PdfSigner
) -> None:
    links = check_signature(stamped, [pin(unit)])
    assert found(links) == [(SIGNATURE, True), (SIGNER, True), (TIMESTAMP, None)]
    assert NAME in links[2].detail
    assert "valid as of 2026-12-20T02:30:00Z" in links[1].detail


def test_another_unit_is_refused_also_under_the_same_name(
    signed: bytes, authority: Authority, unit: PdfSigner
) -> None:
    for pins in ([pin(signer(2))], [pin(signer(2)), authority.certificate]):
        link = broken(check_signature(signed, pins))
        assert link.name == SIGNER
        assert UNIT in link.detail


def test_a_certificate_that_is_not_for_stamping_does_not_stamp(
    page: bytes, unit: PdfSigner, rsa_key: rsa.RSAPrivateKey
) -> None:
    with listening(rsa_key, stamps=False) as one:
        made = sign(page, unit, TimeStamps(one.url), AT)
    assert found(check_signature(made, [pin(unit), one.certificate]))[2] == (TIMESTAMP, None)


def test_a_time_stamp_authority_signs_no_certificate(page: bytes, rsa_key: rsa.RSAPrivateKey) -> None:
    stamper = PdfSigner(rsa_key, certificate_of(rsa_key))
    link = broken(check_signature(sign(page, stamper, None, AT), [pin(stamper)]))
    assert (link.name, NAME in link.detail) == (SIGNER, True)


def test_a_unit_whose_certificate_was_not_valid_when_it_signed_is_refused(
    page: bytes, unit: PdfSigner, rsa_key: rsa.RSAPrivateKey
) -> None:
    late = datetime(2032, 1, 1, tzinfo=UTC)
    link = broken(check_signature(sign(page, unit, None, late), [pin(unit)]))
    assert link.name == SIGNER
    assert "to 2031-01-01T00:00:00Z, signed 2032-01-01T00:00:00Z" in link.detail
    with listening(rsa_key, at=late) as one:
        backdated = sign(page, unit, TimeStamps(one.url), AT)
    pins = [pin(unit), one.certificate]
    assert broken(check_signature(backdated, pins)).name == SIGNER, "the authority knows the time better"


def test_a_unit_under_a_pinned_authority_is_believed(page: bytes) -> None:
    root_key, unit_key = (ec.derive_private_key(n, ec.SECP256R1()) for n in (101, 102))
    years = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cơ quan chứng thực thử nghiệm")])
    builder = x509.CertificateBuilder().issuer_name(root_name).not_valid_before(years[0])
    root = (
        builder.subject_name(root_name)
        .public_key(root_key.public_key())
        .serial_number(1)
        .not_valid_after(years[1])
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(root_key, hashes.SHA256())
    )
    own = self_signed_unit_certificate(unit_key, UNIT, *years, serial=9)
    issued = (
        builder.subject_name(own.subject)
        .public_key(unit_key.public_key())
        .serial_number(2)
        .not_valid_after(years[1])
        .add_extension(own.extensions.get_extension_for_class(x509.KeyUsage).value, critical=True)
        .sign(root_key, hashes.SHA256())
    )
    made = sign(page, PdfSigner(unit_key, issued, (root,)), None, AT)
    assert found(check_signature(made, [root.public_bytes(Encoding.DER)]))[1] == (SIGNER, True)
    assert found(check_signature(made, [issued.public_bytes(Encoding.DER)]))[1] == (SIGNER, True)
    assert broken(check_signature(made, [pin(signer(1))])).name == SIGNER


def test_a_pin_that_is_no_certificate_is_named(signed: bytes) -> None:
    assert "pinned certificate is not DER" in broken(check_signature(signed, [b"\x30\x00"])).detail


# Changes


def test_a_changed_byte_is_noticed_wherever_it_is(stamped: bytes, unit: PdfSigner) -> None:
    draw = random.Random(20261120)
    start = stamped.rindex(b"/Contents <") + 11
    inside = [start + draw.randrange(4900) for _ in range(30)] + [start - 1, stamped.index(b">", start) - 1]
    for at in [*(draw.randrange(len(stamped)) for _ in range(30)), *inside]:
        changed = bytearray(stamped)
        changed[at] ^= 1 << draw.randrange(8)
        assert broken(check_signature(bytes(changed), [pin(unit)])).detail, at


def test_a_digit_of_the_place_left_free_is_noticed(signed: bytes, unit: PdfSigner) -> None:
    at = signed.index(b">", signed.rindex(b"/Contents <")) - 1
    assert signed[at : at + 1] == b"0"
    changed = signed[:at] + b"1" + signed[at + 1 :]
    assert "something else" in broken(check_signature(changed, [pin(unit)])).detail


def test_what_is_appended_is_noticed(signed: bytes, unit: PdfSigner) -> None:
    for changed in (signed + b"\n", repainted(signed), appended(signed, "more.txt", b"x")):
        assert changed.startswith(signed)
        link = broken(check_signature(changed, [pin(unit)]))
        assert link.name == SIGNATURE
        assert "appended" in link.detail


def test_another_page_under_an_old_signature_is_noticed(page: bytes, signed: bytes, unit: PdfSigner) -> None:
    other = render(CONTENT, ZIP)
    assert broken(check_signature(other + signed[len(page) :], [pin(unit)])).name == SIGNATURE


def test_another_bundle_in_a_signed_file_is_noticed(signed: bytes, unit: PdfSigner) -> None:
    changed = appended(signed, "bundle.zip", ZIP)
    with pytest.raises(VerificationError, match="2 attachments"):
        extract(changed)
    assert broken(check_signature(changed, [pin(unit)])).name == SIGNATURE


def test_a_file_without_a_signature_or_with_two_is_refused(page: bytes, unit: PdfSigner) -> None:
    assert "found 0" in broken(check_signature(page, [pin(unit)])).detail
    once = signed_otherwise(page, unit, SigSeedSubFilter.PADES)
    assert found(check_signature(once, [pin(unit)]))[:2] == [(SIGNATURE, True), (SIGNER, True)]
    twice = signed_otherwise(once, unit, SigSeedSubFilter.PADES, "Again")
    assert "found 2" in broken(check_signature(twice, [pin(unit)])).detail


def test_other_kinds_of_signatures_are_refused(
    page: bytes, unit: PdfSigner, rsa_key: rsa.RSAPrivateKey
) -> None:
    old = signed_otherwise(page, unit, SigSeedSubFilter.ADOBE_PKCS7_DETACHED)
    assert "not PAdES" in broken(check_signature(old, [pin(unit)])).detail
    years = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    other = PdfSigner(rsa_key, self_signed_unit_certificate(rsa_key, UNIT, *years, serial=5))
    padded = signed_otherwise(page, other, SigSeedSubFilter.PADES)
    assert "RSA-PSS" in broken(check_signature(padded, [pin(other)])).detail


@pytest.mark.parametrize("share", [0.0, 0.001, 0.1, 0.4, 0.7, 0.72, 0.8, 0.97, 0.99, 0.9999])
def test_a_truncated_file_is_refused(stamped: bytes, unit: PdfSigner, share: float) -> None:
    assert broken(check_signature(stamped[: int(len(stamped) * share)], [pin(unit)])).name == SIGNATURE


@given(st.binary(max_size=300), st.lists(st.binary(max_size=20), max_size=2))
def test_any_bytes_and_pins_give_links(data: bytes, pins: list[bytes]) -> None:
    for changed in (data, b"%PDF-1.7\n" + data):
        assert broken(check_signature(changed, pins)).name == SIGNATURE
