"""What an application keeps on disk: a log of entries, and the state that says how much of it counts.

`entries.log` holds the entries (see `framing`); `state.json` is replaced whole. The crash states of `commit`,
in order:

1. Nothing written: the state is of the block before; the node replays this block from its own store.
2. Part of the entries written, or all and synced: `state.json` still counts the bytes before them, the next
   start cuts them off, and the node replays the block, which gives the same bytes again.
3. `state.json.new` written and synced, not renamed: as 2; the next commit overwrites it.
4. Renamed: the block counts. A node that had not noted so replays it against the stored answers. The folder
   is not synced, as nothing waits for it: a power cut may bring the old name back, which is as 2.
"""

import os
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from backends.cometbft import framing
from consultation.core import canonical, merkle

LOG = "entries.log"
STATE = "state.json"


@dataclass(frozen=True, slots=True)
class Committed:
    """The state after a block."""

    height: int
    grown: int
    """The height of the last block that added an entry; the header after it is the first with `app_hash`."""
    size: int
    log_bytes: int
    handed_over_bytes: int
    """Bytes of all entries in all blocks, repeated and refused ones included."""
    app_hash: bytes

    def encode(self) -> bytes:
        return canonical.encode(
            {
                "app_hash": self.app_hash.hex(),
                "grown": self.grown,
                "handed_over_bytes": self.handed_over_bytes,
                "height": self.height,
                "log_bytes": self.log_bytes,
                "size": self.size,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "Committed":
        """Raises ValueError."""
        value = canonical.decode(data)
        if not isinstance(value, dict):
            raise ValueError("the state is not an object")

        def number(name: str) -> int:
            found = value.get(name)
            if not isinstance(found, int):
                raise ValueError(f"the state has no number {name!r}")
            return found

        return cls(
            number("height"),
            number("grown"),
            number("size"),
            number("log_bytes"),
            number("handed_over_bytes"),
            bytes.fromhex(str(value.get("app_hash"))),
        )


GENESIS = Committed(0, 0, 0, 0, 0, framing.app_hash(0, merkle.EMPTY_ROOT))


class Log:
    """Entries in a file, read by index."""

    def __init__(self, path: Path, log_bytes: int) -> None:
        """Open, and cut off what is past `log_bytes`. Raises ValueError where the file is shorter or
        broken.
        """
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        found = os.fstat(self._descriptor).st_size
        if found < log_bytes:
            raise ValueError(f"{path.name} has {found} bytes, the state counts {log_bytes}")
        os.ftruncate(self._descriptor, log_bytes)
        self._ends = array("Q")
        at = 0
        with path.open("rb") as file:
            while length := file.read(4):
                at += 4 + int.from_bytes(length, "big")
                self._ends.append(at)
                file.seek(at)
        if at != log_bytes:
            raise ValueError(f"the last entry of {path.name} ends at byte {at}, the state counts {log_bytes}")

    def __len__(self) -> int:
        return len(self._ends)

    def read(self, start: int, stop: int, limit_bytes: int = 1 << 62) -> bytes:
        """Entries of [start, stop) as they are framed: as many whole ones as fit the limit, at least one."""
        stop = min(stop, len(self._ends))
        if start >= stop:
            return b""
        first = self._ends[start - 1] if start else 0
        while stop > start + 1 and self._ends[stop - 1] - first > limit_bytes:
            stop = start + (stop - start) // 2
        return os.pread(self._descriptor, self._ends[stop - 1] - first, first)

    def append(self, entries: Sequence[bytes]) -> int:
        """Write behind the last entry and sync. Returns the log's bytes."""
        at = self._ends[-1] if self._ends else 0
        if entries:
            data = framing.join(entries)
            written = os.pwrite(self._descriptor, data, at)
            if written != len(data):
                raise OSError(f"the disk took {written} of {len(data)} bytes of {LOG}")
            os.fsync(self._descriptor)
        for entry in entries:
            at += 4 + len(entry)
            self._ends.append(at)
        return at

    def close(self) -> None:
        os.close(self._descriptor)


def load(folder: Path) -> tuple[Committed, Log]:
    """The last committed state and its log; the genesis where the folder is empty. Raises ValueError."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / STATE
    committed = Committed.parse(path.read_bytes()) if path.exists() else GENESIS
    log = Log(folder / LOG, committed.log_bytes)
    if len(log) != committed.size:
        raise ValueError(f"{LOG} has {len(log)} entries, the state counts {committed.size}")
    return committed, log


def save(folder: Path, committed: Committed) -> None:
    """Replace the state: after a crash the old one or the new, and never half of one."""
    new = folder / (STATE + ".new")
    with new.open("wb") as file:
        file.write(committed.encode())
        file.flush()
        os.fsync(file.fileno())
    os.replace(new, folder / STATE)
