"""The batcher: hands outbox entries to the ledger and follows them until they are final and provable.

Three threads, so that a stall at one step does not stop another: `append` hands over, `settle` waits for
decisions, `prove` fetches and checks heads. Entries of a batch are shuffled, so that the order on the
ledger does not tell the order of arrival. An entry that refers to another waits until that has settled.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from random import Random
from threading import Condition, Thread

from consultation.core.errors import LedgerError, VerificationError
from consultation.core.ledger import Ledger, Pending, Refusal, Settled, Ticket, Verifier
from consultation.service.desk import Outgoing
from consultation.service.ports import Clock, Settings

_LOG = logging.getLogger(__name__)
_RETRY_S = 0.05
_SETTLE_S = 0.25


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of an entry; `index` is -1 when it was refused."""

    leaf: str
    index: int
    reason: str
    final_s: float


class Batcher:
    """Follows every entry from the outbox to the ledger. `record` gets what is to be stored."""

    def __init__(
        self,
        ledger: Ledger,
        verifier: Verifier,
        clock: Clock,
        shuffle: Random,
        settings: Settings,
        record: Callable[[Sequence[Decided], Sequence[tuple[str, float]]], None],
    ) -> None:
        self._ledger, self._verifier, self._clock = ledger, verifier, clock
        self._shuffle, self._settings, self._record = shuffle, settings, record
        self._changed = Condition()
        self._ready: deque[Outgoing] = deque()
        self._waiting: dict[str, list[Outgoing]] = {}
        self._unsettled: set[str] = set()
        self._appending = 0
        self._in_flight: dict[bytes, Outgoing] = {}
        self._unproved: list[tuple[str, int, bytes]] = []
        self._futures: dict[str, Future[Decided]] = {}
        self._closed = False
        self.trouble = ""
        """The last error of the ledger, for people; empty after the next success."""
        self._threads = [
            Thread(target=work, name=f"batcher-{name}", daemon=True)
            for name, work in (("append", self._append), ("settle", self._settle), ("prove", self._prove))
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def offer(self, entries: Sequence[Outgoing]) -> None:
        """Take entries that are committed to the outbox. Does not block."""
        with self._changed:
            for outgoing in entries:
                self._unsettled.add(outgoing.leaf)
                if outgoing.after in self._unsettled:
                    self._waiting.setdefault(outgoing.after, []).append(outgoing)
                else:
                    self._ready.append(outgoing)
            self._changed.notify_all()

    def watch(self, leaf: str) -> "Future[Decided]":
        """A future of an entry that is about to be offered."""
        with self._changed:
            return self._futures.setdefault(leaf, Future())

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait until everything offered is decided and provable."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._unsettled and not self._unproved, timeout_s)

    def close(self) -> None:
        """Stop following; what is undecided stays in the outbox."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    # Handing over

    def _append(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or (bool(self._ready) and self._room() > 0))
                if self._closed:
                    return
                if len(self._ready) < self._settings.batch_size:
                    self._changed.wait_for(lambda: self._closed, self._settings.batch_age_s)
                count = min(len(self._ready), self._settings.batch_size, self._room())
                batch = [self._ready.popleft() for _ in range(count)]
                self._appending = count
            self._shuffle.shuffle(batch)
            self._hand_over(batch)

    def _room(self) -> int:
        return self._settings.max_in_flight - len(self._in_flight) - self._appending

    def _hand_over(self, batch: list[Outgoing]) -> None:
        """Append one batch, and again while the ledger says that nothing or an unknown part was taken."""
        while True:
            try:
                answers = self._ledger.append([outgoing.entry for outgoing in batch])
            except LedgerError as error:
                self._note(f"append: {error}")
                if self._pause():
                    return
                continue
            refused = []
            with self._changed:
                self._appending = 0
                self.trouble = ""
                for outgoing, answer in zip(batch, answers, strict=True):
                    if isinstance(answer, Refusal):
                        refused.append(self._decided(outgoing, -1, answer.reason))
                    else:
                        self._in_flight[answer.leaf] = outgoing
                self._changed.notify_all()
            self._finish(refused)
            return

    # Following

    def _settle(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._in_flight))
                if self._closed:
                    return
                flying = list(self._in_flight)
            try:
                answers = self._ledger.settle([Ticket(leaf) for leaf in flying], timeout_s=_SETTLE_S)
            except LedgerError as error:
                self._note(f"settle: {error}")
                # A ticket may not survive what happened: append the same bytes again (law 1).
                with self._changed:
                    self._ready.extendleft(self._in_flight.values())
                    self._in_flight.clear()
                if self._pause():
                    return
                continue
            self._take(flying, answers)

    def _take(self, flying: list[bytes], answers: Sequence[Settled | Refusal | Pending]) -> None:
        decided = []
        with self._changed:
            for leaf, answer in zip(flying, answers, strict=True):
                if isinstance(answer, Pending):
                    continue
                outgoing = self._in_flight.pop(leaf, None)
                if outgoing is None:
                    continue
                if isinstance(answer, Settled):
                    decided.append(self._decided(outgoing, answer.index, ""))
                    self._unproved.append((outgoing.leaf, answer.index, outgoing.entry))
                else:
                    decided.append(self._decided(outgoing, -1, answer.reason))
        self._finish(decided)

    def _decided(self, outgoing: Outgoing, index: int, reason: str) -> Decided:
        return Decided(outgoing.leaf, index, reason, self._clock.monotonic())

    def _finish(self, decided: Sequence[Decided]) -> None:
        if not decided:
            return
        self._record(decided, [])
        with self._changed:
            for item in decided:
                self._unsettled.discard(item.leaf)
                self._ready.extend(self._waiting.pop(item.leaf, []))
                future = self._futures.pop(item.leaf, None)
                if future is not None:
                    future.set_result(item)
            self._changed.notify_all()

    # Proving

    def _prove(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._unproved))
                if self._closed:
                    return
                batch = list(self._unproved)
            try:
                proved = self._proved(batch)
            except (LedgerError, VerificationError) as error:
                self._note(f"prove: {error}")
                proved = []
            if not proved:
                if self._pause():
                    return
                continue
            self._record([], proved)
            done = {leaf for leaf, _ in proved}
            with self._changed:
                self._unproved = [item for item in self._unproved if item[0] not in done]
                self._changed.notify_all()

    def _proved(self, batch: Sequence[tuple[str, int, bytes]]) -> list[tuple[str, float]]:
        """Which of the batch are under a head that holds; the newest of them is proven under it."""
        head = self._ledger.head()
        covered = [item for item in batch if item[1] < head.size]
        if not covered:
            return []
        _, index, entry = max(covered, key=lambda item: item[1])
        proof = self._ledger.prove_inclusion(index, head)
        self._verifier.check_inclusion(entry, index, head, proof)
        now = self._clock.monotonic()
        return [(leaf, now) for leaf, _, _ in covered]

    def _note(self, trouble: str) -> None:
        self.trouble = trouble
        _LOG.warning("%s", trouble)

    def _pause(self) -> bool:
        """Wait a little before a retry; True when closed meanwhile."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, _RETRY_S)
