"""The batcher: hands outbox entries to the ledger and follows them until they are final and provable.

Three threads, so that a stall at one step does not stop another: `append` hands over, `settle` waits for
decisions, `prove` fetches and checks heads. Entries of a batch are shuffled, so that the order on the
ledger does not tell the order of arrival. An entry that refers to another waits until that has settled.

Whatever the ledger does, an entry is let go only when it is settled or refused: everything else is tried
again with the same bytes, which law 1 makes harmless.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from threading import Condition, Thread

from consultation.core.errors import Overloaded, Rejected
from consultation.core.ledger import Ledger, Pending, Refusal, Settled, Ticket, Verifier
from consultation.service.desk import Outgoing
from consultation.service.ports import Clock, Settings

_LOG = logging.getLogger(__name__)
_RETRY_S = 0.05
_RETRY_MAX_S = 1.0
_SETTLE_S = 0.25


class _Step(StrEnum):
    APPEND = "append"
    SETTLE = "settle"
    PROVE = "prove"


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of an entry; `index` is -1 when it was refused."""

    leaf: str
    entry: bytes
    index: int
    reason: str
    final_s: float


@dataclass(frozen=True, slots=True)
class _Flying:
    """An entry handed over, and since when."""

    outgoing: Outgoing
    since_s: float


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
        self._in_flight: dict[bytes, _Flying] = {}
        self._unproved: dict[str, Decided] = {}
        self._futures: dict[str, Future[Decided]] = {}
        self._troubles: dict[_Step, str] = {}
        self._failures = dict.fromkeys(_Step, 0)
        self._waited_for = 0
        """Callers of `wait_done`."""
        self._closed = False
        work = {_Step.APPEND: self._append, _Step.SETTLE: self._settle, _Step.PROVE: self._prove}
        self._threads = [
            Thread(target=run, name=f"batcher-{step}", daemon=True) for step, run in work.items()
        ]

    @property
    def trouble(self) -> str:
        """The last error of each step that has not succeeded since, for people; empty when all is well."""
        return "; ".join(f"{step}: {trouble}" for step, trouble in self._troubles.copy().items())

    @property
    def waiting(self) -> int:
        """Entries offered that are neither provable nor refused yet."""
        with self._changed:
            return len(self._unsettled | self._unproved.keys())

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def offer(self, entries: Sequence[Outgoing]) -> None:
        """Take entries that are committed to the outbox; those followed already are passed over."""
        with self._changed:
            for outgoing in entries:
                if outgoing.leaf in self._unsettled:
                    continue
                self._unsettled.add(outgoing.leaf)
                if outgoing.after in self._unsettled:
                    self._waiting.setdefault(outgoing.after, []).append(outgoing)
                else:
                    self._ready.append(outgoing)
            self._changed.notify_all()

    def watch(self, leaf: str) -> "Future[Decided]":
        """A future of an entry that is about to be offered; cancelled when the batcher ends before."""
        with self._changed:
            future = self._futures.setdefault(leaf, Future())
            if self._closed:
                future.cancel()
            return future

    def forget(self, leaves: Sequence[str]) -> None:
        """Nobody waits for these any more: what was to be offered could not be stored."""
        with self._changed:
            for leaf in leaves:
                if leaf not in self._unsettled:
                    self._futures.pop(leaf, None)

    def wait_done(self, timeout_s: float) -> bool:
        """Wait until everything offered before this call is decided, and provable unless refused.

        While somebody waits, entries do not gather.
        """
        with self._changed:
            left = self._unsettled | self._unproved.keys()
            self._waited_for += 1
            self._changed.notify_all()

            def done() -> bool:
                left.intersection_update(self._unsettled | self._unproved.keys())
                return self._closed or not left

            try:
                return self._changed.wait_for(done, timeout_s) and not left
            finally:
                self._waited_for -= 1

    def close(self) -> None:
        """Stop following; what is undecided stays in the outbox. A stalled ledger is not waited for long."""
        with self._changed:
            self._closed = True
            for future in self._futures.values():
                future.cancel()
            self._changed.notify_all()
        deadline_s = self._clock.monotonic() + self._settings.close_s
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline_s - self._clock.monotonic()))

    # Handing over

    def _append(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or (bool(self._ready) and self._room() > 0))
                if len(self._ready) < self._settings.batch_size:
                    self._changed.wait_for(self._hurried, self._settings.batch_age_s)
                if self._closed:
                    return
                count = min(len(self._ready), self._settings.batch_size, self._room())
                batch = [self._ready.popleft() for _ in range(count)]
                self._appending = count
            self._shuffle.shuffle(batch)
            self._hand_over(batch)

    def _hurried(self) -> bool:
        """Somebody waits for entries: an act for its own, or a close for everybody's."""
        return self._closed or self._waited_for > 0 or bool(self._futures)

    def _room(self) -> int:
        return self._settings.max_in_flight - len(self._in_flight) - self._appending

    def _hand_over(self, batch: list[Outgoing]) -> None:
        """Append a batch, again while nothing or an unknown part of it was taken, in parts if need be."""
        parts = [batch]
        while parts:
            part = parts.pop()
            answers: Sequence[Ticket | Refusal]
            try:
                answers = self._ledger.append([outgoing.entry for outgoing in part])
                _check_number(answers, part)
            except Rejected as error:
                if len(part) > 1:  # one bad entry must not hold up the others
                    parts += _halves(part)
                    continue
                answers = [Refusal(str(error))]
            except Exception as error:  # of the port, or a defect behind it: neither may end this thread
                # A list may be too much where half of it is not.
                parts += _halves(part) if isinstance(error, Overloaded) else [part]
                if self._failed(_Step.APPEND, error):
                    return
                continue
            self._succeeded(_Step.APPEND)
            self._handed(part, answers)

    def _handed(self, part: Sequence[Outgoing], answers: Sequence[Ticket | Refusal]) -> None:
        refused = []
        now_s = self._clock.monotonic()
        with self._changed:
            self._appending -= len(part)
            for outgoing, answer in zip(part, answers, strict=True):
                if isinstance(answer, Refusal):
                    refused.append(self._decided(outgoing, -1, answer.reason))
                else:
                    self._in_flight[answer.leaf] = _Flying(outgoing, now_s)
            self._changed.notify_all()
        self._finish(refused)

    # Following

    def _settle(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._in_flight))
                if self._closed:
                    return
                flying = list(self._in_flight)
            started_s = self._clock.monotonic()
            try:
                answers = self._ledger.settle([Ticket(leaf) for leaf in flying], timeout_s=_SETTLE_S)
                _check_number(answers, flying)
            except Exception as error:  # of the port, or a defect behind it
                # A ticket may not survive what happened: append the same bytes again.
                self._again(flying)
                if self._failed(_Step.SETTLE, error):
                    return
                continue
            self._succeeded(_Step.SETTLE)
            quick = self._clock.monotonic() - started_s < _RETRY_S
            # A ledger that lost what was handed over answers Pending at once, for ever.
            if not self._take(flying, answers) and quick and self._pause(_RETRY_S):
                return

    def _take(self, flying: Sequence[bytes], answers: Sequence[Settled | Refusal | Pending]) -> bool:
        """Take the answers; whether anything was decided."""
        decided, late = [], []
        now_s = self._clock.monotonic()
        with self._changed:
            for leaf, answer in zip(flying, answers, strict=True):
                if isinstance(answer, Pending):
                    if now_s - self._in_flight[leaf].since_s > self._settings.resend_s:
                        late.append(leaf)
                    continue
                outgoing = self._in_flight.pop(leaf).outgoing
                if isinstance(answer, Settled):
                    item = self._decided(outgoing, answer.index, "")
                    self._unproved[item.leaf] = item
                else:
                    item = self._decided(outgoing, -1, answer.reason)
                decided.append(item)
        self._again(late)
        self._finish(decided)
        return bool(decided)

    def _again(self, flying: Sequence[bytes]) -> None:
        with self._changed:
            self._ready.extendleft(self._in_flight.pop(leaf).outgoing for leaf in flying)
            self._changed.notify_all()

    def _decided(self, outgoing: Outgoing, index: int, reason: str) -> Decided:
        return Decided(outgoing.leaf, outgoing.entry, index, reason, self._clock.monotonic())

    def _finish(self, decided: Sequence[Decided]) -> None:
        if not decided:
            return
        self._record(decided, [])
        with self._changed:
            for item in decided:
                self._unsettled.discard(item.leaf)
                self._ready.extend(self._waiting.pop(item.leaf, []))
                future = self._futures.pop(item.leaf, None)
                if future is not None and not future.cancelled():
                    future.set_result(item)
            self._changed.notify_all()

    # Proving

    def _prove(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._closed or bool(self._unproved))
                if self._closed:
                    return
                batch = list(self._unproved.values())
            try:
                proved = self._proved(batch)
            except Exception as error:  # of the port, a proof that does not hold, or a defect behind it
                if self._failed(_Step.PROVE, error):
                    return
                continue
            self._succeeded(_Step.PROVE)
            if not proved:
                if self._pause(_RETRY_S):
                    return
                continue
            self._record([], proved)
            with self._changed:
                for leaf, _ in proved:
                    del self._unproved[leaf]
                self._changed.notify_all()

    def _proved(self, batch: Sequence[Decided]) -> list[tuple[str, float]]:
        """Which of the batch are under a head that holds; the newest of them is proven under it."""
        head = self._ledger.head()
        covered = [item for item in batch if item.index < head.size]
        if not covered:
            return []
        newest = max(covered, key=lambda item: item.index)
        proof = self._ledger.prove_inclusion(newest.index, head)
        self._verifier.check_inclusion(newest.entry, newest.index, head, proof)
        now_s = self._clock.monotonic()
        return [(item.leaf, now_s) for item in covered]

    # Trouble

    def _failed(self, step: _Step, error: Exception) -> bool:
        """Note the trouble and wait before a retry, longer each time; True when closed meanwhile."""
        trouble = str(error) or type(error).__name__
        if self._troubles.get(step) != trouble:
            _LOG.warning("%s: %s", step, trouble)
        self._troubles[step] = trouble
        self._failures[step] += 1
        return self._pause(min(_RETRY_MAX_S, _RETRY_S * 2 ** min(self._failures[step] - 1, 10)))

    def _succeeded(self, step: _Step) -> None:
        self._troubles.pop(step, None)
        self._failures[step] = 0

    def _pause(self, seconds: float) -> bool:
        """Wait; True when closed meanwhile."""
        with self._changed:
            return self._changed.wait_for(lambda: self._closed, seconds)


def _halves(part: list[Outgoing]) -> list[list[Outgoing]]:
    """In the order of a stack: the first half on top. One entry stays whole."""
    middle = len(part) // 2
    return [part[middle:], part[:middle]] if middle else [part]


def _check_number(answers: Sequence[object], asked: Sequence[object]) -> None:
    if len(answers) != len(asked):
        raise ValueError(f"the ledger gave {len(answers)} answers to {len(asked)} questions")
