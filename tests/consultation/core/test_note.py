"""Signed notes: round trips, the formats' own rules, forged lines, and any bytes at all."""

import base64
import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import note
from consultation.core.errors import VerificationError
from consultation.core.note import KeyType, Note, NoteKey, Signature

TEXT = "example.org/log\n3\nAAAA\n"
KEY = SigningKey(b"\x01" * 32)
OTHER = SigningKey(b"\x02" * 32)
MINE = NoteKey("example.org/log", KeyType.ED25519, bytes(KEY.verify_key))
WITNESS = NoteKey("witness.example", KeyType.COSIGNATURE_V1, bytes(OTHER.verify_key))
names = st.text(min_size=1, max_size=20).filter(note.valid_name)


def signed(text: str = TEXT) -> Note:
    return Note(text, (note.sign(text, MINE.name, KEY),))


def cosign(text: str, time_s: int = 1_700_000_000, key: SigningKey = OTHER) -> Signature:
    """As a witness does: c2sp.org/tlog-cosignature."""
    mine = NoteKey("witness.example", KeyType.COSIGNATURE_V1, bytes(key.verify_key))
    signature = key.sign(f"cosignature/v1\ntime {time_s}\n{text}".encode()).signature
    return Signature(mine.name, mine.id, time_s.to_bytes(8, "big") + signature)


def test_a_verifier_key_known_from_elsewhere_is_read_and_written_as_it_stands() -> None:
    """The example of the Go package golang.org/x/mod/sumdb/note, which began the format."""
    vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert NoteKey.parse(vkey).vkey == vkey
    text = "If you think cryptography is the answer to your problem,\n"
    text += "then you don't know what your problem is.\n"
    blob = "x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM="
    line = f"\u2014 PeterNeumann {blob}\n"
    read = note.parse(f"{text}\n{line}".encode())
    assert note.verified(read, [NoteKey.parse(vkey)]) == {NoteKey.parse(vkey)}
    assert read.encode() == f"{text}\n{line}".encode()


def test_a_signed_note_is_read_back_and_verifies() -> None:
    read = note.parse(signed().adding([cosign(TEXT)]).encode())
    assert read.text == TEXT
    assert note.verified(read, [MINE, WITNESS]) == {MINE, WITNESS}


def test_a_text_may_hold_empty_lines() -> None:
    text = "one\n\n\ntwo\n"
    assert note.verified(note.parse(signed(text).encode()), [MINE]) == {MINE}


def test_a_line_by_a_key_that_is_not_known_is_passed_over() -> None:
    read = note.parse(signed().adding([Signature("stranger", b"\0\0\0\0", b"noise")]).encode())
    assert note.verified(read, [MINE, WITNESS]) == {MINE}
    same_id_other_name = dataclasses.replace(MINE, name="example.org/other")
    assert note.verified(read, [same_id_other_name]) == set()


def test_a_line_by_a_known_key_that_does_not_hold_is_refused() -> None:
    good = signed().signatures[0]
    for blob in (
        b"",
        bytes(64),
        good.blob[:-1],
        good.blob + b"\0",
        bytes([good.blob[0] ^ 1]) + good.blob[1:],
    ):
        with pytest.raises(VerificationError) as refusal:
            note.verified(Note(TEXT, (Signature(good.name, good.key_id, blob),)), [MINE])
        assert refusal.value.link == "note-signature"
    with pytest.raises(VerificationError):
        note.verified(Note(TEXT + "more\n", (good,)), [MINE])


def test_a_cosignature_covers_its_time() -> None:
    held = cosign(TEXT, 1_700_000_000)
    later = Signature(held.name, held.key_id, (1_700_000_001).to_bytes(8, "big") + held.blob[8:])
    assert note.verified(Note(TEXT, (held,)), [WITNESS]) == {WITNESS}
    with pytest.raises(VerificationError):
        note.verified(Note(TEXT, (later,)), [WITNESS])


