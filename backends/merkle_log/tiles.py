"""The layout of c2sp.org/tlog-tiles: paths, entry bundles, and the files that a growing tree needs. Pure.

A tile holds 256 hashes of one level, level L being 8*L levels above the leaves; a bundle holds the entries of
one level-0 tile. The rightmost ones are partial and have their width in their name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from consultation.core.merkle import HASH_BYTES, Frontier

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


def encode_entry(entry: bytes) -> bytes:
    """An entry in a bundle: its length as a big-endian uint16, and its bytes."""
    return len(entry).to_bytes(_PREFIX_BYTES, "big") + entry


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    return b"".join(map(encode_entry, entries))


def decode_bundle(data: bytes) -> list[bytes]:
    """The entries of a bundle. Raises ValueError where it is torn."""
    entries: list[bytes] = []
    at = 0
    while at < len(data):
        start = at + _PREFIX_BYTES
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise ValueError(f"an entry bundle of {len(data)} bytes is torn after entry {len(entries)}")
        entries.append(data[start:at])
    return entries


@dataclass(slots=True)
class RightEdge:
    """The partial tiles of a tree: enough to make the files of the next growth."""

    size: int = 0
    hashes: list[bytearray] = field(default_factory=list)
    """The partial tile of each level, by level; an empty one stands for a tile just completed."""
    bundle: bytearray = field(default_factory=bytearray)

    def grow(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> Mapping[str, bytes]:
        """Add entries, and return the files that the grown tree has and the former had not, by path."""
        files: dict[str, bytes] = {}
        grown: set[int] = set()
        for entry, leaf in zip(entries, leaves, strict=True):
            self.bundle += encode_entry(entry)
            self.size += 1
            self._push(0, leaf, files, grown)
        for level in sorted(grown):
            if tile := self.hashes[level]:
                index, width = divmod(hashes_at(level, self.size), WIDTH)
                files[path(level, index, width)] = bytes(tile)
                if level == 0:
                    files[path(ENTRIES, index, width)] = bytes(self.bundle)
        return files

    def _push(self, level: int, node: bytes, files: dict[str, bytes], grown: set[int]) -> None:
        while True:
            if level == len(self.hashes):
                self.hashes.append(bytearray())
            tile = self.hashes[level]
            tile += node
            grown.add(level)
            if len(tile) < WIDTH * HASH_BYTES:
                return
            index = hashes_at(level, self.size) // WIDTH - 1
            files[path(level, index)] = bytes(tile)
            if level == 0:
                files[path(ENTRIES, index)] = bytes(self.bundle)
                self.bundle.clear()
            node = tile_root(tile)
            tile.clear()
            level += 1


def split(tile: bytes | bytearray) -> list[bytes]:
    """The hashes of a tile."""
    return [bytes(tile[at : at + HASH_BYTES]) for at in range(0, len(tile), HASH_BYTES)]


def tile_root(tile: bytes | bytearray) -> bytes:
    """The one hash at the level above a full tile."""
    frontier = Frontier()
    for node in split(tile):
        frontier.append(node)
    return frontier.root()


def completed(files: Mapping[str, bytes]) -> list[str]:
    """The folders of partial tiles that these files make superfluous."""
    return [name + ".p" for name in files if not name.rsplit("/", 2)[-2].endswith(".p")]
