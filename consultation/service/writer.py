"""Group commit: one thread owns all writes; what queues up while one transaction commits shares the next.

Life of a request:

1. `put` queues it. A crash here, or a caller who goes away, loses it unanswered.
2. The thread decides it against the state in memory, together with whatever else waits.
3. What has to be durable before it is made so (`Memory.committing`); then one transaction commits what the
   group changes. When it fails, nothing of the group is answered with a
   promise: what is in memory is read again from the store, and every caller is told to retry.
4. `committed` hands on what was stored; only then are the callers answered.
"""

import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import islice
from threading import Condition, Thread
from typing import Generic, Protocol, TypeVar

from consultation.service.problems import Problem, unavailable
from consultation.service.store import Changes, Store

_LOG = logging.getLogger(__name__)
_RETRY_S = 0.2
Result = TypeVar("Result")
Decision = Callable[[Changes], Result]
"""Decides a request against the state so far and adds its changes, or raises Problem and adds none."""


class Memory(Protocol):
    """What follows the store; called in the writer's thread alone."""

    def reload(self) -> None:
        """Read again what the store holds: a commit failed, before or after it was durable."""
        ...

    def committing(self) -> None:
        """What was decided since the last call is about to be stored: make durable what that leans on."""
        ...

    def committed(self) -> None:
        """What was decided since the last call is stored."""
        ...


@dataclass(frozen=True, slots=True)
class _Job(Generic[Result]):
    decide: Decision[Result]
    request: Callable[[], str]
    future: "Future[Result]"

    def run(self, changes: Changes) -> Callable[[], None]:
        """Decide now; the returned call tells the caller, after the commit."""
        if not self.future.set_running_or_notify_cancel():
            return lambda: None  # whoever asked went away before anything was decided
        try:
            result = self.decide(changes)
        except Problem as problem:
            refused = problem
            return lambda: self.future.set_exception(refused)
        return lambda: self.future.set_result(result)

    def refuse(self, problem: Problem) -> None:
        if self.future.running() or self.future.set_running_or_notify_cancel():
            self.future.set_exception(problem)


@dataclass(frozen=True, slots=True)
class _Kept:
    """What has to be stored however often it takes; `alone` where memory is read again after it."""

    decide: Decision[None]
    alone: bool


class Writer:
    """The one thread that writes to the store."""

    def __init__(self, store: Store, memory: Memory, *, max_queued: int, max_group: int) -> None:
        self._store, self._memory = store, memory
        self._max_queued, self._max_group = max_queued, max_group
        self._changed = Condition()
        self._waiting: deque[_Job[object]] = deque()
        self._kept: deque[_Kept] = deque()
        self._closed = False
        self._stale = False
        """Memory is not known to be what the store holds."""
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def put(self, decide: Decision[Result], request: Callable[[], str] = lambda: "") -> "Future[Result]":
        """Queue a request. `request` gives its idempotency key's digest, or an empty text where nothing can
        have been answered before; it is called when the request's turn comes, in the writer's thread.

        Raises Problem(503) when the queue is full or the service ends.
        """
        job: _Job[Result] = _Job(decide, request, Future())
        with self._changed:
            if self._closed:
                raise unavailable("the service is ending: retry with the same key")
            if len(self._waiting) >= self._max_queued:
                raise unavailable(f"{len(self._waiting)} requests are waiting already: retry in a second")
            self._waiting.append(job)  # type: ignore[arg-type]  # a future is invariant, the queue takes all
            self._changed.notify()
        return job.future

    def record(self, decide: Decision[None], *, alone: bool = False) -> None:
        """Queue what has to be kept, before all that waits; it is tried until it is stored.

        After the end of the service it is dropped: the next start finds it out again from the ledger.
        """
        with self._changed:
            if not self._closed:
                self._kept.append(_Kept(decide, alone))
                self._changed.notify()

    def close(self) -> None:
        """Finish what is queued, then stop; idempotent."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting or self._kept or self._closed))
                kept, jobs = self._take()
            if not kept and not jobs:
                return
            stored = self._commit(kept, jobs)
            with self._changed:
                if not stored:
                    if self._closed:
                        self._kept.clear()
                    elif kept:
                        self._kept.extendleft(reversed(kept))
                        self._changed.wait_for(lambda: self._closed or bool(self._waiting), _RETRY_S)

    def _take(self) -> tuple[list[_Kept], list[_Job[object]]]:
        """What the next transaction holds. No request is decided before what was to be kept when it came."""
        kept = list(self._kept)
        alone = next((place for place, item in enumerate(kept) if item.alone), None)
        if alone is not None:
            kept = kept[: max(1, alone)]
        for _ in kept:
            self._kept.popleft()
        if alone is not None:
            return kept, []
        jobs = list(islice(self._waiting, self._max_group))
        for _ in jobs:
            self._waiting.popleft()
        return kept, jobs

    def _commit(self, kept: Sequence[_Kept], jobs: Sequence[_Job[object]]) -> bool:
        try:
            if self._stale:
                self._reload()
            requests = [request for job in jobs if (request := job.request())]
            with self._store.engine.begin() as connection:
                changes = Changes(self._store.answers(connection, requests))
                for item in kept:
                    item.decide(changes)
                tell = [job.run(changes) for job in jobs]
                self._memory.committing()
                changes.write(connection)
            if any(item.alone for item in kept):
                self._stale = True
                self._reload()
            self._memory.committed()
        except Exception as error:
            # A full disk, a lock that did not go away, or a defect of ours: it ends this group, not the
            # thread. The commit may have failed before or after it was durable: what is in memory is no
            # longer known to be what is on disk.
            _LOG.exception("a transaction of %d requests failed", len(jobs))
            self._stale = True
            self._try_reload()
            reason = f"the store did not confirm ({type(error).__name__})"
            problem = unavailable(f"{reason}: retry with the same key")
            for job in jobs:
                job.refuse(problem)
            return False
        for answer in tell:
            answer()
        return True

    def _reload(self) -> None:
        self._memory.reload()
        self._stale = False

    def _try_reload(self) -> None:
        try:
            self._reload()
        except Exception:
            _LOG.exception("the store cannot be read; the next request tries again")
