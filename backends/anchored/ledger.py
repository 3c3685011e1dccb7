"""The ledger port over an anchored log."""

from collections.abc import Iterator, Sequence
from time import monotonic

from backends.anchored.log import AnchoredLog
from consultation.core import merkle
from consultation.core.errors import LedgerError, Rejected, Unavailable
from consultation.core.ledger import (
    Head,
    Health,
    Ledger,
    Pending,
    Proof,
    Refusal,
    Settled,
    Ticket,
    Traits,
    Usage,
)

_PENDING = Pending()


class AnchoredLedger:
    """A client; `inner` is the connection that all clients' anchors go through."""

    def __init__(self, log: AnchoredLog, inner: Ledger, traits: Traits) -> None:
        self._log, self._inner, self._traits = log, inner, traits
        self._open = True

    @property
    def traits(self) -> Traits:
        return self._traits

    # Writing

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        return self._shared().append(entries)

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        end_s = monotonic() + timeout_s
        log = self._shared()
        leaves = [ticket.leaf for ticket in tickets]
        with log.changed:
            while True:
                anchored = log.anchored
                places = log.places(leaves)
                left_s = end_s - monotonic()
                if not leaves or left_s <= 0 or any(place is not None for place in places):
                    return [_PENDING if place is None else Settled(place) for place in places]
                self._shared()
                if log.trouble:
                    raise Unavailable(log.trouble)
                while log.anchored == anchored and not (log.closed or log.trouble):
                    if not log.changed.wait(end_s - monotonic()):
                        break

    # Reading

    def head(self) -> Head:
        return self._shared().head()

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        if not 0 <= start <= stop:
            raise Rejected(f"a scan goes from 0 <= start <= stop, found {start} to {stop}")
        return self._shared().scan(start, stop)

    # Proving and metering

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        log = self._shared()
        with log.changed:
            if not 0 <= index < head.size <= log.tree.size:
                raise Rejected(f"index {index} is not under a head of {head.size} of {log.tree.size} entries")
            return Proof(merkle.encode_path(log.tree.prove_inclusion(index, head.size)))

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        log = self._shared()
        with log.changed:
            if not 0 <= old.size <= new.size <= log.tree.size:
                raise Rejected(
                    f"no proof from a head of {old.size} to one of {new.size} of {log.tree.size} entries"
                )
            return Proof(merkle.encode_path(log.tree.prove_consistency(old.size, new.size)))

    def usage(self) -> Usage:
        """Entries are the settled ones; bytes stored and gas are the inner ledger's too."""
        log, inner = self._log, self._inner.usage()
        return Usage(
            log.counted.value, log.handed_over.value, log.stored_bytes + inner.stored_bytes, inner.gas
        )

    def health(self) -> Health:
        log = self._log
        if not self._open or log.closed:
            return Health(False, log.closed or "this client is closed: connect again")
        inner = self._inner.health()
        waiting = log.tree.size - log.anchored
        detail = f"{log.anchored} entries anchored, {max(0, waiting)} wait; {inner.detail}"
        wrong = log.damage or log.trouble
        return Health(inner.ok and not wrong, f"{wrong}; {detail}" if wrong else detail)

    def close(self) -> None:
        self._open = False

    def _shared(self) -> AnchoredLog:
        if not self._open:
            raise Unavailable(f"this client of {self._traits.name} is closed: connect again")
        if self._log.closed:
            raise Unavailable(self._log.closed)
        return self._log


def settled_index(ledger: Ledger, entry: bytes, timeout_s: float) -> int:
    """Append one entry and wait until it is settled. Raises LedgerError."""
    answer = ledger.append([entry])[0]
    if isinstance(answer, Refusal):
        raise LedgerError(answer.reason)
    end_s = monotonic() + timeout_s
    while (left_s := end_s - monotonic()) > 0:
        found = ledger.settle([answer], timeout_s=left_s)[0]
        if isinstance(found, Settled):
            return found.index
        if isinstance(found, Refusal):
            raise LedgerError(found.reason)
    raise LedgerError(f"not settled within {timeout_s:g} s")
