"""The rows in a SQLite file, and what SQLite's errors mean for the caller of the port."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from backends.signed_db.chain import RowProof
from backends.signed_db.database import Row
from backends.signed_db.pool import Readers
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


class SqliteTransaction:
    """What is asked of a connection, inside the writer's transaction or outside of one."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def tip(self) -> tuple[int, bytes] | None:
        found: tuple[int, bytes] | None = self._connection.execute(_SQL.tip).fetchone()
        return found

    def indexes(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        """All at once and in their order in the index: 2 us each in a million rows, one by one 7 to 15."""
        return dict(self._connection.execute(_SQL.indexes_of, (b"".join(sorted(leaves)),)))

    def entries(self, start: int, stop: int) -> Sequence[bytes]:
        return [entry for (entry,) in self._connection.execute(_SQL.page, (start, stop)).fetchall()]

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
        self._busy_timeout_s, self._connector = busy_timeout_s, connector
        create(path, busy_timeout_s, connector)
        self._readers = Readers(
            self.name,
            lambda: connector(path, busy_timeout_s),
            sqlite3.Error,
            lambda error: Unavailable(f"{path.name} cannot be read: {_named(error)}; try later"),
        )
        self._writer: sqlite3.Connection | None = None

    @contextmanager
    def writing(self) -> Iterator[SqliteTransaction]:
        try:
            if self._writer is None:
                self._writer = self._connector(self.path, self._busy_timeout_s)
                prepare_to_write(self._writer)
            writer = self._writer
            writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise nothing_appended(error, self.path) from error
        try:
            yield SqliteTransaction(writer)
        except BaseException as error:
            # Crash state: the list is half written, inside a transaction that never commits.
            self._drop_writer()
            if isinstance(error, sqlite3.Error):
                raise nothing_appended(error, self.path) from error
            raise
        try:
            writer.execute("COMMIT")
        except sqlite3.Error as error:
            # Crash state: the list may be on the disk, whole. A new connection will see which.
            self._drop_writer()
            raise commit_failed(error, self.path) from error

    def tip(self) -> tuple[int, bytes] | None:
        with self._readers.one() as connection:
            return SqliteTransaction(connection).tip()

    def indexes(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        with self._readers.one() as connection:
            return SqliteTransaction(connection).indexes(leaves)

    def entries(self, start: int, stop: int) -> Sequence[bytes]:
        with self._readers.one() as connection:
            return SqliteTransaction(connection).entries(start, stop)

    def leaves(self, start: int, stop: int) -> Sequence[bytes]:
        with self._readers.one() as connection:
            return [leaf for (leaf,) in connection.execute(_SQL.leaves, (start, stop)).fetchall()]

    def row(self, index: int) -> RowProof | None:
        with self._readers.one() as connection:
            found = connection.execute(_SQL.row, (index, index)).fetchone()
        return None if found is None else RowProof(found[0] or b"", found[1])

    def handed_over_bytes(self) -> int:
        with self._readers.one() as connection:
            found: int = connection.execute(_SQL.handed_over).fetchone()[0]
        return found

    def stored_bytes(self) -> int:
        """The file and its write-ahead log."""
        names = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(name.stat().st_size for name in names if name.exists())

    def close(self) -> None:
        self._drop_writer()
        self._readers.close()

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            roll_back(writer)
            writer.close()


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


def _named(error: Exception) -> str:
    return f"{getattr(error, 'sqlite_errorname', type(error).__name__)} ({error})"
