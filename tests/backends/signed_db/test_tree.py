"""Signed rows plus a signed tree head: a checkpoint that other tools read, and forgeries that are refused."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from nacl.signing import SigningKey

from backends.ports import Edit, Rewrite
from backends.signed_db import BACKEND
from backends.signed_db.chain import operator_key
from consultation.core import merkle
from consultation.core.checkpoint import Checkpoint, Policy, sign
from consultation.core.errors import Rejected, VerificationError
from consultation.core.ledger import Head, Ledger, Root, Verifier
from tests.backends.signed_db.conftest import OPERATOR, ORIGIN, Deploy
from tests.backends.signed_db.test_verifier import STRANGER

ENTRIES = [f"opinion {number}".encode() for number in range(11)]


def refused(check: Callable[[], None], link: str) -> None:
    with pytest.raises(VerificationError) as caught:
        check()
    assert caught.value.link == link


@pytest.fixture
def told(deploy: Deploy) -> tuple[Ledger, Verifier]:
    """A ledger with a tree head over the entries, and what verifies it."""
    deployment = deploy(tree_head=True)
    deployment.connect().append(ENTRIES)
    return deployment.connect(), BACKEND.verifier(deployment.pins())


def test_the_head_is_the_operators_checkpoint_of_the_tree(told: tuple[Ledger, Verifier]) -> None:
    ledger, verifier = told
    head = ledger.head()
    assert head.root == merkle.root_of(map(merkle.leaf_hash, ENTRIES))
    said = Policy(operator_key(ORIGIN, OPERATOR)).check(head.attestation)
    assert said == Checkpoint(ORIGIN, len(ENTRIES), head.root)
    assert ledger.traits.consistency
    verifier.check_replay(ledger.scan(0, head.size), head)


def test_the_rows_are_chained_and_signed_all_the_same(deploy: Deploy) -> None:
    """The same file without the option is the plain signed database."""
    deploy(tree_head=True).connect().append(ENTRIES)
    plain = deploy()
    ledger, verifier = plain.connect(), BACKEND.verifier(plain.pins())
    head = ledger.head()
    verifier.check_replay(ENTRIES, head)
    for index, entry in enumerate(ENTRIES):
        verifier.check_inclusion(entry, index, head, ledger.prove_inclusion(index, head))


def test_the_tree_grows_by_what_another_store_wrote_and_is_read_again_after_a_restart(deploy: Deploy) -> None:
    first, second = deploy(tree_head=True), deploy(tree_head=True)
    heads = [first.connect().head()]
    for at, entry in enumerate(ENTRIES):
        (second if at % 2 else first).connect().append([entry])
        heads.append(first.connect().head())
    second.restart()
    ledger, verifier = second.connect(), BACKEND.verifier(second.pins())
    assert ledger.head() == heads[-1]
    for old in heads:
        for new in heads[old.size :]:
            verifier.check_consistency(old, new, ledger.prove_consistency(old, new))
        for index in range(old.size):
            verifier.check_inclusion(ENTRIES[index], index, old, ledger.prove_inclusion(index, old))


def test_two_heads_the_wrong_way_round_have_no_proof(told: tuple[Ledger, Verifier]) -> None:
    ledger, _ = told
    old = ledger.head()
    ledger.append([b"more"])
    with pytest.raises(Rejected, match="the older first"):
        ledger.prove_consistency(ledger.head(), old)


def signed(origin: str, size: int, key: SigningKey) -> Callable[[Head], Head]:
    return lambda head: replace(head, attestation=sign(Checkpoint(origin, size, head.root), key).encode())


@pytest.mark.parametrize(
    ("forge", "link"),
    [
        (lambda head: replace(head, size=head.size - 1), "head"),
        (lambda head: replace(head, root=Root(bytes(32))), "head"),
        (lambda head: replace(head, attestation=b""), "note"),
        (signed(ORIGIN, 12, OPERATOR), "head"),
        (signed(ORIGIN, 11, STRANGER), "note-signature"),
        (signed("other.example/ledger", 11, OPERATOR), "checkpoint"),
    ],
    ids=["smaller", "another root", "no note", "another size signed", "a stranger's", "another origin"],
)
def test_a_forged_head_is_refused(
    told: tuple[Ledger, Verifier], forge: Callable[[Head], Head], link: str
) -> None:
    ledger, verifier = told
    good = ledger.head()
    proof, forged = ledger.prove_inclusion(2, good), forge(good)
    refused(lambda: verifier.check_head(forged), link)
    refused(lambda: verifier.check_replay(ENTRIES, forged), link)
    refused(lambda: verifier.check_inclusion(ENTRIES[2], 2, forged, proof), link)


def test_heads_of_chain_and_tree_do_not_pass_for_each_other(deploy: Deploy) -> None:
    tree, plain = deploy(tree_head=True), deploy()
    plain.connect().append(ENTRIES)
    refused(lambda: BACKEND.verifier(tree.pins()).check_head(plain.connect().head()), "checkpoint")
    refused(lambda: BACKEND.verifier(plain.pins()).check_head(tree.connect().head()), "head")


def test_an_edit_is_found_by_a_replay_and_a_rewritten_history_by_who_kept_a_head(deploy: Deploy) -> None:
    deployment = deploy(tree_head=True)
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    ledger.append(ENTRIES)
    kept = ledger.head()
    assert deployment.tamper(Edit(3, b"edited")).done
    refused(lambda: verifier.check_replay(ledger.scan(0, kept.size), kept), "replay")
    assert deployment.tamper(Rewrite([*ENTRIES[:5], b"forged", *ENTRIES[6:], b"one more"])).done
    forged = ledger.head()
    verifier.check_replay(ledger.scan(0, forged.size), forged)
    proof = ledger.prove_consistency(kept, forged)
    refused(lambda: verifier.check_consistency(kept, forged, proof), "consistency")


@pytest.mark.parametrize("head", ["Tree", 1, None])
def test_pins_of_another_kind_of_head_are_refused(deploy: Deploy, head: str | int | None) -> None:
    with pytest.raises(ValueError, match="'head' where it is 'tree'"):
        BACKEND.verifier({**deploy().pins(), "head": head})
