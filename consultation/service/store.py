"""The store: all that the service keeps, over SQLAlchemy; SQLite in one file for now.

Every write goes through `Writer`, so that there is one transaction at a time; reads may come from any
thread. SQLite runs in WAL mode with `synchronous=FULL`: a commit that returned survives a power loss.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    bindparam,
    create_engine,
    event,
    func,
    insert,
    select,
    update,
)

from consultation.service import schema

Value = str | int | float | bytes | None
Row = Mapping[str, Value]


class Store:
    """One database, opened or made."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.engine: Engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": 30})
        event.listen(self.engine, "connect", _durable)
        schema.METADATA.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    def rows(self, table: Table, **where: str) -> list[Row]:
        """All rows of a table whose columns equal `where`, in insertion order."""
        query = select(table)
        for column, value in where.items():
            query = query.where(table.c[column] == value)
        with self.engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def row(self, table: Table, **where: str) -> Row | None:
        """The one row, or None."""
        found = self.rows(table, **where)
        return found[0] if found else None

    def last_sequence(self) -> int:
        with self.engine.connect() as connection:
            return connection.execute(select(func.max(schema.OUTBOX.c.sequence))).scalar() or 0

    def answers(self, connection: Connection, requests: Sequence[str]) -> dict[str, Row]:
        """Earlier answers to any of the requests' idempotency keys."""
        query = select(schema.ANSWERS).where(schema.ANSWERS.c.request.in_(requests))
        return {row["request"]: dict(row) for row in connection.execute(query).mappings()}


class Changes:
    """Rows to insert and columns to set, collected for one transaction."""

    def __init__(self) -> None:
        self._inserts: dict[Table, list[Row]] = {}
        self._updates: list[tuple[Table, Row, Row]] = []
        self._answers: dict[str, Row] = {}

    def insert(self, table: Table, row: Row) -> None:
        self._inserts.setdefault(table, []).append(row)
        if table is schema.ANSWERS:
            self._answers[str(row["request"])] = row

    def answer(self, request: str) -> Row | None:
        """An answer that waits in this very transaction."""
        return self._answers.get(request)

    def update(self, table: Table, where: Row, values: Row) -> None:
        self._updates.append((table, where, values))

    def write(self, connection: Connection) -> None:
        for table, rows in self._inserts.items():
            connection.execute(insert(table), rows)
        for (table, where, values), rows in self._grouped().items():
            query = update(table).values({name: bindparam(f"to_{name}") for name in values})
            for name in where:
                query = query.where(table.c[name] == bindparam(f"is_{name}"))
            connection.execute(query, rows)

    def _grouped(self) -> dict[tuple[Table, tuple[str, ...], tuple[str, ...]], list[Row]]:
        """Updates of the same columns together, so that the database prepares each statement once."""
        groups: dict[tuple[Table, tuple[str, ...], tuple[str, ...]], list[Row]] = {}
        for table, where, values in self._updates:
            row = {f"is_{name}": value for name, value in where.items()}
            row |= {f"to_{name}": value for name, value in values.items()}
            groups.setdefault((table, tuple(where), tuple(values)), []).append(row)
        return groups


def _durable(connection: sqlite3.Connection, _record: object) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
