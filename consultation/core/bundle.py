"""The certificate's bundle and its verification, link by link, offline and from pins alone.

A bundle is `certificate.vc.json`, `certificate.tlog-proof` and `anchor.json`. The ledger's verifier is
injected, built from pins too, so that this module knows no ledger.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from consultation.core import canonical, integrity, records
from consultation.core.canonical import Json
from consultation.core.checkpoint import Policy, TlogProof
from consultation.core.errors import VerificationError
from consultation.core.events import Certified
from consultation.core.ledger import Head, Proof, Root, Verifier
from consultation.core.note import KeyType, NoteKey, decode_base64

VC_NAME, PROOF_NAME, ANCHOR_NAME = "certificate.vc.json", "certificate.tlog-proof", "anchor.json"
MAX_PART_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """The event 'certificates issued' on a ledger: its entry, place, proof, and the head that covers it."""

    ledger: str
    entry: bytes
    index: int
    proof: Proof
    head: Head

    def to_json(self) -> dict[str, Json]:
        return {
            "ledger": self.ledger,
            "entry": _encode(self.entry),
            "index": self.index,
            "proof": _encode(self.proof.data),
            "head": head_to_json(self.head),
        }

    @classmethod
    def parse(cls, data: bytes) -> "Anchor":
        """Raises VerificationError('form')."""
        try:
            value = canonical.decode(data)
            if not isinstance(value, dict) or value.keys() != {"ledger", "entry", "index", "proof", "head"}:
                raise ValueError("an anchor has exactly entry, head, index, ledger, proof")
            index = value["index"]
            if type(index) is not int or index < 0 or not isinstance(value["ledger"], str):
                raise ValueError("index is a count, ledger a name")
            head = head_from_json(value["head"])
            return cls(value["ledger"], _decode(value["entry"]), index, Proof(_decode(value["proof"])), head)
        except ValueError as error:
            raise VerificationError("form", f"{ANCHOR_NAME}: {error}") from error


def head_to_json(head: Head) -> dict[str, Json]:
    return {"size": head.size, "root": head.root.hex(), "attestation": _encode(head.attestation)}


def head_from_json(value: Json) -> Head:
    """Raises ValueError."""
    if not isinstance(value, dict) or value.keys() != {"size", "root", "attestation"}:
        raise ValueError("a head has exactly attestation, root, size")
    size = value["size"]
    if type(size) is not int or size < 0:
        raise ValueError(f"a head's size is a count, found {size!r}")
    root = value["root"]
    if not isinstance(root, str) or len(root) != 64 or root != bytes.fromhex(root).hex():
        raise ValueError("a head's root is 64 hex digits")
    return Head(size, Root(bytes.fromhex(root)), _decode(value["attestation"]))


@dataclass(frozen=True, slots=True)
class Bundle:
    """The three parts as bytes, nothing checked yet."""

    credential: bytes
    proof: bytes
    anchor: bytes

    def __post_init__(self) -> None:
        for name, part in self.parts().items():
            if len(part) > MAX_PART_BYTES:
                raise VerificationError(
                    "form", f"{name} has {len(part)} bytes, at most {MAX_PART_BYTES} are allowed"
                )

    def parts(self) -> Mapping[str, bytes]:
        return {VC_NAME: self.credential, PROOF_NAME: self.proof, ANCHOR_NAME: self.anchor}


@dataclass(frozen=True, slots=True)
class Pins:
    """Whom a verifier believes, decided beforehand and never taken from a bundle."""

    issuers: Mapping[str, bytes]
    """Verification method URL to Ed25519 public key."""
    ledgers: Mapping[str, Mapping[str, Json]]
    """Ledger name to what its verifier pins."""

    def to_json(self) -> dict[str, Json]:
        keys = {method: integrity.multikey(key) for method, key in self.issuers.items()}
        return {"v": 1, "issuers": keys, "ledgers": dict(self.ledgers)}

    @classmethod
    def parse(cls, data: bytes) -> "Pins":
        """Raises ValueError saying what is wrong."""
        value = canonical.decode(data)
        if not isinstance(value, dict) or value.keys() != {"v", "issuers", "ledgers"} or value["v"] != 1:
            raise ValueError("pins are an object with v = 1, issuers and ledgers")
        issuers, ledgers = value["issuers"], value["ledgers"]
        if not isinstance(issuers, dict) or not isinstance(ledgers, dict):
            raise ValueError("issuers and ledgers are objects")
        keys = {method: integrity.parse_multikey(str(key)) for method, key in issuers.items()}
        pinned = {name: pins for name, pins in ledgers.items() if isinstance(pins, dict)}
        if len(pinned) < len(ledgers):
            raise ValueError("what is pinned of a ledger is an object")
        return cls(keys, pinned)


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain: `ok` is None where it could not be checked for want of a pin."""

    name: str
    ok: bool | None
    detail: str


MakeVerifier = Callable[[str, Mapping[str, Json]], Verifier]
"""From a ledger's name and its pins to its verifier. Raises ValueError or a LedgerError."""


