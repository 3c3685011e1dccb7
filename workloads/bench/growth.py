"""Filling a ledger up to a size, as fast as it takes lists."""

from collections.abc import Callable
from time import monotonic

from consultation.core.errors import Overloaded
from consultation.core.ledger import Ledger, Pending, Refusal, Ticket
from workloads.bench.direct import Tick
from workloads.bench.entries import Source

_LIST = 1_000
_LISTS_IN_FLIGHT = 4
_SETTLE_S = 0.25


def fill(ledger: Ledger, source: Source, size: int, limit_s: float, tick: Tick) -> int:
    """Append until `size` entries are final, or `limit_s` has passed; the size reached.

    Raises LedgerError for what is more than a full queue, ValueError for a refused entry.
    """
    deadline_s = monotonic() + limit_s
    reached = ledger.head().size
    waiting: list[Ticket] = []
    # What waits may have been counted in the head already: the size is then passed by less than a few lists.
    while reached + len(waiting) < size and monotonic() < deadline_s:
        entries = source.take(min(_LIST, size - reached - len(waiting)))
        for answer in _appended(ledger, entries, deadline_s):
            if isinstance(answer, Refusal):
                raise ValueError(f"an entry was refused: {answer.reason}")
            waiting.append(answer)
        if len(waiting) >= _LISTS_IN_FLIGHT * _LIST:
            waiting = _settled(ledger, waiting, lambda left: len(left) < _LISTS_IN_FLIGHT * _LIST, deadline_s)
            now = ledger.head().size
            tick(now - reached)
            reached = now
    _settled(ledger, waiting, lambda left: not left, deadline_s)
    now = ledger.head().size
    tick(now - reached)
    return now


def _appended(ledger: Ledger, entries: list[bytes], deadline_s: float) -> list[Ticket | Refusal]:
    while True:
        try:
            return list(ledger.append(entries))
        except Overloaded:
            if monotonic() > deadline_s:
                return []


def _settled(
    ledger: Ledger, waiting: list[Ticket], enough: Callable[[list[Ticket]], bool], deadline_s: float
) -> list[Ticket]:
    """What is still waiting once it is few enough, or the deadline has passed."""
    while waiting and not enough(waiting) and monotonic() < deadline_s:
        answers = ledger.settle(waiting, timeout_s=_SETTLE_S)
        waiting = [
            ticket for ticket, answer in zip(waiting, answers, strict=True) if isinstance(answer, Pending)
        ]
    return waiting
