"""Writing on the ledger port without a service: an open loop on a schedule, or a closed loop.

Open: entries are due at times made beforehand. They gather for the batch age, as in the service, and are
handed over whether or not earlier ones have settled; latency counts from the due time, so a stall shows in
all that was due during it. Closed: a given number is kept in flight, and the next are due when earlier ones
have settled, so a stall hides what would have come; it says what the ledger can do at most, and is
labelled.

Three threads a door: one hands over, one settles, and one for all doors proves the newest settled entry
under a head checked against the pins, as the service does. In doubt the same bytes are appended again,
which law 1 makes harmless. Nothing of an answer is raised; what is no error of the port ends the window and
is raised.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf
from threading import Condition, Thread
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from consultation.core.errors import LedgerError, Overloaded, Rejected
from consultation.core.ledger import Ledger, Pending, Refusal, Settled, Ticket, Verifier
from workloads.bench.observed import Became, Observed, Times

_LEAD_S = 0.05
_SETTLE_S = 0.25
_RETRY_S, _RETRY_MAX_S = 0.005, 0.25

Tick = Callable[[int], None]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Door:
    """A client that hands entries to one node."""

    name: str
    ledger: Ledger


@dataclass(frozen=True, slots=True)
class Batching:
    """How entries gather before they are handed over; the same for every ledger of a bench."""

    age_s: float
    """From the due time of the oldest."""
    size: int
    max_in_flight: int
    """Handed over and not settled, at one door; past it nothing is sent: the ledger's delay, not ours."""


@dataclass(frozen=True, slots=True)
class Loop:
    """Open where `due_s` is given (from the start, ascending, one an entry), else closed."""

    due_s: Times | None = None
    in_flight: int = 0
    duration_s: float = 0.0


def drive(
    doors: Sequence[Door],
    verifier: Verifier,
    entries: Sequence[bytes],
    loop: Loop,
    batching: Batching,
    *,
    drain_s: float,
    tick: Tick,
) -> Observed:
    """Write `entries`, round the doors, and follow each until it is provable or `drain_s` has passed.

    A closed loop ends after its duration, or earlier where the entries run out; operations that were never
    begun are left out. `tick` is told how many more have been decided.
    """
    window = _Window(doors, verifier, entries, loop, batching, tick)
    return window.run(drain_s)


