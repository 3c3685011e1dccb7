"""The files of a log, written so that a crash leaves either the former state or the new one.

log/        what is served: `tile/...`, `checkpoint`, `vkey`, `policy`
state/      the log's own: `sequenced`, the newest checkpoint that the log is bound to; `lock`
"""

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from backends.merkle_log import tiles
from backends.merkle_log.tiles import ENTRIES, WIDTH
from consultation.core.errors import Unavailable
from consultation.core.merkle import HASH_BYTES

CHECKPOINT = "checkpoint"
_SEQUENCED = "sequenced"


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
        _sync_folder(folder)
        _sync_folder(folder.parent)
        self._lock = os.open(self.state / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise Unavailable(f"another process holds the log in {folder}: end that one first") from error

    def close(self) -> None:
        """Let go of the lock; idempotent."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    # Writing

    def write_tiles(self, files: Mapping[str, bytes]) -> None:
        """Write and sync tiles and bundles that nothing refers to yet, so they are written in place."""
        folders: set[Path] = set()
        for name, data in files.items():
            target = self.served / name
            folders |= _make_folders(target.parent)
            folders.add(target.parent)
            _write_synced(target, data)
            self.written_bytes += len(data)
        for folder in folders:
            _sync_folder(folder)

    def write_sequenced(self, data: bytes) -> None:
        """Replace the newest checkpoint that the log is bound to."""
        self._replace(self.state / _SEQUENCED, data)

    def write_served(self, name: str, data: bytes) -> None:
        """Replace a file beside the tiles: `checkpoint` is what makes entries final."""
        self._replace(self.served / name, data)

    def _replace(self, target: Path, data: bytes) -> None:
        draft = self.state / f"{target.name}.new"  # state/ and log/ are on one filesystem: rename is atomic
        _write_synced(draft, data)
        os.replace(draft, target)
        _sync_folder(target.parent)
        self.written_bytes += len(data)

    def prune(self, folders: Iterable[str]) -> None:
        """Delete partial tiles whose full tile is published; what is left behind does no harm."""
        for folder in folders:
            shutil.rmtree(self.served / folder, ignore_errors=True)

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

    def read_sequenced(self) -> bytes | None:
        return _read(self.state / _SEQUENCED)

    def read_served(self, name: str) -> bytes | None:
        return _read(self.served / name)

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
        if start >= stop:
            return  # the bundle of `start` may not be there yet
        stop = min(stop, size)
        if start >= stop:
            return
        for index in range(start // WIDTH, (stop + WIDTH - 1) // WIDTH):
            first = index * WIDTH
            width = min(WIDTH, size - first)
            try:
                bundle = tiles.decode_bundle(self.read_tile(ENTRIES, index, width))[:width]
            except (OSError, ValueError) as error:
                raise Unavailable(f"entries from {first} on cannot be read: {error}; restore them") from error
            yield from bundle[max(0, start - first) : stop - first]

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


def _make_folders(folder: Path) -> set[Path]:
    """Make a folder, and return those whose listing has changed."""
    missing = folder
    changed: set[Path] = set()
    while not missing.exists():
        missing = missing.parent
        changed.add(missing)
    folder.mkdir(parents=True, exist_ok=True)
    return changed


def _write_synced(target: Path, data: bytes) -> None:
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(target: Path) -> bytes | None:
    try:
        return target.read_bytes()
    except FileNotFoundError:
        return None
