"""The ledger port over a store of signed rows."""

from collections.abc import Iterator, Sequence
from time import monotonic

from backends.signed_db.heads import Heads
from backends.signed_db.store import Store
from consultation.core.errors import LedgerError, Rejected, Unavailable
from consultation.core.ledger import Head, Health, Pending, Proof, Refusal, Settled, Ticket, Usage


class SignedDbLedger:
    """A client of the signed database."""

    def __init__(self, store: Store, heads: Heads) -> None:
        self.traits = heads.traits
        self._store, self._heads = store, heads
        self._open = True

    # Writing

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        return self._shared().append(entries)

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        """What is committed is settled, so only tickets of somebody else's uncommitted entries ever wait."""
        store = self._shared()
        deadline_s = monotonic() + timeout_s
        waiting = True
        while True:
            found = store.indexes([ticket.leaf for ticket in tickets])
            if not waiting or not tickets or any(index is not None for index in found):
                return [Pending() if index is None else Settled(index) for index in found]
            waiting = store.await_growth(deadline_s)
            self._shared()

    # Reading

    def head(self) -> Head:
        self._shared()
        return self._heads.head()

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        store = self._shared()
        if not 0 <= start <= stop:
            raise Rejected(f"a scan goes from 0 <= start <= stop, found {start} to {stop}")
        return store.entries(start, min(stop, store.tip()[0]))

    # Proving and metering

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        size = self._shared().tip()[0]
        if not 0 <= index < head.size <= size:
            raise Rejected(
                f"index {index} is not under a head of {head.size} entries in a ledger of {size}: "
                "ask with a head of this ledger that covers the index"
            )
        return self._heads.prove_inclusion(index, head.size)

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        size = self._shared().tip()[0]
        if self.traits.consistency and not 0 <= old.size <= new.size <= size:
            raise Rejected(
                f"no consistency proof from size {old.size} to {new.size} in a ledger of {size}: "
                "ask with two heads of this ledger, the older first"
            )
        return self._heads.prove_consistency(old.size, new.size)

    def usage(self) -> Usage:
        store = self._shared()
        return Usage(store.tip()[0], store.handed_over_bytes(), store.stored_bytes())

    def health(self) -> Health:
        if not self._open or self._store.closed:
            return Health(False, "closed: connect again")
        try:
            size, _ = self._store.tip()
        except (LedgerError, OSError) as error:
            return Health(False, str(error))
        return Health(True, f"{size} rows in {self._store.name}")

    def close(self) -> None:
        self._open = False

    def _shared(self) -> Store:
        if not self._open:
            raise Unavailable("this client of signed-db is closed: connect again")
        return self._store
