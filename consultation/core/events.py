"""The events of a consultation, one a ledger entry: what each holds, and which shape each field has.

They are the process that a drafting unit is bound to: a draft is approved for posting, opened (its version is
frozen), perhaps extended or revised, closed, reconciled, summarised, responded to, published, and sent for
appraisal, after which it has a second round, is promulgated, or is given up. Which may follow which is in
`admission`; how an event is written and signed, in `records`.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from consultation.core import moments
from consultation.core.canonical import MAX_INTEGER, Json

MAX_KEYS = 16
ID = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
HEX_32 = re.compile(r"[0-9a-f]{64}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


class Kind(StrEnum):
    """The kinds of events, in the order in which they may first come."""

    DRAFTED = "drafted"
    REVISED = "revised"
    APPROVED = "approved"
    OPENED = "opened"
    EXTENDED = "extended"
    OPINION = "opinion"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    CLOSED = "closed"
    EXCLUDED = "excluded"
    RECONCILED = "reconciled"
    SUMMARISED = "summarised"
    RESPONDED = "responded"
    CERTIFIED = "certified"
    REVOKED = "revoked"
    REDACTED = "redacted"
    APPRAISED = "appraised"
    SECOND_ROUND = "second-round"
    PROMULGATED = "promulgated"
    ABANDONED = "abandoned"
    ROTATED = "rotated"


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft is laid down as version 1; the entry's key becomes the unit's key."""

    draft: str
    """Digest of the draft version: hex of 32 bytes."""
    after: str = ""
    """The consultation of which this is the second round, or empty."""


@dataclass(frozen=True, slots=True)
class Revised:
    """Another version takes the place of the draft; while open, with a notice and a deadline of its own."""

    draft: str
    version: int
    """One more than before."""
    closes: str
    """The new deadline while open, not before the old one; else empty."""


@dataclass(frozen=True, slots=True)
class Approved:
    """The draft as it stands may be posted."""

    draft: str


@dataclass(frozen=True, slots=True)
class Opened:
    """Opinions are taken from now on, signed by one of the `service` keys."""

    service: tuple[str, ...]
    """Ed25519 public keys, hex of 32 bytes each, 1 to 16 of them."""
    closes: str = ""
    """The last second of the posting, RFC 3339 in UTC; empty where no deadline binds."""


@dataclass(frozen=True, slots=True)
class Extended:
    """Opinions are taken longer."""

    closes: str


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
class Erased:
    """A tombstone: the key, text and salts of an opinion are destroyed, its commitment opens no more."""

    pseudonym: str
    erases: str
    """Leaf hash of the opinion."""


@dataclass(frozen=True, slots=True)
class Closed:
    """No further opinion is taken."""

    received: int
    """Opinions on the ledger, superseded, withdrawn and erased ones included."""
    counted: int
    """Opinions that stand."""


@dataclass(frozen=True, slots=True)
class Excluded:
    """An opinion that stands is not counted."""

    pseudonym: str
    excludes: str
    """Leaf hash of the opinion."""
    reason: str
    """A reason code, in kebab case."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """Every opinion that stood at the close is counted or excluded."""

    received: int
    counted: int
    excluded: int


@dataclass(frozen=True, slots=True)
class Summarised:
    """The summary table's opinions are fixed."""

    summary: str
    """Digest of the table without responses: hex of 32 bytes."""


@dataclass(frozen=True, slots=True)
class Responded:
    """Every row of the table has its response; after the publication, responses have changed."""

    table: str
    """Digest of the table with its responses: hex of 32 bytes."""
    edition: int
    """Of the certificates to come, from 1: the same responses again are another act."""


@dataclass(frozen=True, slots=True)
class Certified:
    """The table is published and certificates are issued: one tree for all of them."""

    checkpoint: str
    """SHA-256 of the unit's signed checkpoint of the certificates' tree: hex of 32 bytes."""
    certificates: int


@dataclass(frozen=True, slots=True)
class Revoked:
    """Certificates are revoked or superseded."""

    status: str
    """SHA-256 of the status list's signed credential: hex of 32 bytes."""
    revoked: int
    """How many of its entries are set."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """Erased words were struck from the table; its numbers are the same."""

    summary: str
    """Digest of the table without responses as it is now: hex of 32 bytes."""
    table: str
    """The same with its responses; empty before there are any."""


@dataclass(frozen=True, slots=True)
class Appraised:
    """The dossier is sent for appraisal."""

    dossier: str
    """Digest of what was sent: hex of 32 bytes."""


@dataclass(frozen=True, slots=True)
class SecondRound:
    """Opinions are asked for again, in a consultation of its own."""

    next: str


@dataclass(frozen=True, slots=True)
class Promulgated:
    """The document is issued."""

    document: str
    """Digest of the document as issued: hex of 32 bytes."""


@dataclass(frozen=True, slots=True)
class Abandoned:
    """The draft is given up."""

    reason: str
    """A reason code, in kebab case."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """Keys change; signed by the unit's key of before. Both are stated whole, changed or not."""

    unit: str
    service: tuple[str, ...]


