"""Status lists: the specification's own list, bit order, deterministic bytes, and what is no list."""

import base64
import gzip
import zlib
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import integrity, status_list
from consultation.core.canonical import Json
from consultation.core.multikey import Ed25519Method
from consultation.core.status_list import MAX_ENTRIES, MIN_ENTRIES, StatusEntry, StatusList
from tests.consultation.core.bundles import changed, leaf_at, leaves
from tests.consultation.core.samples import UNIT, any_json

URL = "https://don-vi.example/status/quyet-dinh-ve-cho"
ISSUER: dict[str, Json] = {"id": "did:web:don-vi.example", "name": "Sở Tư pháp"}
METHOD = Ed25519Method("did:web:don-vi.example#key-1", UNIT)
SIGNED = status_list.issue(URL, ISSUER, StatusList.of(3, [1]), "2026-11-23T10:11:12Z", METHOD)
# W3C Bitstring Status List v1.0, example 3: 131,072 bits, none set.
EXAMPLE = "uH4sIAAAAAAAAA-3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAIC3AYbSVKsAQAAA"


def encoded(data: bytes) -> str:
    return "u" + base64.urlsafe_b64encode(data).decode().rstrip("=")


def test_the_specifications_list_is_read() -> None:
    found = StatusList.decode(EXAMPLE)
    assert found == StatusList.of(0)
    assert found.entries == MIN_ENTRIES == 131_072


def test_index_0_is_the_left_most_bit() -> None:
    bits = StatusList.of(10, [0, 9]).bits
    assert bits[:2] == bytes([0b1000_0000, 0b0100_0000])
    assert not any(bits[2:])


@given(st.sets(st.integers(0, 199_999), max_size=40))
def test_a_list_is_read_back_and_has_exactly_its_bits_set(revoked: set[int]) -> None:
    made = StatusList.of(200_000, revoked)
    found = StatusList.decode(made.encode())
    assert found == made
    assert all(found.is_set(index) for index in revoked)
    assert sum(byte.bit_count() for byte in found.bits) == len(revoked)


def test_the_bytes_are_always_the_same_and_any_gzip_reads_them() -> None:
    text = StatusList.of(5, [3]).encode()
    assert text == StatusList.of(5, [3]).encode()
    data = base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4))
    assert data[:10].hex() == "1f8b08000000000002ff", "no name, no time, no system"
    assert gzip.decompress(data) == StatusList.of(5, [3]).bits


def test_a_list_for_more_than_the_least_number_has_a_bit_for_each() -> None:
    assert StatusList.of(MIN_ENTRIES + 1).entries == MIN_ENTRIES + 8
    with pytest.raises(ValueError, match="at most"):
        StatusList.of(MAX_ENTRIES + 1)
    for index in (-1, 5):
        with pytest.raises(ValueError, match="there is none at"):
            StatusList.of(5, [index])
    for index in (-1, MIN_ENTRIES):
        with pytest.raises(ValueError, match="none at"):
            StatusList.of(5).is_set(index)


