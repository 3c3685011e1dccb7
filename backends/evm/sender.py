"""Sends entries: admission, nonces in order, one signed transaction for each, posted in batches.

Crash states, in order:

1. Admitted and signed, not posted: the next process knows nothing of them, and neither does the chain.
2. Posted, not in a block: the node's pool has them; the caller appends the same bytes again, and whichever
   transaction comes second finds the leaf in the contract's mapping and changes nothing.
3. In a block that is not final: as 2, or a reorganisation puts them back into the pool.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from time import monotonic

from backends.evm import contract
from backends.evm.chain import Chain
from backends.evm.flights import Flight
from backends.evm.follower import Follower
from backends.evm.meter import Meter
from backends.evm.own import TIP_WEI
from backends.evm.rpc import NoAnswer, NotSent
from backends.evm.transaction import Account, Fees, Signed
from consultation.core.admission import rule
from consultation.core.errors import OutcomeUnknown, Overloaded, Unavailable
from consultation.core.ledger import Refusal, Ticket
from consultation.core.merkle import leaf_hash

_BATCH_TRANSACTIONS = 250
_BATCH_BYTES = 500_000
_CHEAPEST_CAP = 10**12
"""On a chain of our own, where gas costs nothing: wei per gas that no base fee reaches."""


class Sender:
    """One account's transactions to one contract. Safe from several threads, which take turns."""

    def __init__(
        self,
        chain: Chain,
        account: Account,
        follower: Follower,
        meter: Meter,
        *,
        admission: str,
        scan: Callable[[int, int], Iterator[bytes]],
        max_in_flight: int,
        own_chain: bool,
    ) -> None:
        self.turn = Lock()
        self._chain, self._account, self._follower, self._meter = chain, account, follower, meter
        self._admission_name = admission
        self._admission = rule(admission)
        self._admitted_strangers = -1
        self._scan = scan
        self._max_in_flight = max_in_flight
        self._least_cap = _CHEAPEST_CAP if own_chain else 0
        self._tip = TIP_WEI if own_chain else chain.tip()
        self._nonce: int | None = None

    def append(self, entries: Sequence[bytes]) -> list[Ticket | Refusal]:
        """Answer for each entry; see the port for what is raised when."""
        with self.turn:
            self._meter.handed_over(sum(map(len, entries)))
            self._catch_up()
            self._check_room(entries)
            answers: list[Ticket | Refusal] = []
            fresh: dict[bytes, bytes] = {}
            for entry in entries:
                answers.append(self._judge(entry, fresh))
            if fresh:
                self._send(fresh)
            return answers

    def recover(self) -> None:
        """Hand over again whatever has waited for long, and close gaps in the nonces.

        A pool may drop transactions, and another process with the same account may take a nonce. Raises
        Unavailable.
        """
        if not self.turn.acquire(blocking=False):
            return
        try:
            self._recover()
        except (NotSent, NoAnswer) as error:
            raise Unavailable(f"the Ethereum node: {error}") from error
        finally:
            self.turn.release()

    # Judging

    def _judge(self, entry: bytes, fresh: dict[bytes, bytes]) -> Ticket | Refusal:
        if len(entry) > contract.MAX_ENTRY_BYTES:
            return Refusal(
                f"the entry has {len(entry)} bytes; at most {contract.MAX_ENTRY_BYTES} are allowed, "
                "as the contract declares"
            )
        leaf = leaf_hash(entry)
        with self._follower.changed:
            known = leaf in self._follower.index.place or leaf in self._follower.flights.by_leaf
        if not known and leaf not in fresh:
            refused = self._admission.admit(entry)
            if refused is not None:
                return Refusal(refused)
            fresh[leaf] = entry
        return Ticket(leaf)

    def _catch_up(self) -> None:
        """Where entries came that this admission has not judged, build its state anew from the ledger."""
        if self._admission_name == "all":
            return
        follower = self._follower
        if self._admitted_strangers < 0:
            follower.follow()
        if self._admitted_strangers == follower.strangers:
            return
        with follower.changed:
            strangers, size = follower.strangers, follower.index.size
            flying = [flight.entry for flight in follower.flights.by_nonce()]
        self._admission = rule(self._admission_name)
        for entry in [*self._scan(0, size), *flying]:
            self._admission.admit(entry)
        self._admitted_strangers = strangers

    def _check_room(self, entries: Sequence[bytes]) -> None:
        with self._follower.changed:
            flying = len(self._follower.flights)
        if flying and flying + len(entries) > self._max_in_flight:
            raise Overloaded(
                f"{flying} transactions wait for a block and {len(entries)} more were handed over; "
                f"max_in_flight is {self._max_in_flight}: retry when some have settled"
            )

    # Sending

    def _send(self, fresh: dict[bytes, bytes]) -> None:
        """Sign and post. Entries are among the flights before they are posted."""
        first = nonce = self._next_nonce()
        fees = self._fees()
        flights = []
        for leaf, entry in fresh.items():
            flights.append(Flight(leaf, entry, nonce, self._sign(entry, nonce, fees), monotonic()))
            nonce += 1
        with self._follower.changed:
            for flight in flights:
                self._follower.flights.add(flight)
        self._nonce = nonce
        handed = objected = 0
        said = ""
        for batch in _batches(flights):
            try:
                objections = self._chain.send([flight.signed.raw for flight in batch])
            except NotSent as error:
                self._forget(flights[handed:], handed + first)
                if handed:
                    raise OutcomeUnknown(f"{handed} of {len(flights)} were sent, then {error}") from error
                raise Unavailable(f"nothing was sent: {error}") from error
            except NoAnswer as error:
                self._forget(flights[handed + len(batch) :], handed + len(batch) + first)
                self._doubt(batch)
                raise OutcomeUnknown(f"the node may have the entries: {error}") from error
            handed += len(batch)
            refusals = [objection for objection in objections if objection]
            objected += len(refusals)
            said = refusals[0] if refusals else said
        if objected:
            self._objected(flights, first, objected, said)

    def _objected(self, flights: Sequence[Flight], first: int, objected: int, said: str) -> None:
        """The node took none, or only some: then all stay under way, and `recover` sees to the rest."""
        self._nonce = None
        if objected < len(flights):
            self._doubt(flights)
            return
        self._forget(flights, None)
        if "nonce" in said.lower() or "replacement" in said.lower():
            raise Unavailable(
                f"nothing was sent: the node says {said!r} to nonce {first}; somebody else uses the account "
                f"0x{self._account.address.hex()}: retry"
            )
        if "full" in said.lower() or "limit" in said.lower():
            raise Overloaded(f"nothing was sent: the node's pool takes no more ({said}): retry later")
        raise Unavailable(f"nothing was sent: the node refuses the transactions: {said}")

    def _doubt(self, flights: Sequence[Flight]) -> None:
        """The node may not have these: let `recover` hand them over again soon."""
        with self._follower.changed:
            for flight in flights:
                flight.sent_s = 0.0

    def _forget(self, flights: Sequence[Flight], nonce: int | None) -> None:
        """These were certainly not handed over: nobody is to know of them, the admission included."""
        self._nonce = nonce
        if flights:
            self._admitted_strangers = -1
        with self._follower.changed:
            for flight in flights:
                self._follower.flights.landed(flight.leaf)

    def _recover(self) -> None:
        mined = self._chain.next_nonce(self._account.address, pending=False)
        with self._follower.changed:
            flying = list(self._follower.flights.by_nonce())
        waiting = [flight for flight in flying if flight.nonce >= mined]
        lost = [
            flight
            for flight in flying
            if flight.nonce < mined and self._chain.outcome(flight.signed.hash) is None
        ]
        taken = {flight.nonce for flight in waiting}
        after = max(taken, default=mined - 1) + 1
        fees = self._fees()
        again: dict[int, bytes] = {flight.nonce: flight.signed.raw for flight in waiting}
        for nonce in sorted(set(range(mined, after)) - taken):
            if lost:
                again[nonce] = self._move(lost.pop(), nonce, fees)
            else:  # a copy of another entry fills the gap: the contract takes the second one for nothing new
                again[nonce] = self._sign(waiting[-1].entry, nonce, fees).raw
        for flight in lost:
            again[after] = self._move(flight, after, fees)
            after += 1
        raws = [again[nonce] for nonce in sorted(again)]
        for start in range(0, len(raws), _BATCH_TRANSACTIONS):
            self._chain.send(raws[start : start + _BATCH_TRANSACTIONS])
        now_s = monotonic()
        with self._follower.changed:
            for flight in self._follower.flights.by_leaf.values():
                flight.sent_s = now_s
        self._nonce = after

    def _move(self, flight: Flight, nonce: int, fees: Fees) -> bytes:
        """Sign an entry anew under another nonce."""
        moved = Flight(flight.leaf, flight.entry, nonce, self._sign(flight.entry, nonce, fees), monotonic())
        with self._follower.changed:
            if flight.leaf in self._follower.flights.by_leaf:
                self._follower.flights.add(moved)
        return moved.signed.raw

    def _sign(self, entry: bytes, nonce: int, fees: Fees) -> Signed:
        gas = contract.append_gas(len(entry))
        return self._account.sign(nonce, self._chain.address, self._chain.append_call(entry), gas, fees)

    def _next_nonce(self) -> int:
        if self._nonce is None:
            self._nonce = self._chain.next_nonce(self._account.address, pending=True)
        return self._nonce

    def _fees(self) -> Fees:
        """Twice the base fee: it may rise by an eighth a block, and what it does not need is not spent."""
        return Fees(cap=max(2 * self._follower.base_fee, self._least_cap) + self._tip, tip=self._tip)


def _batches(flights: Iterable[Flight]) -> Iterator[list[Flight]]:
    """Runs of flights that fit one request."""
    batch: list[Flight] = []
    size_bytes = 0
    for flight in flights:
        more_bytes = len(flight.signed.raw)
        if batch and (len(batch) == _BATCH_TRANSACTIONS or size_bytes + more_bytes > _BATCH_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(flight)
        size_bytes += more_bytes
    if batch:
        yield batch
