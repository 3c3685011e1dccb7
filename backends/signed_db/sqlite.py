"""The rows in a SQLite file, and what SQLite's errors mean for the caller of the port."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from backends.signed_db.chain import RowProof
from backends.signed_db.connections import Readers, Writer
from backends.signed_db.database import Row
from backends.signed_db.statements import SQLITE, schema, statements
from consultation.core.errors import LedgerError, OutcomeUnknown, Overloaded, Unavailable

Connect = Callable[[Path, float], sqlite3.Connection]
_SQL = statements(SQLITE)


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


def prepare_to_write(connection: sqlite3.Connection) -> None:
    """Room for the inner pages of the index by leaf hash, whose order is random: 64 MiB, instead of 2.

    It is checkpointed into the file every 40 MB of the log, instead of 4: of a page that is written again and
    again only the last version then goes there.
    """
    connection.execute("PRAGMA cache_size = -65536")
    connection.execute("PRAGMA wal_autocheckpoint = 10000")


def create(path: Path, busy_timeout_s: float, connector: Connect) -> None:
    """Make the tables where they are missing. Raises Unavailable, Overloaded."""
    try:
        connection = connector(path, busy_timeout_s)
        try:
            connection.executescript(schema(SQLITE))
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise nothing_appended(error, path) from error


class SqliteRows:
    """What is asked of a connection, inside the writer's transaction or outside of one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def close(self) -> None:
        """An error of the rollback is dropped, since closing the connection rolls back too."""
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.rollback()
        self._connection.close()

    def begin(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._connection.execute("COMMIT")

    def tip(self) -> tuple[int, bytes] | None:
        found: tuple[int, bytes] | None = self._connection.execute(_SQL.tip).fetchone()
        return found

    def indexes(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        """All at once and in their order in the index: 2 us each in a million rows, one by one 7 to 15."""
        return dict(self._connection.execute(_SQL.indexes_of, (b"".join(sorted(leaves)),)))

    def entries(self, start: int, stop: int) -> Sequence[bytes]:
        return [entry for (entry,) in self._connection.execute(_SQL.page, (start, stop)).fetchall()]

    def leaves(self, start: int, stop: int) -> Sequence[bytes]:
        return [leaf for (leaf,) in self._connection.execute(_SQL.leaves, (start, stop)).fetchall()]

    def row(self, index: int) -> RowProof | None:
        found = self._connection.execute(_SQL.row, (index, index)).fetchone()
        return None if found is None else RowProof(found[0] or b"", found[1])

    def handed_over_bytes(self) -> int:
        found: int = self._connection.execute(_SQL.handed_over).fetchone()[0]
        return found

    def insert(self, rows: Sequence[Row], handed_over_bytes: int) -> None:
        self._connection.executemany(_SQL.insert, rows)
        if handed_over_bytes:
            self._connection.execute(_SQL.count_bytes, (handed_over_bytes,))

    def change(self, statement: str, values: Sequence[int | bytes]) -> int:
        return self._connection.execute(statement, values).rowcount


class SqliteDatabase:
    """One file; `-wal` and `-shm` stand beside it while it is open."""

    sql = _SQL

    def __init__(self, path: Path, busy_timeout_s: float, connector: Connect = connect) -> None:
        """Make the tables where they are missing. Raises Unavailable, Overloaded."""
        self.path, self.name = path, path.name
        create(path, busy_timeout_s, connector)

        def opened() -> SqliteRows:
            return SqliteRows(connector(path, busy_timeout_s))

        def opened_to_write() -> SqliteRows:
            connection = connector(path, busy_timeout_s)
            prepare_to_write(connection)
            return SqliteRows(connection)

        self._readers = Readers(self.name, opened, sqlite3.Error, lambda error: unreadable(error, path))
        self._writer = Writer(
            opened_to_write,
            sqlite3.Error,
            lambda error: nothing_appended(error, path),
            lambda error: commit_failed(error, path),
        )

    def reading(self) -> AbstractContextManager[SqliteRows]:
        return self._readers.one()

    def writing(self) -> AbstractContextManager[SqliteRows]:
        return self._writer.writing()

    def hold(self) -> None:
        self._writer.hold()

    def stored_bytes(self) -> int:
        """The file and its write-ahead log."""
        names = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(name.stat().st_size for name in names if name.exists())

    def close(self) -> None:
        self._writer.close()
        self._readers.close()


def unreadable(error: sqlite3.Error, path: Path) -> LedgerError:
    return Unavailable(f"{path.name} cannot be read: {_named(error)}; try later")


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


def _primary(error: sqlite3.Error) -> int:
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & 0xFF


def _named(error: Exception) -> str:
    return f"{getattr(error, 'sqlite_errorname', type(error).__name__)} ({error})"
