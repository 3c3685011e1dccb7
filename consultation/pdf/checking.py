"""Checking the signature of a certificate's PDF, offline and from pinned certificates alone.

Stricter than the standard, since our own files never need the room it leaves: exactly one signature, it
covers the whole file, and nothing follows it. No clock is asked: a certificate has to be valid when the
document was signed, as a pinned time-stamp authority has it, else as the signer says. No revocation list is
fetched; whoever learns that a key was stolen takes its certificate from the pins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from cryptography import x509
from cryptography.x509.oid import NameOID
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.generic_cms import extract_tst_data_iter
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureStatus

from consultation.core.bundle import Link
from consultation.core.errors import Rejected, VerificationError
from consultation.pdf.envelope import DIGESTS, check_room, check_wrapping
from consultation.pdf.library import said, stamps, trusting
from consultation.pdf.loop import finish
from consultation.pdf.reading import open_pdf
from consultation.pdf.unit_certificate import check_strength

SIGNATURE, SIGNER, TIMESTAMP = "pdf-signature", "pdf-signer", "pdf-timestamp"
_MECHANISMS = {"sha256_ecdsa", "sha384_ecdsa", "sha512_ecdsa", "rsassa_pss"}


@dataclass(frozen=True, slots=True)
class _Pinned:
    """Whom the verifier believes; a time-stamp authority's certificate signs no certificates of ours."""

    signers: tuple[x509.Certificate, ...]
    stampers: tuple[x509.Certificate, ...]

    @classmethod
    def parse(cls, trusted: Sequence[bytes]) -> "_Pinned":
        """Raises VerificationError('pdf-signer') where a pin is no certificate."""
        try:
            every = tuple(map(x509.load_der_x509_certificate, trusted))
        except ValueError as error:
            raise VerificationError(SIGNER, f"a pinned certificate is not DER: {said(error)}") from error
        return cls(tuple(one for one in every if not stamps(one)), every)


def check_signature(data: bytes, trusted: Sequence[bytes]) -> list[Link]:
    """The links `pdf-signature`, `pdf-signer`, `pdf-timestamp`; ends after the first that breaks.

    Without a time stamp there is no last link, unless an authority for time stamps is pinned: then one was
    expected.

    `trusted` are pinned certificates, DER: of units, of time-stamp authorities, or of authorities above
    them. With none, who signed is not known (`ok=None`). A time that no pinned authority vouches for is
    `ok=None` too: it is then what the signer says. Raises nothing.
    """
    links: list[Link] = []
    try:
        for link in _links(data, trusted):
            links.append(link)
    except VerificationError as error:
        links.append(Link(SIGNATURE if error.link == "pdf" else error.link, False, error.message))
    return links


def _links(data: bytes, trusted: Sequence[bytes]) -> Iterator[Link]:
    signature = _only_signature(data)
    stamped, claimed = _times(signature)
    pinned = _Pinned.parse(trusted)
    status = _validate(signature, pinned, stamped or claimed, stamped)
    stamp = status.timestamp_validity
    vouched = stamp is not None and stamp.trusted and stamps(_certificate(stamp))
    if stamped is not None and not vouched:
        # Nobody who is pinned vouches for the time: then the signer's own word for it is what counts.
        status = _validate(signature, pinned, claimed, stamped)
    _check_integrity(status)
    yield Link(SIGNATURE, True, f"covers all {len(data)} bytes, {status.pkcs7_signature_mechanism}")

    signer = _certificate(status)
    when = stamped if stamped and vouched else claimed
    if not trusted:
        yield Link(SIGNER, None, f"{_name(signer)}: not pinned")
    else:
        _check_signer(status, signer, when)
        yield Link(SIGNER, True, f"{_name(signer)}, valid as of {_shown(when)}")

    if stamp is None or stamped is None:
        if any(map(stamps, pinned.stampers)):
            yield Link(TIMESTAMP, None, f"no time stamp: {_shown(claimed)} is what the signer says")
        return
    if not (stamp.intact and stamp.valid):
        raise VerificationError(TIMESTAMP, "the time stamp is not over this signature, or was changed")
    authority = _name(_certificate(stamp))
    if vouched:
        yield Link(TIMESTAMP, True, f"signed as of {_shown(stamped)}, by {authority}")
    else:
        yield Link(TIMESTAMP, None, f"{_shown(stamped)} by {authority}: not pinned as a time-stamp authority")


