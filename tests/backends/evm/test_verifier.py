"""The evm verifier refuses whatever was forged, and names the link; no node is needed."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from eth_utils.crypto import keccak
from nacl.signing import SigningKey

from backends.evm import BACKEND, contract
from backends.evm.attestation import Anchor, Attestation
from backends.evm.verifier import EvmHeads, Pins
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof, Root
from consultation.core.merkle import Tree, encode_path, leaf_hash
from consultation.core.tree_head import TreeVerifier
from tests.backends.evm.tries import CHAIN_ID, CONTRACT, GENESIS, Forger, Trie, account, header, pins, storage

ENTRIES = [b"entry %d" % number for number in range(11)]
HONEST = Forger(ENTRIES)
VERIFIER = TreeVerifier(EvmHeads(pins()).check_head)


def refused(link: str, head: Head, verifier: TreeVerifier = VERIFIER) -> None:
    with pytest.raises(VerificationError) as caught:
        verifier.check_head(head)
    assert caught.value.link == link, str(caught.value)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 7, 8, 11])
def test_an_honest_head_holds_at_every_shape_of_the_tree(size: int) -> None:
    VERIFIER.check_head(Forger(ENTRIES[:size]).head())


def test_replay_inclusion_and_consistency_hold_under_honest_heads() -> None:
    tree = Tree(map(leaf_hash, ENTRIES))
    head, older = HONEST.head(), Forger(ENTRIES[:5], block=4).head()
    VERIFIER.check_replay(ENTRIES, head)
    VERIFIER.check_inclusion(ENTRIES[3], 3, head, Proof(encode_path(tree.prove_inclusion(3))))
    VERIFIER.check_consistency(older, head, Proof(encode_path(tree.prove_consistency(5))))
    with pytest.raises(VerificationError, match="replay"):
        VERIFIER.check_replay([*ENTRIES[:-1], b"another"], head)


FORGERIES: list[tuple[str, str, Callable[[], Head]]] = [
    ("another root", "tree-root", lambda: replace(HONEST.head(), root=Root(bytes(32)))),
    ("another size", "tree-size", lambda: replace(HONEST.head(), size=12)),
    ("no attestation", "attestation", lambda: replace(HONEST.head(), attestation=b"")),
    ("a list for an attestation", "attestation", lambda: replace(HONEST.head(), attestation=b"[]")),
    ("another key", "note-signature", lambda: replace(HONEST, operator=SigningKey(bytes(32))).head()),
    ("another origin", "checkpoint", lambda: replace(HONEST, origin="other.example/ledger").head()),
    ("another chain id", "chain", lambda: replace(HONEST, chain_id=1).head()),
    ("another genesis", "chain", lambda: replace(HONEST, genesis=keccak(b"another")).head()),
    ("another contract", "chain", lambda: replace(HONEST, contract=keccak(b"another")[:20]).head()),
    ("other code", "contract-code", lambda: replace(HONEST, code_hash=keccak(b"other")).head()),
    ("another account's proof", "account-proof", lambda: replace(HONEST, at=keccak(b"another")[:20]).head()),
    (
        "a tree that the contract does not hold",
        "checkpoint",
        lambda: replace(HONEST, stored=ENTRIES[:10]).head(),
    ),
    ("no header", "header", lambda: changed(headers=())),
    ("a header that is no list", "header", lambda: changed(headers=(b"\x80",))),
    ("a short header", "header", lambda: changed(headers=(b"\xc1\x80",))),
    (
        "another block's header",
        "chain",
        lambda: changed(headers=Forger(ENTRIES, block=8).attestation().headers),
    ),
    (
        "a header with another state",
        "chain",
        lambda: changed(headers=(header(9, keccak(b"parent"), bytes(32)),)),
    ),
    ("no account proof", "account-proof", lambda: changed(account=())),
    ("no storage proof", "storage-proof", lambda: changed(storage=())),
    ("storage of other entries", "storage-proof", lambda: changed(storage=Trie(storage(ENTRIES[:4])).proof)),
    ("a checkpoint without a place", "chain", lambda: changed(checkpoint=HONEST.checkpoint())),
    ("a place of another block", "chain", lambda: changed(checkpoint=HONEST.checkpoint(place(block=8)))),
    ("a place and a line more", "chain", lambda: changed(checkpoint=HONEST.checkpoint(place(), "and more"))),
]


def changed(**parts: tuple[bytes, ...] | bytes) -> Head:
    """An honest head, its attestation with other parts."""
    honest = HONEST.attestation()
    headers, account_nodes, nodes, checkpoint = (
        parts.get(name, getattr(honest, name)) for name in ("headers", "account", "storage", "checkpoint")
    )
    assert isinstance(headers, tuple)
    assert isinstance(account_nodes, tuple)
    assert isinstance(nodes, tuple)
    assert isinstance(checkpoint, bytes)
    return HONEST.head(Attestation(headers, account_nodes, nodes, checkpoint))


def place(block: int = 9) -> str:
    signed = keccak(HONEST.attestation().headers[0])
    return Anchor(CHAIN_ID, GENESIS, CONTRACT, block, signed, signed).line()


@pytest.mark.parametrize(("what", "link", "forge"), FORGERIES, ids=[what for what, _, _ in FORGERIES])
def test_a_forged_head_is_refused_and_the_link_named(what: str, link: str, forge: Callable[[], Head]) -> None:
    refused(link, forge())


def test_every_byte_of_an_attestation_counts() -> None:
    data = Forger(ENTRIES[:3]).head().attestation
    for at in range(0, len(data), 7):
        forged = Head(3, Root(Forger(ENTRIES[:3]).root()), data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(VerificationError):
            VERIFIER.check_head(forged)


def test_the_proof_of_another_slot_is_no_proof_of_the_size() -> None:
    """Storage in which the size stands in the mapping's slot, and everything else is honest and signed."""
    moved = storage(ENTRIES)
    moved[contract.PLACE_SLOT.to_bytes(32, "big")] = moved.pop(contract.SIZE_SLOT.to_bytes(32, "big"))
    slots = Trie(moved)
    state = Trie({CONTRACT: account(slots.root)})
    block = header(9, keccak(b"parent"), state.root)
    line = Anchor(CHAIN_ID, GENESIS, CONTRACT, 9, keccak(block), keccak(block)).line()
    attestation = Attestation((block,), state.proof, HONEST.slots(slots), HONEST.checkpoint(line))
    refused("attestation", HONEST.head(attestation))
    empty = replace(attestation, storage=slots.prove(contract.SIZE_SLOT.to_bytes(32, "big")))
    refused("checkpoint", HONEST.head(empty))


