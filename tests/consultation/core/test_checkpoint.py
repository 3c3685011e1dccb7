"""Checkpoints, the witnesses' quorum, and tlog proofs."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import checkpoint, merkle, note
from consultation.core.checkpoint import Checkpoint, Policy, TlogProof
from consultation.core.errors import VerificationError
from consultation.core.note import KeyType, NoteKey, Signature

ORIGIN = "example.org/log"
KEY = SigningKey(b"\x01" * 32)
OPERATOR = NoteKey(ORIGIN, KeyType.ED25519, bytes(KEY.verify_key))
WITNESS_KEYS = [SigningKey(bytes([number]) * 32) for number in (10, 11, 12, 13)]
WITNESSES = tuple(
    NoteKey(f"witness-{number}.example", KeyType.COSIGNATURE_V1, bytes(key.verify_key))
    for number, key in enumerate(WITNESS_KEYS)
)
POLICY = Policy(OPERATOR, WITNESSES, 3)
ENTRIES = [f"entry {number}".encode() for number in range(11)]
TREE = merkle.Tree(map(merkle.leaf_hash, ENTRIES))
HEAD = Checkpoint(ORIGIN, TREE.size, TREE.root())


def cosign(text: str, number: int, time_s: int = 1_700_000_000, name: str = "") -> Signature:
    key = WITNESS_KEYS[number]
    mine = NoteKey(name or WITNESSES[number].name, KeyType.COSIGNATURE_V1, bytes(key.verify_key))
    signature = key.sign(f"cosignature/v1\ntime {time_s}\n{text}".encode()).signature
    return Signature(mine.name, mine.id, time_s.to_bytes(8, "big") + signature)


def witnessed(*numbers: int, head: Checkpoint = HEAD) -> bytes:
    signed = checkpoint.sign(head, KEY)
    return signed.adding([cosign(signed.text, number) for number in numbers]).encode()


def broken_link(data: bytes, policy: Policy = POLICY) -> str:
    with pytest.raises(VerificationError) as refusal:
        policy.check(data)
    return refusal.value.link


@given(
    st.integers(0, 10**19 - 1),
    st.binary(min_size=32, max_size=32),
    st.lists(st.text("ab c", min_size=1), max_size=3),
)
def test_a_checkpoint_survives_its_text(size: int, root: bytes, extension: list[str]) -> None:
    made = Checkpoint(ORIGIN, size, root, tuple(extension))
    assert Checkpoint.parse(made.text()) == made


WRONG = {
    "nothing": "",
    "two lines": "origin\n3\n",
    "no newline at the end": HEAD.text()[:-1],
    "no origin": "\n" + HEAD.text().partition("\n")[2],
    "a leading zero": HEAD.text().replace("\n11\n", "\n011\n"),
    "a sign": HEAD.text().replace("\n11\n", "\n+11\n"),
    "a negative size": HEAD.text().replace("\n11\n", "\n-11\n"),
    "a space": HEAD.text().replace("\n11\n", "\n11 \n"),
    "digits of another script": HEAD.text().replace("\n11\n", "\n\u0661\u0661\n"),
    "a superscript": HEAD.text().replace("\n11\n", "\n\u00b2\n"),
    "a size past 64 bits": HEAD.text().replace("\n11\n", f"\n{10**19}\n"),
    "a short root": f"{ORIGIN}\n11\nAAAA\n",
    "a root in hex": f"{ORIGIN}\n11\n{HEAD.root.hex()}\n",
    "an empty extension line": HEAD.text() + "\n",
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_checkpoint_is_refused(what: str) -> None:
    with pytest.raises(VerificationError) as refusal:
        Checkpoint.parse(WRONG[what])
    assert refusal.value.link == "checkpoint"


@given(st.text(max_size=80) | st.text("\n0123456789A=", max_size=80).map(lambda text: f"{ORIGIN}\n{text}"))
def test_any_text_is_a_checkpoint_or_refused_with_a_verification_error(text: str) -> None:
    try:
        read = Checkpoint.parse(text)
    except VerificationError:
        return
    assert read.text() == text


def test_a_quorum_of_different_witnesses_is_asked() -> None:
    assert POLICY.check(witnessed(0, 1, 2)) == HEAD
    assert POLICY.check(witnessed(3, 1, 0, 2)) == HEAD
    assert Policy(OPERATOR).check(witnessed()) == HEAD
    assert broken_link(witnessed(0, 1)) == "witnesses"
    assert broken_link(witnessed()) == "witnesses"


def test_a_witness_counts_once_however_often_it_signs() -> None:
    assert broken_link(witnessed(0, 1, 1, 1)) == "witnesses"
    later = cosign(HEAD.text(), 1, time_s=1_800_000_000)
    signed = note.parse(witnessed(0, 1)).adding([later]).encode()
    assert broken_link(signed) == "witnesses"


def test_a_witness_counts_once_under_two_names() -> None:
    again = dataclasses.replace(WITNESSES[1], name="somebody-else.example")
    policy = Policy(OPERATOR, (WITNESSES[0], WITNESSES[1], again), 3)
    signed = note.parse(witnessed(0, 1)).adding([cosign(HEAD.text(), 1, name=again.name)]).encode()
    assert broken_link(signed, policy) == "witnesses"


def test_the_operator_cannot_stand_in_for_a_witness_nor_a_witness_for_the_operator() -> None:
    plain = [note.sign(HEAD.text(), WITNESSES[at].name, WITNESS_KEYS[at]) for at in range(4)]
    assert broken_link(checkpoint.sign(HEAD, KEY).adding(plain).encode()) == "witnesses"
    by_operator = note.sign(HEAD.text(), WITNESSES[2].name, KEY)
    assert broken_link(note.parse(witnessed(0, 1)).adding([by_operator]).encode()) == "witnesses"
    unsigned = note.Note(HEAD.text(), tuple(cosign(HEAD.text(), at) for at in range(4)))
    assert broken_link(unsigned.encode()) == "note-signature"


def test_a_foreign_key_name_or_origin_is_refused() -> None:
    other = dataclasses.replace(HEAD, origin="example.org/other")
    assert broken_link(witnessed(0, 1, 2, head=other)) == "checkpoint"
    forged = checkpoint.sign(HEAD, SigningKey(b"\x09" * 32))
    cosigned = forged.adding([cosign(HEAD.text(), at) for at in range(4)])
    assert broken_link(cosigned.encode()) == "note-signature"


def test_cosignatures_cannot_be_taken_to_another_checkpoint() -> None:
    smaller = Checkpoint(ORIGIN, 10, TREE.root(10))
    taken = checkpoint.sign(smaller, KEY).adding([cosign(HEAD.text(), at) for at in range(4)])
    assert broken_link(taken.encode()) == "note-signature"


def test_a_quorum_that_cannot_be_met_is_refused() -> None:
    for quorum in (-1, 5):
        with pytest.raises(ValueError, match="quorum"):
            Policy(OPERATOR, WITNESSES, quorum)


@pytest.mark.parametrize("index", range(len(ENTRIES)))
def test_a_tlog_proof_fits_its_entry_alone(index: int) -> None:
    data = checkpoint.encode_proof(TREE, index, note.parse(witnessed(0, 1, 2)))
    proof = TlogProof.parse(data)
    assert proof.encode() == data
    assert proof.check(ENTRIES[index], POLICY) == HEAD
    for other in {0, 5, 10} - {index}:
        for entry, moved in (
            (ENTRIES[other], proof),
            (ENTRIES[index], dataclasses.replace(proof, index=other)),
        ):
            with pytest.raises(VerificationError) as refusal:
                moved.check(entry, POLICY)
            assert refusal.value.link == "certificate-proof"


def test_the_one_entry_of_a_tree_has_a_proof_without_hashes() -> None:
    tree = merkle.Tree([merkle.leaf_hash(b"alone")])
    head = Checkpoint(ORIGIN, 1, tree.root())
    proof = TlogProof.parse(checkpoint.encode_proof(tree, 0, checkpoint.sign(head, KEY)))
    assert proof.path == ()
    assert proof.check(b"alone", Policy(OPERATOR)) == head


GOOD = checkpoint.encode_proof(TREE, 4, note.parse(witnessed(0, 1, 2)))
WRONG_PROOFS = {
    "nothing": b"",
    "another version": GOOD.replace(b"proof@v1", b"proof@v2"),
    "no index": GOOD.replace(b"index 4\n", b""),
    "two indexes": GOOD.replace(b"index 4\n", b"index 4\nindex 4\n"),
    "a leading zero": GOOD.replace(b"index 4\n", b"index 04\n"),
    "a negative index": GOOD.replace(b"index 4\n", b"index -4\n"),
    "no number": GOOD.replace(b"index 4\n", b"index \n"),
    "noise for a hash": GOOD.replace(b"index 4\n", b"index 4\n####\n"),
    "a short hash": GOOD.replace(b"index 4\n", b"index 4\nAAAA\n"),
    "64 hashes": GOOD.replace(b"index 4\n", b"index 4\n" + (b"A" * 43 + b"=\n") * 64),
    "no checkpoint": GOOD.partition(b"\n\n")[0] + b"\n\n",
    "no empty line": GOOD.replace(b"\n\n", b"\n"),
    "bytes in the header": GOOD.replace(b"index 4\n", b"index 4\n\xff\n"),
    "half a checkpoint": GOOD[:-40],
}


@pytest.mark.parametrize("what", WRONG_PROOFS)
def test_what_is_no_tlog_proof_is_refused(what: str) -> None:
    with pytest.raises(VerificationError):
        TlogProof.parse(WRONG_PROOFS[what]).check(ENTRIES[4], POLICY)


def test_the_extra_line_of_the_format_is_passed_over() -> None:
    extended = GOOD.replace(b"index 4\n", b"extra AAAA\nindex 4\n")
    assert TlogProof.parse(extended).check(ENTRIES[4], POLICY) == HEAD


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_no_byte_of_a_tlog_proof_can_be_changed(at: int, turn: int) -> None:
    """Except the names and ids of cosignatures beyond the quorum, of which there are none here."""
    data = bytearray(GOOD)
    data[at % len(data)] ^= turn
    with pytest.raises(VerificationError):
        TlogProof.parse(bytes(data)).check(ENTRIES[4], POLICY)


@given(
    st.binary(max_size=120)
    | st.text("\n 0123456789AQ=", max_size=90).map(lambda text: GOOD[:23] + text.encode())
)
def test_any_bytes_are_a_proof_or_refused_with_a_verification_error(data: bytes) -> None:
    with pytest.raises(VerificationError):
        TlogProof.parse(data).check(ENTRIES[4], POLICY)