def _only_signature(data: bytes) -> EmbeddedPdfSignature:
    """The file's one signature, found to cover all of it. Raises VerificationError."""
    reader = open_pdf(data)
    try:
        found: list[EmbeddedPdfSignature] = list(reader.embedded_signatures)
        if len(found) == 1:
            check_room(data, [int(number) for number in found[0].byte_range], found[0].pkcs7_content)
            check_wrapping(found[0])
            kind = found[0].sig_object.get("/SubFilter", None)
            if kind != SigSeedSubFilter.PADES.value:
                raise VerificationError(SIGNATURE, f"the signature is of kind {kind}, not PAdES")
            return found[0]
    except VerificationError:
        raise
    except Exception as error:
        raise VerificationError(SIGNATURE, f"the signature is not as it was made: {said(error)}") from error
    raise VerificationError(SIGNATURE, f"a certificate has one signature, found {len(found)}")


def _times(signature: EmbeddedPdfSignature) -> tuple[datetime | None, datetime]:
    """When a time-stamp authority saw the signature, if one did, and when its signer says it was made."""
    try:
        tokens = list(extract_tst_data_iter(signature.signer_info, signed=False))
        claimed = signature.self_reported_timestamp
        if len(tokens) > 1 or claimed is None:
            raise VerificationError(
                SIGNATURE,
                f"a signature has its time and at most one time stamp, found {len(tokens)}, {claimed}",
            )
        stamped = tokens[0]["encap_content_info"]["content"].parsed["gen_time"].native if tokens else None
        if stamped is not None and not isinstance(stamped, datetime):
            raise VerificationError(TIMESTAMP, "the time stamp has no time")
        return stamped, claimed if claimed.tzinfo else claimed.replace(tzinfo=UTC)
    except VerificationError:
        raise
    except Exception as error:
        raise VerificationError(SIGNATURE, f"the signature's time cannot be read: {said(error)}") from error


def _validate(
    signature: EmbeddedPdfSignature, pinned: _Pinned, at: datetime, stamped: datetime | None
) -> PdfSignatureStatus:
    try:
        return finish(
            async_validate_pdf_signature(
                signature, trusting(pinned.signers, at), trusting(pinned.stampers, stamped or at)
            )
        )
    except Exception as error:
        raise VerificationError(SIGNATURE, f"the signature cannot be checked: {said(error)}") from error


def _check_integrity(status: PdfSignatureStatus) -> None:
    if not (status.intact and status.valid):
        raise VerificationError(SIGNATURE, "the file was changed after it was signed")
    mechanism, digest = status.pkcs7_signature_mechanism, status.md_algorithm
    if mechanism not in _MECHANISMS or digest not in DIGESTS:
        raise VerificationError(
            SIGNATURE, f"ECDSA or RSA-PSS with SHA-256 or longer is allowed, found {mechanism}, {digest}"
        )
    try:
        check_strength(_certificate(status).public_key())
    except Rejected as error:
        raise VerificationError(SIGNATURE, str(error)) from error


def _check_signer(status: PdfSignatureStatus, signer: x509.Certificate, when: datetime) -> None:
    if not signer.not_valid_before_utc <= when <= signer.not_valid_after_utc:
        raise VerificationError(
            SIGNER,
            f"{_name(signer)}: valid from {_shown(signer.not_valid_before_utc)} to "
            f"{_shown(signer.not_valid_after_utc)}, signed {_shown(when)}",
        )
    if stamps(signer):
        raise VerificationError(SIGNER, f"{_name(signer)} is a time-stamp authority and signs no certificate")
    if not status.trusted:
        problem = status.trust_problem_indic
        why = f" ({problem.standard_name})" if problem else ""
        raise VerificationError(SIGNER, f"{_name(signer)} is not among the pinned certificates{why}")


def _certificate(status: SignatureStatus) -> x509.Certificate:
    """Raises VerificationError where the library took a certificate that cannot be read strictly."""
    try:
        return x509.load_der_x509_certificate(status.signing_cert.dump())
    except Exception as error:
        raise VerificationError(SIGNATURE, f"a certificate cannot be read: {said(error)}") from error


def _name(certificate: x509.Certificate) -> str:
    """The subject's common name, or the organisation's whose beginning it is; printable and bounded."""
    common, whole = (
        [str(one.value) for one in certificate.subject.get_attributes_for_oid(kind)][:1]
        for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME)
    )
    (text,) = common or whole or [certificate.subject.rfc4514_string()]
    if whole and whole[0].startswith(text):
        text = whole[0]
    return "".join(letter if letter.isprintable() else " " for letter in text[:200])


def _shown(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
