"""The file as a store of chained and signed rows: one writer at a time, any number of readers.

Nothing about rows is kept in memory between calls, so several stores, also in several processes,
may share one file.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Condition, Lock
from time import monotonic, thread_time

from nacl.signing import SigningKey

from backends.signed_db import chain
from backends.signed_db.admitted import Admitted
from backends.signed_db.database import (
    Connect,
    Readers,
    commit_failed,
    connect,
    create,
    nothing_appended,
    roll_back,
)
from backends.signed_db.statements import statements
from consultation.core.errors import Overloaded, Unavailable
from consultation.core.ledger import Refusal, Ticket
from consultation.core.merkle import leaf_hash

MAX_ENTRY_BYTES = 65_535
_PAGE_ROWS = 500
_SQL = statements()


class Store:
    """What all clients of one deployment share."""

    def __init__(
        self,
        path: Path,
        origin: str,
        operator: SigningKey,
        admission: str,
        busy_timeout_s: float,
        connector: Connect = connect,
    ) -> None:
        self.path, self.origin, self.operator = path, origin, operator
        self._busy_timeout_s, self._connector = busy_timeout_s, connector
        create(path, busy_timeout_s, connector)
        self._readers = Readers(path, busy_timeout_s, connector)
        self._write_lock = Lock()
        self._writer: sqlite3.Connection | None = None
        self._admitted = Admitted(admission, _SQL.page)
        self._grown = Condition()
        self._cpu_s = 0.0
        self._closed = False
        with self._readers.one() as connection:
            self._admitted.catch_up(connection, self._tip(connection)[0])

    # Writing

    def append(self, entries: Sequence[bytes]) -> list[Ticket | Refusal]:
        """Append the list in one transaction. Raises Overloaded, Unavailable, OutcomeUnknown."""
        if not self._write_lock.acquire(timeout=self._busy_timeout_s):
            raise Overloaded(f"writers wait for {self.path.name}, nothing was appended: retry later")
        started = thread_time()
        try:
            answers = self._append(entries)
        finally:
            self._cpu_s += thread_time() - started
            self._write_lock.release()
        with self._grown:
            self._grown.notify_all()
        return answers

    def _append(self, entries: Sequence[bytes]) -> list[Ticket | Refusal]:
        if self._closed:
            raise Unavailable(f"{self.path.name} is closed: connect again once the ledger has restarted")
        try:
            if self._writer is None:
                self._writer = self._connector(self.path, self._busy_timeout_s)
            self._writer.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            raise nothing_appended(error, self.path) from error
        writer = self._writer
        try:
            answers = self._write(writer, entries)
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
        return answers

    def _write(self, writer: sqlite3.Connection, entries: Sequence[bytes]) -> list[Ticket | Refusal]:
        size, last = self._tip(writer)
        self._admitted.catch_up(writer, size)
        answers: list[Ticket | Refusal] = []
        rows: list[tuple[int, bytes, bytes, bytes, bytes]] = []
        fresh: set[bytes] = set()
        handed_over_bytes = 0
        for entry in entries:
            if len(entry) > MAX_ENTRY_BYTES:
                answers.append(
                    Refusal(f"the entry has {len(entry)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
                )
                continue
            handed_over_bytes += len(entry)
            leaf = leaf_hash(entry)
            if leaf not in fresh and writer.execute(_SQL.index_of, (leaf,)).fetchone() is None:
                refused = self._admitted.admit(entry)
                if refused is not None:
                    answers.append(Refusal(refused))
                    continue
                fresh.add(leaf)
                last = chain.link(last, size, leaf)
                rows.append((size, leaf, entry, last, self._sign(size, last)))
                size += 1
            answers.append(Ticket(leaf))
        writer.executemany(_SQL.insert, rows)
        if handed_over_bytes:
            writer.execute(_SQL.count_bytes, (handed_over_bytes,))
        return answers

    def _sign(self, index: int, last: bytes) -> bytes:
        return self.operator.sign(chain.row_message(self.origin, index, last)).signature

    def _drop_writer(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            roll_back(writer)
            writer.close()
        self._admitted.forget()

    # Reading

    def indexes(self, leaves: Sequence[bytes]) -> list[int | None]:
        """Where each leaf is, or None."""
        with self._readers.one() as connection:
            found = [connection.execute(_SQL.index_of, (leaf,)).fetchone() for leaf in leaves]
        return [None if row is None else row[0] for row in found]

    def await_growth(self, deadline_s: float) -> bool:
        """Wait for an append through this store; False once `deadline_s` (monotonic) has passed."""
        with self._grown:
            return self._grown.wait(max(0.0, deadline_s - monotonic()))

    def tip(self) -> tuple[int, bytes]:
        """The number of rows and the last chain hash."""
        with self._readers.one() as connection:
            return self._tip(connection)

    def _tip(self, connection: sqlite3.Connection) -> tuple[int, bytes]:
        row = connection.execute(_SQL.tip).fetchone()
        return (0, chain.genesis(self.origin)) if row is None else (row[0], row[1])

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries by pages, each a read of its own: a slow reader holds no version of the file."""
        for first in range(start, stop, _PAGE_ROWS):
            with self._readers.one() as connection:
                page = connection.execute(_SQL.page, (first, min(stop, first + _PAGE_ROWS))).fetchall()
            for (entry,) in page:
                yield entry

    def row(self, index: int) -> chain.RowProof | None:
        """The signed row, or None where it is not there."""
        with self._readers.one() as connection:
            here = connection.execute(_SQL.row, (index,)).fetchone()
            first = (chain.genesis(self.origin),)
            before = connection.execute(_SQL.row, (index - 1,)).fetchone() if index else first
        return None if here is None or before is None else chain.RowProof(before[0], here[1])

    def forget_admitted(self) -> None:
        """Build the admission anew from the file at the next append: somebody changed its rows."""
        with self._write_lock:
            self._admitted.forget()

    # Metering and ending

    def handed_over_bytes(self) -> int:
        with self._readers.one() as connection:
            found: int = connection.execute(_SQL.handed_over).fetchone()[0]
        return found

    def stored_bytes(self) -> int:
        """The file and its write-ahead log."""
        names = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(name.stat().st_size for name in names if name.exists())

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the appending threads within `append`: hashing, signing and writing."""
        return self._cpu_s

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Roll back what is open and close every connection; idempotent."""
        self._closed = True
        with self._write_lock:
            self._drop_writer()
        self._readers.close()
        with self._grown:
            self._grown.notify_all()
