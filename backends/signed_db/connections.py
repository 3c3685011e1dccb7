"""The connections of a database, whatever it is: one for each reader at once, and one that writes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, Protocol, TypeVar

from consultation.core.errors import LedgerError, Unavailable


class Connection(Protocol):
    def begin(self) -> None:
        """Start a transaction that keeps every other writer out."""
        ...

    def commit(self) -> None: ...

    def close(self) -> None:
        """Roll back what is open; raises nothing."""
        ...


C = TypeVar("C", bound=Connection)
E = TypeVar("E", bound=Exception)


class Readers(Generic[C, E]):
    """Hands connections out, keeps them between reads, and drops one that raised `failure`."""

    def __init__(
        self,
        name: str,
        opener: Callable[[], C],
        failure: type[E],
        unreadable: Callable[[E], LedgerError],
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
                raise closed(self._name)
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


class Writer(Generic[C, E]):
    """Opened when it is first needed, and again once something has failed. Used by one thread at a time."""

    def __init__(
        self,
        opener: Callable[[], C],
        failure: type[E],
        nothing_appended: Callable[[E], LedgerError],
        commit_failed: Callable[[E], LedgerError],
    ) -> None:
        self._opener, self._failure = opener, failure
        self._nothing_appended, self._commit_failed = nothing_appended, commit_failed
        self._connection: C | None = None

    def hold(self) -> C:
        """Keep every other writer out until `close`. Raises what `nothing_appended` makes of a failure."""
        try:
            if self._connection is None:
                self._connection = self._opener()
            self._connection.begin()
        except self._failure as error:
            self.close()
            raise self._nothing_appended(error) from error
        return self._connection

    @contextmanager
    def writing(self) -> Iterator[C]:
        """A transaction that commits at the end of the block; see `database.Database.writing`."""
        connection = self.hold()
        try:
            yield connection
        except BaseException as error:
            # Crash state: the list is half written, inside a transaction that never commits.
            self.close()
            if isinstance(error, self._failure):
                raise self._nothing_appended(error) from error
            raise
        try:
            connection.commit()
        except self._failure as error:
            # Crash state: the list may be on the disk, whole; in PostgreSQL perhaps on the primary's and not
            # on the standby's, where nobody sees it and the lock is held until it is on both. A new
            # connection will see which.
            self.close()
            raise self._commit_failed(error) from error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def closed(name: str) -> Unavailable:
    """The error of whoever asks a database that its owner has closed."""
    return Unavailable(f"{name} is closed: connect again once the ledger has restarted")
