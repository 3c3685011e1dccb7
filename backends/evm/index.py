"""What a client keeps of the contract's entries: leaf hashes, their tree, the block of each; no entry.

96 bytes and a dictionary's slot for each entry. It is made from the events alone, so that proofs for any
past size need no historical state of the node.
"""

from array import array
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

from backends.evm.chain import Event
from consultation.core import merkle

_TRANSACTION_BYTES = 200
"""Envelope, signature and ABI words of a call: what a node stores beside the entry in the block."""
_EVENT_BYTES = 180
"""Address, topics and ABI words of the event in the receipt."""
_STATE_BYTES = 64
"""The mapping's slot: key and value."""


@dataclass(slots=True)
class Index:
    """The entries so far, in the order of their events."""

    tree: merkle.Tree = field(default_factory=merkle.Tree)
    place: dict[bytes, int] = field(default_factory=dict)
    """Leaf hash to index."""
    blocks: "array[int]" = field(default_factory=lambda: array("Q"))
    stored_bytes: int = 0
    """What one node stores for them: call data and event hold the entry twice."""

    @property
    def size(self) -> int:
        return len(self.blocks)

    def add(self, event: Event) -> bytes:
        """The next entry; its leaf hash is computed, not believed."""
        leaf = merkle.leaf_hash(event.entry)
        self.place.setdefault(leaf, self.size)
        self.tree.append(leaf)
        self.blocks.append(event.block)
        self.stored_bytes += 2 * len(event.entry) + _TRANSACTION_BYTES + _EVENT_BYTES + _STATE_BYTES
        return leaf

    def spans(self, start: int, stop: int, most: int) -> list[tuple[int, int, int, int]]:
        """How to read entries `start` to `stop`: block ranges, and what to take of each one's events.

        Each is (first block, block after the last, skip, take), of about `most` entries and whole blocks.
        """
        found = []
        while start < stop:
            end = min(start + most, stop)
            last = self.blocks[end - 1]
            if end < stop:
                end = min(bisect_right(self.blocks, last), stop)
            first = self.blocks[start]
            found.append((first, last + 1, start - bisect_left(self.blocks, first), end - start))
            start = end
        return found
