"""Where the rows of a signed database rest, and what runs there: a SQLite file, in which nothing runs."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from backends.ports import Level, ProcessUse, Reached
from backends.signed_db.database import Database
from backends.signed_db.sqlite import SqliteDatabase

FILE_NAME = "ledger.db"
ALONE: Mapping[Level, Reached] = {Level.ONE_DISK: Reached("final"), Level.HEAD_SIGNED: Reached("provable")}
"""One disk and one key: no second domain, and the operator alone can show two histories."""


class Place(Protocol):
    """A database with the processes under it, where it has any."""

    def start(self) -> None:
        """Start what is down, and return when ready. Raises Unavailable."""
        ...

    def open(self) -> Database:
        """New connections, once started. Raises Unavailable, Overloaded."""
        ...

    def kill(self) -> None:
        """`kill -9` every process; connections are the caller's to close, before or after."""
        ...

    def stop(self) -> None:
        """End every process; idempotent."""
        ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def use(self) -> ProcessUse: ...

    def assurance(self) -> Mapping[Level, Reached]: ...


class WriteLock:
    """The pause of a place where no process is ours to stop.

    While it is taken appends wait for `busy_timeout_s` and are then Overloaded; reads go on.
    """

    def __init__(self, opener: Callable[[], Database]) -> None:
        self._opener = opener
        self._holding: Database | None = None

    def take(self) -> None:
        """Does nothing where it is taken. Raises Overloaded, Unavailable."""
        if self._holding is not None:
            return
        holding = self._opener()
        try:
            holding.hold()
        except BaseException:
            holding.close()
            raise
        self._holding = holding

    def give_back(self) -> None:
        """Idempotent."""
        holding, self._holding = self._holding, None
        if holding is not None:
            holding.close()


class SqliteFile:
    """A file in the ledger's folder, written by the calling process."""

    def __init__(self, folder: Path, busy_timeout_s: float) -> None:
        self.path = folder / FILE_NAME
        self._busy_timeout_s = busy_timeout_s
        self._lock = WriteLock(self.open)

    def start(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def open(self) -> SqliteDatabase:
        return SqliteDatabase(self.path, self._busy_timeout_s)

    def kill(self) -> None:
        """Nothing runs. A `kill -9` of the calling process leaves the same file as dropped connections."""
        self.resume()

    def stop(self) -> None:
        self.resume()

    def pause(self) -> None:
        self._lock.take()

    def resume(self) -> None:
        self._lock.give_back()

    def use(self) -> ProcessUse:
        return ProcessUse(0.0, 0, 0, 0)

    def assurance(self) -> Mapping[Level, Reached]:
        return ALONE
