"""A whole consultation on a real signed database, and the certificates that come of it."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from nacl.signing import SigningKey

from backends import registry
from backends.ports import Setting
from consultation.core import canonical, certificate, checkpoint, merkle, records
from consultation.core.bundle import Anchor, Bundle, Pins
from consultation.core.canonical import Json
from consultation.core.certificate import Claims, Issuer
from consultation.core.checkpoint import Checkpoint
from consultation.core.events import (
    Approved,
    Certified,
    Closed,
    Drafted,
    Event,
    Opened,
    OpinionGiven,
    Reconciled,
    Responded,
    Summarised,
)
from consultation.core.ledger import Settled, Ticket
from tests.consultation.core.samples import NAME, WINDOW, digest

DID = "did:web:don-vi.example"


@dataclass(frozen=True, slots=True)
class Signers:
    """Everybody's keys, from one number."""

    number: int

    def key(self, use: int) -> SigningKey:
        return SigningKey(bytes([self.number, use]) * 16)

    @property
    def unit(self) -> SigningKey:
        return self.key(1)

    @property
    def service(self) -> SigningKey:
        return self.key(2)


@dataclass(frozen=True, slots=True)
class Published:
    """Certificates of one publication, and the pins of whoever believes in it."""

    bundles: tuple[Bundle, ...]
    pins: Pins


def publish(folder: Path, signers: Signers, name: str = NAME, did: str = DID, people: int = 3) -> Published:
    """Carry a consultation out on a signed database in `folder`, and certify it."""
    backend = registry.backend("signed-db")
    setting = Setting(folder, signers.key(3), "pilot.example/ledger", "rules", backend.options)
    deployment = backend.deploy(setting)
    ledger = deployment.connect()

    def put(event: Event, key: SigningKey) -> tuple[bytes, int]:
        entry = records.sign(name, WINDOW, event, key)
        (ticket,) = ledger.append([entry])
        assert isinstance(ticket, Ticket), ticket
        (settled,) = ledger.settle([ticket], timeout_s=10)
        assert isinstance(settled, Settled)
        return entry, settled.index

    put(Drafted(digest(1)), signers.unit)
    put(Approved(digest(1)), signers.unit)
    put(Opened((bytes(signers.service.verify_key).hex(),)), signers.unit)
    for person in range(people):
        put(OpinionGiven(digest(person + 1), "", digest(7)), signers.service)
    put(Closed(people, people), signers.unit)
    put(Reconciled(people, people, 0), signers.unit)
    put(Summarised(digest(2)), signers.unit)
    put(Responded(digest(4)), signers.unit)

    issuer = Issuer(did, "Sở Tư pháp")
    claims = Claims(
        name, "Quyết định về chợ", digest(1), WINDOW, WINDOW, people, people, {"agree": people}, digest(2)
    )
    made = [
        certificate.issue(issuer, claims, f"urn:uuid:{person:032x}", "2026-11-23T10:11:12Z", signers.unit)
        for person in range(people)
    ]
    written = [canonical.encode(one) for one in made]
    tree = merkle.Tree(map(merkle.leaf_hash, written))
    signed = checkpoint.sign(
        Checkpoint(f"don-vi.example/certificates/{name}", people, tree.root()), signers.unit
    )
    entry, index = put(Certified(sha256(signed.encode()).hexdigest(), people), signers.unit)
    head = ledger.head()
    anchor = Anchor("signed-db", entry, index, ledger.prove_inclusion(index, head), head)
    pins = Pins({issuer.method: bytes(signers.unit.verify_key)}, {"signed-db": deployment.pins()})
    ledger.close()
    deployment.stop()
    bundles = (
        Bundle(one, checkpoint.encode_proof(tree, at, signed), canonical.encode(anchor.to_json()))
        for at, one in enumerate(written)
    )
    return Published(tuple(bundles), pins)


def leaves(value: Json, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The path to every leaf of a JSON value."""
    if isinstance(value, dict):
        return [leaf for name, item in value.items() for leaf in leaves(item, (*path, name))]
    if isinstance(value, list):
        return [leaf for at, item in enumerate(value) for leaf in leaves(item, (*path, at))]
    return [path]


def changed(value: Json, path: tuple[str | int, ...], to: Json) -> Json:
    """The value with another leaf at `path`."""
    if not path:
        return to
    step, rest = path[0], path[1:]
    if isinstance(value, dict):
        return {name: changed(item, rest, to) if name == step else item for name, item in value.items()}
    if isinstance(value, list):
        return [changed(item, rest, to) if at == step else item for at, item in enumerate(value)]
    raise ValueError(f"nothing at {step!r}")


def leaf_at(value: Json, path: tuple[str | int, ...]) -> Json:
    """What stands at `path`."""
    for step in path:
        if isinstance(value, dict):
            value = value[str(step)]
        elif isinstance(value, list):
            value = value[int(step)]
    return value
