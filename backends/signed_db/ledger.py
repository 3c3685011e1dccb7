"""The ledger port over a store of signed rows."""

from collections.abc import Iterator, Sequence
from time import monotonic

from backends.signed_db import chain
from backends.signed_db.store import MAX_ENTRY_BYTES, Store
from consultation.core.errors import LedgerError, Rejected, Unavailable, Unsupported
from consultation.core.ledger import (
    AdmissionBy,
    Durability,
    Head,
    Health,
    Pending,
    Proof,
    Refusal,
    Root,
    Settled,
    Ticket,
    Traits,
    Usage,
)

TRAITS = Traits(
    name="signed-db",
    durability=Durability.POWER,
    admission=AdmissionBy.SERVICE,
    inclusion=True,
    consistency=False,
    max_entry_bytes=MAX_ENTRY_BYTES,
    voucher="the operator alone",
    parties=1,
)


class SignedDbLedger:
    """A client of the signed database."""

    traits = TRAITS

    def __init__(self, store: Store) -> None:
        self._store = store
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
        store = self._shared()
        size, last = store.tip()
        return Head(size, Root(last), chain.sign_head(store.origin, size, last, store.operator))

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        store = self._shared()
        if not 0 <= start <= stop:
            raise Rejected(f"a scan goes from 0 <= start <= stop, found {start} to {stop}")
        return store.entries(start, min(stop, store.tip()[0]))

    # Proving and metering

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        store = self._shared()
        size = store.tip()[0]
        if not 0 <= index < head.size <= size:
            raise Rejected(
                f"index {index} is not under a head of {head.size} entries in a ledger of {size}: "
                "ask with a head of this ledger that covers the index"
            )
        row = store.row(index)
        if row is None:
            raise Unavailable(f"row {index} or the one before it is missing from {store.path.name}: audit it")
        return Proof(row.encode())

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        raise Unsupported("signed-db has no consistency proofs: replay both heads' entries instead")

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
        return Health(True, f"{size} rows in {self._store.path.name}")

    def close(self) -> None:
        self._open = False

    def _shared(self) -> Store:
        if not self._open:
            raise Unavailable("this client of signed-db is closed: connect again")
        return self._store
