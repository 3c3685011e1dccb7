"""Signing the page: PAdES-B-B, or B-T with an RFC 3161 time stamp, by P-256 or RSA-PSS.

1. The unsigned PDF with its bundle is taken as it is; an invisible signature field is appended, which
   certifies that nothing may be changed after it (DocMDP 1).
2. The unit's key signs the digest of every byte but the signature's own place (ETSI EN 319 142-1, 5.3).
3. With a time-stamp authority, its token over the signature goes into the signature's place (6.3, B-T).
4. The result is checked before it is returned.

A failure at any step leaves nothing but an exception. No revocation list is fetched, and the authority's
address is the only one that is ever contacted.
"""

import io
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from pyhanko.keys.internal import translate_pyca_cryptography_cert_to_asn1
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import ExternalSigner, PdfSignatureMetadata
from pyhanko.sign.signers import PdfSigner as Embedder
from pyhanko.sign.timestamps.requests_client import RequestsHTTPTimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consultation.core.errors import Rejected
from consultation.pdf.checking import check_signature
from consultation.pdf.library import said
from consultation.pdf.loop import finish
from consultation.pdf.unit_certificate import SigningKey, check_strength

FIELD_NAME = "UnitSignature"
_DIGEST = "sha256"
_RESERVED = 2 * 16_384
"""Hex digits kept free for the signature: some 4 kB without a time stamp, up to 12 kB with a long chain.

Stated here rather than estimated, since an estimate asks the authority for a token that is thrown away.
"""


class TimeStampError(Exception):
    """The time-stamp authority gave no good token and nothing was signed: later, or without a time stamp."""


@dataclass(frozen=True, slots=True)
class TimeStamps:
    """An RFC 3161 time-stamp authority over HTTP."""

    url: str
    timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class PdfSigner:
    """The unit's key with its certificate, and the certificates from there up to an authority's root.

    Raises Rejected where the key is too weak or the certificate is another key's.
    """

    key: SigningKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    def __post_init__(self) -> None:
        check_strength(self.key.public_key())
        if self.certificate.public_key() != self.key.public_key():
            raise Rejected(
                f"the certificate of {self.certificate.subject.rfc4514_string()} is for another key"
            )

    def sign(self, data: bytes) -> bytes:
        """ECDSA with the nonce of RFC 6979, so that the same data has the same signature; or RSA-PSS."""
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
        salted = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.MAX_LENGTH)  # as the packer declares
        return self.key.sign(data, salted, hashes.SHA256())


def sign(pdf: bytes, signer: PdfSigner, timestamps: TimeStamps | None, at: datetime) -> bytes:
    """The signed PDF; it begins with the bytes of `pdf`. `at` is what the signer says the time is.

    Raises Rejected where `pdf` cannot be signed, TimeStampError where the authority fails.
    """
    try:
        signed = finish(_signed(pdf, signer, timestamps, at))
    except (PdfError, SigningError, OverflowError) as error:
        raise Rejected(f"this PDF of {len(pdf)} bytes cannot be signed: {error}") from error
    for link in check_signature(signed, ()):
        if link.ok is False and timestamps:
            raise TimeStampError(_by(timestamps, f"{link.name}: {link.detail}"))
        if link.ok is False:
            raise Rejected(f"this PDF of {len(pdf)} bytes cannot be signed: {link.name}: {link.detail}")
    return signed


async def _signed(pdf: bytes, signer: PdfSigner, timestamps: TimeStamps | None, at: datetime) -> bytes:
    stamper = None
    if timestamps:
        # The library leaves this constructor untyped.
        stamper = RequestsHTTPTimeStamper(timestamps.url, timeout=timestamps.timeout_s)  # type: ignore[no-untyped-call]
    about = PdfSignatureMetadata(
        field_name=FIELD_NAME,
        md_algorithm=_DIGEST,
        subfilter=fields.SigSeedSubFilter.PADES,
        certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES,
    )
    session = Embedder(about, _cms(signer, b"")).init_signing_session(
        IncrementalPdfFileWriter(io.BytesIO(pdf))
    )
    session.system_time = at
    prepared, output = session.prepare_tbs_document(None, bytes_reserved=_RESERVED).digest_tbs_document()
    attributes = await _cms(signer, b"").signed_attrs(prepared.document_digest, _DIGEST, use_pades=True)
    packer = _cms(signer, signer.sign(attributes.dump()))
    try:
        whole = await packer.async_sign_prescribed_attributes(_DIGEST, attributes, timestamper=stamper)
    except Exception as error:
        if not timestamps:
            raise
        # Whatever an authority answers, the library's parser may raise.
        raise TimeStampError(_by(timestamps, said(error))) from error
    prepared.fill_with_cms(output, whole)
    assert isinstance(output, io.BytesIO)
    return output.getvalue()


def _cms(signer: PdfSigner, signature: bytes) -> ExternalSigner:
    """The library's packer of a signature that was made elsewhere, here."""
    chain = SimpleCertificateStore()  # type: ignore[no-untyped-call]  # as above
    chain.register_multiple(map(translate_pyca_cryptography_cert_to_asn1, signer.chain))
    return ExternalSigner(
        translate_pyca_cryptography_cert_to_asn1(signer.certificate),
        chain,
        signature_value=signature or bytes(512),
        prefer_pss=True,
    )


def _by(timestamps: TimeStamps, what: str) -> str:
    return f"nothing was signed: the time-stamp authority {timestamps.url} gave no good token ({what})"
