"""The rows in PostgreSQL, and what its errors mean for the caller of the port."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, suppress

import psycopg
from psycopg import sql
from psycopg.abc import RV, PQGen
from psycopg.conninfo import make_conninfo
from psycopg.rows import TupleRow

from backends.named_sql import named
from backends.signed_db.chain import RowProof
from backends.signed_db.connections import Readers, Writer
from backends.signed_db.database import Row
from backends.signed_db.statements import POSTGRESQL, schema, statements
from consultation.core.errors import LedgerError, OutcomeUnknown, Overloaded, Unavailable

_SQL = statements(POSTGRESQL)
_SESSION: Mapping[str, bytes] = {
    name: text.encode() for name, text in named(__package__, "postgresql_session.sql").items()
}
_TYPES = ("int8", "bytea", "bytea", "bytea", "bytea")
_GRACE_S = 3.0
_CONNECT_S = 5
_LOCK_NOT_AVAILABLE = "55P03"
_SURELY_ABORTED = ("23", "40", "53")
"""Classes of errors at COMMIT after which nothing was committed: constraints, rollbacks, a full disk."""


class Connection(psycopg.Connection[TupleRow]):
    """Gives a statement up that takes too long: of a stopped server, or a commit that waits for a standby.

    The statement is not cancelled: a cancelled wait for the standby would be a commit on one disk alone.
    """

    patience_s = 60.0

    def wait(self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = None) -> RV:
        return super().wait(gen, interval, self.patience_s if timeout is None else timeout)


class PostgresRows:
    """What is asked of a connection, inside the writer's transaction or outside of one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def close(self) -> None:
        with suppress(psycopg.Error):
            self._connection.close()

    def begin(self) -> None:
        self._connection.execute(_SESSION["begin"])
        self._connection.execute(_SESSION["lock"])

    def commit(self) -> None:
        self._connection.execute(_SESSION["commit"])

    def create(self, in_schema: str) -> None:
        """Make the schema and the tables where they are missing."""
        name = sql.Identifier(in_schema)
        self._connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(name))
        self._connection.execute(schema(POSTGRESQL).encode())

    def number(self, statement: bytes) -> int:
        """The first column of the first row; a truth is 0 or 1."""
        row = self._connection.execute(statement).fetchone()
        return int(row[0]) if row else 0

    def _all(self, statement: str, *values: object) -> list[TupleRow]:
        return self._connection.execute(statement.encode(), values, binary=True).fetchall()

    def tip(self) -> tuple[int, bytes] | None:
        found = self._all(_SQL.tip)
        return (found[0][0], found[0][1]) if found else None

    def indexes(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        return dict(self._all(_SQL.indexes_of, list(leaves))) if leaves else {}

    def entries(self, start: int, stop: int) -> Sequence[bytes]:
        return [entry for (entry,) in self._all(_SQL.page, start, stop)]

    def leaves(self, start: int, stop: int) -> Sequence[bytes]:
        return [leaf for (leaf,) in self._all(_SQL.leaves, start, stop)]

    def row(self, index: int) -> RowProof | None:
        found = self._all(_SQL.row, index, index)
        return RowProof(found[0][0] or b"", found[0][1]) if found else None

    def handed_over_bytes(self) -> int:
        return self.number(_SQL.handed_over.encode())

    def insert(self, rows: Sequence[Row], handed_over_bytes: int) -> None:
        if rows:
            with self._connection.cursor() as cursor, cursor.copy(_SQL.insert.encode()) as copy:
                copy.set_types(_TYPES)
                for row in rows:
                    copy.write_row(row)
        if handed_over_bytes:
            self._connection.execute(_SQL.count_bytes.encode(), (handed_over_bytes,))

    def change(self, statement: str, values: Sequence[int | bytes]) -> int:
        return self._connection.execute(statement.encode(), values).rowcount


class PostgresDatabase:
    """Two tables in a schema of one server."""

    sql = _SQL

    def __init__(self, dsn: str, in_schema: str, busy_timeout_s: float) -> None:
        """Make the schema and the tables where they are missing. Raises Unavailable."""
        self.name = "PostgreSQL"
        settings = {"search_path": in_schema, "synchronous_commit": "on", "client_min_messages": "warning"}
        settings["lock_timeout"] = f"{max(1, round(busy_timeout_s * 1_000))}ms"
        options = " ".join(f"-c {key}={value}" for key, value in settings.items())
        whole_dsn = make_conninfo(dsn, options=options, connect_timeout=_CONNECT_S)

        def opened() -> PostgresRows:
            connection = Connection.connect(whole_dsn, autocommit=True)
            connection.patience_s = busy_timeout_s + _GRACE_S
            return PostgresRows(connection)

        self._readers = Readers(self.name, opened, psycopg.Error, _unreadable)
        self._writer = Writer(opened, psycopg.Error, _nothing_appended, _commit_failed)
        try:
            with self._readers.one() as rows:
                rows.create(in_schema)
                if not rows.number(_SESSION["is_synced"]):
                    raise Unavailable(
                        "the PostgreSQL server does not sync its log (fsync or full_page_writes is off), and "
                        "signed-db says that a settled entry survives a power cut: set both to on"
                    )
                self.waits_for_standby = bool(rows.number(_SESSION["waits_for_standby"]))
        except BaseException:
            self._readers.close()
            raise

    def reading(self) -> AbstractContextManager[PostgresRows]:
        return self._readers.one()

    def writing(self) -> AbstractContextManager[PostgresRows]:
        return self._writer.writing()

    def hold(self) -> None:
        self._writer.hold()

    def stored_bytes(self) -> int:
        """Tables and indexes on the primary; not its log, of which it keeps what it thinks fit."""
        with self._readers.one() as rows:
            return rows.number(_SESSION["stored"])

    def close(self) -> None:
        self._writer.close()
        self._readers.close()


def _unreadable(error: psycopg.Error) -> LedgerError:
    return Unavailable(f"PostgreSQL cannot be read: {_named(error)}; try later")


def _nothing_appended(error: psycopg.Error) -> LedgerError:
    """The port's error for one before the commit: the server rolls back what it has of the list."""
    if error.sqlstate == _LOCK_NOT_AVAILABLE:
        return Overloaded("PostgreSQL: another writer holds the table, nothing was appended: retry later")
    return Unavailable(f"PostgreSQL cannot be written and nothing was appended: {_named(error)}")


def _commit_failed(error: psycopg.Error) -> LedgerError:
    """The port's error for one that the commit itself raised, or for its not returning."""
    if error.sqlstate and error.sqlstate[:2] in _SURELY_ABORTED:
        return _nothing_appended(error)
    return OutcomeUnknown(f"the commit to PostgreSQL is in doubt, append it again: {_named(error)}")


def _named(error: psycopg.Error) -> str:
    text = " ".join(str(error).split())[:300]
    return f"{error.sqlstate or type(error).__name__.lstrip('_')} ({text})"
