"""Transactions handed over and not yet seen in a final block; guarded by the lock of whoever owns them."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from backends.evm.transaction import Signed

_REMEMBERED_REFUSALS = 10_000


@dataclass(slots=True)
class Flight:
    """One entry under way."""

    leaf: bytes
    entry: bytes
    nonce: int
    signed: Signed
    sent_s: float
    """When it was last handed to the node, monotonic seconds."""


@dataclass(slots=True)
class Flights:
    """By leaf hash, in the order of handing over."""

    by_leaf: dict[bytes, Flight] = field(default_factory=dict)
    leaf_of: dict[bytes, bytes] = field(default_factory=dict)
    """Transaction hash to leaf hash."""
    refused: "OrderedDict[bytes, str]" = field(default_factory=OrderedDict)
    """What the chain refused after it had been handed over, by leaf hash; the newest ones."""

    def __len__(self) -> int:
        return len(self.by_leaf)

    def add(self, flight: Flight) -> None:
        former = self.by_leaf.get(flight.leaf)
        if former is not None:
            self.leaf_of.pop(former.signed.hash, None)
        self.by_leaf[flight.leaf] = flight
        self.leaf_of[flight.signed.hash] = flight.leaf
        self.refused.pop(flight.leaf, None)

    def landed(self, leaf: bytes) -> bool:
        """Forget an entry that is in a final block, or was never sent; whether it was under way."""
        flight = self.by_leaf.pop(leaf, None)
        if flight is None:
            return False
        self.leaf_of.pop(flight.signed.hash, None)
        return True

    def reverted(self, transaction: bytes, reason: str) -> bool:
        """The chain ran the transaction and undid it; whether it was one of these."""
        leaf = self.leaf_of.get(transaction)
        if leaf is None:
            return False
        self.landed(leaf)
        self.refused[leaf] = reason
        if len(self.refused) > _REMEMBERED_REFUSALS:
            self.refused.popitem(last=False)
        return True

    def by_nonce(self) -> Sequence[Flight]:
        return sorted(self.by_leaf.values(), key=lambda flight: flight.nonce)

    def oldest_s(self) -> float | None:
        """When the one that waits longest was handed over."""
        return min((flight.sent_s for flight in self.by_leaf.values()), default=None)