Event = (
    Drafted
    | Revised
    | Approved
    | Opened
    | Extended
    | OpinionGiven
    | Withdrawn
    | Erased
    | Closed
    | Excluded
    | Reconciled
    | Summarised
    | Responded
    | Certified
    | Revoked
    | Redacted
    | Appraised
    | SecondRound
    | Promulgated
    | Abandoned
    | Rotated
)

EVENTS: Mapping[Kind, type[Event]] = {
    Kind.DRAFTED: Drafted,
    Kind.REVISED: Revised,
    Kind.APPROVED: Approved,
    Kind.OPENED: Opened,
    Kind.EXTENDED: Extended,
    Kind.OPINION: OpinionGiven,
    Kind.WITHDRAWN: Withdrawn,
    Kind.ERASED: Erased,
    Kind.CLOSED: Closed,
    Kind.EXCLUDED: Excluded,
    Kind.RECONCILED: Reconciled,
    Kind.SUMMARISED: Summarised,
    Kind.RESPONDED: Responded,
    Kind.CERTIFIED: Certified,
    Kind.REVOKED: Revoked,
    Kind.REDACTED: Redacted,
    Kind.APPRAISED: Appraised,
    Kind.SECOND_ROUND: SecondRound,
    Kind.PROMULGATED: Promulgated,
    Kind.ABANDONED: Abandoned,
    Kind.ROTATED: Rotated,
}
KINDS: Mapping[type[Event], Kind] = {event: kind for kind, event in EVENTS.items()}
_NAMES: Mapping[type[Event], tuple[str, ...]] = {
    event: tuple(part.name for part in fields(event)) for event in KINDS
}
"""Of an event's fields: looked up once, since entries are read and written a million times."""


def read(kind: Kind, value: Json) -> Event:
    """An event from its JSON. Raises ValueError saying which field is wrong."""
    made = EVENTS[kind]
    names = _NAMES[made]
    if not isinstance(value, dict) or value.keys() != set(names):
        raise ValueError(f"the event {kind.value!r} has exactly {', '.join(sorted(names)) or 'no fields'}")
    make: Callable[..., Event] = made
    event = make(**{name: tuple(item) if isinstance(item, list) else item for name, item in value.items()})
    check(event)
    return event


def write(event: Event) -> dict[str, Json]:
    """The event's JSON."""
    found = ((name, getattr(event, name)) for name in _NAMES[type(event)])
    return {name: list(value) if isinstance(value, tuple) else value for name, value in found}


def check(event: Event) -> None:
    """Every field has the shape that its docstring gives. Raises ValueError."""
    for name in _NAMES[type(event)]:
        _SHAPES.get(name, _digest)(name, getattr(event, name))


def text(value: Json, name: str, pattern: re.Pattern[str]) -> str:
    """A text of that form. Raises ValueError."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(f"{name} must match {pattern.pattern}, found {str(value)[:80]!r}")
    return value


Check = Callable[[str, Json], None]


def _digest(name: str, value: Json) -> None:
    text(value, name, HEX_32)


def _id(name: str, value: Json) -> None:
    text(value, name, ID)


def _instant(name: str, value: Json) -> None:
    moments.parse(text(value, name, _INSTANT))


def _or_empty(check: Check) -> Check:
    def checked(name: str, value: Json) -> None:
        if value != "":
            check(name, value)

    return checked


def _count(name: str, value: Json) -> None:
    if type(value) is not int or not 0 <= value <= MAX_INTEGER:
        raise ValueError(f"{name} is a count, found {value!r}")


def _keys(name: str, value: Json) -> None:
    if not isinstance(value, tuple) or not 1 <= len(value) <= MAX_KEYS:
        raise ValueError(f"{name} is a list of 1 to {MAX_KEYS} keys")
    for key in value:
        text(key, name, HEX_32)


_SHAPES: Mapping[str, Check] = {
    "after": _or_empty(_id),
    "certificates": _count,
    "closes": _or_empty(_instant),
    "counted": _count,
    "edition": _count,
    "excluded": _count,
    "next": _id,
    "reason": _id,
    "received": _count,
    "revoked": _count,
    "service": _keys,
    "supersedes": _or_empty(_digest),
    "table": _or_empty(_digest),
    "version": _count,
}
