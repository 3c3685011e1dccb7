"""The RFC 6962 Merkle tree (also RFC 9162 2.1): hashes, proofs, and a tree that grows.

`root_of` and `prove_*` are the clear definitions over a list of leaf hashes; `Frontier` is the
append-only fast path that keeps only the log2(n) subtree roots; `Tree` keeps every complete level, so
that proofs for any past size cost O(log n). Leaves are 32-byte leaf hashes; `leaf_hash` makes one.
`extend` takes many at once, a level at a time, and spares a call for each.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice

from consultation.core.errors import VerificationError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
_AT_ONCE = 1024
"""Leaves that are taken together from an iterable: a power of two, so that they make one subtree."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry): RFC 9162 2.1.1."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right): RFC 9162 2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def _parents(nodes: Sequence[bytes]) -> list[bytes]:
    """The `node_hash` of each two neighbours; an odd one at the end is left out."""
    pairs = iter(nodes)
    return [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]


class Frontier:
    """The roots of the complete subtrees of a growing tree, largest first: enough for its root."""

    __slots__ = ("roots", "size")

    def __init__(self, size: int = 0, roots: Sequence[bytes] = ()) -> None:
        if size < 0 or len(roots) != size.bit_count():
            raise ValueError(f"a frontier of {size} leaves has {size.bit_count()} roots, found {len(roots)}")
        self.size = size
        self.roots = list(roots)

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash; amortised one node hash."""
        size, roots = self.size, self.roots
        while size & 1:
            leaf = node_hash(roots.pop(), leaf)
            size >>= 1
        roots.append(leaf)
        self.size += 1

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in their order, in O(1) memory beside the frontier."""
        rest = iter(leaves)
        for leaf in islice(rest, -self.size % _AT_ONCE):
            self.append(leaf)
        while len(chunk := list(islice(rest, _AT_ONCE))) == _AT_ONCE:
            while len(chunk) > 1:
                chunk = _parents(chunk)
            self._append_subtree(chunk[0])
        for leaf in chunk:
            self.append(leaf)

    def _append_subtree(self, node: bytes) -> None:
        """Add the root of `_AT_ONCE` leaves where the size is a multiple of that."""
        above, roots = self.size // _AT_ONCE, self.roots
        while above & 1:
            node = node_hash(roots.pop(), node)
            above >>= 1
        roots.append(node)
        self.size += _AT_ONCE

    def root(self) -> bytes:
        """The root over all leaves so far; SHA-256('') when empty."""
        if not self.roots:
            return EMPTY_ROOT
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> "Frontier":
        return Frontier(self.size, self.roots)


