"""Leaf hash to index, in a few bytes an entry: the hashes themselves are in the tree."""

from array import array
from collections.abc import Callable, Sequence

_SHARDS = 256
_SMALLEST = 16
_MARK_BITS = 24
_INDEX_BITS = 64 - _MARK_BITS
_MARK = (1 << _MARK_BITS) - 1
_INDEX = (1 << _INDEX_BITS) - 1


class LeafIndex:
    """Open addressing over the tree's own leaves, in 256 shards, so that growing one stalls nobody for long.

    One byte of a leaf chooses its shard. A slot holds 24 other bits, the leaf's mark, above its index plus
    one. The mark chooses the slot, and tells nearly every stranger from the leaf without a look into the
    tree. A million entries take some 20 MB; a dict of 32-byte keys takes 200.
    """

    __slots__ = ("_counts", "_leaf", "_shards")

    def __init__(self, leaf: Callable[[int], bytes]) -> None:
        self._leaf = leaf
        self._shards = [array("Q", bytes(8 * _SMALLEST)) for _ in range(_SHARDS)]
        self._counts = [0] * _SHARDS

    def find(self, leaves: Sequence[bytes]) -> list[int | None]:
        """The index of each leaf hash, None for a stranger."""
        shards, leaf_at = self._shards, self._leaf
        found: list[int | None] = []
        for leaf, word in zip(leaves, _first_words(leaves), strict=True):
            slots = shards[word & 255]
            mask = len(slots) - 1
            mark = word >> 8 & _MARK
            at = mark & mask
            while slot := slots[at]:
                if slot >> _INDEX_BITS == mark and leaf_at((slot & _INDEX) - 1) == leaf:
                    break
                at = (at + 1) & mask
            found.append((slot & _INDEX) - 1 if slot else None)
        return found

    def extend(self, leaves: Sequence[bytes], first: int) -> None:
        """Add leaf hashes that are not there yet and are already the tree's leaves from `first` on."""
        shards, counts = self._shards, self._counts
        for value, word in enumerate(_first_words(leaves), first + 1):
            shard = word & 255
            counts[shard] = count = counts[shard] + 1
            slots = shards[shard]
            if count * 3 > len(slots) * 2:
                slots = shards[shard] = _enlarged(slots)
            mask = len(slots) - 1
            mark = word >> 8 & _MARK
            at = mark & mask
            while slots[at]:
                at = (at + 1) & mask
            slots[at] = mark << _INDEX_BITS | value


def _first_words(leaves: Sequence[bytes]) -> "array[int]":
    """The first eight bytes of each leaf hash as a number, in this machine's order of bytes."""
    return array("Q", b"".join(leaves))[::4]


def _enlarged(old: "array[int]") -> "array[int]":
    """The same slots in twice the room: their marks say where they go."""
    new = array("Q", bytes(16 * len(old)))
    mask = len(new) - 1
    for slot in old:
        if slot:
            at = (slot >> _INDEX_BITS) & mask
            while new[at]:
                at = (at + 1) & mask
            new[at] = slot
    return new
