"""The certificate: a W3C Verifiable Credential 2.0 by the unit, the same for everybody in one batch.

It says that its holder took part, in which process, run by which unit, when, and with what result. It
does not say what the holder answered, so that nobody can demand that proof of somebody else:
docs/decisions/0004-what-a-certificate-says.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from nacl.signing import SigningKey

from consultation.core import integrity
from consultation.core.canonical import Json

CONTEXTS = ("https://www.w3.org/ns/credentials/v2", "https://pilot.example/contexts/consultation-v1")


@dataclass(frozen=True, slots=True)
class Issuer:
    """The unit that certifies: a `did:web`, its name, and where its key stands in the DID document."""

    did: str
    name: str

    @property
    def method(self) -> str:
        return f"{self.did}#key-1"

    def document(self, public: bytes) -> dict[str, Json]:
        """The DID document that the unit would publish, with its one key."""
        return {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": self.did,
            "verificationMethod": [
                {
                    "id": self.method,
                    "type": "Multikey",
                    "controller": self.did,
                    "publicKeyMultibase": integrity.multikey(public),
                }
            ],
            "assertionMethod": [self.method],
        }


@dataclass(frozen=True, slots=True)
class Claims:
    """What all certificates of one publication say alike."""

    consultation: str
    title: str
    draft: str
    """Digest of the draft version, hex."""
    opened: str
    closed: str
    """The windows (hours, UTC) of the opening and the close."""
    received: int
    counted: int
    stances: Mapping[str, int]
    summary: str
    """Digest of the summary table, hex."""


def issue(
    issuer: Issuer, claims: Claims, certificate_id: str, created: str, key: SigningKey
) -> dict[str, Json]:
    """One signed certificate; `certificate_id` is a fresh 'urn:uuid:...', `created` RFC 3339 in UTC."""
    document: dict[str, Json] = {
        "@context": list(CONTEXTS),
        "id": certificate_id,
        "type": ["VerifiableCredential", "ConsultationCertificate"],
        "issuer": {"id": issuer.did, "name": issuer.name},
        "validFrom": created,
        "credentialSubject": {
            "type": "ConsultationParticipant",
            "participation": "took part",
            "consultation": {
                "id": claims.consultation,
                "title": claims.title,
                "draft": claims.draft,
                "unit": issuer.name,
                "opened": claims.opened,
                "closed": claims.closed,
            },
            "result": {
                "received": claims.received,
                "counted": claims.counted,
                "stances": dict(claims.stances),
                "summary": claims.summary,
            },
        },
    }
    return integrity.sign(document, issuer.method, created, key)
