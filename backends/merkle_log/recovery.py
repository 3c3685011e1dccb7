"""The tree of a log or of its mirror, from the tiles on the disk."""

from backends.merkle_log.storage import Storage
from backends.merkle_log.tiles import ENTRIES, WIDTH, RightEdge
from consultation.core import merkle


def recover(storage: Storage, size: int) -> tuple[merkle.Tree, RightEdge]:
    """The tree and its right edge. Raises OSError where a tile is missing."""
    tree = merkle.Tree()
    for index in range((size + WIDTH - 1) // WIDTH):
        tree.extend(merkle.split_hashes(storage.read_tile(0, index, min(WIDTH, size - index * WIDTH))))
    index, width = divmod(size, WIDTH)
    return tree, RightEdge(tree, storage.read_tile(ENTRIES, index, width) if width else b"")
