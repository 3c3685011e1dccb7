"""Strategies and small makers for records and consultations."""

from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import records
from consultation.core.canonical import Json
from consultation.core.records import (
    Certified,
    Closed,
    Drafted,
    Event,
    Opened,
    OpinionGiven,
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
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Drafted, hashes),
    st.builds(Opened, st.lists(hashes, min_size=1, max_size=16).map(tuple)),
    st.builds(OpinionGiven, hashes, hashes | st.just(""), hashes),
    st.builds(Withdrawn, hashes, hashes),
    st.builds(Closed, counts, counts),
    st.builds(Summarised, hashes),
    st.builds(Certified, hashes, counts),
)


any_json: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def entry(event: Event, key: SigningKey | None = None, name: str = NAME) -> bytes:
    """An entry signed by who should sign it, or by `key`."""
    usual = SERVICE if isinstance(event, OpinionGiven | Withdrawn) else UNIT
    return records.sign(name, WINDOW, event, key or usual)


def digest(number: int) -> str:
    """A hash that is none, for a field that wants one."""
    return number.to_bytes(32, "big").hex()
