"""Checking a Merkle-Patricia proof (Yellow Paper, appendix D): what a trie with a given root has under a key.

The nodes come in no order, by their hashes: `eth_getProof` repeats the upper ones in the proof of every slot.
"""

from collections.abc import Iterable, Mapping, Sequence

from eth_utils.crypto import keccak

from backends.evm import rlp
from consultation.core.errors import VerificationError

EMPTY_ROOT = keccak(rlp.encode(b""))
_BRANCH, _SHORT = 17, 2


def by_hash(nodes: Iterable[bytes]) -> Mapping[bytes, bytes]:
    """Nodes by what refers to them."""
    return {keccak(node): node for node in nodes}


def lookup(root: bytes, key: bytes, nodes: Mapping[bytes, bytes], link: str) -> bytes | None:
    """The value under `key` in the secure trie (keys hashed) with this root; None where it is proven absent.

    Raises VerificationError(link) where the nodes do not lead from the root to an answer.
    """
    path = _nibbles(keccak(key))
    if root == EMPTY_ROOT:
        return None
    reference: rlp.Item = root
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


def _resolve(reference: rlp.Item, nodes: Mapping[bytes, bytes], link: str) -> Sequence[rlp.Item]:
    if not isinstance(reference, bytes):
        return reference  # a node shorter than a hash stands within its parent
    if reference not in nodes:
        raise VerificationError(link, f"the proof has no node with the hash {reference.hex()[:16]}...")
    try:
        return rlp.decode_list(nodes[reference])
    except ValueError as error:
        raise VerificationError(link, f"a trie node is not an RLP list: {error}") from error


def _path(item: rlp.Item, link: str) -> tuple[bool, Sequence[int]]:
    """Hex-prefix encoding: whether the node is a leaf, and the nibbles that it shares."""
    if not isinstance(item, bytes) or not item or item[0] >> 4 > 3:
        raise VerificationError(link, "a short trie node starts with a path")
    nibbles = _nibbles(item)
    odd = nibbles[0] & 1
    if not odd and nibbles[1]:
        raise VerificationError(link, "a trie node's path is not padded with zero")
    return bool(nibbles[0] & 2), nibbles[1 if odd else 2 :]


def _value(item: rlp.Item, link: str) -> bytes | None:
    if not isinstance(item, bytes):
        raise VerificationError(link, "a trie value is a byte string")
    return item or None


def _nibbles(data: bytes) -> list[int]:
    return [nibble for byte in data for nibble in (byte >> 4, byte & 15)]