class _Window:
    def __init__(
        self,
        doors: Sequence[Door],
        verifier: Verifier,
        entries: Sequence[bytes],
        loop: Loop,
        batching: Batching,
        tick: Tick,
    ) -> None:
        self._doors, self._verifier, self._entries = doors, verifier, entries
        self._loop, self._batching, self._tick = loop, batching, tick
        self._start_s = monotonic() + _LEAD_S
        due_s = np.full(len(entries), np.nan) if loop.due_s is None else self._start_s + loop.due_s
        self._seen = Observed.of(due_s, [door.name for door in doors])
        self._changed = Condition()
        self._flying: list[dict[bytes, int]] = [{} for _ in doors]
        self._unproved: dict[int, int] = {}
        """Operation to position."""
        self._sending = len(doors)
        self._troubles: dict[str, int] = {}
        self._over = False
        self._broken: BaseException | None = None

    def run(self, drain_s: float) -> Observed:
        loop = self._loop
        work = [self._prove]
        for at in range(len(self._doors)):
            work += [self._sender(at), self._settler(at)]
        threads = [Thread(target=self._guarded(each), daemon=True) for each in work]
        for thread in threads:
            thread.start()
        length_s = loop.duration_s if loop.due_s is None else float(max(loop.due_s, default=0.0))
        deadline_s = self._start_s + length_s + drain_s
        try:
            with self._changed:
                while not self._over and not self._done() and monotonic() < deadline_s:
                    self._changed.wait(min(0.2, max(0.0, deadline_s - monotonic())))
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()
            for thread in threads:
                thread.join(_SETTLE_S + 5.0)
        if self._broken is not None:
            raise self._broken
        self._seen.troubles = dict(self._troubles)
        return self._begun()

    def _done(self) -> bool:
        return not self._sending and not any(self._flying) and not self._unproved

    def _begun(self) -> Observed:
        """Without what a closed loop never came to."""
        return self._seen if self._loop.due_s is not None else self._seen.where(~np.isnan(self._seen.due))

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:  # a defect: it ends the window and is raised there
                with self._changed:
                    self._broken, self._over = error, True
                    self._changed.notify_all()

        return run

    # Handing over

    def _sender(self, at: int) -> Callable[[], None]:
        mine = np.arange(at, len(self._entries), len(self._doors))

        def run() -> None:
            try:
                if self._loop.due_s is None:
                    self._send_closed(at, mine)
                else:
                    self._send_open(at, mine)
            finally:
                with self._changed:
                    self._sending -= 1
                    self._changed.notify_all()

        return run

    def _send_open(self, at: int, mine: Places) -> None:
        due = self._seen.due[mine]
        age_s, size, limit = self._batching.age_s, self._batching.size, self._batching.max_in_flight
        begun, free_s = 0, self._start_s
        while begun < len(mine):
            full_s = due[begun + size - 1] if begun + size <= len(mine) else inf
            ready_s = max(min(due[begun] + age_s, full_s), free_s)
            if not self._sleep_until(ready_s):
                return
            room = self._await_room(at, limit)
            if room is None:
                return
            if room[1] > ready_s + _RETRY_S:  # it was the ledger that had no room
                ready_s = room[1]
            now_s = monotonic()
            upto = int(np.searchsorted(due, now_s, side="right"))
            count = max(1, min(upto - begun, size, room[0]))
            chosen = mine[begun : begun + count]
            self._seen.sent[chosen] = now_s
            self._seen.free_lag[chosen] = max(0.0, now_s - ready_s)
            if not self._hand_over(at, chosen.tolist()):
                return
            begun, free_s = begun + count, monotonic()

    def _send_closed(self, at: int, mine: Places) -> None:
        limit = max(1, self._loop.in_flight // len(self._doors))
        if not self._sleep_until(self._start_s):
            return
        begun, end_s = 0, self._start_s + self._loop.duration_s
        while begun < len(mine) and monotonic() < end_s:
            room = self._await_room(at, limit)
            if room is None:
                return
            count = min(room[0], len(mine) - begun)
            chosen = mine[begun : begun + count]
            now_s = monotonic()
            self._seen.due[chosen] = self._seen.sent[chosen] = now_s
            self._seen.free_lag[chosen] = 0.0
            if not self._hand_over(at, chosen.tolist()):
                return
            begun += count

    def _sleep_until(self, when_s: float) -> bool:
        """False where the window is over first."""
        with self._changed:
            while not self._over:
                left_s = when_s - monotonic()
                if left_s <= 0:
                    return True
                self._changed.wait(left_s)
        return False

    def _await_room(self, at: int, limit: int) -> tuple[int, float] | None:
        """How many may be sent, and since when; None where the window is over first."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._flying[at]) < limit)
            return None if self._over else (limit - len(self._flying[at]), monotonic())

    def _hand_over(self, at: int, chosen: list[int]) -> bool:
        """Append until the ledger has answered for all; False where the window is over first."""
        parts, pause_s = [chosen], _RETRY_S
        while parts:
            part = parts.pop()
            try:
                answers = self._doors[at].ledger.append([self._entries[each] for each in part])
            except Rejected as error:
                self._refused(part, error)
                continue
            except LedgerError as error:
                self._note(error)
                # A list may be too much where half of it is not.
                parts += _halves(part) if isinstance(error, Overloaded) else [part]
                if not self._sleep_until(monotonic() + pause_s):
                    return False
                pause_s = min(2 * pause_s, _RETRY_MAX_S)
                continue
            now_s = monotonic()
            with self._changed:
                for operation, answer in zip(part, answers, strict=True):
                    if isinstance(answer, Ticket):
                        self._seen.accepted[operation] = now_s
                        self._seen.became[operation] = Became.LOST
                        self._seen.door[operation] = at
                        self._flying[at][answer.leaf] = operation
                    else:
                        self._seen.became[operation] = Became.REFUSED
                self._changed.notify_all()
        return True

    def _refused(self, part: Sequence[int], error: LedgerError) -> None:
        self._note(error)
        with self._changed:
            for operation in part:
                self._seen.became[operation] = Became.REFUSED

    def _note(self, error: LedgerError) -> None:
        with self._changed:
            name = type(error).__name__
            self._troubles[name] = self._troubles.get(name, 0) + 1

    # Following

    def _settler(self, at: int) -> Callable[[], None]:
        flying, ledger = self._flying[at], self._doors[at].ledger

        def run() -> None:
            while True:
                with self._changed:
                    self._changed.wait_for(lambda: self._over or bool(flying))
                    if self._over:
                        return
                    leaves = list(flying)
                try:
                    answers = ledger.settle([Ticket(leaf) for leaf in leaves], timeout_s=_SETTLE_S)
                except LedgerError as error:
                    self._note(error)
                    if not self._sleep_until(monotonic() + _RETRY_S):
                        return
                    # A ticket may not have survived what happened: the same bytes again.
                    with suppress(LedgerError):
                        ledger.append([self._entries[flying[leaf]] for leaf in leaves])
                    continue
                self._take(flying, leaves, answers)

        return run

    def _take(
        self,
        flying: dict[bytes, int],
        leaves: Sequence[bytes],
        answers: Sequence[Settled | Refusal | Pending],
    ) -> None:
        now_s, decided = monotonic(), 0
        seen = self._seen
        with self._changed:
            for leaf, answer in zip(leaves, answers, strict=True):
                if isinstance(answer, Pending):
                    continue
                operation = flying.pop(leaf)
                decided += 1
                if isinstance(answer, Settled):
                    seen.final[operation], seen.position[operation] = now_s, answer.index
                    seen.became[operation] = Became.FINAL
                    self._unproved[operation] = answer.index
                else:
                    seen.became[operation] = Became.REFUSED
            if decided:
                self._changed.notify_all()
        if decided:
            self._tick(decided)

    def _prove(self) -> None:
        ledger = self._doors[0].ledger
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._over or bool(self._unproved))
                if self._over:
                    return
                batch = dict(self._unproved)
            try:
                head = ledger.head()
                covered = [operation for operation, index in batch.items() if index < head.size]
                if covered:
                    newest = max(covered, key=batch.__getitem__)
                    proof = ledger.prove_inclusion(batch[newest], head)
                    self._verifier.check_inclusion(self._entries[newest], batch[newest], head, proof)
            except LedgerError as error:
                self._note(error)
                covered = []
            if not covered:
                if not self._sleep_until(monotonic() + _RETRY_S):
                    return
                continue
            now_s = monotonic()
            with self._changed:
                self._seen.provable[covered] = now_s
                for operation in covered:
                    del self._unproved[operation]
                self._changed.notify_all()


def _halves(part: list[int]) -> list[list[int]]:
    """In the order of a stack: the first half on top."""
    middle = len(part) // 2
    return [part[middle:], part[:middle]] if middle else [part]
