"""Entries in one file, only ever appended to: a line that names the format, then a record for each entry.

A record is the entry's length and CRC-32, four bytes each, big-endian, and the entry. Reading stops at the
first record that is cut off or does not fit its checksum: `sync` comes before anything is promised, so what a
crash tears off was promised to nobody. The checksum finds accidents; forgery is found by the anchors.
"""

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from struct import Struct
from zlib import crc32

_MAGIC = b"consultation-store/1\n"
_FRAME = Struct(">II")
_CHUNK_BYTES = 1 << 20


class Store:
    """The file, open. Writers take turns by a lock of their own; reading is safe beside them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offsets = array("Q")
        self._file = path.open("r+b" if path.exists() else "w+b", buffering=0)
        if os.fstat(self._fd).st_size < len(_MAGIC):  # new, or torn at its very first write
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, _MAGIC, 0)
        self._end = len(_MAGIC)
        for entry in _records(path):
            self._offsets.append(self._end)
            self._end += _FRAME.size + len(entry)

    @property
    def size(self) -> int:
        return len(self._offsets)

    @property
    def stored_bytes(self) -> int:
        return self._end

    def append(self, entries: Sequence[bytes]) -> None:
        """Write the entries after the last whole record. Raises OSError, and then none of them counts."""
        frames = [_frame(entry) for entry in entries]
        data = memoryview(b"".join(frames))
        at = self._end
        while data:
            written = os.pwrite(self._fd, data, at)
            data, at = data[written:], at + written
        os.ftruncate(self._fd, at)  # what a crash left half-written after the last whole record
        for frame in frames:
            self._offsets.append(self._end)
            self._end += len(frame)

    def sync(self) -> None:
        """Returns when everything written is on disk."""
        os.fsync(self._fd)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries `start` <= index < `stop` as the file has them now, up to the last. Raises OSError."""
        for index in range(start, min(stop, self.size)):
            offset = self._offsets[index]
            length, _ = _FRAME.unpack(os.pread(self._fd, _FRAME.size, offset))
            yield os.pread(self._fd, length, offset + _FRAME.size)

    def close(self) -> None:
        self._file.close()

    @property
    def _fd(self) -> int:
        if self._file.closed:  # never a number that the kernel may have given to another file since
            raise OSError(f"{self.path.name} was closed")
        return self._file.fileno()


def replace_all(path: Path, entries: Iterable[bytes]) -> None:
    """Another file in place of this one; whole or not at all."""
    whole = path.with_suffix(".new")
    with whole.open("wb") as file:
        file.write(_MAGIC)
        file.writelines(map(_frame, entries))
        file.flush()
        os.fsync(file.fileno())
    whole.replace(path)


def _frame(entry: bytes) -> bytes:
    return _FRAME.pack(len(entry), crc32(entry)) + entry


def _records(path: Path) -> Iterator[bytes]:
    """Every whole record from the start."""
    with path.open("rb", buffering=_CHUNK_BYTES) as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            raise OSError(f"{path.name} does not start with {_MAGIC.decode().strip()!r}")
        while len(frame := file.read(_FRAME.size)) == _FRAME.size:
            length, checksum = _FRAME.unpack(frame)
            entry = file.read(length)
            if len(entry) != length or crc32(entry) != checksum:
                return
            yield entry
