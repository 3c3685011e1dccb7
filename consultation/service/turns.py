"""Turns: one act at a time on each consultation, whoever acts, an erasure among them."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from consultation.service.problems import unavailable


class Turns:
    """A lock for each consultation; who waits for one too long is told to come again."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._locks: dict[str, Lock] = {}
        self._guard = Lock()

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Hold the consultation's turn. Raises Problem(503)."""
        with self._guard:
            lock = self._locks.setdefault(name, Lock())
        if not lock.acquire(timeout=self._timeout_s):
            raise unavailable("another act of the unit takes long; do it again")
        try:
            yield
        finally:
            lock.release()
