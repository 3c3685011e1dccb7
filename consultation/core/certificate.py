"""The certificates: W3C Verifiable Credentials 2.0 by the unit.

The one of a participant is the same for everybody in one batch. It says that its holder took part, in
which process, run by which unit, when, and with what result. It does not say what the holder answered, so
that nobody can demand that proof of somebody else: docs/decisions/0004-what-a-certificate-says.md.

The one of a unit's official opinion is the opposite: public, named, and with its whole content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from consultation.core import integrity
from consultation.core.canonical import Json
from consultation.core.drafts import Opinion
from consultation.core.issuer import Issuer as Issuer
from consultation.core.multikey import SigningMethod
from consultation.core.status_list import StatusEntry

CONTEXT = "https://pilot.example/contexts/consultation-v1"
"""Defines every word that the W3C's context does not: consultation/contexts/consultation-v1.json."""
CONTEXTS = ("https://www.w3.org/ns/credentials/v2", CONTEXT)


class Kind(StrEnum):
    """What a certificate is about, as its second `type` says."""

    PARTICIPATION = "ConsultationCertificate"
    UNIT_OPINION = "UnitOpinionCertificate"


@dataclass(frozen=True, slots=True)
class Consulted:
    """The consultation that a certificate is about, as it was announced."""

    consultation: str
    """Its id."""
    title: str
    """Of the draft."""
    legal_basis: str
    """The provision of law under which opinions were taken."""
    version: int
    """Number of the draft version, from 1."""
    draft: str
    """Digest of the draft version, hex."""
    opened: str
    closed: str
    """The windows (hours, UTC) of the opening and the close."""
    channel: str
    """How opinions of this batch came in, one word, the same for all: a rare one would single people out."""

    def to_json(self, unit: str) -> dict[str, Json]:
        return {
            "identifier": self.consultation,
            "title": self.title,
            "legalBasis": self.legal_basis,
            "version": self.version,
            "draft": self.draft,
            "unit": unit,
            "opened": self.opened,
            "closed": self.closed,
            "channel": self.channel,
        }


@dataclass(frozen=True, slots=True)
class Claims:
    """What all certificates of one publication say alike."""

    consulted: Consulted
    received: int
    counted: int
    stances: Mapping[str, int]
    summary: str
    """Digest of the summary table, hex."""


_NOT_SHOWN = {"participant", "draft"}


@dataclass(frozen=True, slots=True)
class UnitOpinion:
    """A consulted unit's official answer."""

    number: str
    """Number and symbol of the letter that it went out with, such as '1234/STP-XDKTVB'."""
    signatory: str
    """Who signed for the unit, with office: 'Nguyễn Văn A, Giám đốc'."""
    opinions: tuple[Opinion, ...]
    """Their `participant` is not shown, the unit being who answers, nor `draft`, which stands above."""

    def to_json(self) -> list[Json]:
        return [
            {name: text for name, text in opinion.normalised().fields().items() if name not in _NOT_SHOWN}
            for opinion in self.opinions
        ]


@dataclass(frozen=True, slots=True)
class Issuance:
    """What one certificate has of its own: an id 'urn:uuid:...', when it was signed, where its status is."""

    id: str
    created: str
    """RFC 3339, UTC."""
    status: StatusEntry


def issue(issuer: Issuer, claims: Claims, issuance: Issuance, method: SigningMethod) -> dict[str, Json]:
    """A participant's certificate. Raises ValueError when the method is not the issuer's."""
    subject: dict[str, Json] = {
        "type": "ConsultationParticipant",
        "participation": "took part",
        "consultation": claims.consulted.to_json(issuer.name),
        "result": {
            "received": claims.received,
            "counted": claims.counted,
            "stances": dict(claims.stances),
            "summary": claims.summary,
        },
    }
    return _signed(Kind.PARTICIPATION, issuer, subject, issuance, method)


def issue_unit_opinion(
    issuer: Issuer,
    by: str,
    consulted: Consulted,
    opinion: UnitOpinion,
    issuance: Issuance,
    method: SigningMethod,
) -> dict[str, Json]:
    """The certificate of a unit's official opinion; `issuer` is that unit, `by` the name of who asked it.

    Raises ValueError when the method is not the issuer's.
    """
    subject: dict[str, Json] = {
        "id": issuer.did,
        "type": "ConsultedUnit",
        "consultedUnit": issuer.name,
        "consultation": consulted.to_json(by),
        "opinion": {
            "number": opinion.number,
            "signatory": opinion.signatory,
            "provisions": opinion.to_json(),
        },
    }
    return _signed(Kind.UNIT_OPINION, issuer, subject, issuance, method)


def kind_of(credential: Mapping[str, Json]) -> Kind:
    """Which certificate this is. Raises ValueError where it is none of ours."""
    for kind in Kind:
        if credential.get("type") == ["VerifiableCredential", kind.value]:
            return kind
    raise ValueError(
        f"a certificate's types are VerifiableCredential and {' or '.join(Kind)}, "
        f"found {str(credential.get('type'))[:120]}"
    )


def consultation_of(credential: Mapping[str, Json]) -> str:
    """The id of the consultation that a certificate claims; empty where it claims none."""
    subject = credential.get("credentialSubject")
    consultation = subject.get("consultation") if isinstance(subject, Mapping) else None
    claimed = consultation.get("identifier") if isinstance(consultation, Mapping) else None
    return claimed if isinstance(claimed, str) else ""


def _signed(
    kind: Kind, issuer: Issuer, subject: Mapping[str, Json], issuance: Issuance, method: SigningMethod
) -> dict[str, Json]:
    if method.id.partition("#")[0] != issuer.did:
        raise ValueError(f"the key {method.id!r} is not controlled by the issuer {issuer.did!r}")
    document: dict[str, Json] = {
        "@context": list(CONTEXTS),
        "id": issuance.id,
        "type": ["VerifiableCredential", kind.value],
        "issuer": issuer.to_json(),
        "validFrom": issuance.created,
        "credentialStatus": issuance.status.to_json(),
        "credentialSubject": subject,
    }
    return integrity.sign(document, method, issuance.created)
