"""Group commit: shared transactions, and what a failed one leaves behind: nothing."""

from concurrent.futures import CancelledError, Future
from dataclasses import replace
from threading import Event

import pytest

from consultation.core.events import Kind
from consultation.service.desk import Answer
from consultation.service.problems import Problem
from consultation.service.store import Changes
from tests.consultation.service.conftest import QUICK, MakeRig
from tests.consultation.service.rig import NAME, WAIT_S, Fault, Rig, submission, until

LOCKED = OSError("no space left on device")


class Held:
    """A request that keeps the writer busy until it is let go."""

    def __init__(self, rig: Rig) -> None:
        self.begun, self.go = Event(), Event()
        self.future = rig.desk.writer.put(self._decide)
        assert self.begun.wait(WAIT_S)

    def _decide(self, _changes: Changes) -> None:
        self.begun.set()
        assert self.go.wait(WAIT_S)


def problem_of(future: "Future[Answer]") -> Problem:
    error = future.exception(WAIT_S)
    assert isinstance(error, Problem)
    return error


def test_what_queues_up_during_a_commit_shares_the_next_one(rig: Rig) -> None:
    rig.settled()
    held = Held(rig)
    before = rig.faults.committed
    futures = [rig.desk.submit(submission(f"p{n}")) for n in range(50)]
    held.go.set()
    for future in futures:
        future.result(WAIT_S)
    assert rig.faults.committed - before <= 4, "the held one, the fifty together, and the batcher's"
    assert rig.count("opinions") == 50


def test_a_group_has_at_most_so_many_requests(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(QUICK, max_group=10)).opened()
    held = Held(rig)
    before = rig.faults.committed
    futures = [rig.desk.submit(submission(f"p{n}")) for n in range(50)]
    held.go.set()
    for future in futures:
        future.result(WAIT_S)
    assert rig.faults.committed - before >= 5


def test_a_refused_request_leaves_the_others_of_its_group_alone(rig: Rig) -> None:
    held = Held(rig)
    good = rig.desk.submit(submission("a"))
    bad = rig.desk.submit(submission("b", provision="dieu-9"))
    second = rig.desk.submit(submission("a", key="other key"))
    also_good = rig.desk.submit(submission("c"))
    held.go.set()
    assert not good.result(WAIT_S).again
    assert problem_of(bad).slug == "unknown-provision"
    assert problem_of(second).slug == "opinion-stands"
    assert not also_good.result(WAIT_S).again
    assert rig.stored() == {"opinions": 2, "outbox": 5, "answers": 2}


def test_the_same_key_twice_in_one_group_is_one_opinion(rig: Rig) -> None:
    held = Held(rig)
    one, two = rig.desk.submit(submission("a", key="k")), rig.desk.submit(submission("a", key="k"))
    other = rig.desk.submit(submission("a", key="k", text="Khác."))
    held.go.set()
    assert (one.result(WAIT_S).again, two.result(WAIT_S).again) == (False, True)
    assert one.result().receipt == two.result().receipt
    assert problem_of(other).slug == "idempotency-key-reused"
    assert rig.count("opinions") == 1


def test_a_failed_commit_stores_nothing_and_the_same_keys_succeed_afterwards(rig: Rig) -> None:
    rig.settled()
    before = rig.stored()
    rig.faults.commits.extend([None, Fault(LOCKED)])
    held = Held(rig)
    futures = [rig.desk.submit(submission(f"p{n}")) for n in range(5)]
    held.go.set()
    assert [problem_of(future).status for future in futures] == [503] * 5
    assert rig.stored() == before
    assert not rig.desk.live[NAME].standing, "memory is what the store holds"
    assert [rig.give(f"p{n}").again for n in range(5)] == [False] * 5
    rig.settled()
    assert len(rig.entries(Kind.OPINION)) == 5


def test_a_commit_that_failed_but_persisted_is_not_lost_and_not_doubled(rig: Rig) -> None:
    rig.settled()
    rig.faults.commits.append(Fault(LOCKED, persisted=True))
    assert problem_of(rig.desk.submit(submission("a"))).status == 503
    until(lambda: len(rig.entries(Kind.OPINION)) == 1)  # without anybody asking again
    assert rig.give("a").again
    rig.settled()
    assert rig.leaves(Kind.OPINION) == [rig.give("a").receipt["leaf"]]
    assert rig.count("opinions") == 1


