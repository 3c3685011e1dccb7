"""When each validator has which size of the ledger, as its own application notes it.

An application appends one record to `watched` in its folder after each commit that grew the tree, where that
file is there: then the block is in its node's block store, decided by more than two thirds of the validators,
and the application's log and state of it are synced. The time is the application's, on the monotonic clock
that all processes of a machine share, so that whoever reads later loses no precision, and need not look all
the time: a watch costs a validator one small write a block, and nothing where nobody watches.
"""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from struct import Struct
from threading import Lock
from time import CLOCK_MONOTONIC, clock_gettime_ns

from backends.ports import Grown

NAME = "watched"
_RECORD = Struct(">QQ")
"""The size and the time in nanoseconds. Short enough for one write to be whole."""


def note(home: Path, size: int) -> None:
    """Say that the ledger has this size here and now; nothing where nobody watches."""
    try:
        descriptor = os.open(home / NAME, os.O_WRONLY | os.O_APPEND)
    except FileNotFoundError:
        return
    try:
        os.write(descriptor, _RECORD.pack(size, clock_gettime_ns(CLOCK_MONOTONIC)))
    finally:
        os.close(descriptor)


class Watching:
    """The watches over one network's folders; the last to be closed ends the noting."""

    def __init__(self, homes: Mapping[str, Path]) -> None:
        self._homes = homes
        self._lock = Lock()
        self._open = 0

    def watch(self) -> "CometWatch":
        with self._lock:
            if not self._open:
                for home in self._homes.values():
                    (home / NAME).write_bytes(b"")
            self._open += 1
            starts = {name: (home / NAME).stat().st_size for name, home in self._homes.items()}
        return CometWatch(self, self._homes, starts)

    def ended(self) -> None:
        """One watch less."""
        with self._lock:
            self._open -= 1
            if not self._open:
                self.stop_noting()

    def stop_noting(self) -> None:
        """Nobody watches; also where a caller that died left its watch open."""
        for home in self._homes.values():
            (home / NAME).unlink(missing_ok=True)


class CometWatch:
    """What the applications have noted since it was opened."""

    def __init__(self, watching: Watching, homes: Mapping[str, Path], starts: Mapping[str, int]) -> None:
        self._watching = watching
        self._homes = homes
        self._read = dict(starts)
        """Bytes of each file that are known."""
        self._sizes: dict[str, int] = {}
        self._lock = Lock()
        self._seen: list[Grown] = []
        self._closed = False

    def seen(self) -> Sequence[Grown]:
        """So far: what came since the last call is behind it, by its time."""
        with self._lock:
            if not self._closed:
                self._look()
            return list(self._seen)

    def _look(self) -> None:
        found: list[Grown] = []
        for name, home in self._homes.items():
            with (home / NAME).open("rb") as file:
                file.seek(self._read[name])
                data = file.read()
            whole = len(data) - len(data) % _RECORD.size
            self._read[name] += whole
            for size, at_ns in _RECORD.iter_unpack(data[:whole]):
                if size > self._sizes.get(name, 0):  # a validator that lost its disk tells its sizes again
                    self._sizes[name] = size
                    found.append(Grown(name, size, at_ns / 1e9))
        self._seen += sorted(found, key=lambda grown: grown.at_s)

    def close(self) -> None:
        """Idempotent; what was seen stays."""
        with self._lock:
            if self._closed:
                return
            self._look()
            self._closed = True
        self._watching.ended()
