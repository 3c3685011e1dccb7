"""Bytes that the nodes of several parties have sent one another, by the nodes' own counts."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

Counts = Callable[[], Mapping[str, int]]
"""Asks one node: bytes sent so far by connection, or by whatever else it counts; empty where it is silent."""


class Traffic:
    """Adds counts up that begin anew with their process. Safe from several threads.

    A node forgets a count when its connection or process ends: what was sent since the last look is in none.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._last: dict[tuple[str, str], int] = {}
        self._past = 0

    def look(self, nodes: Mapping[str, Counts]) -> int:
        """Ask these nodes, all at once; the sum so far. One that is silent keeps what it said last."""
        with self._lock:
            if nodes:
                with ThreadPoolExecutor(len(nodes)) as pool:
                    answers = list(pool.map(lambda counts: counts(), nodes.values()))
                for name, found in zip(nodes, answers, strict=True):
                    for what, now in found.items():
                        self._count((name, what), now)
            return self._past + sum(self._last.values())

    def _count(self, which: tuple[str, str], now: int) -> None:
        before = self._last.get(which, 0)
        if now < before:
            self._past += before
        self._last[which] = now