def test_a_plain_signature_is_no_cosignature_and_the_other_way_round() -> None:
    as_plain = NoteKey("witness.example", KeyType.ED25519, bytes(OTHER.verify_key))
    assert as_plain.id != WITNESS.id
    plain = note.sign(TEXT, "witness.example", OTHER)
    assert note.verified(Note(TEXT, (plain,)), [WITNESS]) == set()
    with pytest.raises(VerificationError):
        note.verified(Note(TEXT, (Signature(plain.name, WITNESS.id, bytes(8) + plain.blob),)), [WITNESS])


def test_signing_takes_a_text_that_ends_in_a_newline() -> None:
    with pytest.raises(ValueError, match="newline"):
        note.sign("no newline", MINE.name, KEY)


@given(names, st.binary(min_size=32, max_size=32), st.sampled_from(KeyType))
def test_a_verifier_key_survives_its_text(name: str, public: bytes, kind: KeyType) -> None:
    key = NoteKey(name, kind, public)
    assert NoteKey.parse(key.vkey) == key


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+00000000",
        "name+00000000+",
        "name+00000000+####",
        MINE.vkey.replace(MINE.id.hex(), "00000000"),
        MINE.vkey.replace("example", "another"),
        MINE.vkey[:-4],
        MINE.vkey.replace(MINE.name, "two words"),
        MINE.vkey.replace("+AY", "+Ao"),
        MINE.vkey.replace(MINE.id.hex(), MINE.id.hex().upper()),
    ],
)
def test_a_verifier_key_that_is_none_is_refused(vkey: str) -> None:
    with pytest.raises(ValueError, match="verifier key"):
        NoteKey.parse(vkey)


WRONG = {
    "nothing": b"",
    "no signature": TEXT.encode(),
    "no empty line": signed().encode().replace(b"\n\n", b"\n"),
    "no newline at the end": signed().encode()[:-1],
    "a hyphen for the dash": signed().encode().replace("\u2014".encode(), b"-"),
    "no name": signed().encode().replace(f"\u2014 {MINE.name} ".encode(), "\u2014  ".encode()),
    "a plus in the name": signed().encode().replace(f"\u2014 {MINE.name}".encode(), "\u2014 a+b".encode()),
    "noise for base64": signed().encode()[:-20] + b"####\n",
    "a short signature": f"{TEXT}\n\u2014 name AAAA\n".encode(),
    "a carriage return": signed().encode().replace(b"\n", b"\r\n"),
    "a tab": signed("a\tb\n").encode(),
    "no UTF-8": b"\xff" + signed().encode(),
    "too much": b"a" * note.MAX_NOTE_BYTES + signed().encode(),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_note_is_refused(what: str) -> None:
    with pytest.raises(VerificationError) as refusal:
        note.parse(WRONG[what])
    assert refusal.value.link == "note"


def test_base64_has_one_form_so_that_no_character_of_a_note_is_free() -> None:
    line = signed().signatures[0].line()
    data = base64.b64decode(line.split()[-1])
    alias = base64.b64encode(data).decode().replace("=", "")
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twisted = alias[:-1] + last[last.index(alias[-1]) + 1] + "="
    assert base64.b64decode(twisted, validate=True) == data
    with pytest.raises(VerificationError):
        note.parse(f"{TEXT}\n\u2014 {MINE.name} {twisted}\n".encode())


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_a_signed_note_can_be_changed(at: int, turn: int) -> None:
    data = bytearray(signed().adding([cosign(TEXT)]).encode())
    data[at % len(data)] ^= turn
    try:
        found = note.verified(note.parse(bytes(data)), [MINE, WITNESS])
    except VerificationError:
        return
    assert found != {MINE, WITNESS}


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode(errors="replace"))
    | st.text("\n \u2014AQ=+/ab", max_size=80).map(str.encode)
    | st.text(max_size=80).map(lambda text: f"{TEXT}\n\u2014 {text}\n".encode(errors="replace"))
)
def test_any_bytes_are_read_or_refused_with_a_verification_error(data: bytes) -> None:
    try:
        read = note.parse(data)
        note.verified(read, [MINE, WITNESS])
    except VerificationError:
        return
    assert read.encode() == data
