"""What is recorded on the ledger: one event per entry, as canonical JSON signed by a key the rules know.

An entry is an envelope (version, consultation, window, event), a salted commitment where the event has
something to keep closed, and a signature. It holds no name, unit, minute, text, or unsalted digest of
something personal: see docs/decisions/0005-what-is-on-the-ledger.md.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from consultation.core import canonical
from consultation.core.canonical import Json

VERSION = 1
MAX_ENTRY_BYTES = 4096
_DOMAIN = b"consultation-entry/1\n"
_ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_HEX_32 = re.compile(r"[0-9a-f]{64}")
_WINDOW = re.compile(r"\d{4}-\d\d-\d\dT\d\dZ")


class Kind(StrEnum):
    """The events of a consultation, in the order in which they may first come."""

    DRAFTED = "drafted"
    OPENED = "opened"
    OPINION = "opinion"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"
    SUMMARISED = "summarised"
    CERTIFIED = "certified"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft is laid before the public; the entry's key becomes the unit's key."""

    draft: str
    """Digest of the draft version: hex of 32 bytes."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Opinions are taken from now on, signed by one of the `service` keys."""

    service: tuple[str, ...]
    """Ed25519 public keys, hex of 32 bytes each, at least one."""


@dataclass(frozen=True, slots=True)
class OpinionGiven:
    """Somebody gave an opinion on one provision, or gave another one in place of theirs."""

    pseudonym: str
    """Of this person for this consultation and provision: hex of 32 bytes."""
    supersedes: str
    """Leaf hash of the opinion that this one replaces, or the empty string."""
    commitment: str
    """Root of the tree of salted fields: hex of 32 bytes; see `commitment`."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Somebody took an opinion back."""

    pseudonym: str
    withdraws: str
    """Leaf hash of the opinion taken back."""


@dataclass(frozen=True, slots=True)
class Closed:
    """No further opinion is taken."""

    received: int
    """Opinions on the ledger, superseded and withdrawn ones included."""
    counted: int
    """Opinions that stand."""


@dataclass(frozen=True, slots=True)
class Summarised:
    """The summary table with its responses is fixed."""

    summary: str
    """Digest of the table: hex of 32 bytes."""


@dataclass(frozen=True, slots=True)
class Certified:
    """Certificates are issued: one tree for all of them."""

    checkpoint: str
    """SHA-256 of the unit's signed checkpoint of the certificates' tree: hex of 32 bytes."""
    certificates: int


Event = Drafted | Opened | OpinionGiven | Withdrawn | Closed | Summarised | Certified

_EVENTS: Mapping[Kind, type[Event]] = {
    Kind.DRAFTED: Drafted,
    Kind.OPENED: Opened,
    Kind.OPINION: OpinionGiven,
    Kind.WITHDRAWN: Withdrawn,
    Kind.CLOSED: Closed,
    Kind.SUMMARISED: Summarised,
    Kind.CERTIFIED: Certified,
}
_KINDS = {event: kind for kind, event in _EVENTS.items()}


@dataclass(frozen=True, slots=True)
class Record:
    """One event as it stands in an entry."""

    consultation: str
    window: str
    """The hour in which it was recorded, UTC: '2026-11-23T10Z'."""
    event: Event
    key: str
    """The signer's Ed25519 public key: hex of 32 bytes."""

    @property
    def kind(self) -> Kind:
        return _KINDS[type(self.event)]


def sign(consultation: str, window: str, event: Event, key: SigningKey) -> bytes:
    """The entry's bytes. Raises ValueError when a field is not as its record says."""
    record = Record(consultation, window, event, bytes(key.verify_key).hex())
    _check(record)
    envelope = _envelope(record)
    signature = key.sign(_DOMAIN + canonical.encode(envelope)).signature
    return canonical.encode({**envelope, "signature": signature.hex()})


def parse(entry: bytes) -> Record:
    """Read an entry's bytes and check its form, not its signature. Raises ValueError saying what is wrong."""
    return _split(entry)[0]


def verify(entry: bytes) -> Record:
    """Read an entry and check form and signature. Raises ValueError saying what is wrong."""
    record, envelope, signature = _split(entry)
    try:
        VerifyKey(bytes.fromhex(record.key)).verify(_DOMAIN + canonical.encode(envelope), signature)
    except (BadSignatureError, ValueError) as error:
        raise ValueError(f"the signature does not hold under the entry's key {record.key[:16]}...") from error
    return record


def _envelope(record: Record) -> dict[str, Json]:
    event: dict[str, Json] = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in ((part.name, getattr(record.event, part.name)) for part in fields(record.event))
    }
    return {
        "v": VERSION,
        "consultation": record.consultation,
        "window": record.window,
        "kind": record.kind.value,
        "event": event,
        "key": record.key,
    }


def _split(entry: bytes) -> tuple[Record, dict[str, Json], bytes]:
    if len(entry) > MAX_ENTRY_BYTES:
        raise ValueError(f"an entry has at most {MAX_ENTRY_BYTES} bytes, found {len(entry)}")
    value = canonical.decode_canonical(entry)
    names = {"v", "consultation", "window", "kind", "event", "key", "signature"}
    if not isinstance(value, dict) or value.keys() != names:
        raise ValueError(f"an entry is an object with exactly {', '.join(sorted(names))}")
    if value["v"] is True or value["v"] != VERSION:
        raise ValueError(f"the version is {VERSION}, found {value['v']!r}")
    kinds = [kind.value for kind in Kind]
    if value["kind"] not in kinds:
        raise ValueError(f"the kind is one of {', '.join(kinds)}, found {value['kind']!r}")
    record = Record(
        _text(value["consultation"], "consultation", _ID),
        _text(value["window"], "window", _WINDOW),
        _event(_EVENTS[Kind(value["kind"])], value["event"]),
        _text(value["key"], "key", _HEX_32),
    )
    _check(record)
    signature = _text(value.pop("signature"), "signature", re.compile(r"[0-9a-f]{128}"))
    return record, value, bytes.fromhex(signature)


def _event(kind: type[Event], value: Json) -> Event:
    names = {part.name for part in fields(kind)}
    make: Callable[..., Event] = kind
    if not isinstance(value, dict) or value.keys() != names:
        raise ValueError(f"the event {_KINDS[kind].value!r} has exactly {', '.join(sorted(names))}")
    return make(**{name: tuple(item) if isinstance(item, list) else item for name, item in value.items()})


def _check(record: Record) -> None:
    """Every field has the shape that its record's docstring gives."""
    _text(record.consultation, "consultation", _ID)
    _text(record.window, "window", _WINDOW)
    for part in fields(record.event):
        value = getattr(record.event, part.name)
        match part.name:
            case "received" | "counted" | "certificates":
                if type(value) is not int or not 0 <= value < 2**53:
                    raise ValueError(f"{part.name} is a count, found {value!r}")
            case "service":
                if not isinstance(value, tuple) or not 1 <= len(value) <= 16:
                    raise ValueError("service is a list of 1 to 16 keys")
                for key in value:
                    _text(key, "service", _HEX_32)
            case "supersedes":
                if value != "":
                    _text(value, part.name, _HEX_32)
            case _:
                _text(value, part.name, _HEX_32)


def _text(value: Json, name: str, pattern: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{name} must match {pattern.pattern}, found {str(value)[:80]!r}")
    return value
