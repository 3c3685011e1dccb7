"""The files of a log, written so that a crash leaves either the former state or the new one.

log/        what is served: `tile/...`, `checkpoint`, `timestamped`, `vkey`, `policy`
state/      the log's own: `sequenced`, the newest checkpoint that the log is bound to; `lock`
"""

import fcntl
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from threading import Lock
from types import MappingProxyType

from backends.merkle_log import tiles
from backends.merkle_log.disk import Disk, make_folders, sync_folder
from backends.merkle_log.tiles import ENTRIES, WIDTH
from consultation.core.errors import Unavailable
from consultation.core.merkle import HASH_BYTES

CHECKPOINT = "checkpoint"
"""What is served; it makes entries final."""
TIMESTAMPED = "timestamped"
"""The newest checkpoint that has a time stamp, with it."""
SEQUENCED = "sequenced"
"""The newest checkpoint that the log is bound to."""


class Storage:
    """One log's folders, held by one process at a time. Its methods raise OSError where the disk does."""

    def __init__(self, folder: Path) -> None:
        """Raises Unavailable where another process holds the log."""
        self.served = folder / "log"
        self.state = folder / "state"
        self.written_bytes = 0
        """What was written since this object was made: files, not what the filesystem adds."""
        for made in (self.served, self.state):
            made.mkdir(parents=True, exist_ok=True)
        sync_folder(folder)
        sync_folder(folder.parent)
        self._disk = Disk()
        self._counting = Lock()
        self._known: set[str] = set()
        """Folders that were made, and synced in those above, or were there."""
        self._lock = os.open(self.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            self._disk.close()
            os.close(self._lock)
            raise Unavailable(f"another process holds the log in {folder}: end that one first") from error

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the threads that wait for the disk."""
        return self._disk.cpu_s

    def close(self) -> None:
        """Finish what was begun, and let go of the lock; idempotent."""
        self._disk.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # Writing

    def write_tiles(
        self,
        files: Mapping[str, bytes],
        drafts: Mapping[str, bytes] = MappingProxyType({}),
        meanwhile: Callable[[], None] = lambda: None,
    ) -> None:
        """Write and sync tiles and bundles that nothing refers to yet, so they are written in place.

        `drafts` are of files that `place` moves to where they are seen, and are synced along with the tiles.
        While the disk works, `meanwhile` is called, once.
        """
        known, changed = self._known, set[str]()
        try:
            for folder in {f"{self.served}/{name.rpartition('/')[0]}" for name in files}:
                changed.add(folder)
                if folder not in known:
                    changed.update(map(str, make_folders(Path(folder))))
                    known.add(folder)
            written = {f"{self.served}/{name}": data for name, data in files.items()}
            written |= {str(self._draft(name)): data for name, data in drafts.items()}
            self._disk.write(written.items(), changed, meanwhile)
        except OSError:
            known.clear()  # somebody else may have deleted one
            raise
        self._count(sum(map(len, written.values())))

    def replace(self, name: str, data: bytes) -> None:
        """Replace `SEQUENCED`, `CHECKPOINT` or another file beside the tiles, whole."""
        self._disk.write([(str(self._draft(name)), data)], ())
        self._count(len(data))
        self.place(name)

    def place(self, *names: str) -> None:
        """Let drafts that are synced take the places of the files, one after the other, then sync that.

        A loss of power in the midst may keep a later one and not an earlier one.
        """
        for name in names:
            os.replace(self._draft(name), self._seen(name))  # one filesystem, so it is atomic
        if len(names) == 1:
            sync_folder(self._seen(names[0]).parent)
        else:
            self._disk.write((), [str(self._seen(name).parent) for name in names])

    def _count(self, written_bytes: int) -> None:
        with self._counting:  # the publisher and the stamper may both be here
            self.written_bytes += written_bytes

    def _draft(self, name: str) -> Path:
        return self.state / f"{name}.new"

    def _seen(self, name: str) -> Path:
        return (self.state if name == SEQUENCED else self.served) / name

    def prune(self, folders: Iterable[str]) -> None:
        """Delete partial tiles whose full tile is published, soon; what is left behind does no harm."""
        for folder in folders:
            self._disk.later(partial(shutil.rmtree, self.served / folder, ignore_errors=True))

    def drop_beyond(self, size: int) -> None:
        """Delete tiles and bundles that a crash left beyond the tree that the log is bound to.

        They hold entries that nobody was told of, and would pass for the full tile of a partial one.
        """
        self._drop(ENTRIES, size)
        level = 0
        while tiles.hashes_at(level, size) or (self.served / "tile" / str(level)).exists():
            self._drop(level, tiles.hashes_at(level, size))
            level += 1

    def _drop(self, level: int | str, count: int) -> None:
        index, width = divmod(count, WIDTH)
        partials = self.served / tiles.folder_of_partials(level, index)
        if partials.is_dir():
            for partial in partials.iterdir():
                if int(partial.name) > width:
                    partial.unlink()
        while True:
            full = self.served / tiles.path(level, index)
            partials = self.served / tiles.folder_of_partials(level, index + 1)
            if not full.exists() and not partials.exists():
                return
            full.unlink(missing_ok=True)
            shutil.rmtree(partials, ignore_errors=True)
            index += 1

    # Reading

    def read(self, name: str) -> bytes | None:
        """`SEQUENCED`, `CHECKPOINT` or another file beside the tiles; None where there is none."""
        return _read(self._seen(name))

    def read_tile(self, level: int | str, index: int, width: int = WIDTH) -> bytes:
        """A tile or bundle: the full one where the partial one is gone, as c2sp.org/tlog-tiles has it."""
        data = _read(self.served / tiles.path(level, index, width))
        if data is None:
            data = _read(self.served / tiles.path(level, index))
        if data is None:
            raise FileNotFoundError(f"neither {tiles.path(level, index, width)} nor its full tile is there")
        return data if level == ENTRIES else data[: width * HASH_BYTES]

    def entries(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        """Entries `start` <= index < `stop` of a log of `size`, a bundle at a time. Raises Unavailable."""
        return chain.from_iterable(self._parts(start, min(stop, size), size))

    def _parts(self, start: int, stop: int, size: int) -> Iterator[Sequence[bytes]]:
        if start >= stop:
            return  # the bundle of `start` may not be there yet
        for index in range(start // WIDTH, (stop + WIDTH - 1) // WIDTH):
            first = index * WIDTH
            width = min(WIDTH, size - first)
            try:
                bundle = tiles.decode_bundle(self.read_tile(ENTRIES, index, width))[:width]
            except (OSError, ValueError) as error:
                raise Unavailable(f"entries from {first} on cannot be read: {error}; restore them") from error
            yield bundle[max(0, start - first) : stop - first]

    def stored_bytes(self) -> int:
        """Everything served, in bytes of files."""
        total = 0
        for folder, _, names in os.walk(self.served):
            for name in names:
                try:
                    total += os.stat(os.path.join(folder, name)).st_size
                except FileNotFoundError:
                    pass  # pruned in the meantime
        return total


def _read(target: Path) -> bytes | None:
    try:
        return target.read_bytes()
    except FileNotFoundError:
        return None
