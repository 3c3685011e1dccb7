"""The ledger port over one CometBFT node."""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from threading import Condition
from time import monotonic

from backends.cometbft import framing, queries
from backends.cometbft.application import Code
from backends.cometbft.follower import Follower
from backends.cometbft.light import quorum
from backends.cometbft.rpc import Checked, NodeClient, NodeError, Stalled
from backends.cometbft.verifier import Pins
from consultation.core import merkle
from consultation.core.errors import (
    LedgerError,
    OutcomeUnknown,
    Overloaded,
    Rejected,
    Unavailable,
    VerificationError,
)
from consultation.core.ledger import (
    AdmissionBy,
    Durability,
    Head,
    Health,
    Pending,
    Proof,
    Refusal,
    Settled,
    Ticket,
    Traits,
    Usage,
)

_POLL_S = 0.015
_POLL_TIMEOUT_S = 2.0
_HEAD_TIMEOUT_S = 15.0
_HEALTH_TIMEOUT_S = 2.0


def traits(validators: int) -> Traits:
    """What a network of so many equal validators promises.

    Durability is POWER: a settled entry is in a block that the node wrote with fsync to its block store
    before it showed it, as did each validator whose signature is under the next header, and the application
    is rebuilt from there.
    """
    return Traits(
        name="cometbft",
        durability=Durability.POWER,
        admission=AdmissionBy.VALIDATORS,
        inclusion=True,
        consistency=True,
        max_entry_bytes=framing.MAX_ENTRY_BYTES,
        voucher=f"more than two thirds of {validators} validators",
        parties=2 * quorum(validators) - validators,
    )


