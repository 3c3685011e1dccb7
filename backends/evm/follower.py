"""Follows the chain: takes the events of final blocks into the index, meters gas, notices what was refused.

There is no thread of its own: whoever waits, reads or asks for a head does a round. It asks what the newest
block is within the time it has. Once the node has answered that, blocks are read for as long as the client
waits for any answer, since nothing settles before, and fewer at a time where that was not enough.

Whatever happens in a block counts once `confirmations` blocks follow it, so nothing that a reorganisation of
that depth undoes is ever taken in. A crash loses the index only; it is read anew from the events.
"""

from collections.abc import Callable
from threading import Condition, Lock
from time import monotonic

from backends.evm.chain import Block, Chain, Event, Receipt
from backends.evm.flights import Flights
from backends.evm.index import Index
from backends.evm.meter import Meter
from backends.evm.rpc import NoAnswer
from consultation.core.errors import Unavailable

_RECEIPT_BLOCKS = 16
_EVENT_BLOCKS = 1_000
_PATIENCE_S = 10.0


class Follower:
    """What all clients of one deployment know of its chain. `changed` guards `index` and `flights`."""

    def __init__(
        self, chain: Chain, account: bytes, confirmations: int, meter: Meter, reverted: Callable[[], str]
    ) -> None:
        self.chain = chain
        self.confirmations = confirmations
        self.changed = Condition()
        self.index = Index()
        self.flights = Flights()
        self.strangers = 0
        """Entries that no flight of ours brought: found at the start, or sent by another process."""
        self.base_fee = 0
        self.landed_s = 0.0
        """When a flight of ours was last seen in a final block, monotonic."""
        self._account = account
        self._meter = meter
        self._reverted = reverted
        self._turn = Lock()
        self._next_block = 0
        self._halvings = 0
        """How often what is asked for at once was cut in two, since the node took too long for it."""
        self._final: Block | None = None
        self._last_round_s = 0.0

    def follow(self, timeout_s: float | None = None) -> Block:
        """Take in everything that is final now; returns the newest final block. Raises Unavailable."""
        if not self._turn.acquire(timeout=_PATIENCE_S if timeout_s is None else timeout_s):
            slow = NoAnswer("another thread of this client still waits for it")
            raise Unavailable(f"the Ethereum node: {slow}") from slow
        try:
            latest = self.chain.latest(timeout_s)
            self.base_fee = latest.base_fee
            number = latest.number - self.confirmations
            if self._final is not None and number < self._final.number <= latest.number:
                # A heavier chain that is shorter: the newest final block stays that, if it is still there.
                number = self._final.number
            final = latest if not self.confirmations or number < 0 else self.chain.block(number)
            self._check_growth(final)
            while self._next_block <= number:
                self._take_blocks(number + 1)
            self._final = final
            self._last_round_s = monotonic()
            return final
        finally:
            self._turn.release()

    def follow_if_due(self, interval_s: float, timeout_s: float) -> None:
        """A round, unless another thread does or did one within `interval_s`. Raises Unavailable."""
        if monotonic() - self._last_round_s < interval_s or self._turn.locked():
            return
        self.follow(timeout_s)

    def _check_growth(self, final: Block) -> None:
        """The newest final block must follow the one before. Raises Unavailable."""
        former = self._final
        if former is None or final.hash == former.hash or final.parent == former.hash:
            return
        if final.number <= former.number or self.chain.block(former.number).hash != former.hash:
            raise Unavailable(
                f"block {former.number} was final and is gone: the chain was replaced, or reorganised deeper "
                f"than {self.confirmations} confirmations; start this deployment again"
            )

    def _take_blocks(self, stop: int) -> None:
        """Take in some blocks below `stop`.

        An entry is among the flights before it is sent, and `stop` was known before this asks for flights: so
        where there are none, no block here holds a transaction of ours, and the events alone are enough.
        """
        start = self._next_block
        with self.changed:
            flying = len(self.flights) > 0
        stop = min(stop, start + max(1, (_RECEIPT_BLOCKS if flying else _EVENT_BLOCKS) >> self._halvings))
        receipts: list[Receipt] = []
        events: list[Event] = []
        try:
            if flying:
                receipts = self.chain.receipts(start, stop)
            else:
                events = self.chain.events(start, stop)
        except Unavailable as error:
            if isinstance(error.__cause__, NoAnswer) and stop - start > 1:
                self._halvings += 1
            raise
        self._halvings = max(0, self._halvings - 1)
        gas = 0
        failed: list[bytes] = []
        for receipt in receipts:
            events.extend(receipt.events)
            if receipt.sender == self._account:
                gas += receipt.gas
                if not receipt.succeeded:
                    failed.append(receipt.transaction)
        reason = self._reverted() if failed else ""
        with self.changed:
            for event in events:
                leaf = self.index.add(event)
                if self.flights.landed(leaf):
                    self.landed_s = monotonic()
                else:
                    self.strangers += 1
            for transaction in failed:
                if self.flights.reverted(transaction, reason):
                    self.strangers += 1
            self._next_block = stop
            self._meter.settled(self.index.size, gas)
            if events or failed:
                self.changed.notify_all()
