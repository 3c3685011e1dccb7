"""Group commit: one thread owns all writes; what queues up while one transaction commits shares the next."""

import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from queue import Empty, Full, Queue
from threading import Thread
from typing import Generic, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from consultation.service.problems import Problem, unavailable
from consultation.service.store import Changes, Store

_LOG = logging.getLogger(__name__)
Result = TypeVar("Result")
Decision = Callable[[Connection, Changes], Result]
"""Decides a request against the state so far and adds its changes, or raises Problem and adds none."""


@dataclass(frozen=True, slots=True)
class _Job(Generic[Result]):
    decide: Decision[Result]
    future: "Future[Result]"

    def run(self, connection: Connection, changes: Changes) -> Callable[[], None]:
        """Decide now; the returned call tells the caller, after the commit."""
        try:
            result = self.decide(connection, changes)
        except Exception as error:  # a Problem, or a defect that must reach its caller and no other
            refused = error
            return lambda: self.future.set_exception(refused)
        return lambda: self.future.set_result(result)


class Writer:
    """The one thread that writes to the store."""

    def __init__(self, store: Store, reload: Callable[[], None], *, max_queued: int, max_group: int) -> None:
        self._store = store
        self._reload = reload
        self._max_group = max_group
        self._queue: Queue[_Job[object] | None] = Queue(max_queued)
        self._thread = Thread(target=self._work, name="writer", daemon=True)
        self._thread.start()

    def put(self, decide: Decision[Result]) -> "Future[Result]":
        """Queue a request. Raises Problem(503) when the queue is full."""
        job: _Job[Result] = _Job(decide, Future())
        try:
            self._queue.put_nowait(job)  # type: ignore[arg-type]  # a future is invariant, a queue takes all
        except Full:
            waiting = f"{self._queue.maxsize} requests are waiting already"
            raise unavailable(f"{waiting}: retry in a second") from None
        return job.future

    def record(self, decide: Decision[None]) -> None:
        """Queue what has to be kept whatever else waits; blocks while the queue is full."""
        job: _Job[None] = _Job(decide, Future())
        self._queue.put(job)  # type: ignore[arg-type]

    def close(self) -> None:
        """Finish what is queued, then stop."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        closing = False
        while not closing:
            group = [self._queue.get()]
            while len(group) < self._max_group and group[-1] is not None:
                try:
                    group.append(self._queue.get_nowait())
                except Empty:
                    break
            closing = group[-1] is None
            jobs = [job for job in group if job is not None]
            if jobs:
                self._commit(jobs)

    def _commit(self, group: Sequence[_Job[object]]) -> None:
        changes = Changes()
        try:
            with self._store.engine.begin() as connection:
                tell = [job.run(connection, changes) for job in group]
                changes.write(connection)
        except (SQLAlchemyError, OSError) as error:
            # The commit may have failed before or after it was durable: what is in memory is no longer
            # known to be what is on disk, so it is read again, and callers retry with the same key.
            _LOG.error("a transaction of %d requests failed: %s", len(group), error)
            self._reload()
            reason = f"the store did not confirm ({type(error).__name__})"
            problem = unavailable(f"{reason}: retry with the same key")
            tell = [_refusing(job, problem) for job in group]
        for answer in tell:
            answer()


def _refusing(job: _Job[object], problem: Problem) -> Callable[[], None]:
    return lambda: job.future.set_exception(problem)