def test_nodes_that_prove_nothing_are_refused() -> None:
    whole = HONEST.attestation()
    refused("attestation", HONEST.head(replace(whole, account=(*whole.account, b"\xc1\x80"))))
    refused("attestation", HONEST.head(replace(whole, storage=(*whole.storage, b"\xc1\x80"))))


def test_a_chain_that_asks_for_confirmations_gets_them_in_order() -> None:
    deep = TreeVerifier(EvmHeads(pins(confirmations=2)).check_head)
    good = replace(HONEST, confirmations=2)
    deep.check_head(good.head())
    refused("confirmations", replace(HONEST, confirmations=1).head(), deep)
    whole = good.attestation()
    first, second, third = whole.headers
    refused("chain", good.head(replace(whole, headers=(first, third, second))), deep)
    stranger = header(11, keccak(b"stranger"), bytes(32))
    line = Anchor(CHAIN_ID, GENESIS, CONTRACT, 9, keccak(first), keccak(stranger)).line()
    forked = Attestation((first, second, stranger), whole.account, whole.storage, good.checkpoint(line))
    refused("header", good.head(forked), deep)
    refused("chain", good.head(replace(whole, headers=(first, second))), deep)


@pytest.mark.parametrize("forks", range(7))
def test_headers_of_every_fork_since_berlin_are_read(forks: int) -> None:
    slots = Trie(storage(ENTRIES))
    state = Trie({CONTRACT: account(slots.root)})
    block = header(9, keccak(b"parent"), state.root, newest=forks)
    line = Anchor(CHAIN_ID, GENESIS, CONTRACT, 9, keccak(block), keccak(block)).line()
    attestation = Attestation((block,), state.proof, HONEST.slots(slots), HONEST.checkpoint(line))
    VERIFIER.check_head(HONEST.head(attestation))


def test_pins_survive_json_and_wrong_ones_are_refused() -> None:
    good = dict(json.loads(json.dumps(pins().to_json())))
    assert Pins.from_json(good) == pins()
    BACKEND.verifier(good).check_head(HONEST.head())
    wrong: list[tuple[str, str | int | None]] = [
        ("backend", "memory"),
        ("rule", "something else"),
        ("operator", None),
        ("operator", "no key"),
        ("chain_id", "31337"),
        ("chain_id", -1),
        ("confirmations", True),
        ("genesis", "00"),
        ("contract", "xy"),
        ("code_hash", None),
    ]
    for name, value in wrong:
        with pytest.raises(ValueError, match=r"pin|verifier key"):
            BACKEND.verifier({**good, name: value})


def test_whoever_only_verifies_imports_no_client_of_a_node() -> None:
    script = (
        "import sys; from backends.registry import backend; backend('evm'); backend('evm-anchored')\n"
        "print([name for name in ('web3', 'eth_account', 'eth_abi', 'requests') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True, timeout=60
    )
    assert ran.stdout.strip() == "[]"
