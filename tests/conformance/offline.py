"""A verifier that cannot reach out: while it checks, its thread may open no socket, database or process.

Python's audit hooks see every way out that goes through the standard library. A hook cannot be taken off
again, so ours does nothing except in a thread that is verifying.
"""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local

from consultation.core.ledger import Head, Proof, Verifier

_WAYS_OUT = (
    "socket.",
    "sqlite3.",
    "subprocess.",
    "urllib.",
    "os.system",
    "os.exec",
    "os.posix_spawn",
    "os.fork",
)


class ReachedOut(AssertionError):
    """A verifier used the network, a database or a process."""


class _Watch(local):
    on: bool = False


_watch = _Watch()
_installed: list[bool] = []


def _hook(event: str, _arguments: tuple[object, ...]) -> None:
    if _watch.on and event.startswith(_WAYS_OUT):
        raise ReachedOut(f"an offline verifier did {event!r}")


@contextmanager
def no_way_out() -> Iterator[None]:
    """Within, this thread cannot open a socket, a database or a process."""
    if not _installed:
        sys.addaudithook(_hook)
        _installed.append(True)
    _watch.on = True
    try:
        yield
    finally:
        _watch.on = False


@dataclass(frozen=True, slots=True)
class Offline:
    """The verifier, its ways out shut."""

    inner: Verifier

    def check_head(self, head: Head) -> None:
        with no_way_out():
            self.inner.check_head(head)

    def check_replay(self, entries: Iterable[bytes], head: Head) -> None:
        kept = list(entries)
        with no_way_out():
            self.inner.check_replay(kept, head)

    def check_inclusion(self, entry: bytes, index: int, head: Head, proof: Proof) -> None:
        with no_way_out():
            self.inner.check_inclusion(entry, index, head, proof)

    def check_consistency(self, old: Head, new: Head, proof: Proof) -> None:
        with no_way_out():
            self.inner.check_consistency(old, new, proof)