def verify(bundle: Bundle, pins: Pins | None, make_verifier: MakeVerifier) -> Iterator[Link]:
    """Check the chain and yield its links; ends after the first that breaks.

    Without pins (or where the issuer or ledger is not among them) the keys are taken from the bundle
    itself, which shows only that it is consistent: those links are yielded with `ok=None`.
    """
    try:
        yield from _links(bundle, pins, make_verifier)
    except VerificationError as error:
        yield Link(error.link, False, error.message)


def _links(bundle: Bundle, pins: Pins | None, make_verifier: MakeVerifier) -> Iterator[Link]:
    credential = _credential(bundle.credential)
    anchor = Anchor.parse(bundle.anchor)
    proof = TlogProof.parse(bundle.proof)
    record = _record(anchor.entry)
    yield Link("form", True, "the three parts are well formed")

    method = _method(credential)
    pinned = pins.issuers.get(method) if pins else None
    key = pinned or bytes.fromhex(record.key)
    if pins and pinned is None:
        raise VerificationError("issuer", f"{method} is not among the pinned issuers")
    yield Link("issuer", True if pinned else None, f"{method}{'' if pinned else ': issuer not pinned'}")
    integrity.verify(credential, key)
    yield Link("credential-signature", True, f"{integrity.SUITE} by {method}")

    checkpoint = _in_tree(credential, proof, key)
    yield Link("certificate-proof", True, f"certificate {proof.index} of {checkpoint} in the unit's tree")

    _check_anchor(anchor, record, credential, proof, key)
    yield Link("anchor", True, "the ledger's entry names this tree of certificates")

    ledger_pins = pins.ledgers.get(anchor.ledger) if pins else None
    if ledger_pins is None:
        if pins:
            raise VerificationError("ledger-pins", f"the ledger {anchor.ledger!r} is not pinned")
        yield Link("ledger-head", None, f"the ledger {anchor.ledger!r} is not pinned")
        return
    try:
        verifier = make_verifier(anchor.ledger, ledger_pins)
    except Exception as error:
        raise VerificationError(
            "ledger-pins", f"the pins of {anchor.ledger!r} do not fit: {error}"
        ) from error
    _relabel("ledger-head", lambda: verifier.check_head(anchor.head))
    yield Link("ledger-head", True, f"{anchor.ledger}: a head of {anchor.head.size} entries")
    _relabel(
        "ledger-inclusion",
        lambda: verifier.check_inclusion(anchor.entry, anchor.index, anchor.head, anchor.proof),
    )
    yield Link("ledger-inclusion", True, f"entry {anchor.index} is under that head")


def _credential(data: bytes) -> Mapping[str, Json]:
    try:
        value = canonical.decode(data)
    except ValueError as error:
        raise VerificationError("form", f"{VC_NAME}: {error}") from error
    if not isinstance(value, dict):
        raise VerificationError("form", f"{VC_NAME} is not a JSON object")
    return value


def _record(entry: bytes) -> records.Record:
    try:
        return records.verify(entry)
    except ValueError as error:
        raise VerificationError("anchor", f"the ledger's entry: {error}") from error


def _method(credential: Mapping[str, Json]) -> str:
    method = integrity.verification_method(credential)
    issuer = credential.get("issuer")
    did = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    if method.partition("#")[0] != did:
        raise VerificationError("issuer", f"the key {method!r} is not controlled by the issuer {did!r}")
    return method


def _in_tree(credential: Mapping[str, Json], proof: TlogProof, key: bytes) -> int:
    origin = proof.checkpoint.partition(b"\n")[0].decode(errors="replace")
    try:
        policy = Policy(NoteKey(origin, KeyType.ED25519, key))
        return proof.check(canonical.encode(credential), policy).size
    except VerificationError as error:
        link = "certificate-proof" if error.link == "certificate-proof" else "certificate-checkpoint"
        raise VerificationError(link, error.message) from error


def _check_anchor(
    anchor: Anchor, record: records.Record, credential: Mapping[str, Json], proof: TlogProof, key: bytes
) -> None:
    if record.key != key.hex():
        raise VerificationError("anchor", "the ledger's entry is not signed by the issuer's key")
    event = record.event
    if not isinstance(event, Certified):
        raise VerificationError("anchor", f"the ledger's entry is '{record.kind.value}', not 'certified'")
    if event.checkpoint != sha256(proof.checkpoint).hexdigest():
        raise VerificationError("anchor", "the ledger's entry names another checkpoint of certificates")
    subject = credential.get("credentialSubject")
    consultation = subject.get("consultation") if isinstance(subject, Mapping) else None
    claimed = consultation.get("id") if isinstance(consultation, Mapping) else None
    if claimed != record.consultation:
        raise VerificationError("anchor", f"the entry is of {record.consultation!r}, not of {claimed!r}")


def _relabel(link: str, check: Callable[[], None]) -> None:
    try:
        check()
    except VerificationError as error:
        raise VerificationError(link, f"{error.link}: {error.message}") from error


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(value: Json) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"base64 is a text, found {str(value)[:60]!r}")
    try:
        return decode_base64(value)
    except ValueError as error:
        raise ValueError(f"not base64: {value[:60]!r}") from error
