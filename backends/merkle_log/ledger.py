"""The ledger port over a log that is being published."""

from collections.abc import Callable, Iterator, Sequence
from time import monotonic

from backends.merkle_log.log import Log
from consultation.core.errors import Rejected, Unavailable
from consultation.core.ledger import Head, Health, Pending, Proof, Refusal, Settled, Ticket, Traits, Usage
from consultation.core.merkle import encode_path

_PENDING = Pending()


class MerkleLogLedger:
    """A client of the Merkle log."""

    def __init__(
        self, log: Log, traits: Traits, health: Callable[[], Health], head: Callable[[], Head]
    ) -> None:
        self.traits = traits
        self._log = log
        self._health = health
        self._head = head
        self._open = True

    # Writing

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        return self._shared().append(entries)

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        log = self._shared()
        leaves = [ticket.leaf for ticket in tickets]
        deadline_s = monotonic() + timeout_s
        waiting = True
        while True:
            size = log.published().size
            found = log.settled(leaves)
            if not waiting or not leaves or any(index is not None for index in found):
                return [_PENDING if index is None else Settled(index) for index in found]
            waiting = log.await_growth(size, deadline_s)

    # Reading

    def head(self) -> Head:
        """Where heads are time-stamped, waits for one that covers what has settled; Unavailable without."""
        self._shared()
        return self._head()

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        log = self._shared()
        if not 0 <= start <= stop:
            raise Rejected(f"a scan goes from 0 <= start <= stop, found {start} to {stop}")
        return log.entries(start, stop)

    # Proving and metering

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        log = self._shared()
        size = log.published().size
        if not 0 <= index < head.size <= size:
            raise Rejected(
                f"index {index} is not under a head of {head.size} entries in a log of {size}: "
                "ask with a head of this log that covers the index"
            )
        return Proof(encode_path(log.prove_inclusion(index, head.size)))

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        log = self._shared()
        size = log.published().size
        if not 0 <= old.size <= new.size <= size:
            raise Rejected(
                f"no proof from a head of {old.size} entries to one of {new.size} in a log of {size}: "
                "ask with heads of this log, the older one first"
            )
        return Proof(encode_path(log.prove_consistency(old.size, new.size)))

    def usage(self) -> Usage:
        return self._shared().usage()

    def health(self) -> Health:
        return self._health() if self._open else Health(False, "closed: connect again")

    def close(self) -> None:
        self._open = False

    def _shared(self) -> Log:
        if not self._open:
            raise Unavailable("this client of merkle-log is closed: connect again")
        return self._log
