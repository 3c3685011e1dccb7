"""What stands on the certificate's page, taken from the claims of its credential and from nothing else.

The page says what the credential says, so that the two cannot part; the digest and the address in the QR
code are of the credential too. Nothing in it names the holder.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote

from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError

PAGE = "verify.html"
"""Name of the static page that verifies in a browser, beside the issuer's DID document."""


@dataclass(frozen=True, slots=True)
class CertificateContent:
    """The texts and numbers of one certificate; texts are NFC, in one line each."""

    id: str
    """The credential's 'urn:uuid:...', the only thing that differs within a batch."""
    issued: str
    """When it was signed, RFC 3339 in UTC."""
    issuer: str
    """The unit's did:web."""
    unit: str
    consultation: str
    title: str
    legal_basis: str
    """Empty where the credential names none."""
    version: int | None
    """Number of the draft's version; None where the credential names none."""
    draft: str
    """Digest of the draft version, hex."""
    opened: str
    closed: str
    """Hours ('2026-11-23T10Z') or RFC 3339, in UTC."""
    channel: tuple[str, ...]
    received: int
    counted: int
    stances: tuple[tuple[str, int], ...]
    """Stance and number of opinions, by name: a credential read back from its file has another order."""
    summary: str
    """Digest of the summary table, hex."""
    digest: str
    """SHA-256 of the canonical credential, hex: of the file `certificate.vc.json`."""
    page: str
    """Address of the static page that verifies in a browser."""


def content_of(credential: Mapping[str, Json], page: str | None = None) -> CertificateContent:
    """The content of a signed credential; raises VerificationError('form') where a claim is missing.

    `page` is the address of the page that verifies; by default `verify.html` where the unit's did:web has
    its DID document. The signature is not checked here.
    """
    try:
        issuer = _object(credential, "issuer")
        subject = _object(credential, "credentialSubject")
        consultation = _object(subject, "consultation")
        result = _object(subject, "result")
        stances = _object(result, "stances")
        did = _text(issuer, "id")
        return CertificateContent(
            id=_text(credential, "id"),
            issued=_text(credential, "validFrom"),
            issuer=did,
            unit=_text(issuer, "name"),
            consultation=_text(consultation, "identifier"),
            title=_text(consultation, "title"),
            legal_basis="; ".join(_texts(consultation, "legalBasis")),
            version=_count(consultation, "version") if "version" in consultation else None,
            draft=_text(consultation, "draft"),
            opened=_text(consultation, "opened"),
            closed=_text(consultation, "closed"),
            channel=_texts(consultation if "channel" in consultation else subject, "channel"),
            received=_count(result, "received"),
            counted=_count(result, "counted"),
            stances=tuple((name, _count(stances, name)) for name in sorted(stances)),
            summary=_text(result, "summary"),
            digest=canonical.digest(credential),
            page=page if page is not None else _page_of(did),
        )
    except ValueError as error:
        raise VerificationError("form", f"the credential cannot be set as a page: {error}") from error


def _page_of(did: str) -> str:
    """did:web's own rule (did:web method, 'read'): colons are slashes, and a port's colon is escaped."""
    parts = did.split(":")
    if parts[:2] != ["did", "web"] or not all(parts[2:]) or len(parts) < 3:
        raise ValueError(f"the issuer is a did:web, found {did[:80]!r}")
    return f"https://{'/'.join([unquote(parts[2]), *parts[3:]])}/{PAGE}"


def _object(value: Mapping[str, Json], name: str) -> Mapping[str, Json]:
    found = value.get(name)
    if not isinstance(found, Mapping):
        raise ValueError(f"{name} is an object, found {found!r}"[:200])
    return found


def _text(value: Mapping[str, Json], name: str) -> str:
    found = value.get(name)
    if not isinstance(found, str) or not found.strip():
        raise ValueError(f"{name} is a text, found {found!r}"[:200])
    return _line(found)


def _texts(value: Mapping[str, Json], name: str) -> tuple[str, ...]:
    """One text or a list of them; none where the name is absent."""
    found = value.get(name)
    if found is None:
        return ()
    items = [found] if isinstance(found, str) else found
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError(f"{name} is a text or a list of texts, found {found!r}"[:200])
    return tuple(_line(str(item)) for item in items if str(item).strip())


def _count(value: Mapping[str, Json], name: str) -> int:
    found = value.get(name)
    if type(found) is not int or found < 0:
        raise ValueError(f"{name} is a count, found {found!r}"[:200])
    return found


def _line(text: str) -> str:
    """NFC, with every run of white space one space."""
    return canonical.nfc(" ".join(text.split()))
