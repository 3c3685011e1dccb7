"""The unit that certifies: its `did:web`, its keys over time, and the URLs under which it publishes."""

from collections.abc import Sequence
from dataclasses import dataclass

from consultation.core.canonical import Json
from consultation.core.moments import ALWAYS, Period
from consultation.core.multikey import PublicKey

_PREFIX = "did:web:"
DID_CONTEXTS = ("https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1")


@dataclass(frozen=True, slots=True)
class UnitKey:
    """One of a unit's keys, in use or retired; `period` is when it was the unit's."""

    method: str
    key: PublicKey
    period: Period = ALWAYS


@dataclass(frozen=True, slots=True)
class Issuer:
    """The unit that certifies: a `did:web`, its name, and where its key stands in the DID document."""

    did: str
    name: str

    @property
    def method(self) -> str:
        """Of the Ed25519 key that signs checkpoints, entries, and by default certificates."""
        return f"{self.did}#key-1"

    @property
    def p256_method(self) -> str:
        """Of the key that signs certificates in the P-256 profile."""
        return f"{self.did}#key-p256"

    @property
    def path(self) -> str:
        """The DID without its method: the name of what is the unit's, such as a tree of certificates."""
        return self.did.removeprefix(_PREFIX)

    def status_url(self, consultation: str) -> str:
        """Where the unit publishes the status list of a consultation's certificates.

        A `did:web` has ':' for '/', and '%3A' before a port (did:web 2.5.2).
        """
        host, _, path = self.path.partition(":")
        place = f"{host.replace('%3A', ':')}/{path.replace(':', '/')}".rstrip("/")
        return f"https://{place}/status/{consultation}"

    def to_json(self) -> dict[str, Json]:
        """As it stands in a credential."""
        return {"id": self.did, "name": self.name}

    def document(self, keys: Sequence[UnitKey]) -> dict[str, Json]:
        """The DID document that the unit publishes, with all its keys.

        A retired key stays, with `expires` (Controlled Identifiers 1.0, 2.2): what it signed before stays
        verifiable. Raises ValueError on a key that is not under this DID, or twice.
        """
        names = [key.method for key in keys]
        strange = [name for name in names if name.partition("#")[0] != self.did]
        if strange or len(set(names)) < len(names):
            raise ValueError(f"keys of {self.did} are named '{self.did}#...', each once, found {names}")
        return {
            "@context": list(DID_CONTEXTS),
            "id": self.did,
            "verificationMethod": [self._published(key) for key in keys],
            "assertionMethod": list(names),
        }

    def _published(self, key: UnitKey) -> dict[str, Json]:
        ends: dict[str, Json] = {"expires": key.period.until} if key.period.until else {}
        return {
            "id": key.method,
            "type": "Multikey",
            "controller": self.did,
            "publicKeyMultibase": key.key.multikey,
            **ends,
        }
