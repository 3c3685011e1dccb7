"""What the store asks of a database: rows by index, indexes by leaf hash, one writer's transaction at a time.

SQLite and PostgreSQL each do it in a module of their own; both translate their errors to the port's.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from backends.signed_db.chain import RowProof
from backends.signed_db.statements import Statements

Row = tuple[int, bytes, bytes, bytes, bytes]
"""Index, leaf hash, entry, chain hash and signature."""


class Reading(Protocol):
    """What is asked of the rows over one connection, as they are now."""

    def tip(self) -> tuple[int, bytes] | None:
        """The number of rows and the last chain hash; None where there is no row."""
        ...

    def indexes(self, leaves: Sequence[bytes]) -> Mapping[bytes, int]:
        """Where each leaf is that is there."""
        ...

    def entries(self, start: int, stop: int) -> Sequence[bytes]: ...

    def leaves(self, start: int, stop: int) -> Sequence[bytes]:
        """Leaf hashes as the rows say them."""
        ...

    def row(self, index: int) -> RowProof | None:
        """The signed row; its `before` is empty where the row before it is missing or it is the first."""
        ...

    def handed_over_bytes(self) -> int: ...


class Transaction(Reading, Protocol):
    """The writer's, which nobody else's writing comes between."""

    def insert(self, rows: Sequence[Row], handed_over_bytes: int) -> None:
        """Add rows, and count what was handed over with them, duplicates and refusals included."""
        ...

    def change(self, statement: str, values: Sequence[int | bytes]) -> int:
        """Run a statement that changes rows past the store, as an insider would; how many it changed."""
        ...


class Database(Protocol):
    """Two tables in one place, shared by any number of stores. Safe from several threads."""

    name: str
    """What messages call it."""
    sql: Statements

    def reading(self) -> AbstractContextManager[Reading]:
        """A connection for one short read. It and the read raise Unavailable."""
        ...

    def writing(self) -> AbstractContextManager[Transaction]:
        """A transaction that commits durably at the end of the block.

        Raises Overloaded or Unavailable where nothing of it was appended, OutcomeUnknown where the commit is
        in doubt. Used by one thread at a time.
        """
        ...

    def hold(self) -> None:
        """Keep every other writer out until `close`. Raises Overloaded, Unavailable."""
        ...

    def stored_bytes(self) -> int:
        """Raises Unavailable."""
        ...

    def close(self) -> None:
        """Roll back what is open and close every connection; idempotent."""
        ...
