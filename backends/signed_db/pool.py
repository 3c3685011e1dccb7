"""A pool of reading connections, whatever the database: as many as there are readers at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, Protocol, TypeVar

from consultation.core.errors import LedgerError, Unavailable


class Closable(Protocol):
    def close(self) -> None: ...


C = TypeVar("C", bound=Closable)


class Readers(Generic[C]):
    """Hands connections out, keeps them between reads, and drops one that raised."""

    def __init__(
        self,
        name: str,
        opener: Callable[[], C],
        failure: type[Exception],
        unreadable: Callable[[Exception], LedgerError],
    ) -> None:
        self._name, self._opener, self._failure, self._unreadable = name, opener, failure, unreadable
        self._lock = Lock()
        self._idle: list[C] = []
        self._closed = False

    @contextmanager
    def one(self) -> Iterator[C]:
        """A connection for one short read. Raises Unavailable."""
        with self._lock:
            if self._closed:
                raise Unavailable(f"{self._name} is closed: connect again once the ledger has restarted")
            connection = self._idle.pop() if self._idle else None
        try:
            if connection is None:
                connection = self._opener()
            yield connection
        except self._failure as error:
            if connection is not None:
                connection.close()
                connection = None
            raise self._unreadable(error) from error
        finally:
            if connection is not None:
                self._give_back(connection)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def _give_back(self, connection: C) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()
