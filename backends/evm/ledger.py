"""The ledger port over the contract; what all clients of one deployment share is the `Session`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import monotonic

from backends.evm.follower import Follower
from backends.evm.heads import Herald
from backends.evm.meter import Meter
from backends.evm.rpc import NoAnswer
from backends.evm.sender import Sender
from consultation.core import merkle
from consultation.core.errors import Rejected, Unavailable
from consultation.core.ledger import Head, Health, Pending, Proof, Refusal, Settled, Ticket, Traits, Usage

_SCAN_ENTRIES = 500
_HEALTH_TIMEOUT_S = 1.0
_LEAST_TIMEOUT_S = 0.25


@dataclass(slots=True)
class Session:
    """A deployment's connection to its chain."""

    traits: Traits
    node: str
    """What runs, for people."""
    follower: Follower
    sender: Sender
    herald: Herald
    meter: Meter
    poll_s: float
    patience_s: float
    """How long all transactions may stand still before they are handed over again."""
    closed: str = ""
    """Why no client of it answers any more."""

    def close(self, why: str) -> None:
        """No client of it answers any more."""
        self.closed = self.closed or why
        self.follower.chain.close()


class Reader:
    """Reads entries back from the events, and not from anything that this process kept."""

    def __init__(self, follower: Follower) -> None:
        self._follower = follower

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        """Entries of the index's range; those past it are not there."""
        with self._follower.changed:
            stop = min(stop, self._follower.index.size)
            spans = self._follower.index.spans(start, stop, _SCAN_ENTRIES)
        for first, after, skip, take in spans:
            events = self._follower.chain.events(first, after)
            for event in events[skip : skip + take]:
                yield event.entry


class EvmLedger:
    """A client of the evm ledger."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._open = True

    @property
    def traits(self) -> Traits:
        return self._session.traits

    # Writing

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        return self._shared().sender.append(entries)

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        """Waits by asking the node; one that does not answer in time leaves everything pending."""
        deadline_s = monotonic() + timeout_s
        looked = False
        while True:
            session = self._shared()
            answers = self._answers(session, tickets)
            left_s = deadline_s - monotonic()
            decided = any(not isinstance(answer, Pending) for answer in answers)
            if not tickets or decided or (looked and left_s <= 0):
                return answers
            follower = session.follower
            try:
                follower.follow_if_due(session.poll_s if looked else 0.0, max(left_s, _LEAST_TIMEOUT_S))
                self._recover(session)
            except Unavailable as error:
                if not isinstance(error.__cause__, NoAnswer):
                    raise
                # The node is there and slow: everything stays pending.
            looked = True
            with follower.changed:
                answers = self._answers(session, tickets)
                if all(isinstance(answer, Pending) for answer in answers):
                    follower.changed.wait(max(0.0, min(session.poll_s, deadline_s - monotonic())))

    # Reading

    def head(self) -> Head:
        return self._shared().herald.head()

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        if not 0 <= start <= stop:
            raise Rejected(f"a scan goes from 0 <= start <= stop, found {start} to {stop}")
        follower = self._shared().follower
        follower.follow()
        return Reader(follower).scan(start, stop)

    # Proving and metering

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        tree = self._tree(head)
        if not 0 <= index < head.size <= tree.size:
            raise Rejected(f"index {index} is not under a head of {head.size} of {tree.size} entries")
        with self._session.follower.changed:
            return Proof(merkle.encode_path(tree.prove_inclusion(index, head.size)))

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        tree = self._tree(new)
        if not 0 <= old.size <= new.size <= tree.size:
            raise Rejected(
                f"no proof from a head of {old.size} entries to one of {new.size} ({tree.size} are there)"
            )
        with self._session.follower.changed:
            return Proof(merkle.encode_path(tree.prove_consistency(old.size, new.size)))

    def usage(self) -> Usage:
        session = self._session
        counted = session.meter.read()
        with session.follower.changed:
            stored_bytes = session.follower.index.stored_bytes
        return Usage(counted.entries, counted.handed_over_bytes, stored_bytes, counted.gas)

    def health(self) -> Health:
        session = self._session
        if not self._open or session.closed:
            return Health(False, session.closed or "this client is closed: connect again")
        follower = session.follower
        try:
            block = follower.chain.latest(_HEALTH_TIMEOUT_S)
        except Unavailable as error:
            return Health(False, str(error))
        with follower.changed:
            size, flying = follower.index.size, len(follower.flights)
            oldest_s = follower.flights.oldest_s()
        detail = f"{session.node}, block {block.number}, {size} entries final, {flying} under way"
        late = oldest_s is not None and 0 < oldest_s < monotonic() - session.patience_s
        return Health(not late, detail + ("; some have waited for too long" if late else ""))

    def close(self) -> None:
        self._open = False

    def _shared(self) -> Session:
        if not self._open:
            raise Unavailable("this client of the evm ledger is closed: connect again")
        if self._session.closed:
            raise Unavailable(self._session.closed)
        return self._session

    def _answers(self, session: Session, tickets: Sequence[Ticket]) -> list[Settled | Refusal | Pending]:
        follower = session.follower
        with follower.changed:
            place, refused = follower.index.place, follower.flights.refused
            answers: list[Settled | Refusal | Pending] = []
            for ticket in tickets:
                index = place.get(ticket.leaf)
                if index is not None:
                    answers.append(Settled(index))
                elif ticket.leaf in refused:
                    answers.append(Refusal(refused[ticket.leaf]))
                else:
                    answers.append(Pending())
            return answers

    def _recover(self, session: Session) -> None:
        """Hand over again what may be lost: doubtful, or late while nothing lands, or very late."""
        follower, now_s = session.follower, monotonic()
        with follower.changed:
            oldest_s, landed_s = follower.flights.oldest_s(), follower.landed_s
        if oldest_s is None:
            return
        still_s = now_s - max(oldest_s, landed_s)
        if oldest_s == 0 or still_s > session.patience_s or now_s - oldest_s > 5 * session.patience_s:
            session.sender.recover()

    def _tree(self, head: Head) -> merkle.Tree:
        """The tree, as far as `head` at least where the ledger goes that far."""
        session = self._shared()
        if session.follower.index.size < head.size:
            session.follower.follow()
        return session.follower.index.tree
