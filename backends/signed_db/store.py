"""A database as a store of chained and signed rows: one writer at a time, any number of readers.

Several stores, also in several processes, may share one database: what decides is read from the rows each
time. What is kept between calls (where the newest rows are, the state of the rules) only saves looking it up.
"""

from collections.abc import Iterator, Sequence
from threading import Condition, Lock
from time import monotonic, thread_time

from nacl.signing import SigningKey

from backends.signed_db import chain
from backends.signed_db.admitted import Admitted
from backends.signed_db.connections import closed
from backends.signed_db.database import Database, Reading, Row, Transaction
from backends.signed_db.recent import Recent
from backends.signed_db.signing import RowSigner
from consultation.core.errors import Overloaded
from consultation.core.ledger import Refusal, Ticket
from consultation.core.merkle import leaf_hash

MAX_ENTRY_BYTES = 65_535
_PAGE_ROWS = 500
_LEAVES_ROWS = 10_000


class Store:
    """What all clients of one deployment share."""

    def __init__(
        self, database: Database, origin: str, operator: SigningKey, admission: str, busy_timeout_s: float
    ) -> None:
        """Over a database of this store's own, which it closes. Raises Unavailable."""
        self.name, self.origin, self.operator = database.name, origin, operator
        self._database, self._busy_timeout_s = database, busy_timeout_s
        self._signer = RowSigner(origin, operator)
        self._write_lock = Lock()
        self._admitted = Admitted(admission)
        self._recent = Recent()
        self._grown = Condition()
        self._cpu_s = 0.0
        self._closed = False
        with database.reading() as rows:
            self._admitted.catch_up(rows.entries, self._tip(rows)[0])

    # Writing

    def append(self, entries: Sequence[bytes]) -> list[Ticket | Refusal]:
        """Append the list in one transaction. Raises Overloaded, Unavailable, OutcomeUnknown."""
        if not self._write_lock.acquire(timeout=self._busy_timeout_s):
            raise Overloaded(f"writers wait for {self.name}, nothing was appended: retry later")
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
            raise closed(self.name)
        begun = False
        try:
            with self._database.writing() as transaction:
                begun = True
                answers, indexes = self._write(transaction, entries)
        except BaseException:
            if begun:
                self._admitted.forget()
            raise
        self._recent.add(indexes)
        return answers

    def _write(
        self, transaction: Transaction, entries: Sequence[bytes]
    ) -> tuple[list[Ticket | Refusal], dict[bytes, int]]:
        """The answers, and where each leaf stands that they give a ticket for."""
        size, last = self._tip(transaction)
        self._admitted.catch_up(transaction.entries, size)
        leaves = [leaf_hash(entry) for entry in entries]
        indexes = dict(transaction.indexes(leaves))
        answers: list[Ticket | Refusal] = []
        fresh: list[tuple[bytes, bytes]] = []
        chains: list[bytes] = []
        first, handed_over_bytes = size, 0
        admit, link = self._admitted.admit, chain.link
        for entry, leaf in zip(entries, leaves, strict=True):
            if len(entry) > MAX_ENTRY_BYTES:
                answers.append(
                    Refusal(f"the entry has {len(entry)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
                )
                continue
            handed_over_bytes += len(entry)
            if leaf not in indexes:
                refused = admit(entry)
                if refused is not None:
                    answers.append(Refusal(refused))
                    continue
                last = link(last, size, leaf)
                fresh.append((leaf, entry))
                chains.append(last)
                indexes[leaf] = size
                size += 1
            answers.append(Ticket(leaf))
        signed = zip(fresh, chains, self._signer.sign(first, chains), strict=True)
        rows: list[Row] = [
            (index, leaf, entry, linked, signature)
            for index, ((leaf, entry), linked, signature) in enumerate(signed, first)
        ]
        transaction.insert(rows, handed_over_bytes)
        return answers, indexes

    # Reading

    def indexes(self, leaves: Sequence[bytes]) -> list[int | None]:
        """Where each leaf is, or None."""
        if self._closed:
            raise closed(self.name)
        found = [self._recent.index_of(leaf) for leaf in leaves]
        if None in found:
            unknown = [leaf for leaf, index in zip(leaves, found, strict=True) if index is None]
            with self._database.reading() as rows:
                looked_up = rows.indexes(unknown)
            found = [
                looked_up.get(leaf) if index is None else index
                for leaf, index in zip(leaves, found, strict=True)
            ]
        return found

    def await_growth(self, deadline_s: float) -> bool:
        """Wait for an append through this store; False once `deadline_s` (monotonic) has passed."""
        with self._grown:
            return self._grown.wait(max(0.0, deadline_s - monotonic()))

    def tip(self) -> tuple[int, bytes]:
        """The number of rows and the last chain hash."""
        with self._database.reading() as rows:
            return self._tip(rows)

    def _tip(self, rows: Reading) -> tuple[int, bytes]:
        return rows.tip() or (0, chain.genesis(self.origin))

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries by pages, each a read of its own: a slow reader holds no version of the rows."""
        for first in range(start, stop, _PAGE_ROWS):
            with self._database.reading() as rows:
                page = rows.entries(first, min(stop, first + _PAGE_ROWS))
            yield from page

    def leaves(self, start: int, stop: int) -> Iterator[bytes]:
        """Leaf hashes as the rows say them, by pages."""
        for first in range(start, stop, _LEAVES_ROWS):
            with self._database.reading() as rows:
                page = rows.leaves(first, min(stop, first + _LEAVES_ROWS))
            yield from page

    def row(self, index: int) -> chain.RowProof | None:
        """The signed row, or None where it or the one before it is not there."""
        with self._database.reading() as rows:
            found = rows.row(index)
        if found is None or (index and not found.before):
            return None
        return found if index else chain.RowProof(chain.genesis(self.origin), found.signature)

    def forget(self) -> None:
        """Look everything up anew: somebody changed the rows."""
        with self._write_lock:
            self._admitted.forget()
            self._recent.forget()

    # Metering and ending

    def handed_over_bytes(self) -> int:
        with self._database.reading() as rows:
            return rows.handed_over_bytes()

    def stored_bytes(self) -> int:
        return self._database.stored_bytes()

    @property
    def cpu_s(self) -> float:
        """CPU seconds within `append`, of whoever calls it and of the second signer."""
        return self._cpu_s + self._signer.cpu_s

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Roll back what is open and close every connection; idempotent."""
        self._closed = True
        with self._write_lock:
            self._database.close()
        self._signer.close()
        with self._grown:
            self._grown.notify_all()
