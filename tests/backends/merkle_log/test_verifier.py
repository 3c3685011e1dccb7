"""Forged evidence is refused, each time by the link that broke."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from backends.merkle_log import BACKEND
from backends.merkle_log import policy as policies
from consultation.core.canonical import Json
from consultation.core.checkpoint import Checkpoint, Policy, sign
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof, Root
from consultation.core.merkle import Tree, encode_path, leaf_hash
from consultation.core.tree_head import TreeVerifier
from tests.backends.merkle_log.conftest import OPERATOR, ORIGIN, entries_named
from tests.backends.merkle_log.witnesses import (
    BAD_PINS,
    OPERATOR_KEY,
    POLICY,
    STRANGER,
    WITNESSES,
    cosign,
    key_of,
)

ENTRIES = entries_named("opinion", 7)
TREE = Tree(map(leaf_hash, ENTRIES))


def head(
    size: int = 7,
    *,
    operator: SigningKey = OPERATOR,
    by: Sequence[int] = (0, 1, 3),
    witnesses: Sequence[SigningKey] = WITNESSES,
    origin: str = ORIGIN,
    tree: Tree = TREE,
) -> Head:
    signed = sign(Checkpoint(origin, size, tree.root(size)), operator)
    cosigned = signed.adding(cosign(signed.text, number, witnesses[number]) for number in by)
    return Head(size, Root(tree.root(size)), cosigned.encode())


@pytest.fixture
def verifier() -> TreeVerifier:
    return BACKEND.verifier(policies.to_pins(POLICY))


def refused(check: Callable[[], None], link: str) -> None:
    with pytest.raises(VerificationError) as caught:
        check()
    assert caught.value.link == link


def test_good_evidence_is_accepted(verifier: TreeVerifier) -> None:
    for size in range(8):
        verifier.check_replay(ENTRIES[:size], head(size))
        for index in range(size):
            proof = Proof(encode_path(TREE.prove_inclusion(index, size)))
            verifier.check_inclusion(ENTRIES[index], index, head(size), proof)
        for old in range(size + 1):
            proof = Proof(encode_path(TREE.prove_consistency(old, size)))
            verifier.check_consistency(head(old), head(size), proof)


@pytest.mark.parametrize(
    ("forged", "link"),
    [
        (replace(head(), size=6), "head"),
        (replace(head(), root=Root(bytes(32))), "head"),
        (replace(head(), attestation=head(6).attestation), "head"),
        (replace(head(), attestation=b""), "note"),
        (replace(head(), attestation=head().attestation[:-1]), "note"),
        (head(operator=STRANGER), "note-signature"),
        (head(by=(0, 1)), "witnesses"),
        (head(by=()), "witnesses"),
        (head(by=(0, 1, 1)), "witnesses"),
        (head(witnesses=[*WITNESSES[:3], STRANGER]), "note-signature"),
        (head(origin="other.example/ledger"), "checkpoint"),
        (replace(head(), attestation=head().attestation.replace(b"\n7\n", b"\n07\n")), "checkpoint"),
        (replace(head(), attestation=head().attestation.replace(b"\n7\n", b"\n8\n")), "note-signature"),
    ],
)
def test_a_forged_head_is_refused(verifier: TreeVerifier, forged: Head, link: str) -> None:
    refused(lambda: verifier.check_head(forged), link)
    refused(lambda: verifier.check_replay(ENTRIES, forged), link)
    refused(lambda: verifier.check_inclusion(ENTRIES[0], 0, forged, Proof(b"")), link)
    refused(lambda: verifier.check_consistency(forged, head(), Proof(b"")), link)
    refused(lambda: verifier.check_consistency(head(), forged, Proof(b"")), link)


def test_cosignatures_of_another_head_are_refused(verifier: TreeVerifier) -> None:
    text = head().attestation.rpartition(b"\n\n")[0]
    lines = head(6).attestation.rpartition(b"\n\n")[2].splitlines(keepends=True)[1:]
    own = sign(Checkpoint(ORIGIN, 7, TREE.root()), OPERATOR).signatures[0].line().encode()
    forged = replace(head(), attestation=text + b"\n\n" + own + b"".join(lines))
    refused(lambda: verifier.check_head(forged), "note-signature")


def test_a_forged_path_is_refused(verifier: TreeVerifier) -> None:
    good = Proof(encode_path(TREE.prove_inclusion(2)))
    for entry, index, proof in (
        (b"opinion 9", 2, good),
        (ENTRIES[2], 3, good),
        (ENTRIES[2], 7, good),
        (ENTRIES[2], -1, good),
        (ENTRIES[2], 2, Proof(good.data[:-32])),
        (ENTRIES[2], 2, Proof(good.data + bytes(32))),
        (ENTRIES[2], 2, Proof(good.data[:-1])),
        (ENTRIES[2], 2, Proof(bytes(len(good.data)))),
    ):
        refused(lambda e=entry, i=index, p=proof: verifier.check_inclusion(e, i, head(), p), "inclusion")  # type: ignore[misc]


def test_a_forged_growth_is_refused(verifier: TreeVerifier) -> None:
    good = Proof(encode_path(TREE.prove_consistency(3)))
    other = Tree(leaf_hash(entry) for entry in [b"edited", *ENTRIES[1:]])
    verifier.check_consistency(head(3), head(), good)
    refused(lambda: verifier.check_consistency(head(4), head(), good), "consistency")
    refused(lambda: verifier.check_consistency(head(), head(3), good), "consistency")
    refused(lambda: verifier.check_consistency(head(3, tree=other), head(), good), "consistency")
    refused(lambda: verifier.check_consistency(head(7, tree=other), head(), Proof(b"")), "consistency")
    refused(lambda: verifier.check_consistency(head(3), head(), Proof(good.data[:-32])), "consistency")


def test_a_replay_of_other_entries_is_refused(verifier: TreeVerifier) -> None:
    for read in (ENTRIES[:6], [*ENTRIES, b"more"], [b"edited", *ENTRIES[1:]], ENTRIES[::-1], []):
        refused(lambda read=read: verifier.check_replay(read, head()), "replay")  # type: ignore[misc]


def test_pins_come_back_as_the_policy_they_were() -> None:
    assert policies.from_pins(policies.to_pins(POLICY)) == POLICY


@pytest.mark.parametrize("change", BAD_PINS)
def test_pins_that_say_something_else_are_refused(change: dict[str, Json]) -> None:
    with pytest.raises(ValueError, match=r"."):
        BACKEND.verifier({**policies.to_pins(POLICY), **change})


def test_the_policy_file_reads_as_c2sp_has_it() -> None:
    lines = policies.to_file(POLICY).splitlines()
    assert lines[0] == f"log {OPERATOR_KEY.vkey}"
    assert lines[1] == f"witness w1 {POLICY.witnesses[0].vkey}"
    assert lines[5:] == ["group witnesses 3 w1 w2 w3 w4", "quorum witnesses"]
    assert policies.to_file(Policy(OPERATOR_KEY)) == f"log {OPERATOR_KEY.vkey}\nquorum none\n"


@pytest.mark.parametrize(
    ("count", "quorum", "parties"), [(4, 3, 3), (4, 4, 5), (4, 2, 1), (1, 1, 2), (0, 0, 1), (7, 5, 4)]
)
def test_as_many_must_collude_as_two_quorums_share_and_the_operator(
    count: int, quorum: int, parties: int
) -> None:
    keys = tuple(key_of(number, SigningKey(bytes([number]) * 32)) for number in range(count))
    assert policies.traits(Policy(OPERATOR_KEY, keys, quorum)).parties == parties
