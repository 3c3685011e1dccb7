"""Strategies and small makers for records and consultations."""

from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import records
from consultation.core.canonical import Json
from consultation.core.events import (
    Abandoned,
    Appraised,
    Approved,
    Certified,
    Closed,
    Drafted,
    Erased,
    Event,
    Excluded,
    Extended,
    Opened,
    OpinionGiven,
    Promulgated,
    Reconciled,
    Redacted,
    Responded,
    Revised,
    Revoked,
    Rotated,
    SecondRound,
    Summarised,
    Withdrawn,
)

UNIT, SERVICE, STRANGER = (SigningKey(bytes([n]) * 32) for n in (1, 2, 3))
SERVICE_KEY = bytes(SERVICE.verify_key).hex()
NAME, WINDOW = "quyet-dinh-ve-cho", "2026-11-23T10Z"

hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
counts = st.integers(0, 2**53 - 1)
names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?", fullmatch=True)
windows = st.datetimes().map(lambda time: f"{time.year:04}-{time:%m-%dT%H}Z")
keys = st.binary(min_size=32, max_size=32).map(SigningKey)
instants = st.datetimes().map(lambda time: f"{time.year:04}-{time:%m-%dT%H:%M:%SZ}") | st.just("")
key_lists = st.lists(hashes, min_size=1, max_size=16).map(tuple)
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Drafted, hashes, names | st.just("")),
    st.builds(Revised, hashes, counts, instants),
    st.builds(Approved, hashes),
    st.builds(Opened, key_lists, instants),
    st.builds(Extended, instants),
    st.builds(OpinionGiven, hashes, hashes | st.just(""), hashes),
    st.builds(Withdrawn, hashes, hashes),
    st.builds(Erased, hashes, hashes),
    st.builds(Closed, counts, counts),
    st.builds(Excluded, hashes, hashes, names),
    st.builds(Reconciled, counts, counts, counts),
    st.builds(Summarised, hashes),
    st.builds(Responded, hashes, counts),
    st.builds(Certified, hashes, counts),
    st.builds(Revoked, hashes, counts),
    st.builds(Redacted, hashes, hashes | st.just("")),
    st.builds(Appraised, hashes),
    st.builds(SecondRound, names),
    st.builds(Promulgated, hashes),
    st.builds(Abandoned, names),
    st.builds(Rotated, hashes, key_lists),
)


any_json: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def entry(event: Event, key: SigningKey | None = None, name: str = NAME, window: str = WINDOW) -> bytes:
    """An entry signed by who should sign it, or by `key`."""
    usual = SERVICE if isinstance(event, OpinionGiven | Withdrawn | Erased) else UNIT
    return records.sign(name, window, event, key or usual)


def digest(number: int) -> str:
    """A hash that is none, for a field that wants one."""
    return number.to_bytes(32, "big").hex()
