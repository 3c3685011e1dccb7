"""Where the rows of a signed database rest, and what runs there: a SQLite file, in which nothing runs."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from backends.ports import Level, ProcessUse, Reached
from backends.signed_db.database import Database
from backends.signed_db.sqlite import SqliteDatabase, connect, roll_back
from consultation.core.errors import Overloaded

FILE_NAME = "ledger.db"


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


class SqliteFile:
    """A file in the ledger's folder, written by the calling process."""

    def __init__(self, folder: Path, busy_timeout_s: float) -> None:
        self.path = folder / FILE_NAME
        self._busy_timeout_s = busy_timeout_s
        self._pause: sqlite3.Connection | None = None

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
        """Hold the write lock: appends wait for `busy_timeout_s` and are then Overloaded; reads go on."""
        if self._pause is not None:
            return
        holding = connect(self.path, self._busy_timeout_s)
        try:
            holding.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            holding.close()
            raise Overloaded(f"another writer holds {self.path.name}: {error}") from error
        self._pause = holding

    def resume(self) -> None:
        holding, self._pause = self._pause, None
        if holding is not None:
            roll_back(holding)
            holding.close()

    def use(self) -> ProcessUse:
        return ProcessUse(0.0, 0, 0, 0)

    def assurance(self) -> Mapping[Level, Reached]:
        """One disk and one key: no second domain, and the operator alone can show two histories."""
        return {Level.ONE_DISK: Reached("final"), Level.HEAD_SIGNED: Reached("provable")}
