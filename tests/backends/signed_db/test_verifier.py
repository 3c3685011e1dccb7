"""Forged evidence is refused, each time by the link that broke."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from backends.signed_db import BACKEND, chain
from backends.signed_db.verifier import SignedDbVerifier
from consultation.core.checkpoint import Checkpoint, sign
from consultation.core.errors import Unsupported, VerificationError
from consultation.core.ledger import Head, Proof, Root
from consultation.core.merkle import leaf_hash
from tests.backends.signed_db.conftest import OPERATOR, ORIGIN, Deploy

ENTRIES = [f"opinion {number}".encode() for number in range(5)]
STRANGER = SigningKey(b"s" * 32)


@pytest.fixture
def verifier() -> SignedDbVerifier:
    return SignedDbVerifier(chain.operator_key(ORIGIN, OPERATOR))


def links(entries: list[bytes]) -> list[bytes]:
    """The chain hash before each entry, and after the last."""
    found = [chain.genesis(ORIGIN)]
    for index, entry in enumerate(entries):
        found.append(chain.link(found[-1], index, leaf_hash(entry)))
    return found


def head(size: int = 5, key: SigningKey = OPERATOR, entries: list[bytes] = ENTRIES) -> Head:
    root = links(entries)[size]
    return Head(size, Root(root), chain.sign_head(ORIGIN, size, root, key))


def proof(index: int, key: SigningKey = OPERATOR, entries: list[bytes] = ENTRIES) -> Proof:
    found = links(entries)
    message = chain.row_message(ORIGIN, index, found[index + 1])
    return Proof(chain.RowProof(found[index], key.sign(message).signature).encode())


def refused(check: Callable[[], None], link: str) -> None:
    with pytest.raises(VerificationError) as caught:
        check()
    assert caught.value.link == link


def test_good_evidence_is_accepted(verifier: SignedDbVerifier) -> None:
    for size in range(6):
        verifier.check_head(head(size))
        verifier.check_replay(ENTRIES[:size], head(size))
        for index in range(size):
            verifier.check_inclusion(ENTRIES[index], index, head(size), proof(index))


@pytest.mark.parametrize(
    ("forged", "link"),
    [
        (replace(head(), size=4), "head"),
        (replace(head(), root=Root(bytes(32))), "head"),
        (replace(head(), attestation=b""), "note"),
        (replace(head(), attestation=head().attestation[:-1]), "note"),
        (replace(head(), attestation=head(4).attestation), "head"),
        (head(key=STRANGER), "head-signature"),
        (replace(head(), attestation=head().attestation.replace(b"head v1", b"head v2")), "head"),
        (replace(head(), attestation=sign(Checkpoint(ORIGIN, 5, head().root), OPERATOR).encode()), "head"),
        (Head(0, Root(bytes(32)), chain.sign_head(ORIGIN, 0, bytes(32), OPERATOR)), "head"),
    ],
)
def test_a_forged_head_is_refused(verifier: SignedDbVerifier, forged: Head, link: str) -> None:
    refused(lambda: verifier.check_head(forged), link)
    refused(lambda: verifier.check_replay(ENTRIES, forged), link)
    refused(lambda: verifier.check_inclusion(ENTRIES[0], 0, forged, proof(0)), link)


def test_a_signature_of_another_head_is_refused(verifier: SignedDbVerifier) -> None:
    text = head().attestation.rpartition(b"\n\n")[0]
    signature = head(4).attestation.rpartition(b"\n\n")[2]
    forged = replace(head(), attestation=text + b"\n\n" + signature)
    refused(lambda: verifier.check_head(forged), "note-signature")


@pytest.mark.parametrize(
    ("entry", "index", "given", "link"),
    [
        (b"opinion 9", 2, proof(2), "row-signature"),
        (ENTRIES[2], 3, proof(2), "row-signature"),
        (ENTRIES[2], 2, proof(3), "row-signature"),
        (ENTRIES[2], 2, proof(2, STRANGER), "row-signature"),
        (ENTRIES[2], 2, Proof(b""), "inclusion"),
        (ENTRIES[2], 2, Proof(proof(2).data + b"x"), "inclusion"),
        (ENTRIES[2], 2, Proof(bytes(96)), "row-signature"),
        (ENTRIES[2], -1, proof(2), "inclusion"),
        (ENTRIES[2], 5, proof(2), "inclusion"),
        (ENTRIES[4], 4, proof(4, entries=[*ENTRIES[:3], b"other", ENTRIES[4]]), "inclusion"),
        (ENTRIES[0], 0, Proof(proof(1).data[:32] + proof(0).data[32:]), "row-signature"),
    ],
)
def test_a_forged_row_is_refused(
    verifier: SignedDbVerifier, entry: bytes, index: int, given: Proof, link: str
) -> None:
    refused(lambda: verifier.check_inclusion(entry, index, head(), given), link)


def test_a_row_past_the_head_is_refused(verifier: SignedDbVerifier) -> None:
    verifier.check_inclusion(ENTRIES[3], 3, head(4), proof(3))
    refused(lambda: verifier.check_inclusion(ENTRIES[3], 3, head(3), proof(3)), "inclusion")


@pytest.mark.parametrize(
    "read",
    [
        ENTRIES[:4],
        [*ENTRIES, b"more"],
        [*ENTRIES[:2], b"edited", *ENTRIES[3:]],
        [ENTRIES[1], ENTRIES[0], *ENTRIES[2:]],
        [],
    ],
    ids=["too few", "too many", "edited", "swapped", "none"],
)
def test_a_replay_of_other_entries_is_refused(verifier: SignedDbVerifier, read: list[bytes]) -> None:
    refused(lambda: verifier.check_replay(read, head()), "replay")


def test_consistency_is_not_offered(verifier: SignedDbVerifier) -> None:
    with pytest.raises(Unsupported):
        verifier.check_consistency(head(1), head(2), Proof(b""))


@pytest.mark.parametrize(
    "pins",
    [{}, {"backend": "merkle-log"}, {"backend": "signed-db"}, {"backend": "signed-db", "vkey": "nonsense"}],
)
def test_pins_of_something_else_are_refused(pins: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"pins|verifier key"):
        BACKEND.verifier(pins)


def test_an_operator_who_signs_two_histories_passes_both(verifier: SignedDbVerifier) -> None:
    """What this ledger cannot show, said by a test: only somebody who kept the older head finds it."""
    other = [*ENTRIES[:2], b"edited", *ENTRIES[3:]]
    verifier.check_replay(ENTRIES, head())
    verifier.check_replay(other, head(entries=other))


def test_what_a_deployment_proves_is_accepted(deploy: Deploy, verifier: SignedDbVerifier) -> None:
    ledger = deploy().connect()
    heads = [ledger.head()]
    for entry in ENTRIES:
        ledger.append([entry])
        heads.append(ledger.head())
    for kept in heads:
        verifier.check_replay(ledger.scan(0, kept.size), kept)
        for index in range(kept.size):
            verifier.check_inclusion(ENTRIES[index], index, kept, ledger.prove_inclusion(index, kept))
    assert heads[5] == head()
