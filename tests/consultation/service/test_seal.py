"""Sealing under a person's key: what was sealed opens in its place, and nowhere else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import commitment
from consultation.service.seal import NONCE_BYTES, Person, SealBroken

PERSON = Person("0" * 32, "viec", "nguyen-van-a", bytes(range(32)))
OTHER = Person("0" * 32, "viec", "nguyen-van-a", bytes(32))
keys, nonces = st.binary(min_size=32, max_size=32), st.binary(min_size=NONCE_BYTES, max_size=NONCE_BYTES)


@given(keys, nonces, st.binary(max_size=600))
def test_what_was_sealed_opens_under_its_key_in_its_place(key: bytes, nonce: bytes, value: bytes) -> None:
    person = Person("h", "viec", "a", key)
    assert person.unseal("o", "text", person.seal("o", "text", value, nonce)) == value


@given(st.binary(max_size=200), st.integers(0, 10_000), st.integers(1, 255))
def test_one_altered_byte_breaks_the_seal(value: bytes, place: int, flip: int) -> None:
    sealed = bytearray(PERSON.seal("o", "text", value, bytes(NONCE_BYTES)))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(SealBroken, match="sealed text of opinion o"):
        PERSON.unseal("o", "text", bytes(sealed))


@given(st.binary(max_size=400))
def test_any_bytes_open_or_break_with_the_documented_error(data: bytes) -> None:
    with pytest.raises(SealBroken):
        PERSON.unseal("o", "text", data)


def test_a_seal_holds_for_one_opinion_one_field_and_one_person() -> None:
    sealed = PERSON.seal("o", "text", b"Kh\xc3\xb4ng", bytes(NONCE_BYTES))
    for person, opinion, name in ((PERSON, "p", "text"), (PERSON, "o", "reason"), (OTHER, "o", "text")):
        with pytest.raises(SealBroken):
            person.unseal(opinion, name, sealed)


def test_texts_of_like_length_are_sealed_to_the_same_length() -> None:
    lengths = {len(PERSON.seal("o", "text", b"x" * size, bytes(NONCE_BYTES))) for size in range(128)}
    assert len(lengths) == 1
    assert len(PERSON.seal("o", "text", b"x" * 128, bytes(NONCE_BYTES))) == lengths.pop() + 128


def test_a_digest_is_of_one_purpose_one_person_and_no_pseudonym() -> None:
    value = ["viec", "dieu-1"]
    found = {
        PERSON.digest("request", value),
        PERSON.digest("body", value),
        OTHER.digest("request", value),
        PERSON.pseudonym("dieu-1"),
    }
    assert len(found) == 4
    assert PERSON.pseudonym("dieu-1") == commitment.pseudonym(PERSON.key, "viec", "dieu-1")


def test_a_key_shows_in_no_message() -> None:
    assert "x01" not in repr(PERSON)
