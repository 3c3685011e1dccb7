"""A whole consultation on a real signed database, and the certificates that come of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from backends import registry
from backends.ports import Setting
from consultation.core import canonical, publication, records
from consultation.core.bundle import Anchor, Bundle, Pins
from consultation.core.canonical import Json
from consultation.core.certificate import Claims, Consulted, Kind, UnitOpinion
from consultation.core.drafts import Opinion, Stance
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
from consultation.core.issuer import Issuer
from consultation.core.ledger import Settled, Ticket
from consultation.core.multikey import Ed25519Key, Ed25519Method, P256Method, SigningMethod
from consultation.core.trust import PinnedKey
from tests.consultation.core.samples import NAME, WINDOW, digest

DID = "did:web:don-vi.example"
CREATED = "2026-11-23T10:11:12Z"
LATER = "2027-01-05T02:00:00Z"


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

    def p256(self, issuer: Issuer) -> P256Method:
        """The unit's key of the P-256 profile."""
        return P256Method.of_number(issuer.p256_method, 1000 + self.number)


@dataclass(frozen=True, slots=True)
class Published:
    """Certificates of one publication, and the pins of whoever believes in it."""

    bundles: tuple[Bundle, ...]
    pins: Pins
    issuer: Issuer
    method: SigningMethod
    """With which credentials and status list are signed."""


def claims(name: str = NAME, people: int = 3) -> Claims:
    """What all certificates of a publication say."""
    consulted = Consulted(
        consultation=name,
        title="Quyết định về chợ",
        legal_basis="Luật 64/2025/QH15, Điều 6 khoản 4",
        version=2,
        draft=digest(1),
        opened=WINDOW,
        closed=WINDOW,
        channel="portal",
    )
    stances = {"agree": people, "agree_with_comments": 0, "disagree": 0, "no_opinion": 0}
    return Claims(consulted, people, people, stances, digest(2))


def publish(
    folder: Path,
    signers: Signers,
    name: str = NAME,
    did: str = DID,
    people: int = 3,
    *,
    p256: bool = False,
    kind: Kind = Kind.PARTICIPATION,
) -> Published:
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
    put(Responded(digest(4), 1), signers.unit)

    issuer = Issuer(did, "Sở Tư pháp")
    method = signers.p256(issuer) if p256 else Ed25519Method(issuer.method, signers.unit)
    ids = [f"urn:uuid:{person:032x}" for person in range(people)]
    said = claims(name, people)
    if kind is Kind.PARTICIPATION:
        made = publication.publish(issuer, said, ids, CREATED, signers.unit, method)
    else:
        opinion = UnitOpinion("1/STP", "Giám đốc", (Opinion("", "", Stance.DISAGREE, "Không thống nhất."),))
        made = publication.publish_unit_opinions(
            issuer,
            "Sở Công Thương",
            said.consulted,
            dict.fromkeys(ids, opinion),
            CREATED,
            signers.unit,
            method,
        )
    entry, index = put(Certified(made.digest, people), signers.unit)
    head = ledger.head()
    anchor = Anchor("signed-db", entry, index, ledger.prove_inclusion(index, head), head)
    unit = {issuer.method: PinnedKey(Ed25519Key(bytes(signers.unit.verify_key)))}
    pins = Pins({**unit, method.id: PinnedKey(method.public)}, {"signed-db": deployment.pins()})
    ledger.close()
    deployment.stop()
    written = canonical.encode(anchor.to_json())
    bundles = (Bundle(credential, proof, written, made.status) for credential, proof in made.certificates)
    return Published(tuple(bundles), pins, issuer, method)


def snapshot(
    published: Published, revoked: Iterable[int] = (), as_of: str = LATER, name: str = NAME
) -> bytes:
    """A later status list of the same unit."""
    people = len(published.bundles)
    return publication.snapshot(published.issuer, name, people, revoked, as_of, published.method)


def edited(part: bytes, *edits: tuple[Sequence[str | int], Json]) -> bytes:
    """A part of JSON with other leaves."""
    value = canonical.decode(part)
    for path, to in edits:
        value = changed(value, tuple(path), to)
    return canonical.encode(value)


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