class CometLedger:
    """A client of one node; what it settles, the pinned validators signed."""

    def __init__(
        self, node: NodeClient, pins: Pins, transaction_entries: int = framing.MAX_TRANSACTION_ENTRIES
    ) -> None:
        """Of one call to `append`, at most so many entries go into one transaction."""
        self.traits = traits(len(pins.validators.validators))
        self._node = node
        self._transaction_entries = transaction_entries
        self._follower = Follower(node, pins)
        self._validators = len(pins.validators.validators)
        self._changed = Condition()
        self._asked_at = 0.0
        self._open = True

    @property
    def url(self) -> str:
        """Of the one node that it asks and hands entries to."""
        return self._node.url

    # Writing

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        """Hand entries over in transactions of many; a reply is a node's promise, not yet a block."""
        self._check_open()
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        answers: dict[int, Ticket | Refusal] = {}
        todo: list[int] = []
        for at, entry in enumerate(entries):
            if len(entry) > framing.MAX_ENTRY_BYTES:
                limit = framing.MAX_ENTRY_BYTES
                answers[at] = Refusal(f"the entry has {len(entry)} bytes; at most {limit} are allowed")
            else:
                todo.append(at)
        with self._changed:
            if not self._follower.following:
                self._follower.advance(_POLL_TIMEOUT_S)
        accepted = False
        while todo:
            groups = framing.group(todo, [len(entries[at]) for at in todo], self._transaction_entries)
            transactions = framing.post(framing.join(entries[at] for at in group) for group in groups)
            groups = groups[: len(transactions)]
            todo = todo[sum(map(len, groups)) :]
            with self._changed:
                for group, transaction in zip(groups, transactions, strict=True):
                    self._follower.sending([leaves[at] for at in group], sha256(transaction).digest())
            replies = self._broadcast(transactions, accepted)
            accepted = accepted or any(map(_is_taken, replies))
            again: list[int] = []
            for group, reply in zip(groups, replies, strict=True):
                refused = _refused(reply) if reply.code == Code.REFUSED else {}
                if refused:
                    answers.update({group[at]: Refusal(reason) for at, reason in refused.items()})
                    again += [at for place, at in enumerate(group) if place not in refused]
                elif _is_taken(reply):
                    answers.update({at: Ticket(leaves[at]) for at in group})
                else:
                    raise _failure(reply, accepted)
                if reply.code == Code.OK and not reply.data:
                    continue
                with self._changed:
                    note = self._follower.not_sent if refused else self._follower.may_be_known
                    note(leaves[at] for at in group)
            todo = again + todo
        return [answers[at] for at in range(len(entries))]

    def _broadcast(self, transactions: Sequence[bytes], accepted: bool) -> list[Checked]:
        try:
            return self._node.broadcast(transactions)
        except OutcomeUnknown:
            raise
        except Unavailable as error:
            if accepted:
                raise OutcomeUnknown(f"{error}: part of the call was appended before") from error
            raise

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        deadline = monotonic() + timeout_s
        leaves = [ticket.leaf for ticket in tickets]
        while True:
            with self._changed:
                self._check_open()
                found = [self._follower.decided(leaf) for leaf in leaves]
                if leaves and not any(found):
                    try:
                        self._poll(leaves, min(max(deadline - monotonic(), 0.2), _POLL_TIMEOUT_S))
                    except Stalled:
                        pass  # a stalled node decides nothing for now
                    found = [self._follower.decided(leaf) for leaf in leaves]
                left_s = deadline - monotonic()
                if not leaves or any(found) or left_s <= 0:
                    return [Pending() if decision is None else decision for decision in found]
                self._changed.wait(min(_POLL_S, left_s))

    def _poll(self, leaves: Sequence[bytes], timeout_s: float) -> None:
        """Ask the node, unless another thread has just done so."""
        if monotonic() - self._asked_at >= _POLL_S or self._follower.head is None:
            try:
                if self._follower.advance(timeout_s):
                    self._changed.notify_all()
            finally:
                self._asked_at = monotonic()
        self._follower.locate(leaves, timeout_s)

    # Reading

    def head(self) -> Head:
        """The newest signed head; waits for one where this client has seen none yet."""
        deadline = monotonic() + _HEAD_TIMEOUT_S
        with self._changed:
            while True:
                self._check_open()
                while self._follower.advance(max(0.1, deadline - monotonic())):
                    self._changed.notify_all()
                if self._follower.head is not None:
                    return self._follower.head
                if monotonic() >= deadline:
                    raise Unavailable(
                        f"{self._node.url} shows no signed header for its state: are validators missing?"
                    )
                self._changed.wait(_POLL_S)

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        if not 0 <= start <= stop:
            raise Rejected(f"a scan goes from 0 <= start <= stop, found {start} to {stop}")
        return self._scan(start, min(stop, self.head().size))

    def _scan(self, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            try:
                entries = framing.split(self._ask("/entries", queries.pair(start, stop)))
            except ValueError as error:
                raise Unavailable(f"{self._node.url} breaks an entry off: {error}") from error
            if not entries:
                return  # fewer than the head says: whoever replays them sees it
            yield from entries[: stop - start]
            start += len(entries)

    # Proving and metering

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        if not 0 <= index < head.size:
            raise Rejected(f"index {index} is not under a head of {head.size} entries")
        return Proof(self._ask("/inclusion", queries.pair(index, head.size)))

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        if not 0 <= old.size <= new.size:
            raise Rejected(f"no proof from a head of {old.size} entries to one of {new.size}")
        return Proof(self._ask("/consistency", queries.pair(old.size, new.size)))

    def usage(self) -> Usage:
        """Entries and bytes as the blocks hold them; `stored_bytes` is the disk of this client's one node."""
        try:
            return Usage(*queries.parse_usage(self._ask("/usage", b"")))
        except ValueError as error:
            raise Unavailable(str(error)) from error

    def health(self) -> Health:
        if not self._open:
            return Health(False, "closed")
        try:
            status = self._node.status(_HEALTH_TIMEOUT_S)
        except (LedgerError, NodeError, VerificationError, ValueError) as error:
            return Health(False, str(error))
        detail = f"at height {status.height}, with {status.peers} of {self._validators - 1} other validators"
        if status.catching_up:
            return Health(False, f"{detail}, still catching up")
        return Health(status.peers + 1 >= quorum(self._validators), detail)

    def close(self) -> None:
        with self._changed:
            self._open = False
            self._changed.notify_all()
        self._node.close()

    def _ask(self, path: str, data: bytes) -> bytes:
        self._check_open()
        try:
            return self._node.query(path, data)
        except NodeError as error:
            raise Rejected(f"{self._node.url} refuses {path}: {error.data}") from error

    def _check_open(self) -> None:
        if not self._open:
            raise Unavailable("this client of the cometbft ledger is closed: connect again")


def _refused(reply: Checked) -> dict[int, str]:
    """Positions in the transaction and reasons, from the application's JSON."""
    try:
        return {int(position): str(reason) for position, reason in json.loads(reply.data or b"[]")}
    except (ValueError, TypeError) as error:
        raise Unavailable(f"the application's refusal cannot be read: {reply.data[:100]!r}") from error


def _is_taken(reply: Checked) -> bool:
    """In a block, or in the mempool on its way to one."""
    return reply.code in (Code.OK, Code.KNOWN) or "already exists in cache" in reply.error


def _failure(reply: Checked, accepted: bool) -> LedgerError:
    """Why a transaction is not on its way; `accepted` says whether another of the same call is."""
    said = reply.error or f"code {reply.code}"
    if accepted:
        return OutcomeUnknown(f"the node took only part of the call ({said}): hand the same bytes over again")
    if "mempool is full" in said:
        return Overloaded(
            f"the node takes no more for now ({said}): slow down, then hand the same bytes over"
        )
    return Unavailable(f"the node does not take the transaction: {said}")
