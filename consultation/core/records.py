"""What is recorded on the ledger: one event per entry, as canonical JSON signed by a key the rules know.

An entry is an envelope (version, consultation, window, event), a salted commitment where the event has
something to keep closed, and a signature. It holds no name, unit, minute, text, or unsalted digest of
something personal: see docs/decisions/0005-what-is-on-the-ledger.md.
"""

import re
from dataclasses import dataclass

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from consultation.core import canonical, events
from consultation.core.canonical import Json
from consultation.core.events import HEX_32, ID, KINDS, Event, Kind, text

VERSION = 1
MAX_ENTRY_BYTES = 4096
_DOMAIN = b"consultation-entry/1\n"
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
_WINDOW = re.compile(r"\d{4}-\d\d-\d\dT\d\dZ", re.ASCII)
_NAMES = frozenset({"v", "consultation", "window", "kind", "event", "key", "signature"})
_KINDS = {kind.value: kind for kind in Kind}
_WRITTEN = {event: kind.value for event, kind in KINDS.items()}
"""An enumeration's `value` is looked up slowly, and an entry is written and read a million times."""


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
        return KINDS[type(self.event)]


def sign(consultation: str, window: str, event: Event, key: SigningKey) -> bytes:
    """The entry's bytes. Raises ValueError when a field is not as its record says."""
    text(consultation, "consultation", ID)
    text(window, "window", _WINDOW)
    events.check(event)
    record = Record(consultation, window, event, bytes(key.verify_key).hex())
    envelope = canonical.encode(_envelope(record))
    signature = key.sign(_DOMAIN + envelope).signature
    # In the order of names the signature stands between the key and the version, after which all is known.
    at = len(envelope) - len(f'"v":{VERSION},"window":"{window}"}}')
    return b'%b"signature":"%b",%b' % (envelope[:at], signature.hex().encode(), envelope[at:])


def parse(entry: bytes) -> Record:
    """Read an entry's bytes and check its form, not its signature. Raises ValueError saying what is wrong."""
    return _split(entry)[0]


def verify(entry: bytes) -> Record:
    """Read an entry and check form and signature. Raises ValueError saying what is wrong."""
    record, signature = _split(entry)
    try:
        # What was signed is the entry without this one field, which `v` and `window` alone follow.
        at = entry.rindex(b'"signature":"')
        signed = _DOMAIN + entry[:at] + entry[at + 143 :]
        VerifyKey(bytes.fromhex(record.key)).verify(signed, signature)
    except (BadSignatureError, ValueError) as error:
        raise ValueError(f"the signature does not hold under the entry's key {record.key[:16]}...") from error
    return record


def _envelope(record: Record) -> dict[str, Json]:
    return {
        "v": VERSION,
        "consultation": record.consultation,
        "window": record.window,
        "kind": _WRITTEN[type(record.event)],
        "event": events.write(record.event),
        "key": record.key,
    }


def _split(entry: bytes) -> tuple[Record, bytes]:
    if len(entry) > MAX_ENTRY_BYTES:
        raise ValueError(f"an entry has at most {MAX_ENTRY_BYTES} bytes, found {len(entry)}")
    value = canonical.decode_canonical(entry)
    if not isinstance(value, dict) or value.keys() != _NAMES:
        raise ValueError(f"an entry is an object with exactly {', '.join(sorted(_NAMES))}")
    if value["v"] is True or value["v"] != VERSION:
        raise ValueError(f"the version is {VERSION}, found {value['v']!r}")
    name = value["kind"]
    kind = _KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"the kind is one of {', '.join(_KINDS)}, found {name!r}")
    record = Record(
        text(value["consultation"], "consultation", ID),
        text(value["window"], "window", _WINDOW),
        events.read(kind, value["event"]),
        text(value["key"], "key", HEX_32),
    )
    return record, bytes.fromhex(text(value["signature"], "signature", _SIGNATURE))
