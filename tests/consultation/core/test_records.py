"""Records: what is signed is read back, its bytes have one form, and nothing else is taken for a record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import canonical, records
from consultation.core.canonical import Json
from consultation.core.events import Closed, Event, Opened, OpinionGiven
from consultation.core.records import Record
from tests.consultation.core.samples import (
    NAME,
    SERVICE,
    UNIT,
    WINDOW,
    digest,
    entry,
    events,
    keys,
    names,
    windows,
)

_OPINION = entry(OpinionGiven(digest(1), "", digest(2)))


@given(names, windows, events, keys)
def test_what_is_signed_is_read_back(name: str, window: str, event: Event, key: SigningKey) -> None:
    signed = records.sign(name, window, event, key)
    assert records.verify(signed) == Record(name, window, event, bytes(key.verify_key).hex())
    assert records.parse(signed) == records.verify(signed)
    assert canonical.encode(canonical.decode(signed)) == signed
    assert len(signed) <= records.MAX_ENTRY_BYTES
    assert records.sign(name, window, event, key) == signed, "the same event has the same bytes"


@given(st.binary(max_size=200))
def test_any_bytes_give_a_record_or_a_value_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        records.verify(data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=70),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@given(events, st.data())
def test_any_value_in_any_place_gives_a_record_or_a_value_error(event: Event, data: st.DataObject) -> None:
    value = canonical.decode(entry(event))
    assert isinstance(value, dict)
    inside = data.draw(st.booleans())
    place = value["event"] if inside else value
    assert isinstance(place, dict)
    name = data.draw(st.sampled_from(sorted(place)) | st.text(max_size=9))
    place[name] = data.draw(json_values)
    try:
        changed = canonical.encode(value)
    except ValueError:
        return
    try:
        assert records.parse(changed).kind
    except ValueError:
        return
    if changed != entry(event):
        with pytest.raises(ValueError, match="signature"):
            records.verify(changed)


@given(st.integers(0, len(_OPINION) - 1), st.integers(1, 255))
def test_a_changed_byte_is_noticed(at: int, flip: int) -> None:
    changed = bytearray(_OPINION)
    changed[at] ^= flip
    with pytest.raises(ValueError, match=r"."):
        records.verify(bytes(changed))


@given(st.integers(0, len(_OPINION) - 1))
def test_a_truncated_entry_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=r"."):
        records.parse(_OPINION[:size])


@pytest.mark.parametrize("other", [b" ", b"\n", b"\x00", b"{}"])
def test_nothing_may_stand_beside_the_record(other: bytes) -> None:
    for changed in (_OPINION + other, other + _OPINION):
        with pytest.raises(ValueError, match=r"."):
            records.parse(changed)


def test_a_signature_by_another_key_or_of_another_kind_of_message_does_not_hold() -> None:
    value = canonical.decode(_OPINION)
    assert isinstance(value, dict)
    envelope = {name: item for name, item in value.items() if name != "signature"}
    bare = SERVICE.sign(canonical.encode(envelope)).signature.hex()
    other = UNIT.sign(b"consultation-entry/1\n" + canonical.encode(envelope)).signature.hex()
    for signature in (bare, other, "00" * 64, "ff" * 64):
        with pytest.raises(ValueError, match="signature does not hold"):
            records.verify(canonical.encode({**envelope, "signature": signature}))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("v", 2, "version"),
        ("v", True, "version"),
        ("v", "1", "version"),
        ("kind", "opinions", "kind is one of"),
        ("kind", ["opinion"], "kind is one of"),
        ("kind", "closed", "has exactly"),
        ("consultation", "Chợ", "consultation must match"),
        ("consultation", "a" * 65, "consultation must match"),
        ("window", "2026-11-23T10:00Z", "window must match"),
        ("window", "2026-11-23T10Z\n", "window must match"),
        ("key", "AB" * 32, "key must match"),
        ("signature", "00", "signature must match"),
        ("event", [], "has exactly"),
        ("event", {}, "has exactly"),
    ],
)
def test_a_message_says_what_is_wrong(name: str, value: Json, said: str) -> None:
    whole = canonical.decode(_OPINION)
    assert isinstance(whole, dict)
    with pytest.raises(ValueError, match=said):
        records.parse(canonical.encode({**whole, name: value}))


@pytest.mark.parametrize(
    "event",
    [
        OpinionGiven("", "", digest(1)),
        OpinionGiven(digest(1), "", ""),
        OpinionGiven("AB" * 32, "", digest(1)),
        Closed(-1, 0),
        Closed(True, 0),
        Closed(2**53, 0),
        Opened(()),
        Opened((digest(1),) * 17),
        Opened(("key",)),
    ],
)
def test_what_is_not_as_its_record_says_is_not_signed(event: Event) -> None:
    with pytest.raises(ValueError, match=r"."):
        records.sign(NAME, WINDOW, event, UNIT)


def test_an_entry_that_is_too_long_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="at most 4096 bytes"):
        records.parse(b"[" * 5000)


def test_an_entry_holds_nothing_that_its_envelope_does_not_name() -> None:
    value = canonical.decode(_OPINION)
    assert isinstance(value, dict)
    assert value.keys() == {"v", "consultation", "window", "kind", "event", "key", "signature"}
