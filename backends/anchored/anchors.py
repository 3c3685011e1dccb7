"""Anchors: checkpoints of the tree on their way into the inner ledger, and those that are there.

Nothing here waits on its own: whoever settles drives it. Retries are safe by the inner ledger's law 1.
"""

from dataclasses import dataclass

from nacl.signing import SigningKey

from backends.anchored.attestation import Attestation
from consultation.core import checkpoint as checkpoints
from consultation.core.checkpoint import Checkpoint, Policy
from consultation.core.errors import Unavailable, VerificationError
from consultation.core.ledger import Head, Ledger, Refusal, Root, Settled, Ticket
from consultation.core.note import KeyType, NoteKey

_SCAN_ENTRIES = 10_000


@dataclass(slots=True)
class Pending:
    """A checkpoint that the inner ledger has not settled yet."""

    checkpoint: Checkpoint
    signed: bytes
    ticket: Ticket | None = None


@dataclass(frozen=True, slots=True)
class Anchor:
    """A checkpoint that the inner ledger has settled at `index`."""

    checkpoint: Checkpoint
    signed: bytes
    index: int


class Anchors:
    """One origin's checkpoints in one inner ledger. For one thread at a time."""

    def __init__(self, inner: Ledger, operator: SigningKey, origin: str) -> None:
        self._inner, self._operator, self._origin = inner, operator, origin
        self.key = NoteKey(origin, KeyType.ED25519, bytes(operator.verify_key))
        self.pending: list[Pending] = []
        self.newest: Anchor | None = self._find()

    def sign(self, size: int, root: bytes) -> None:
        """Make the next anchor; `advance` hands it over."""
        checkpoint = Checkpoint(self._origin, size, root)
        self.pending.append(Pending(checkpoint, checkpoints.sign(checkpoint, self._operator).encode()))

    def advance(self, timeout_s: float) -> bool:
        """Hand over what is signed, wait up to `timeout_s` for one to settle; whether one did.

        Raises as the inner ledger's append does, and Unavailable where it refuses the anchor: whatever was
        raised, the same bytes are handed over at the next turn.
        """
        unsent = [each for each in self.pending if each.ticket is None]
        if unsent:
            answers = self._inner.append([each.signed for each in unsent])
            for each, answer in zip(unsent, answers, strict=True):
                each.ticket = _accepted(answer)
        tickets = [each.ticket for each in self.pending if each.ticket is not None]
        if not tickets:
            return False
        found = self._inner.settle(tickets, timeout_s=timeout_s)
        before = self.newest
        still = []
        for each, decided in zip(self.pending, found, strict=True):
            if isinstance(decided, Settled):
                if self.newest is None or each.checkpoint.size >= self.newest.checkpoint.size:
                    self.newest = Anchor(each.checkpoint, each.signed, decided.index)
            elif isinstance(decided, Refusal):
                each.ticket = None
                raise Unavailable(f"the inner ledger refuses the anchor: {decided.reason}")
            else:
                still.append(each)
        self.pending = still
        return self.newest is not before

    def head(self, anchor: Anchor) -> Head:
        """The head that `anchor` stands for, proven to be there. Raises as the inner ledger does."""
        head = self._inner.head()
        proof = self._inner.prove_inclusion(anchor.index, head)
        attestation = Attestation(anchor.signed, anchor.index, head, proof)
        return Head(anchor.checkpoint.size, Root(anchor.checkpoint.root), attestation.encode())

    def _find(self) -> Anchor | None:
        """The newest anchor in the inner ledger, which a crash may have kept from being noticed."""
        policy = Policy(self.key)
        stop = self._inner.head().size
        while stop:
            start = max(0, stop - _SCAN_ENTRIES)
            entries = list(self._inner.scan(start, stop))
            for index in range(len(entries) - 1, -1, -1):
                try:
                    return Anchor(policy.check(entries[index]), entries[index], start + index)
                except VerificationError:
                    continue  # an entry of somebody else, or one that was tampered with
            stop = start
        return None


def _accepted(answer: Ticket | Refusal) -> Ticket:
    if isinstance(answer, Refusal):
        raise Unavailable(f"the inner ledger refuses the anchor: {answer.reason}")
    return answer
