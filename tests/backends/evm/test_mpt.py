"""Trie proofs against tries of our own making: what is there, what is not, and whatever was changed."""

from collections.abc import Sequence

import pytest
from eth_utils.crypto import keccak
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.evm import mpt
from backends.evm.strict_rlp import Item
from consultation.core.errors import VerificationError
from tests.backends.evm.tries import Trie, encoded_rlp

tries = st.dictionaries(st.binary(min_size=1, max_size=8), st.binary(min_size=1, max_size=60), max_size=40)


@settings(max_examples=50)
@given(tries, st.binary(min_size=9, max_size=9))
def test_every_key_leads_to_its_value_and_an_absent_one_to_none(
    items: dict[bytes, bytes], absent: bytes
) -> None:
    trie = Trie(items)
    nodes = mpt.Nodes.of(trie.proof)
    for key, value in items.items():
        assert mpt.lookup(trie.root, key, nodes, "proof") == value
    assert mpt.lookup(trie.root, absent, nodes, "proof") is None


def test_the_root_of_known_tries_is_ethereums() -> None:
    assert Trie({}).root == mpt.EMPTY_ROOT
    assert mpt.EMPTY_ROOT.hex() == "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421"


@settings(max_examples=50)
@given(tries.filter(bool), st.data())
def test_a_node_left_out_or_changed_breaks_the_proof(items: dict[bytes, bytes], data: st.DataObject) -> None:
    trie = Trie(items)
    key = data.draw(st.sampled_from(sorted(items)))
    for at, node in enumerate(trie.proof):
        others = [each for each in trie.proof if each != node]
        position = data.draw(st.integers(0, len(node) - 1))
        changed = node[:position] + bytes([node[position] ^ 1]) + node[position + 1 :]
        for forged in (others, [*others, changed]):
            found = outcome(trie.root, key, forged)
            # Either the proof breaks, or the node is not on this key's way.
            assert found in ("proof", items[key]), f"node {at} of {len(trie.proof)}"


def test_nodes_that_hash_right_and_are_malformed_are_refused() -> None:
    shapes: list[Item] = [
        b"no list",
        [b"one"],
        [b"\x20", b"1", b"2"],
        [b"\x40" + bytes(32), b"value"],
        [b"", b"value"],
        [b"\x01", b"value"],
        [b"\x2f", b"v"],
        [[b"\x20"], b"value"],
    ]
    for shape in shapes:
        node = encoded_rlp(shape)
        assert outcome(keccak(node), b"key", [node]) in ("proof", None)


def test_another_root_is_refused() -> None:
    trie = Trie({b"key": b"value" * 20})
    with pytest.raises(VerificationError, match="no node with the hash"):
        mpt.lookup(keccak(b"another"), b"key", mpt.Nodes.of(trie.proof), "proof")


def outcome(root: bytes, key: bytes, nodes: Sequence[bytes]) -> bytes | str | None:
    """What a lookup finds, or the link that it says is broken."""
    try:
        return mpt.lookup(root, key, mpt.Nodes.of(nodes), "proof")
    except VerificationError as error:
        return error.link
