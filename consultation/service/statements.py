"""Statements in SQLite's words, for rows that are written a million times.

SQLAlchemy compiles each insert and update anew from Python objects and renames every value on its way, which
takes as long as SQLite itself. Here a statement is written out once for a table and the names of its columns;
the engine, its transactions and its errors stay as they are. Names come from `schema`, never from a request.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Column, Connection, Table
from sqlalchemy.sql.schema import ScalarElementColumnDefault

Value = str | int | float | bytes | None
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Insert:
    """All columns of a table, in its order, with what stands where a row says nothing."""

    text: str
    names: tuple[str, ...]
    defaults: tuple[Value, ...]

    def run(self, connection: Connection, rows: Iterable[Row]) -> None:
        """Raises SQLAlchemyError, and KeyError where a row names a column that is none."""
        known = frozenset(self.names)
        values = []
        for row in rows:
            if not row.keys() <= known:
                raise KeyError(f"no such column: {', '.join(sorted(row.keys() - known))}")
            values.append(tuple(map(row.get, self.names, self.defaults)))
        connection.exec_driver_sql(self.text, values)


@cache
def insert(table: Table) -> Insert:
    """The statement for whole rows."""
    names = tuple(column.name for column in table.columns)
    defaults = tuple(_default(column) for column in table.columns)
    places = ", ".join("?" * len(names))
    return Insert(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({places})", names, defaults)


@cache
def update(table: Table, values: tuple[str, ...], where: tuple[str, ...]) -> str:
    """The statement that sets `values` where `where` are equal; parameters in that order. Raises KeyError."""
    unknown = {*values, *where} - {column.name for column in table.columns}
    if unknown:
        raise KeyError(f"no such column: {', '.join(sorted(unknown))}")
    sets = ", ".join(f"{name} = ?" for name in values)
    finds = " AND ".join(f"{name} = ?" for name in where)
    return f"UPDATE {table.name} SET {sets} WHERE {finds}"


def _default(column: Column[Value]) -> Value:
    """What a column holds where a row says nothing: its default, or NULL."""
    return column.default.arg if isinstance(column.default, ScalarElementColumnDefault) else None
