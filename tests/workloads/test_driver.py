"""The open-loop driver against a real service: a stall shows, a failure counts, what refers waits."""

import asyncio
import json
import math
import socket
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import pytest
import uvicorn

from consultation.core.drafts import Stance
from consultation.web.access import Role
from tests.served import CONSULTATION, TOKENS, Served, served
from workloads import driver
from workloads.consultations import Action, ActionKind
from workloads.driver import Due, Operation, Outcome, Target


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, "memory") as found:
        yield found


def target(url: str) -> Target:
    return Target(url, CONSULTATION, {role.value: token for role, token in TOKENS.items()})


def submit(number: int, provision: str = "dieu-1") -> Action:
    return Action(
        ActionKind.SUBMIT, f"p{number}", provision, Stance.DISAGREE, "Ý kiến.", "", "", key=f"k{number}"
    )


def after(earlier: Action, kind: ActionKind, key: str) -> Action:
    """An amendment or withdrawal of the opinion that `earlier` gave."""
    return Action(
        kind, earlier.participant, earlier.provision, Stance.AGREE, "Sửa.", "", "", key, earlier.key
    )


def drive(url: str, schedule: Sequence[Due], tick: Callable[[int], None] = lambda _: None) -> list[Operation]:
    return asyncio.run(driver.drive(target(url), schedule, tick))


def follow(running: Served, operations: list[Operation]) -> None:
    running.client.post(f"/consultations/{CONSULTATION}/close", Role.OFFICER)  # waits until all is settled
    path = f"/consultations/{CONSULTATION}/operations"
    driver.follow(operations, json.loads(running.client.get(path, Role.OPERATOR)))


def test_operations_are_sent_when_due_and_followed_to_the_end(running: Served) -> None:
    ticks: list[int] = []
    operations = drive(running.url, [Due(submit(n), n / 200, 200.0) for n in range(100)], ticks.append)
    assert sum(ticks) == 100
    assert {one.outcome for one in operations} == {Outcome.LOST}, "accepted, and not yet followed"
    follow(running, operations)
    assert {one.outcome for one in operations} == {Outcome.FINAL}
    for one in operations:
        assert one.due <= one.sent <= one.accepted
        assert one.sent <= one.final <= one.provable
    assert len({one.position for one in operations}) == 100
    gaps = [later.due - earlier.due for earlier, later in pairwise(operations)]
    assert all(gap == pytest.approx(1 / 200) for gap in gaps), "the schedule does not bend"
    assert driver.lag_s(operations) >= 0