def test_a_failed_commit_does_not_lose_what_the_batcher_found_out(rig: Rig) -> None:
    rig.settled()
    rig.ledger.running.clear()
    leaf = str(rig.give("a").receipt["leaf"])
    rig.faults.commits.extend([Fault(LOCKED), Fault(LOCKED), Fault(LOCKED)])
    rig.ledger.running.set()
    until(lambda: (rig.service.operation(NAME, leaf) or {})["state"] == "settled")
    until(lambda: (rig.service.operation(NAME, leaf) or {})["provable_s"] is not None)
    assert not rig.faults.commits


def test_a_store_that_cannot_be_read_either_costs_requests_and_not_the_thread(rig: Rig) -> None:
    rig.settled()
    rig.faults.unreadable = True
    rig.faults.commits.append(Fault(LOCKED))
    assert problem_of(rig.desk.submit(submission("a"))).status == 503
    assert problem_of(rig.desk.submit(submission("a"))).status == 503, (
        "memory is not trusted until read again"
    )
    rig.faults.unreadable = False
    assert not rig.give("a").again
    assert rig.count("opinions") == 1


def test_a_defect_ends_its_group_and_not_the_thread(rig: Rig) -> None:
    rig.settled()
    before = rig.stored()
    held = Held(rig)
    good = rig.desk.submit(submission("a"))

    def defect(_changes: Changes) -> None:
        raise ZeroDivisionError

    bad = rig.desk.writer.put(defect)
    held.go.set()
    assert problem_of(good).status == 503
    assert isinstance(bad.exception(WAIT_S), Problem)
    assert rig.stored() == before
    assert not rig.give("a").again


def test_a_full_queue_says_so_at_once(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(QUICK, max_queued=3)).opened()
    held = Held(rig)
    futures = [rig.desk.submit(submission(f"p{n}")) for n in range(3)]
    with pytest.raises(Problem, match="3 requests are waiting") as full:
        rig.desk.submit(submission("p3"))
    assert full.value.status == 503
    held.go.set()
    for future in futures:
        future.result(WAIT_S)
    assert not rig.give("p3").again


def test_a_request_is_decided_after_all_that_was_to_be_kept_when_it_came(rig: Rig) -> None:
    held, order = Held(rig), list[str]()
    rig.desk.writer.record(lambda _: order.append("kept"))
    rig.desk.writer.record(lambda _: order.append("alone"), alone=True)
    rig.desk.writer.record(lambda _: order.append("kept later"))
    asked = rig.desk.writer.put(lambda _: order.append("asked"))
    held.go.set()
    asked.result(WAIT_S)
    assert order == ["kept", "alone", "kept later", "asked"]


def test_a_caller_who_goes_away_before_the_decision_changes_nothing_and_ends_nothing(rig: Rig) -> None:
    rig.settled()
    before = rig.stored()
    held = Held(rig)
    gone = rig.desk.submit(submission("a"))
    assert gone.cancel()
    held.go.set()
    with pytest.raises(CancelledError):
        gone.result(WAIT_S)
    rig.desk.writer.put(lambda _: None).result(WAIT_S)
    assert rig.stored() == before
    assert not rig.give("a").again


def test_the_end_finishes_what_is_queued_and_refuses_what_comes_later(rig: Rig) -> None:
    held = Held(rig)
    futures = [rig.desk.submit(submission(f"p{n}")) for n in range(5)]
    held.go.set()
    rig.end()
    assert [future.result(WAIT_S).again for future in futures] == [False] * 5
    with pytest.raises(Problem, match="the service is ending"):
        rig.desk.submit(submission("late"))
    rig.start()
    rig.settled()
    assert len(rig.entries(Kind.OPINION)) == 5


def test_the_end_does_not_wait_for_a_store_that_fails_for_good(rig: Rig) -> None:
    rig.ledger.running.clear()
    rig.give("a")
    rig.faults.commits.extend(Fault(LOCKED) for _ in range(1000))
    rig.ledger.running.set()
    until(lambda: rig.faults.commits.maxlen is None and len(rig.faults.commits) < 1000)
    rig.end()
    rig.start()
    rig.settled()
    assert len(rig.entries(Kind.OPINION)) == 1
