"""Checking a Merkle-Patricia proof (Yellow Paper, appendix D): what a trie with a given root has under a key.

The nodes come in no order, by their hashes: `eth_getProof` repeats the upper ones in the proof of every slot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import rlp
from eth_utils.crypto import keccak

from backends.evm.strict_rlp import Item, decode_list
from consultation.core.errors import VerificationError

EMPTY_ROOT = keccak(rlp.encode(b""))
_BRANCH, _SHORT = 17, 2


@dataclass(slots=True)
class Nodes:
    """A proof's nodes, and which of them were of use."""

    unused: dict[bytes, bytes]
    """By the hash that refers to them."""
    used: dict[bytes, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, nodes: Iterable[bytes]) -> "Nodes":
        return cls({keccak(node): node for node in nodes})

    def take(self, reference: bytes) -> bytes | None:
        if reference in self.unused:
            self.used[reference] = self.unused.pop(reference)
        return self.used.get(reference)


def lookup(root: bytes, key: bytes, nodes: Nodes, link: str) -> bytes | None:
    """The value under `key` in the secure trie (keys hashed) with this root; None where it is proven absent.

    Raises VerificationError(link) where the nodes do not lead from the root to an answer.
    """
    path = _nibbles(keccak(key))
    if root == EMPTY_ROOT:
        return None
    reference: Item = root
    while True:
        node = _resolve(reference, nodes, link)
        if len(node) == _BRANCH:
            if not path:
                return _value(node[16], link)
            reference, path = node[path[0]], path[1:]
        elif len(node) == _SHORT:
            leaf, shared = _path(node[0], link)
            if path[: len(shared)] != shared:
                return None
            reference, path = node[1], path[len(shared) :]
            if leaf:
                return _value(reference, link) if not path else None
        else:
            raise VerificationError(link, f"a trie node has 2 or 17 items, found {len(node)}")
        if reference == b"":
            return None


def _resolve(reference: Item, nodes: Nodes, link: str) -> Sequence[Item]:
    if not isinstance(reference, bytes):
        return reference  # a node shorter than a hash stands within its parent
    node = nodes.take(reference)
    if node is None:
        raise VerificationError(link, f"the proof has no node with the hash {reference.hex()[:16]}...")
    try:
        return decode_list(node)
    except ValueError as error:
        raise VerificationError(link, f"a trie node is not an RLP list: {error}") from error


def _path(item: Item, link: str) -> tuple[bool, Sequence[int]]:
    """Hex-prefix encoding: whether the node is a leaf, and the nibbles that it shares."""
    if not isinstance(item, bytes) or not item or item[0] >> 4 > 3:
        raise VerificationError(link, "a short trie node starts with a path")
    nibbles = _nibbles(item)
    odd = nibbles[0] & 1
    if not odd and nibbles[1]:
        raise VerificationError(link, "a trie node's path is not padded with zero")
    return bool(nibbles[0] & 2), nibbles[1 if odd else 2 :]


def _value(item: Item, link: str) -> bytes | None:
    if not isinstance(item, bytes):
        raise VerificationError(link, "a trie value is a byte string")
    return item or None


def _nibbles(data: bytes) -> list[int]:
    return [nibble for byte in data for nibble in (byte >> 4, byte & 15)]
