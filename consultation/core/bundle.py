"""The certificate's bundle and its verification, link by link, offline and from pins alone.

A bundle is `certificate.vc.json`, `certificate.tlog-proof`, `anchor.json` and `status.vc.json`. The ledger's
verifier is injected, built from pins too, so that this module knows no ledger.
"""

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from consultation.core import canonical, certificate, links, records
from consultation.core.canonical import Json
from consultation.core.checkpoint import TlogProof
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof, Root, Verifier
from consultation.core.links import Keys, relabel
from consultation.core.links import Link as Link
from consultation.core.multikey import Ed25519Key
from consultation.core.note import decode_base64
from consultation.core.trust import PinnedKey

VC_NAME, PROOF_NAME = "certificate.vc.json", "certificate.tlog-proof"
ANCHOR_NAME, STATUS_NAME = "anchor.json", "status.vc.json"
NAMES = (VC_NAME, PROOF_NAME, ANCHOR_NAME, STATUS_NAME)
"""The parts of a bundle, as their files are called."""
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
        except ValueError as error:
            raise VerificationError("form", f"{ANCHOR_NAME}: {error}") from error
        return cls.from_json(value)

    @classmethod
    def from_json(cls, value: Json) -> "Anchor":
        """Raises VerificationError('form')."""
        try:
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
    """The four parts as bytes, nothing checked yet."""

    credential: bytes
    proof: bytes
    anchor: bytes
    status: bytes
    """The status list as it stood at some moment: a snapshot."""

    def __post_init__(self) -> None:
        for name, part in self.parts().items():
            if len(part) > MAX_PART_BYTES:
                raise VerificationError(
                    "form", f"{name} has {len(part)} bytes, at most {MAX_PART_BYTES} are allowed"
                )

    def parts(self) -> Mapping[str, bytes]:
        return dict(zip(NAMES, (self.credential, self.proof, self.anchor, self.status), strict=True))

    def as_of(self) -> str:
        """The moment that the snapshot claims. Raises VerificationError('form')."""
        return str(_credential(STATUS_NAME, self.status).get("validFrom"))


@dataclass(frozen=True, slots=True)
class Pins:
    """Whom a verifier believes, decided beforehand and never taken from a bundle."""

    issuers: Mapping[str, PinnedKey]
    """Verification method URL to the key, and when it was the unit's; retired keys included."""
    ledgers: Mapping[str, Mapping[str, Json]]
    """Ledger name to what its verifier pins."""
    roots: tuple[bytes, ...] = ()
    """Certificates (X.509, DER) that a PDF's signature may lead to."""

    def to_json(self) -> dict[str, Json]:
        keys = {method: pinned.to_json() for method, pinned in self.issuers.items()}
        roots: dict[str, Json] = {"roots": [_encode(root) for root in self.roots]} if self.roots else {}
        return {"v": 1, "issuers": keys, "ledgers": dict(self.ledgers), **roots}

    @classmethod
    def parse(cls, data: bytes) -> "Pins":
        """Raises ValueError saying what is wrong."""
        value = canonical.decode(data)
        names = {"v", "issuers", "ledgers"}
        if (
            not isinstance(value, dict)
            or value.keys() - {"roots"} != names
            or value["v"] is True
            or value["v"] != 1
        ):
            raise ValueError(
                "pins are an object with v = 1, issuers and ledgers, and roots where there are any"
            )
        issuers, ledgers, roots = value["issuers"], value["ledgers"], value.get("roots", [])
        if not isinstance(issuers, dict) or not isinstance(ledgers, dict) or not isinstance(roots, list):
            raise ValueError("issuers and ledgers are objects, roots is a list")
        keys = {method: PinnedKey.parse(method, key) for method, key in issuers.items()}
        pinned = {name: pins for name, pins in ledgers.items() if isinstance(pins, dict)}
        if len(pinned) < len(ledgers):
            raise ValueError("what is pinned of a ledger is an object")
        return cls(keys, pinned, tuple(_decode(root) for root in roots))


MakeVerifier = Callable[[str, Mapping[str, Json]], Verifier]
"""From a ledger's name and its pins to its verifier. Raises ValueError or a LedgerError."""


def verify(bundle: Bundle, pins: Pins | None, make_verifier: MakeVerifier) -> Iterator[Link]:
    """Check the chain and yield its links; ends after the first that breaks.

    Without pins the keys are taken from the bundle itself where it brings them, which shows only that it is
    consistent; with the P-256 profile it does not bring them. What is not known is yielded with `ok=None`.
    """
    return links.until_broken(_links(bundle, pins, make_verifier))


def _links(bundle: Bundle, pins: Pins | None, make_verifier: MakeVerifier) -> Iterator[Link]:
    credential, status = _credential(VC_NAME, bundle.credential), _credential(STATUS_NAME, bundle.status)
    try:
        kind = certificate.kind_of(credential)
    except ValueError as error:
        raise VerificationError("form", f"{VC_NAME}: {error}") from error
    anchor = Anchor.parse(bundle.anchor)
    proof = TlogProof.parse(bundle.proof)
    record = _record(anchor.entry)
    yield Link("form", True, f"the four parts of a {kind.value} are well formed")

    keys = Keys(Ed25519Key(bytes.fromhex(record.key)), pins.issuers if pins else None)
    yield from links.of_issuer(credential, keys)
    yield from links.of_status(credential, status, keys)
    yield from links.of_tree(credential, proof, keys)
    yield links.of_anchor(record, credential, proof)

    yield from ledger_links(anchor, pins, make_verifier)


def ledger_links(anchor: Anchor, pins: Pins | None, make_verifier: MakeVerifier) -> Iterator[Link]:
    """The last links of a chain: whoever is pinned vouches for the head, and the entry is under it.

    Raises VerificationError.
    """
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
    relabel("ledger-head", lambda: verifier.check_head(anchor.head))
    yield Link("ledger-head", True, f"{anchor.ledger}: a head of {anchor.head.size} entries")
    relabel(
        "ledger-inclusion",
        lambda: verifier.check_inclusion(anchor.entry, anchor.index, anchor.head, anchor.proof),
    )
    yield Link("ledger-inclusion", True, f"entry {anchor.index} is under that head")


def _credential(name: str, data: bytes) -> Mapping[str, Json]:
    try:
        value = canonical.decode(data)
    except ValueError as error:
        raise VerificationError("form", f"{name}: {error}") from error
    if not isinstance(value, dict):
        raise VerificationError("form", f"{name} is not a JSON object")
    return value


def _record(entry: bytes) -> records.Record:
    try:
        return records.verify(entry)
    except ValueError as error:
        raise VerificationError("anchor", f"the ledger's entry: {error}") from error


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(value: Json) -> bytes:
    if not isinstance(value, str):
        raise ValueError(f"base64 is a text, found {str(value)[:60]!r}")
    try:
        return decode_base64(value)
    except ValueError as error:
        raise ValueError(f"not base64: {value[:60]!r}") from error
