"""The bare harness: a ledger that does nothing, so that every figure can be read against the driver's own
cost.
"""

from collections.abc import Iterable, Iterator, Sequence
from threading import Lock

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

NAME = "harness"


class Nothing:
    """Counts what it is handed. It keeps no law but order: it exists to be subtracted."""

    traits = Traits(
        NAME, Durability.NONE, AdmissionBy.SERVICE, True, False, 65_535, "nobody: nothing is kept", 0
    )

    def __init__(self) -> None:
        self._lock = Lock()
        self._size = self._bytes = 0

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        with self._lock:
            first = self._size
            self._size += len(entries)
            self._bytes += sum(map(len, entries))
        return [Ticket((first + at).to_bytes(8)) for at in range(len(entries))]

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        del timeout_s
        return [Settled(int.from_bytes(ticket.leaf)) for ticket in tickets]

    def head(self) -> Head:
        return Head(self._size, Root(bytes(32)), b"")

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        return iter([b""] * (stop - start))

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        del index, head
        return Proof(b"")

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        del old, new
        return Proof(b"")

    def usage(self) -> Usage:
        return Usage(self._size, self._bytes, 0)

    def health(self) -> Health:
        return Health(True, "there is nothing that could fail")

    def close(self) -> None:
        """Nothing is held."""


class Believing:
    """Its verifier: checks nothing."""

    def check_head(self, head: Head) -> None:
        del head

    def check_replay(self, entries: Iterable[bytes], head: Head) -> None:
        del entries, head

    def check_inclusion(self, entry: bytes, index: int, head: Head, proof: Proof) -> None:
        del entry, index, head, proof

    def check_consistency(self, old: Head, new: Head, proof: Proof) -> None:
        del old, new, proof
