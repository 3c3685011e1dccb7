"""An RFC 3161 time stamp as one more signature line of a checkpoint: written, read, and checked offline.

The token is over a digest of the note's text, which is what every line of a note is over. Its line is of type
0xff of c2sp.org/signed-note, 'types without an identifier', so that who does not know it skips it. No key
stands in the line's id: the token names its certificate, and whom to believe is pinned beforehand.

The library that reads tokens takes a second to import, so whoever has no time stamps does not import this.
"""

import base64
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256, sha384, sha512
from pathlib import Path

from asn1crypto import cms  # type: ignore[import-untyped]
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus

from consultation.core.canonical import Json
from consultation.core.errors import Rejected, VerificationError
from consultation.core.note import Note, Signature
from consultation.pdf.library import said, stamps, trusting
from consultation.pdf.loop import finish

LINK = "timestamp"
NAME = "time-stamp.rfc3161"
_ID = sha256(NAME.encode() + b"\n\xffRFC 3161 TimeStampToken").digest()[:4]
_DIGESTS = {"sha256": sha256, "sha384": sha384, "sha512": sha512}


def line(token: bytes) -> Signature:
    """The signature line that holds a token, DER."""
    return Signature(NAME, _ID, token)


def tokens(signed: Note) -> list[bytes]:
    """The tokens among a note's lines, nothing about them checked."""
    return [each.blob for each in signed.signatures if (each.name, each.key_id) == (NAME, _ID)]


@dataclass(frozen=True, slots=True)
class PinnedAuthority:
    """Whose time stamps count: the authority's own certificate, or those of authorities above it."""

    certificates: tuple[x509.Certificate, ...]

    @classmethod
    def read(cls, path: Path) -> "PinnedAuthority":
        """From a PEM file. Raises Rejected."""
        try:
            return cls(tuple(x509.load_pem_x509_certificates(path.read_bytes())))
        except (OSError, ValueError) as error:
            raise Rejected(
                f"timestamp_root is a PEM file with the authority's certificates, {path} is none: {error}"
            ) from error

    @classmethod
    def parse(cls, pinned: Json) -> "PinnedAuthority":
        """From `pins`. Raises ValueError."""
        if not isinstance(pinned, list | tuple) or not pinned:
            raise ValueError(f"'tsa' is a list of certificates, DER in base64, found {pinned!r:.80}")
        found = []
        for each in pinned:
            if not isinstance(each, str):
                raise ValueError(f"a certificate under 'tsa' is DER in base64, found {each!r:.80}")
            found.append(x509.load_der_x509_certificate(base64.b64decode(each, validate=True)))
        return cls(tuple(found))

    def pins(self) -> list[str]:
        return [base64.b64encode(each.public_bytes(Encoding.DER)).decode() for each in self.certificates]

    def check(self, signed: Note) -> datetime:
        """When the authority saw the note's text. Raises VerificationError('timestamp').

        No clock is asked: certificates have to be valid at the time that the token says. No revocation list
        is fetched; whoever learns that an authority's key was stolen takes it from the pins.
        """
        found = tokens(signed)
        if len(found) != 1:
            raise VerificationError(LINK, f"a head has one time stamp, found {len(found)}")
        try:
            return self._check(found[0], signed.text.encode())
        except VerificationError:
            raise
        except Exception as error:  # whatever a token holds, the library's parser may raise
            raise VerificationError(LINK, f"the time stamp cannot be read: {said(error)}") from error

    def _check(self, token: bytes, text: bytes) -> datetime:
        content = cms.ContentInfo.load(token, strict=True)["content"]
        info = content["encap_content_info"]["content"].parsed
        at = info["gen_time"].native
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise VerificationError(LINK, f"the time stamp's time cannot be read: {at!r:.80}")
        imprint = info["message_imprint"]
        digest = _DIGESTS.get(imprint["hash_algorithm"]["algorithm"].native)
        if digest is None or digest(text).digest() != imprint["hashed_message"].native:
            raise VerificationError(LINK, "the time stamp is over another checkpoint")
        status = finish(self._status(content, imprint["hashed_message"].native, at))
        certificate = x509.load_der_x509_certificate(status.signing_cert.dump())
        name = certificate.subject.rfc4514_string()[:200]
        if not (status.intact and status.valid):
            raise VerificationError(LINK, f"the time stamp's signature by {name!r} does not hold")
        if not (status.trusted and stamps(certificate)):
            raise VerificationError(LINK, f"{name!r} is not pinned as a time-stamp authority")
        # The library does not ask it of a certificate that is pinned itself.
        if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
            raise VerificationError(LINK, f"the certificate of {name!r} was not valid when it stamped, {at}")
        return at

    async def _status(
        self, content: cms.SignedData, imprint: bytes, at: datetime
    ) -> TimestampSignatureStatus:
        context = trusting(self.certificates, at)
        return TimestampSignatureStatus(
            **await validate_tst_signed_data(content, context, lambda algorithm: imprint)
        )
