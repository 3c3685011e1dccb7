"""Laws about handing entries over: 1 idempotence, 4 real time, 8 honest loss, and the form of the answers."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import pairwise
from threading import Barrier
from time import monotonic

from consultation.core import merkle
from consultation.core.ledger import Pending, Refusal, Settled, Ticket
from tests.conformance.entries import Opinions
from tests.conformance.harness import Harness


def law_1_the_same_bytes_settle_at_the_same_index(harness: Harness) -> None:
    """In one list, in two calls, and from two clients."""
    first, second = harness.entries(2)
    one_list = harness.settle_all([first, second, first, first])
    assert one_list[0] == one_list[2] == one_list[3] != one_list[1], f"one list gave {one_list}"
    size = harness.ledger.head().size
    other = harness.deployment.connect()
    try:
        again = harness.settle_all([second, first])
        from_another = harness.settle_all([first, second], other)
    finally:
        other.close()
    assert [one_list[1], one_list[0]] == again, f"a second call gave {again}, the first {one_list}"
    assert one_list[:2] == from_another, f"another client got {from_another}, the first {one_list}"
    assert harness.ledger.head().size == size, "appending the same bytes again made the ledger longer"
    found = list(harness.ledger.scan(min(one_list), size))
    assert found.count(first) == found.count(second) == 1, "the same bytes stand twice"


def law_1_threads_that_race_with_the_same_bytes_share_an_index(harness: Harness) -> None:
    """Four threads hand the same list over at once, two of them through one client."""
    entries = harness.entries(5)
    others = [harness.deployment.connect() for _ in range(2)]
    start = Barrier(4)

    def race(at: int) -> list[int]:
        ledger = [harness.ledger, harness.ledger, *others][at]
        start.wait(timeout=harness.patience_s)
        return harness.settle_all(entries[at:] + entries[:at], ledger)

    before = harness.ledger.head().size
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(race, range(4)))
    for other in others:
        other.close()
    straight = [answer[len(answer) - at :] + answer[: len(answer) - at] for at, answer in enumerate(answers)]
    assert all(answer == straight[0] for answer in straight), f"threads got different indexes: {straight}"
    found = list(harness.ledger.scan(before, harness.ledger.head().size))
    assert sorted(found) == sorted(entries), "racing threads appended something else than each entry once"


def law_1_the_same_bytes_keep_their_index_after_the_close(harness: Harness) -> None:
    """An entry of a closed consultation is still known, though a new one would be refused."""
    if harness.free:
        return
    closing = Opinions("closing")
    for entry in closing.preparation:
        harness.settle_all([entry])
    opinions = [closing.new(0) for _ in range(3)]
    before = harness.settle_all(opinions)
    closed = closing.close(3)
    at = harness.settle_all([closed])
    assert harness.settle_all([*opinions, closed]) == before + at, "after the close the same bytes moved"
    late = harness.decide([closing.new(0)])
    assert isinstance(late[0], Refusal), f"an opinion after the close was answered {late[0]}"


def law_4_an_entry_appended_after_another_settled_comes_after_it(harness: Harness) -> None:
    """Also when the later one comes from another client, and its bytes sort before."""
    other = harness.deployment.connect()
    indexes: list[list[int]] = []
    try:
        for at in range(4):
            indexes.append(harness.settle_all(harness.entries(2), other if at % 2 else harness.ledger))
    finally:
        other.close()
    for earlier, later in pairwise(indexes):
        assert max(earlier) < min(later), f"appended after {earlier} had settled, yet at {later}"


def law_8_a_refused_entry_is_not_appended(harness: Harness) -> None:
    """One that is too large, between two good ones: it is refused in its place, and they are not."""
    good = harness.entries(2)
    bad = b"\x00" * (harness.traits.max_entry_bytes + 1)
    before = harness.ledger.head().size
    answers = harness.decide([good[0], bad, good[1]])
    refusal = answers[1]
    assert isinstance(refusal, Refusal), f"an entry past the limit was answered {refusal}"
    assert refusal.reason, "a refusal says why"
    assert all(isinstance(answer, Settled) for answer in (answers[0], answers[2])), f"found {answers}"
    found = list(harness.ledger.scan(before, harness.ledger.head().size))
    assert sorted(found) == sorted(good), "a refused entry left something on the ledger"
    assert isinstance(harness.decide([bad])[0], Refusal), "the second time the same entry was not refused"


def law_8_an_entry_against_the_rules_is_not_appended(harness: Harness) -> None:
    """Refused at once or late: noise, a broken signature, an opinion twice, a close that counts wrongly."""
    if harness.free:
        return
    broken = Opinions("broken")
    for entry in broken.preparation:
        harness.settle_all([entry])
    good, twice = broken.opinion("ab" * 32), broken.opinion("ab" * 32, b"another text")
    harness.settle_all([good])
    forged = twice.replace(twice[-20:-10], b"0123456789")
    against = [b"", b"noise", forged, twice, broken.close(7), Opinions("never-opened").new(0)]
    before = harness.ledger.head().size
    answers = harness.decide(against)
    for entry, answer in zip(against, answers, strict=True):
        assert isinstance(answer, Refusal), f"against the rules, yet {answer}: {entry[:80]!r}"
        assert answer.reason, "a refusal says why"
    assert list(harness.ledger.scan(before, harness.ledger.head().size)) == [], "a refused entry stands"


def law_8_an_unknown_ticket_stays_pending(harness: Harness) -> None:
    """A ticket for bytes that nobody handed over is not decided, whatever else is."""
    known = harness.entries(1)
    tickets = tickets_of(harness.ledger.append(known))
    harness.await_all(tickets)
    unknown = Ticket(sha256(b"nobody handed this over").digest())
    found = list(harness.ledger.settle([unknown, *tickets, unknown], timeout_s=0.1))
    assert isinstance(found[0], Pending), f"an unknown ticket was answered {found[0]}"
    assert isinstance(found[1], Settled), f"a settled ticket was answered {found[1]}"
    assert isinstance(found[2], Pending), f"an unknown ticket was answered {found[2]}"


def law_8_answers_come_in_input_order(harness: Harness) -> None:
    """A ticket is for its own entry, tickets settle in any order, and an empty list has an empty answer."""
    entries = harness.entries(6)
    tickets = tickets_of(harness.ledger.append(entries))
    assert [ticket.leaf for ticket in tickets] == [merkle.leaf_hash(entry) for entry in entries]
    straight = harness.await_all(tickets)
    turned = harness.await_all(tickets[::-1])
    assert straight == turned[::-1], f"settled in another order the answers are {turned}, before {straight}"
    for entry, answer in zip(entries, straight, strict=True):
        assert isinstance(answer, Settled)
        found = list(harness.ledger.scan(answer.index, answer.index + 1))
        assert found == [entry], "an answer for another entry"
    assert list(harness.ledger.append([])) == []
    assert list(harness.ledger.settle([], timeout_s=harness.prompt_s)) == []


def law_8_settle_answers_once_something_is_decided(harness: Harness) -> None:
    """It does not wait for the rest, nor past its timeout; both measured with a wide margin."""
    tickets = tickets_of(harness.ledger.append(harness.entries(1)))
    harness.await_all(tickets)
    unknown = Ticket(sha256(b"this neither").digest())
    for asked in (tickets, [unknown, *tickets]):
        before_s = monotonic()
        harness.ledger.settle(asked, timeout_s=harness.prompt_s)
        assert monotonic() - before_s < harness.prompt_s, "settle waited though something was decided"
    for timeout_s in (0.0, 0.2):
        before_s = monotonic()
        harness.ledger.settle([unknown], timeout_s=timeout_s)
        assert monotonic() - before_s < timeout_s + harness.prompt_s, "settle overran its timeout"


def law_8_threads_do_not_disturb_each_other(harness: Harness) -> None:
    """Each thread's entries settle once, each at its own index, while others read."""
    lists = [harness.entries(8) for _ in range(4)]
    before = harness.ledger.head().size

    def write(entries: list[bytes]) -> list[int]:
        return harness.settle_all(entries[:4]) + harness.settle_all(entries[4:])

    def read(_: int) -> int:
        size = harness.ledger.head().size
        assert len(list(harness.ledger.scan(before, size))) == size - before
        return size

    with ThreadPoolExecutor(5) as pool:
        reading = pool.map(read, range(12))
        indexes = [index for found in pool.map(write, lists) for index in found]
        list(reading)
    assert len(set(indexes)) == 32, "two entries share an index"
    found = list(harness.ledger.scan(before, harness.ledger.head().size))
    flat = [entry for entries in lists for entry in entries]
    assert sorted(found) == sorted(flat), "something else than each entry once"
    assert [found[index - before] for index in indexes] == flat, "an index names another entry"


def tickets_of(answers: Sequence[Ticket | Refusal]) -> list[Ticket]:
    """The answers, all of which must be tickets."""
    tickets = [answer for answer in answers if isinstance(answer, Ticket)]
    assert len(tickets) == len(answers), f"good entries were refused: {answers}"
    return tickets
