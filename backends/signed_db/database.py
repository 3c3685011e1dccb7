"""Connections to the SQLite file, and what its errors mean for the caller of the port."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from backends.signed_db.statements import schema
from consultation.core.errors import LedgerError, OutcomeUnknown, Overloaded, Unavailable

Connect = Callable[[Path, float], sqlite3.Connection]


def connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection in autocommit mode, usable from any thread by one at a time.

    synchronous=FULL: in WAL mode SQLite then syncs the log before a commit returns or a reader sees it.
    """
    connection = sqlite3.connect(
        path, timeout=busy_timeout_s, isolation_level=None, check_same_thread=False, cached_statements=32
    )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def create(path: Path, busy_timeout_s: float, connector: Connect) -> None:
    """Make the tables where they are missing. Raises Unavailable, Overloaded."""
    try:
        connection = connector(path, busy_timeout_s)
        try:
            connection.executescript(schema())
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise nothing_appended(error, path) from error


class Readers:
    """A pool of reading connections: as many as there are readers at once."""

    def __init__(self, path: Path, busy_timeout_s: float, connector: Connect) -> None:
        self._path, self._busy_timeout_s, self._connector = path, busy_timeout_s, connector
        self._lock = Lock()
        self._idle: list[sqlite3.Connection] = []
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[sqlite3.Connection]:
        """A connection for one short read. Raises Unavailable."""
        with self._lock:
            if self._closed:
                raise Unavailable(f"{self._path.name} is closed: connect again once the ledger has restarted")
            connection = self._idle.pop() if self._idle else None
        try:
            if connection is None:
                connection = self._connector(self._path, self._busy_timeout_s)
            yield connection
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
                connection = None
            raise Unavailable(f"{self._path.name} cannot be read: {_named(error)}; try later") from error
        finally:
            if connection is not None:
                self._give_back(connection)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def nothing_appended(error: sqlite3.Error, path: Path) -> LedgerError:
    """The port's error for one before the commit: after the rollback nothing of the list is left."""
    if _primary(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Overloaded(f"{path.name} is locked by another writer, nothing was appended: retry later")
    if _primary(error) == sqlite3.SQLITE_FULL:
        return Unavailable(f"no space left for {path.name}, nothing was appended: make room, then retry")
    return Unavailable(f"{path.name} cannot be written and nothing was appended: {_named(error)}")


def commit_failed(error: sqlite3.Error, path: Path) -> LedgerError:
    """The port's error for one that the commit itself raised.

    Locked and full are found before the commit's last page is written. After any other error (a failed fsync
    above all) the commit may be in the log on the disk, and the next opening would bring it back.
    """
    if _primary(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL):
        return nothing_appended(error, path)
    return OutcomeUnknown(f"the commit to {path.name} is in doubt, append it again: {_named(error)}")


def roll_back(connection: sqlite3.Connection) -> None:
    """End the open transaction; an error is dropped, since closing the connection rolls back too."""
    with suppress(sqlite3.Error):
        if connection.in_transaction:
            connection.rollback()


def _primary(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def _named(error: sqlite3.Error) -> str:
    return f"{getattr(error, 'sqlite_errorname', type(error).__name__)} ({error})"
