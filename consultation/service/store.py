"""The store: all that the service keeps but who is who, over SQLAlchemy; SQLite in one file for now.

Every write goes through `Writer`, so that there is one transaction at a time; reads may come from any
thread. It names people by handles, and holds their words sealed: see `vault` and `reader`.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Table,
    delete,
    func,
    select,
)

from consultation.service import database, schema
from consultation.service.database import Disposal
from consultation.service.statements import Row, Value, insert, update

__all__ = ["Changes", "Row", "Store", "Value", "octets"]


class Store:
    """One database, opened or made."""

    def __init__(self, path: Path, disposal: Disposal | None = None) -> None:
        self._disposal = disposal or Disposal()
        self.engine: Engine = database.connect(path, self._disposal)
        schema.METADATA.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    def rows(self, table: Table, *columns: Column[Value], **where: Value) -> list[Row]:
        """All rows of a table (only these columns, where given) whose columns equal `where`."""
        return list(self.each(table, *columns, **where))

    def each(self, table: Table, *columns: Column[Value], **where: Value) -> Iterator[Row]:
        """Like `rows`, one at a time: a consultation has a million of them, and most are not kept."""
        query = select(*columns) if columns else select(table)
        for column, value in where.items():
            query = query.where(table.c[column] == value)
        with self.engine.connect().execution_options(yield_per=1000) as connection:
            for row in connection.execute(query).mappings():
                yield dict(row)

    def row(self, table: Table, **where: Value) -> Row | None:
        """The one row, or None."""
        return next(iter(self.rows(table, **where)), None)

    def edition(self, consultation: str) -> int:
        """The newest edition that is published, counted from 1; 0 before the first."""
        found = self.rows(schema.CONSULTATIONS, schema.CONSULTATIONS.c.edition, id=consultation)
        return int(str(found[0]["edition"])) if found else 0

    def received(self, consultation: str) -> int:
        """Opinions of a consultation that the ledger has taken or still may take."""
        opinions = schema.OPINIONS.c
        query = select(func.count()).where(opinions.consultation == consultation)
        with self.engine.connect() as connection:
            return connection.execute(query.where(opinions.status != schema.REFUSED)).scalar() or 0

    def purge(self, *, vacuum: bool) -> None:
        """Take deleted bytes out of the file and its log. Raises StillRead, SQLAlchemyError."""
        database.purge(self.engine, self._disposal, vacuum=vacuum)

    def last_sequence(self) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.max(schema.OUTBOX.c.sequence))).scalar() or 0

    def answers(self, connection: Connection, requests: Sequence[str]) -> dict[str, Row]:
        """Earlier answers to any of the requests' idempotency keys."""
        if not requests:
            return {}
        query = select(schema.ANSWERS).where(schema.ANSWERS.c.request.in_(requests))
        return {row["request"]: dict(row) for row in connection.execute(query).mappings()}


def octets(row: Row | None, column: str) -> bytes:
    """A column that holds bytes. Raises TypeError where it does not, or there is no row."""
    value = None if row is None else row[column]
    if not isinstance(value, bytes):
        raise TypeError(f"{column} is bytes, found {type(value).__name__}")
    return value


class Changes:
    """Rows to insert, columns to set and rows to delete, collected for one transaction; done in that order.

    `answers` are earlier answers to the idempotency keys of the requests in it.
    """

    def __init__(self, answers: Mapping[str, Row]) -> None:
        self._inserts: dict[Table, list[Row]] = {}
        self._updates: list[tuple[Table, Row, Row]] = []
        self._deletes: list[tuple[Table, Row]] = []
        self._answers: dict[str, Row] = dict(answers)

    def insert(self, table: Table, row: Row) -> None:
        self._inserts.setdefault(table, []).append(row)
        if table is schema.ANSWERS:
            self._answers[str(row["request"])] = row

    def answer(self, request: str) -> Row | None:
        """The answer to a key, given before or in this very transaction."""
        return self._answers.get(request)

    def update(self, table: Table, where: Row, values: Row) -> None:
        self._updates.append((table, where, values))

    def delete(self, table: Table, where: Row) -> None:
        self._deletes.append((table, where))

    def write(self, connection: Connection) -> None:
        for table, rows in self._inserts.items():
            insert(table).run(connection, rows)
        for (table, names, where), values in self._grouped().items():
            connection.exec_driver_sql(update(table, names, where), values)
        for table, only in self._deletes:
            connection.execute(delete(table).where(*(table.c[name] == value for name, value in only.items())))

    def _grouped(self) -> dict[tuple[Table, tuple[str, ...], tuple[str, ...]], list[tuple[Value, ...]]]:
        """Updates of the same columns together, so that the database prepares each statement once."""
        groups: dict[tuple[Table, tuple[str, ...], tuple[str, ...]], list[tuple[Value, ...]]] = {}
        for table, where, values in self._updates:
            row = (*values.values(), *where.values())
            groups.setdefault((table, tuple(values), tuple(where)), []).append(row)
        return groups
