"""One caller that hands lists over and settles them, timed."""

from collections.abc import Sequence
from time import perf_counter

from consultation.core.ledger import Ledger, Pending, Refusal, Settled, Ticket

PATIENCE_S = 120.0


def settle_all(ledger: Ledger, answers: Sequence[Ticket | Refusal]) -> list[int]:
    """Wait until every ticket has settled. Raises AssertionError on a refusal, or when patience ends."""
    tickets = [answer for answer in answers if isinstance(answer, Ticket)]
    assert len(tickets) == len(answers), (
        f"refused: {[each for each in answers if isinstance(each, Refusal)][:1]}"
    )
    end_s = perf_counter() + PATIENCE_S
    indexes: dict[bytes, int] = {}
    waiting = tickets
    while waiting:
        assert perf_counter() < end_s, f"{len(waiting)} entries undecided after {PATIENCE_S} s"
        waiting = _still_waiting(ledger, waiting, indexes)
    return [indexes[ticket.leaf] for ticket in tickets]


def _still_waiting(ledger: Ledger, waiting: list[Ticket], indexes: dict[bytes, int]) -> list[Ticket]:
    still = []
    for ticket, answer in zip(waiting, ledger.settle(waiting, timeout_s=1.0), strict=True):
        match answer:
            case Settled(index):
                indexes[ticket.leaf] = index
            case Pending():
                still.append(ticket)
            case _:
                raise AssertionError(f"refused late: {answer}")
    return still


def throughput(ledger: Ledger, lists: Sequence[Sequence[bytes]], in_flight: int) -> float:
    """Settled entries a second while at most `in_flight` lists are handed over and not yet settled."""
    size = len(lists[0])
    waiting: list[Ticket] = []
    indexes: dict[bytes, int] = {}
    begin_s = perf_counter()
    for entries in lists:
        while len(waiting) > (in_flight - 1) * size:
            waiting = _still_waiting(ledger, waiting, indexes)
        for answer in ledger.append(entries):
            assert isinstance(answer, Ticket), f"refused: {answer}"
            waiting.append(answer)
    while waiting:
        waiting = _still_waiting(ledger, waiting, indexes)
        assert perf_counter() < begin_s + PATIENCE_S, f"{len(waiting)} entries undecided"
    assert len(set(indexes.values())) == len(lists) * size, "an entry was lost or stands twice"
    return len(indexes) / (perf_counter() - begin_s)


def latencies(ledger: Ledger, entries: Sequence[bytes], within_s: float) -> list[float]:
    """Seconds from the append of one entry to its being settled, one after the other, at most so long."""
    found: list[float] = []
    begin_s = perf_counter()
    for entry in entries:
        sent_s = perf_counter()
        if sent_s > begin_s + within_s and found:
            break
        settle_all(ledger, ledger.append([entry]))
        found.append(perf_counter() - sent_s)
    return found