def test_the_longest_list_is_read_back() -> None:
    longest = StatusList.of(MAX_ENTRIES, [0, MAX_ENTRIES - 1])
    assert StatusList.decode(longest.encode()) == longest


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("", "multibase"),
        ("u", "gzip"),
        (EXAMPLE[1:], "multibase"),
        ("z" + EXAMPLE[1:], "multibase"),
        (EXAMPLE + "=", "multibase"),
        (EXAMPLE + " ", "multibase"),
        (EXAMPLE.replace("-", "+"), "multibase"),
        ("ueB", "multibase"),  # bits that no byte holds
        (EXAMPLE[:-8], "cut"),
        (encoded(b""), "gzip"),
        (encoded(zlib.compress(bytes(16_384))), "gzip"),
        (encoded(gzip.compress(bytes(16_383))), "at least 131072"),
        (encoded(gzip.compress(bytes(16_384)) + b"more"), "goes on"),
        (encoded(gzip.compress(bytes(16_384)) * 2), "goes on"),
        (encoded(gzip.compress(bytes(MAX_ENTRIES // 8 + 1))), "unfolds to more"),
        (encoded(gzip.compress(gzip.compress(bytes(16_384)))), "at least"),
    ],
)
def test_what_is_no_list_is_refused(text: str, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        StatusList.decode(text)


@given(st.text(max_size=80) | st.binary(max_size=80).map(encoded))
def test_any_text_is_a_list_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        StatusList.decode(text)


@given(st.integers(0, 59), st.integers(1, 255))
def test_a_changed_byte_of_the_gzip_gives_the_same_bits_or_an_error(at: int, flip: int) -> None:
    data = bytearray(base64.urlsafe_b64decode(EXAMPLE[1:] + "=" * (-len(EXAMPLE[1:]) % 4)))
    data[at % len(data)] ^= flip
    try:
        found = StatusList.decode(encoded(bytes(data)))
    except ValueError:
        return
    assert found == StatusList.of(0), "gzip checks what it holds; time and system are free"


# The entry in a certificate


def test_an_entry_is_as_the_specification_has_it_and_read_back() -> None:
    entry = StatusEntry(URL, 7)
    assert entry.to_json() == {
        "id": URL + "#7",
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "7",
        "statusListCredential": URL,
    }
    assert StatusEntry.parse(entry.to_json()) == entry


@pytest.mark.parametrize("index", ["", "-1", "07", "7 ", "٧", "1e3", "9" * 10, 7, None, ["7"]])
def test_an_index_is_a_decimal_number_in_a_text(index: Json) -> None:
    with pytest.raises(ValueError, match=r"statusListIndex|its id fits"):
        StatusEntry.parse({**StatusEntry(URL, 7).to_json(), "statusListIndex": index})


def test_any_other_word_in_an_entry_is_refused() -> None:
    good = StatusEntry(URL, 7).to_json()
    for name in good:
        for other in ("x", None, 5):
            with pytest.raises(ValueError, match=r"."):
                StatusEntry.parse({**good, name: other})
    wrong: list[Json] = [None, [], "x", {}, {**good, "more": 1}]
    for value in wrong:
        with pytest.raises(ValueError, match="has exactly"):
            StatusEntry.parse(value)


@given(any_json)
def test_any_json_is_an_entry_or_a_value_error(value: Json) -> None:
    for tried in (value, {**StatusEntry(URL, 7).to_json(), "statusListIndex": value}):
        with suppress(ValueError):
            assert StatusEntry.parse(tried).to_json() == tried


# The credential


@given(any_json, st.sampled_from(["id", "type", "credentialSubject"]))
def test_any_json_in_a_list_is_a_list_or_a_value_error(value: Json, name: str) -> None:
    with suppress(ValueError):
        status_list.read({**SIGNED, name: value}, URL)
    subject = SIGNED["credentialSubject"]
    assert isinstance(subject, dict)
    with pytest.raises(ValueError, match=r"."):
        status_list.read({**SIGNED, "credentialSubject": {**subject, "encodedList": value}}, URL)


def test_a_list_is_a_credential_that_its_issuers_key_verifies() -> None:
    integrity.verify(SIGNED, METHOD.public)
    assert SIGNED["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert leaf_at(SIGNED, ("credentialSubject", "id")) == URL + "#list"
    found = status_list.read(SIGNED, URL)
    assert [found.is_set(index) for index in range(3)] == [False, True, False]


def test_a_list_of_another_place_kind_or_purpose_is_not_read() -> None:
    with pytest.raises(ValueError, match="this one is"):
        status_list.read(SIGNED, URL + "x")
    for path in leaves({name: SIGNED[name] for name in ("id", "type", "credentialSubject")}):
        if path in (("credentialSubject", "id"), ("type", 0)):
            continue  # of no weight: the signature covers them
        forged = changed(SIGNED, path, "x")
        assert isinstance(forged, dict)
        with pytest.raises(ValueError, match=r"."):
            status_list.read(forged, URL)
    for name in ("id", "type", "credentialSubject"):
        less = {key: item for key, item in SIGNED.items() if key != name}
        with pytest.raises(ValueError, match=r"."):
            status_list.read(less, URL)
