"""The links of a certificate's chain up to the ledger: each holds, breaks with a sentence, or is not known.

A link is not known where no pin tells whose key it is and the bundle brings none. What a bundle brings is the
key of its ledger entry: enough to see that its parts agree, and nothing to believe in.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from consultation.core import canonical, certificate, integrity, status_list
from consultation.core.canonical import Json
from consultation.core.checkpoint import Policy, TlogProof
from consultation.core.errors import VerificationError
from consultation.core.events import Certified
from consultation.core.moments import parse
from consultation.core.multikey import Ed25519Key, Suite
from consultation.core.note import KeyType, NoteKey
from consultation.core.records import Record
from consultation.core.status_list import StatusEntry
from consultation.core.trust import PinnedKey, controller, issuer_of, under

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: `ok` is None where it could not be checked for want of a pin."""

    name: str
    ok: bool | None
    detail: str


@dataclass(frozen=True, slots=True)
class Keys:
    """What signatures are checked with: the pinned keys, or without pins what the bundle brings."""

    unit: Ed25519Key
    """The key of the ledger's entry, as the entry itself says."""
    pinned: Mapping[str, PinnedKey] | None
    """Verification method to key; None without pins, which is not the same as no key pinned."""

    def of(self, method: str) -> PinnedKey | None:
        """The key to check a credential with; None without pins: then the caller asks what the bundle brings.

        Raises VerificationError('issuer') where there are pins and the method is not among them.
        """
        if self.pinned is None:
            return None
        found = self.pinned.get(method)
        if found is None:
            raise VerificationError("issuer", f"{method} is not among the pinned issuers")
        return found

    def brought(self, secured: Mapping[str, Json]) -> PinnedKey | None:
        """The entry's key, for a credential that is not under P-256: no bundle brings a P-256 key."""
        return PinnedKey(self.unit) if integrity.suite(secured) is Suite.EDDSA else None


def of_issuer(credential: Mapping[str, Json], keys: Keys) -> Iterator[Link]:
    """The key is the issuer's and pinned, the signature is by it, and it was the issuer's at that time."""
    method, _ = controller(credential)
    suite = integrity.suite(credential).value
    pinned = keys.of(method)
    yield Link("issuer", True if pinned else None, f"{method}{'' if pinned else ': issuer not pinned'}")
    believed = pinned or keys.brought(credential)
    if believed is None:
        detail = f"{suite} by {method}: no bundle brings this key, so without pins it cannot be checked"
        yield Link("credential-signature", None, detail)
    else:
        integrity.verify(credential, believed.key)
        yield Link("credential-signature", True, f"{suite} by {method}")
    if pinned is None:
        yield Link("key-period", None, f"{method} is not pinned, so when it was the unit's is not known")
    else:
        pinned.check("key-period", method, str(credential.get("validFrom")))
        yield Link("key-period", True, f"{method} is pinned {pinned.period}")


def of_status(credential: Mapping[str, Json], status: Mapping[str, Json], keys: Keys) -> Iterator[Link]:
    """The snapshot is by the same issuer, not older than the certificate, and its bit is not set."""
    believed = relabel("status-signature", lambda: _status_key(credential, status, keys))
    method, as_of = integrity.verification_method(status), str(status.get("validFrom"))
    if believed is None:
        yield Link("status-signature", None, f"{method}: not pinned, and no bundle brings this key")
    else:
        relabel("status-signature", lambda: integrity.verify(status, believed.key))
        believed.check("status-signature", method, as_of)
        yield Link("status-signature", True, f"the status list is signed by {method}")
    try:
        entry = StatusEntry.parse(credential.get("credentialStatus"))
        revoked = status_list.read(status, entry.url).is_set(entry.index)
        created = str(credential.get("validFrom"))
        if parse(as_of) < parse(created):
            raise ValueError(
                f"the list is as of {as_of}, before the certificate of {created}: bring a newer one"
            )
    except ValueError as error:
        raise VerificationError("status", str(error)) from error
    if revoked:
        raise VerificationError("status", f"revoked or superseded, as of {as_of}: bit {entry.index} is set")
    yield Link("status", True if believed else None, f"not revoked as of {as_of}")


def of_tree(credential: Mapping[str, Json], proof: TlogProof, keys: Keys) -> Iterator[Link]:
    """The unit's Ed25519 key is the issuer's, whichever signed the credential; it has signed the tree."""
    did, unit = issuer_of(credential), keys.unit
    if keys.pinned is None:
        yield Link("unit-key", None, f"checkpoint and entry are by {unit.multikey}, which is not pinned")
    else:
        method = _held(did, unit, keys.pinned, str(credential.get("validFrom")))
        yield Link("unit-key", True, f"checkpoint and entry are by {method}")
    origin = proof.checkpoint.partition(b"\n")[0].decode(errors="replace")
    try:
        policy = Policy(NoteKey(origin, KeyType.ED25519, unit.data))
        checkpoint = proof.check(canonical.encode(credential), policy)
    except VerificationError as error:
        link = "certificate-proof" if error.link == "certificate-proof" else "certificate-checkpoint"
        raise VerificationError(link, error.message) from error
    yield Link(
        "certificate-proof", True, f"certificate {proof.index} of {checkpoint.size} in the unit's tree"
    )


def of_anchor(record: Record, credential: Mapping[str, Json], proof: TlogProof) -> Link:
    """The ledger's entry names this checkpoint and this consultation."""
    event = record.event
    if not isinstance(event, Certified):
        raise VerificationError("anchor", f"the ledger's entry is '{record.kind.value}', not 'certified'")
    if event.checkpoint != sha256(proof.checkpoint).hexdigest():
        raise VerificationError("anchor", "the ledger's entry names another checkpoint of certificates")
    claimed = certificate.consultation_of(credential)
    if claimed != record.consultation:
        raise VerificationError("anchor", f"the entry is of {record.consultation!r}, not of {claimed!r}")
    return Link("anchor", True, "the ledger's entry names this tree of certificates")


def until_broken(chain: Iterator[Link]) -> Iterator[Link]:
    """The links of a chain; a VerificationError in it is the broken one, and the last."""
    try:
        yield from chain
    except VerificationError as error:
        yield Link(error.link, False, error.message)


def relabel(link: str, check: Callable[[], Result]) -> Result:
    """Do a check whose own links mean nothing in this chain; its VerificationError comes back as `link`."""
    try:
        return check()
    except VerificationError as error:
        raise VerificationError(link, f"{error.link}: {error.message}") from error


def _status_key(credential: Mapping[str, Json], status: Mapping[str, Json], keys: Keys) -> PinnedKey | None:
    method, by = controller(status)
    did = issuer_of(credential)
    if by != did:
        raise VerificationError("issuer", f"the status list is by {by!r}, the certificate by {did!r}")
    pinned = keys.of(method)
    same = method == integrity.verification_method(credential)
    return pinned or (keys.brought(status) if same else None)


def _held(did: str, unit: Ed25519Key, pinned: Mapping[str, PinnedKey], created: str) -> str:
    """The method under which the unit's key is pinned at the time; raises VerificationError('unit-key')."""
    held = [(method, pin) for method, pin in under(did, pinned) if pin.key == unit]
    if not held:
        raise VerificationError(
            "unit-key", f"checkpoint and entry are by {unit.multikey}, which is not pinned under {did}"
        )
    method, pin = held[0]
    pin.check("unit-key", method, created)
    return method
