"""Bytes that the signers' nodes sent to one another, restarts included."""

from collections.abc import Callable, Mapping
from threading import Lock


class Traffic:
    """Adds up counters that start from zero with their process."""

    def __init__(self, counters: Mapping[str, Callable[[], int | None]]) -> None:
        self._counters = counters
        self._lock = Lock()
        self._last: dict[str, int] = {}
        self._past = 0

    def look(self) -> int:
        """The sum so far. What a process sent between the last look and its end is not in it."""
        with self._lock:
            for name, counter in self._counters.items():
                now = counter()
                if now is None:
                    continue
                if now < self._last.get(name, 0):
                    self._past += self._last[name]
                self._last[name] = now
            return self._past + sum(self._last.values())
