"""The batcher: whatever the ledger does, every entry comes on it once, and acceptance goes on."""

import time
from collections import deque
from dataclasses import replace

import pytest

from consultation.core import merkle, records
from consultation.core.errors import (
    OutcomeUnknown,
    Overloaded,
    Rejected,
    Unavailable,
    VerificationError,
)
from consultation.core.events import Kind, OpinionGiven
from consultation.service.problems import Problem
from tests.consultation.service.conftest import QUICK, MakeRig
from tests.consultation.service.rig import NAME, WAIT_S, Fault, Rig, submission, until

FAULTS = [
    Fault(Overloaded("full")),
    Fault(Unavailable("no route")),
    Fault(OutcomeUnknown("timeout")),
    Fault(OutcomeUnknown("timeout"), persisted=True),
    Fault(ZeroDivisionError("a defect behind the port")),
]


def promised(rig: Rig, number: int, word: str = "p") -> list[str]:
    futures = [rig.desk.submit(submission(f"{word}{n}")) for n in range(number)]
    return sorted(str(future.result(WAIT_S).receipt["leaf"]) for future in futures)


@pytest.mark.parametrize("ledger", ["memory", "signed-db"])
@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_failing_append_loses_nothing_and_doubles_nothing(
    make_rig: MakeRig, ledger: str, fault: Fault
) -> None:
    rig = make_rig(ledger).opened()
    rig.settled()
    rig.ledger.appends = deque([fault, None, fault, fault])
    leaves = promised(rig, 40) + promised(rig, 40, "q")
    rig.settled()
    assert sorted(rig.leaves(Kind.OPINION)) == sorted(leaves)
    assert rig.service.batcher.trouble == ""
    states = {row["state"] for row in rig.service.operations(NAME)}
    assert states == {"settled"}


@pytest.mark.parametrize("fault", FAULTS, ids=repr)
def test_a_failing_settle_or_head_loses_nothing_and_doubles_nothing(rig: Rig, fault: Fault) -> None:
    rig.settled()
    rig.ledger.settles = deque([fault, fault])
    rig.ledger.heads = deque([fault, fault])
    leaves = promised(rig, 40)
    rig.settled()
    assert sorted(rig.leaves(Kind.OPINION)) == leaves
    assert all(row["provable_s"] is not None for row in rig.service.operations(NAME))


def test_trouble_is_told_while_it_lasts(rig: Rig) -> None:
    rig.settled()
    rig.ledger.heads = deque([Fault(VerificationError("head", "two histories"))] * 3)
    rig.give("a")
    until(lambda: rig.service.batcher.trouble == "prove: head: two histories")
    rig.settled()
    assert rig.service.batcher.trouble == ""


def test_a_stall_of_the_ledger_does_not_stall_acceptance(rig: Rig) -> None:
    rig.settled()
    rig.ledger.running.clear()
    first = rig.give("a")
    until(lambda: len(rig.ledger.calls) == 3)
    leaves = promised(rig, 500)
    second = rig.give("a", supersedes=first.opinion)
    back = rig.take_back("a", second.opinion)
    assert not rig.entries(Kind.OPINION)
    rig.ledger.running.set()
    rig.settled()
    every = [*leaves, *(str(answer.receipt["leaf"]) for answer in (first, second, back))]
    assert sorted(rig.leaves(Kind.OPINION, Kind.WITHDRAWN)) == sorted(every)


def test_an_entry_that_refers_to_another_is_handed_over_after_that_has_settled(rig: Rig) -> None:
    rig.settled()
    rig.ledger.running.clear()
    chain = [rig.give("a")]
    for number in range(4):
        chain.append(rig.give("a", supersedes=chain[-1].opinion, text=f"Lần {number}."))
    chain.append(rig.take_back("a", chain[-1].opinion))
    rig.ledger.running.set()
    rig.settled()
    expected = [str(answer.receipt["leaf"]) for answer in chain]
    assert rig.leaves(Kind.OPINION, Kind.WITHDRAWN) == expected
    together = [sum(merkle.leaf_hash(entry).hex() in expected for entry in call) for call in rig.ledger.calls]
    assert max(together) == 1, "never two of them in one list, which is shuffled"


def test_an_opinion_after_a_withdrawal_comes_after_it_whatever_the_shuffle(make_rig: MakeRig) -> None:
    rig = make_rig().opened()
    rig.settled()
    for person in "abcdefghij":
        rig.ledger.running.clear()
        first = rig.give(person, key=f"{person}-1")
        rig.take_back(person, first.opinion)
        second = rig.give(person, key=f"{person}-2", text="Lại.")
        if person in "ej":
            rig.restart()  # what is on its way is found again
        rig.ledger.running.set()
        rig.settled()
        assert states(rig)[str(second.receipt["leaf"])] == "settled"
    assert "refused" not in states(rig).values()
    assert rig.office.close(NAME) == (20, 10)


