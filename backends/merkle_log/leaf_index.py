"""Leaf hash to index, in a few bytes an entry: the hashes themselves are in the tree."""

from array import array
from collections.abc import Callable

_SHARDS = 256
_SMALLEST = 16


class LeafIndex:
    """Open addressing over the tree's own leaves, in 256 shards, so that growing one stalls nobody for long.

    A million entries take some 20 MB; a dict of 32-byte keys takes 200.
    """

    __slots__ = ("_counts", "_leaf", "_shards")

    def __init__(self, leaf: Callable[[int], bytes]) -> None:
        self._leaf = leaf
        self._shards = [array("Q", bytes(8 * _SMALLEST)) for _ in range(_SHARDS)]
        self._counts = [0] * _SHARDS

    def find(self, leaf: bytes) -> int | None:
        """The index of a leaf hash, or None."""
        slots = self._shards[leaf[0]]
        mask = len(slots) - 1
        at = int.from_bytes(leaf[1:9], "big") & mask
        while slots[at]:
            index = slots[at] - 1
            if self._leaf(index) == leaf:
                return index
            at = (at + 1) & mask
        return None

    def add(self, leaf: bytes, index: int) -> None:
        """Add a leaf hash that is not there yet and is already the tree's leaf `index`."""
        shard = leaf[0]
        self._counts[shard] += 1
        if self._counts[shard] * 3 > len(self._shards[shard]) * 2:
            self._enlarge(shard)
        self._put(self._shards[shard], leaf, index)

    def _enlarge(self, shard: int) -> None:
        old = self._shards[shard]
        self._shards[shard] = new = array("Q", bytes(16 * len(old)))
        for slot in old:
            if slot:
                self._put(new, self._leaf(slot - 1), slot - 1)

    @staticmethod
    def _put(slots: "array[int]", leaf: bytes, index: int) -> None:
        mask = len(slots) - 1
        at = int.from_bytes(leaf[1:9], "big") & mask
        while slots[at]:
            at = (at + 1) & mask
        slots[at] = index + 1