def test_a_server_that_stands_still_shows_in_everything_that_was_due_meanwhile(running: Served) -> None:
    schedule = [Due(submit(n), n / 200, 200.0) for n in range(400)]
    answered = 0
    stalled: list[float] = []
    begin = Event()

    def tick(_: int) -> None:
        nonlocal answered
        answered += 1
        if answered == 30:
            begin.set()

    def stall() -> None:
        assert begin.wait(30)
        running.process.pause()
        stalled.append(monotonic())
        Event().wait(0.8)  # the length of the stall is what is tested
        stalled.append(monotonic())
        running.process.resume()

    staller = Thread(target=stall)
    staller.start()
    operations = drive(running.url, schedule, tick)
    staller.join()
    start_s, end_s = stalled
    during = [one for one in operations if start_s <= one.due <= end_s]
    assert len(during) >= 120, "the driver does not wait for answers"
    sent = [one for one in during if one.sent < end_s]
    assert len(sent) > 64, (
        "as many are under way as are due: no pool of connections makes a closed loop of it"
    )
    for one in during:
        assert one.accepted >= end_s, "nothing is answered in a stall"
        assert one.accepted - one.due >= end_s - one.due, "latency counts from the due time"
    longest = max(one.accepted - one.due for one in during)
    assert longest >= 0.7
    behind = [one.sent - one.due for one in during]
    assert sorted(behind)[len(behind) // 2] < 0.4, "the generator itself kept to its schedule"


def test_an_idle_connection_ends_here_before_it_ends_at_the_server() -> None:
    """Else a request is lost now and then that is on its way when the server closes."""
    server = uvicorn.Config("an:app")
    assert server.timeout_keep_alive / 2 > driver.IDLE_S


def test_what_is_refused_or_not_answered_is_no_success(running: Served) -> None:
    good, bad = submit(1), submit(2, provision="dieu-99")
    again = Action(ActionKind.SUBMIT, "p1", "dieu-1", Stance.AGREE, "", "", "", key="other")
    operations = drive(running.url, [Due(good, 0, 1.0), Due(bad, 0, 1.0), Due(again, 1.0, 1.0)])
    assert [one.outcome for one in operations] == [Outcome.LOST, Outcome.REFUSED, Outcome.REFUSED]
    assert "no provision 'dieu-99'" in operations[1].detail
    assert operations[2].detail.startswith("409 ")
    assert all(math.isnan(one.accepted) for one in operations[1:])
    running.process.kill()
    (lost,) = drive(running.url, [Due(submit(3), 0, 1.0)])
    assert lost.outcome is Outcome.FAILED
    assert math.isnan(lost.accepted)
    assert math.isnan(lost.sent), "nothing left without a connection"
    assert "Connect" in lost.detail


def test_an_amendment_and_a_withdrawal_wait_for_the_answer_they_refer_to(running: Served) -> None:
    first = submit(1)
    second = after(first, ActionKind.AMEND, "second")
    third = after(second, ActionKind.WITHDRAW, "third")
    bad = submit(2, provision="dieu-99")
    chain = [first, second, third, bad, after(bad, ActionKind.AMEND, "never")]
    # All are due at once; the server stands still, so that the answers are slow to come.
    running.process.pause()
    woken: list[float] = []

    def wake() -> None:
        Event().wait(0.4)  # the length of the stall is what is tested
        woken.append(monotonic())
        running.process.resume()

    waker = Thread(target=wake)
    waker.start()
    operations = drive(running.url, [Due(action, 0, 1.0) for action in chain])
    waker.join()
    one, two, three, refused, never = operations
    assert one.accepted <= two.sent <= two.accepted <= three.sent
    assert {item.due for item in operations} == {one.due}
    assert two.due < woken[0] <= one.accepted, "its latency counts from the due time all the same"
    assert [item.outcome for item in operations[:3]] == [Outcome.LOST] * 3
    assert refused.outcome is never.outcome is Outcome.REFUSED
    assert math.isnan(never.sent), "never sent"
    assert driver.lag_s(operations) < two.sent - two.due, "what waits for an answer is no lag of ours"
    follow(running, operations)
    assert [item.position for item in operations[:3]] == [3, 4, 5]


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.1 201 OK\r\nContent-Length: 2\r\n\r\n[]",
    ],
    ids=["nothing", "no JSON", "no receipt"],
)
def test_an_answer_that_is_no_receipt_is_a_failure_and_ends_nothing(said: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def answer() -> None:
            for _ in range(2):
                connection, _address = listening.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(said)

        server = Thread(target=answer, daemon=True)
        server.start()
        first, other = submit(1), submit(2)
        refers = after(first, ActionKind.WITHDRAW, "back")
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        operations = drive(url, [Due(first, 0, 1.0), Due(other, 0.2, 1.0), Due(refers, 0, 1.0)])
        assert [one.outcome for one in operations] == [Outcome.FAILED] * 3
        assert all(math.isnan(one.accepted) for one in operations)
        assert "not sent" in operations[2].detail


def test_following_tells_final_refused_and_lost_apart() -> None:
    def accepted(leaf: str) -> Operation:
        return Operation(submit(1), 1.0, 0.0, 0.1, 0.2, outcome=Outcome.LOST, leaf=leaf)

    operations = [accepted("a"), accepted("b"), accepted("c"), accepted("d"), Operation(submit(2), 1.0, 0.0)]
    driver.follow(
        operations,
        [
            {"leaf": "a", "state": "settled", "position": 7, "final_s": 0.5, "provable_s": 0.6, "reason": ""},
            {
                "leaf": "b",
                "state": "refused",
                "position": -1,
                "final_s": 0.5,
                "provable_s": None,
                "reason": "no",
            },
            {
                "leaf": "c",
                "state": "pending",
                "position": -1,
                "final_s": None,
                "provable_s": None,
                "reason": "",
            },
            {"leaf": "", "state": "settled", "position": 9, "final_s": 0.5, "provable_s": 0.6, "reason": ""},
        ],
    )
    outcomes = [one.outcome for one in operations]
    assert outcomes == [Outcome.FINAL, Outcome.FAILED, Outcome.LOST, Outcome.LOST, Outcome.FAILED]
    assert (operations[0].position, operations[0].final, operations[0].provable) == (7, 0.5, 0.6)
    assert operations[1].detail == "no"
