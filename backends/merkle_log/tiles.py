"""The layout of c2sp.org/tlog-tiles: paths, entry bundles, and the files that a growing tree needs. Pure.

A tile holds 256 hashes of one level, level L being 8*L levels above the leaves; a bundle holds the entries of
one level-0 tile. The rightmost ones are partial and have their width in their name.
"""

from collections.abc import Mapping, Sequence

from consultation.core.merkle import Tree

WIDTH = 256
MAX_ENTRY_BYTES = 65_535
ENTRIES = "entries"
_PREFIX_BYTES = 2


def path(level: int | str, index: int, width: int = WIDTH) -> str:
    """`tile/0/x001/234.p/5`: tile `index` of a level or of `entries`, partial where `width` is below 256."""
    parts = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        parts.append(f"x{index % 1000:03d}")
    name = "/".join(reversed(parts))
    return f"tile/{level}/{name}" + ("" if width == WIDTH else f".p/{width}")


def folder_of_partials(level: int | str, index: int) -> str:
    """Where the partial tiles of a tile are: `tile/0/x001/234.p`."""
    return path(level, index) + ".p"


def hashes_at(level: int, size: int) -> int:
    """How many hashes the tiles of a level hold for a tree of `size` leaves."""
    return size >> (8 * level)


def paths(size: int) -> list[str]:
    """Every tile and bundle, partial ones included, that a tree of `size` leaves is served as."""
    found = []
    level = 0
    while hashes_at(level, size):
        count = hashes_at(level, size)
        for index in range((count + WIDTH - 1) // WIDTH):
            width = min(WIDTH, count - index * WIDTH)
            found.append(path(level, index, width))
            if level == 0:
                found.append(path(ENTRIES, index, width))
        level += 1
    return found


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """Of each entry its length as a big-endian uint16, and its bytes."""
    return b"".join([len(entry).to_bytes(_PREFIX_BYTES, "big") + entry for entry in entries])


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError where it is torn."""
    entries: list[bytes] = []
    start, end = _PREFIX_BYTES, len(data)
    while start <= end:
        stop = start + (data[start - 2] << 8 | data[start - 1])
        entries.append(data[start:stop])
        start = stop + _PREFIX_BYTES
    if start != end + _PREFIX_BYTES:
        raise ValueError(f"an entry bundle of {end} bytes is torn after entry {max(0, len(entries) - 1)}")
    return entries


class RightEdge:
    """How far the files of a tree have been made: enough to make those of its next growth."""

    __slots__ = ("_tree", "bundle", "size")

    def __init__(self, tree: Tree, bundle: bytes = b"") -> None:
        """`bundle` holds the tree's last entries, those of its partial level-0 tile."""
        self._tree = tree
        self.bundle = bundle
        self.size = tree.size

    def grow(self, entries: Sequence[bytes]) -> Mapping[str, bytes]:
        """The files that the tree has and had not before its newest leaves, those of `entries`, by path."""
        old, new = self.size, self.size + len(entries)
        files = self._grow_bundles(entries)
        level = 0
        while hashes_at(level, new) > hashes_at(level, old):
            count = hashes_at(level, new)
            for index in range(hashes_at(level, old) // WIDTH, (count + WIDTH - 1) // WIDTH):
                first, width = index * WIDTH, min(WIDTH, count - index * WIDTH)
                files[path(level, index, width)] = self._tree.nodes(8 * level, first, first + width)
            level += 1
        self.size = new
        return files

    def _grow_bundles(self, entries: Sequence[bytes]) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        index, held = divmod(self.size, WIDTH)
        at = 0
        while at < len(entries):
            fresh = entries[at : at + WIDTH - held]
            at += len(fresh)
            held += len(fresh)
            self.bundle += encode_bundle(fresh)
            files[path(ENTRIES, index, held)] = self.bundle
            if held == WIDTH:
                index, held, self.bundle = index + 1, 0, b""
        return files


def completed(files: Mapping[str, bytes]) -> list[str]:
    """The folders of partial tiles that these files make superfluous."""
    return [name + ".p" for name in files if not name.rsplit("/", 2)[-2].endswith(".p")]