def test_entries_of_a_batch_are_shuffled(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(QUICK, batch_age_s=0.2)).opened()
    rig.settled()
    futures = [rig.desk.submit(submission(f"p{n}")) for n in range(30)]
    came = [str(future.result(WAIT_S).receipt["leaf"]) for future in futures]
    rig.settled()
    assert sorted(rig.leaves(Kind.OPINION)) == sorted(came)
    assert rig.leaves(Kind.OPINION) != came


def test_entries_held_back_for_an_hour_go_when_somebody_waits_for_them(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.opened()
    rig.end()
    rig.settings = replace(QUICK, batch_age_s=3600.0)
    rig.start()
    rig.give("a")
    assert rig.office.close(NAME) == (1, 1)


def test_an_entry_that_the_ledger_forgot_is_handed_over_again(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(QUICK, resend_s=0.05)).opened()
    rig.settled()
    rig.ledger.lost = {len(rig.ledger.calls)}
    leaf = str(rig.give("a").receipt["leaf"])
    rig.settled()
    assert rig.leaves(Kind.OPINION) == [leaf]
    assert rig.ledger.calls[-1] == rig.ledger.calls[-2], "the same bytes"


def test_a_ledger_that_answers_at_once_and_never_decides_is_not_asked_in_a_busy_loop(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(settings=replace(QUICK, resend_s=0.5)).opened()
    rig.settled()
    asked = 0
    inner = rig.ledger.ledger

    class Counting:
        """Counts how often it is asked."""

        def __getattr__(self, name: str) -> object:
            nonlocal asked
            asked += name == "settle"
            return getattr(inner, name)

    rig.ledger.lost = {len(rig.ledger.calls)}
    rig.ledger.ledger = Counting()  # type: ignore[assignment]  # hands everything on
    rig.give("a")
    rig.settled()
    rig.ledger.ledger = inner
    assert asked < 40, "half a second at one question in 50 ms, with room"


def test_one_bad_entry_of_a_list_does_not_hold_up_the_others(rig: Rig) -> None:
    rig.settled()
    poison = ""

    class Choosy:
        """Rejects a whole list for one entry in it, as a ledger with a limit of its own may."""

        def append(self, entries: list[bytes]) -> object:
            if any(merkle.leaf_hash(entry).hex() == poison for entry in entries):
                raise Rejected("an entry in the list is too long for this ledger")
            return inner.append(entries)

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    inner = rig.ledger.ledger
    rig.ledger.ledger = Choosy()  # type: ignore[assignment]
    rig.ledger.running.clear()
    leaves = promised(rig, 30)
    poison = leaves[7]
    rig.ledger.running.set()
    rig.settled()
    rig.ledger.ledger = inner
    assert sorted(rig.leaves(Kind.OPINION)) == [leaf for leaf in leaves if leaf != poison]
    row = rig.service.operation(NAME, poison)
    assert row is not None
    assert (row["state"], row["position"]) == ("refused", -1)
    assert "too long for this ledger" in str(row["reason"])


def test_a_list_that_is_too_much_goes_in_parts(rig: Rig) -> None:
    rig.settled()

    class Narrow:
        """Takes four entries at a time."""

        def append(self, entries: list[bytes]) -> object:
            if len(entries) > 4:
                raise Overloaded("at most four at a time")
            return inner.append(entries)

        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

    inner = rig.ledger.ledger
    rig.ledger.ledger = Narrow()  # type: ignore[assignment]
    leaves = promised(rig, 20)
    rig.settled()
    rig.ledger.ledger = inner
    assert sorted(rig.leaves(Kind.OPINION)) == leaves


# What the ledger refuses after the receipt was given


def refusing(rig: Rig, *leaves: object) -> None:
    rig.ledger.late = lambda entry: "not by our rules" if merkle.leaf_hash(entry).hex() in leaves else ""


def states(rig: Rig) -> dict[str, str]:
    return {str(row["leaf"]): str(row["state"]) for row in rig.service.operations(NAME)}


def test_a_late_refusal_is_told_and_not_counted(rig: Rig) -> None:
    rig.settled()
    rig.ledger.running.clear()
    good, bad = rig.give("a"), rig.give("b")
    refusing(rig, bad.receipt["leaf"])
    rig.ledger.running.set()
    rig.settled()
    assert states(rig)[str(bad.receipt["leaf"])] == "refused"
    assert list(rig.desk.live[NAME].standing) == [(rig.handle("a"), "dieu-1")]
    assert rig.office.close(NAME) == (1, 1), "which the ledger checks against what it holds"
    assert rig.leaves(Kind.OPINION) == [good.receipt["leaf"]]


def test_a_late_refusal_of_an_amendment_lets_the_earlier_opinion_stand(rig: Rig) -> None:
    first = rig.give("a")
    rig.settled()
    rig.ledger.running.clear()
    second = rig.give("a", supersedes=first.opinion)
    refusing(rig, second.receipt["leaf"])
    rig.ledger.running.set()
    rig.settled()
    assert rig.desk.live[NAME].standing[rig.handle("a"), "dieu-1"].opinion == first.opinion
    third = rig.give("a", supersedes=first.opinion, key="third")
    rig.settled()
    assert states(rig)[str(third.receipt["leaf"])] == "settled"
    assert rig.office.close(NAME) == (2, 1)


def test_a_late_refusal_of_a_withdrawal_lets_the_opinion_stand(rig: Rig) -> None:
    first = rig.give("a")
    rig.settled()
    rig.ledger.running.clear()
    back = rig.take_back("a", first.opinion)
    refusing(rig, back.receipt["leaf"])
    rig.ledger.running.set()
    rig.settled()
    assert rig.desk.live[NAME].standing[rig.handle("a"), "dieu-1"].opinion == first.opinion
    assert rig.office.close(NAME) == (1, 1)


def test_what_refers_to_a_refused_entry_is_refused_too_and_the_first_stands(rig: Rig) -> None:
    first = rig.give("a")
    rig.settled()
    rig.ledger.running.clear()
    second = rig.give("a", supersedes=first.opinion)
    third = rig.give("a", supersedes=second.opinion)
    refusing(rig, second.receipt["leaf"])
    rig.ledger.running.set()
    rig.settled()
    found = states(rig)
    assert [found[str(one.receipt["leaf"])] for one in (first, second, third)] == [
        "settled",
        "refused",
        "refused",
    ]
    assert rig.desk.live[NAME].standing[rig.handle("a"), "dieu-1"].opinion == first.opinion
    assert rig.office.close(NAME) == (1, 1)


# Ends and beginnings


def test_the_end_does_not_wait_for_what_is_undecided_and_the_next_start_finishes_it(rig: Rig) -> None:
    rig.settled()
    rig.ledger.lost = set(range(10_000))
    leaves = promised(rig, 20)
    until(lambda: len(rig.ledger.calls) > 2)
    rig.restart()
    rig.settled()
    assert sorted(rig.leaves(Kind.OPINION)) == leaves


def test_what_is_left_in_the_outbox_comes_on_the_ledger_once_in_its_order(make_rig: MakeRig) -> None:
    rig = make_rig("signed-db").opened()
    rig.settled()
    rig.ledger.appends = deque(Fault(OutcomeUnknown("timeout"), persisted=n % 2 == 0) for n in range(10_000))
    first = rig.give("a")
    second = rig.give("a", supersedes=first.opinion)
    back = rig.take_back("a", second.opinion)
    leaves = promised(rig, 20)
    until(lambda: len(rig.ledger.calls) > 3)
    rig.restart()
    rig.settled()
    assert sorted(rig.leaves(Kind.OPINION)) == sorted(
        [*leaves, str(first.receipt["leaf"]), str(second.receipt["leaf"])]
    )
    assert rig.leaves(Kind.WITHDRAWN) == [back.receipt["leaf"]]
    assert rig.office.close(NAME) == (22, 20)


def test_the_end_does_not_wait_long_for_a_call_that_does_not_return(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(QUICK, close_s=0.1)).opened()
    rig.settled()
    rig.ledger.running.clear()
    answer = rig.give("a")
    until(lambda: len(rig.ledger.calls) == 3)
    before_s = time.monotonic()
    rig.service.close()
    assert time.monotonic() - before_s < 5
    rig.ledger.running.set()
    rig.start()
    rig.settled()
    assert rig.leaves(Kind.OPINION) == [answer.receipt["leaf"]]


def test_an_act_that_waits_is_told_when_the_service_ends(rig: Rig) -> None:
    rig.ledger.lost = set(range(10_000))
    answered = rig.service.batcher.watch("00" * 32)
    rig.service.batcher.close()
    assert answered.cancelled()
    with pytest.raises(Problem, match="do it again"):
        rig.office.close(NAME)


def test_an_entry_offered_twice_is_followed_once(rig: Rig) -> None:
    rig.settled()
    rig.ledger.running.clear()
    rig.give("a")
    rig.desk.reload()
    rig.ledger.running.set()
    rig.settled()
    assert len(rig.entries(Kind.OPINION)) == 1
    assert sum(len(call) for call in rig.ledger.calls) == 4, "drafted, approved, opened, opinion"
    assert isinstance(records.parse(rig.ledger.calls[-1][0]).event, OpinionGiven)