def root_of(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in one pass and O(log n) memory."""
    frontier = Frontier()
    frontier.extend(leaves)
    return frontier.root()


class Tree:
    """A tree of leaf hashes kept in memory with all its complete levels (64 bytes a leaf)."""

    __slots__ = ("_levels",)

    def __init__(self, leaves: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaves)

    @property
    def size(self) -> int:
        return len(self._levels[0]) // HASH_BYTES

    def leaf(self, index: int) -> bytes:
        return self._node(0, index)

    def append(self, leaf: bytes) -> None:
        levels = self._levels
        level = 0
        while True:
            nodes = levels[level]
            nodes += leaf
            if (len(nodes) // HASH_BYTES) & 1:
                return
            leaf = sha256(b"\x01" + nodes[-2 * HASH_BYTES :]).digest()
            level += 1
            if level == len(levels):
                levels.append(bytearray())

    def extend(self, leaves: Iterable[bytes]) -> None:
        """Add leaf hashes in their order, a level at a time."""
        added = list(leaves)
        level = 0
        while added:
            if level == len(self._levels):
                self._levels.append(bytearray())
            nodes = self._levels[level]
            unpaired = [bytes(nodes[-HASH_BYTES:])] if len(nodes) % (2 * HASH_BYTES) else []
            nodes += b"".join(added)
            added = _parents([*unpaired, *added])
            level += 1

    def nodes(self, level: int, start: int, stop: int) -> bytes:
        """The complete nodes `start` <= index < `stop` of a level, end to end, as far as they are there."""
        if level >= len(self._levels):
            return b""
        return bytes(self._levels[level][start * HASH_BYTES : stop * HASH_BYTES])

    def _node(self, level: int, index: int) -> bytes:
        at = index * HASH_BYTES
        return bytes(self._levels[level][at : at + HASH_BYTES])

    def subtree(self, start: int, stop: int) -> bytes:
        """MTH(D[start:stop]) for an aligned start, as the recursions of RFC 9162 2.1 ask for it."""
        frontier: list[bytes] = []
        while start < stop:
            level = (stop - start).bit_length() - 1
            if start:
                level = min(level, (start & -start).bit_length() - 1)
            frontier.append(self._node(level, start >> level))
            start += 1 << level
        root = frontier.pop()
        while frontier:
            root = node_hash(frontier.pop(), root)
        return root

    def root(self, size: int | None = None) -> bytes:
        """The root over the first `size` leaves (all when None)."""
        size = self.size if size is None else size
        self._check(size)
        return self.subtree(0, size) if size else EMPTY_ROOT

    def frontier(self, size: int | None = None) -> Frontier:
        """The frontier of the first `size` leaves."""
        size = self.size if size is None else size
        self._check(size)
        roots, start = [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size >> level & 1:
                roots.append(self._node(level, start >> level))
                start += 1 << level
        return Frontier(size, roots)

    def prove_inclusion(self, index: int, size: int | None = None) -> list[bytes]:
        """PATH(index, D[size]): RFC 9162 2.1.3.1."""
        size = self.size if size is None else size
        self._check(size)
        if not 0 <= index < size:
            raise ValueError(f"index {index} is not in a tree of {size} leaves")
        path: list[bytes] = []
        start, stop = 0, size
        while stop - start > 1:
            middle = start + _split(stop - start)
            if index < middle:
                path.append(self.subtree(middle, stop))
                stop = middle
            else:
                path.append(self.subtree(start, middle))
                start = middle
        path.reverse()
        return path

    def prove_consistency(self, old: int, new: int | None = None) -> list[bytes]:
        """PROOF(old, D[new]): RFC 9162 2.1.4.1; empty when old is 0 or equals new."""
        new = self.size if new is None else new
        self._check(new)
        if not 0 <= old <= new:
            raise ValueError(f"no consistency proof from size {old} to {new}")
        if old in (0, new):
            return []
        path: list[bytes] = []
        start, stop, whole = 0, new, True
        while old != stop:
            middle = start + _split(stop - start)
            if old <= middle:
                path.append(self.subtree(middle, stop))
                stop = middle
            else:
                path.append(self.subtree(start, middle))
                start, whole = middle, False
        if not whole:
            path.append(self.subtree(start, stop))
        path.reverse()
        return path

    def _check(self, size: int) -> None:
        if not 0 <= size <= self.size:
            raise ValueError(f"size {size} is outside a tree of {self.size} leaves")


def check_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Verify an inclusion proof: RFC 9162 2.1.3.2. Raises VerificationError('inclusion')."""
    if len(leaf) != HASH_BYTES or any(len(sibling) != HASH_BYTES for sibling in path):
        raise VerificationError("inclusion", "every hash of a proof has 32 bytes")
    if not 0 <= index < size:
        raise VerificationError("inclusion", f"index {index} is not in a tree of {size} entries")
    at, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise VerificationError(
                "inclusion", f"the proof has {len(path)} hashes, too many for {size} entries"
            )
        if at & 1 or at == last:
            node = node_hash(sibling, node)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise VerificationError("inclusion", f"the proof has {len(path)} hashes, too few for {size} entries")
    if node != root:
        raise VerificationError("inclusion", f"entry {index} does not lead to the root {root.hex()[:16]}...")


def check_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Verify a consistency proof: RFC 9162 2.1.4.2. Raises VerificationError('consistency')."""
    if any(len(sibling) != HASH_BYTES for sibling in path):
        raise VerificationError("consistency", "every hash of a proof has 32 bytes")
    if not 0 <= old <= new:
        raise VerificationError("consistency", f"the older head has {old} entries, the newer {new}")
    if old in (0, new):
        if path:
            raise VerificationError("consistency", f"from {old} to {new} takes no hashes, found {len(path)}")
        if old == new and old_root != new_root:
            raise VerificationError("consistency", f"two heads of {old} entries have different roots")
        if old == 0 and old_root != EMPTY_ROOT:
            raise VerificationError("consistency", "a head of no entries must have the empty root")
        return
    hashes = list(path) if old & (old - 1) else [old_root, *path]
    if not hashes:
        raise VerificationError("consistency", f"no hashes between {old} and {new} entries")
    at, last = old - 1, new - 1
    while at & 1:
        at >>= 1
        last >>= 1
    older = newer = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise VerificationError("consistency", f"too many hashes between {old} and {new} entries")
        if at & 1 or at == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while at and not at & 1:
                at >>= 1
                last >>= 1
        else:
            newer = node_hash(newer, sibling)
        at >>= 1
        last >>= 1
    if last:
        raise VerificationError("consistency", f"too few hashes between {old} and {new} entries")
    if older != old_root:
        raise VerificationError(
            "consistency", f"the proof does not lead to the older root {old_root.hex()[:16]}..."
        )
    if newer != new_root:
        raise VerificationError(
            "consistency", f"the proof does not lead to the newer root {new_root.hex()[:16]}..."
        )


def encode_path(path: Sequence[bytes]) -> bytes:
    """A proof's hashes, end to end."""
    return b"".join(path)


def decode_path(data: bytes, link: str) -> list[bytes]:
    """The inverse of `encode_path`. Raises VerificationError(link) unless it is at most 128 hashes."""
    if len(data) % HASH_BYTES or len(data) > 128 * HASH_BYTES:
        raise VerificationError(link, f"a proof is at most 128 hashes of 32 bytes, found {len(data)} bytes")
    return split_hashes(data)


def split_hashes(data: bytes) -> list[bytes]:
    """Those that stand end to end."""
    return [data[at : at + HASH_BYTES] for at in range(0, len(data), HASH_BYTES)]


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (> 1)."""
    return 1 << ((size - 1).bit_length() - 1)
