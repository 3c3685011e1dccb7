"""The direct driver: what is due is sent, a stall shows, failures do not count, nothing is lost or twice."""

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Event, Thread
from time import monotonic

import numpy as np
import pytest
from nacl.signing import SigningKey

from backends.memory.ledger import BACKEND, MemoryDeployment
from backends.ports import Grown, Setting
from consultation.core.errors import OutcomeUnknown, Overloaded, Unavailable
from consultation.core.ledger import Ledger, Pending, Refusal, Settled, Ticket
from workloads.bench import direct, floor, observed
from workloads.bench.direct import Batching, Door, Loop
from workloads.bench.entries import Source
from workloads.bench.observed import Became, Observed

BATCHING = Batching(0.005, 1000, 10_000)


def silent(_: int) -> None:
    """Nobody looks."""


@pytest.fixture
def deployment(tmp_path: Path) -> MemoryDeployment:
    return BACKEND.deploy(Setting(tmp_path, SigningKey(bytes(32)), "test.example/ledger"))


class Changed:
    """A ledger with another `append` or `settle`; the real one in all else."""

    def __init__(
        self,
        inner: Ledger,
        *,
        append: Callable[[Sequence[bytes]], Sequence[Ticket | Refusal]] | None = None,
        settle: Callable[[Sequence[Ticket], float], Sequence[Settled | Refusal | Pending]] | None = None,
    ) -> None:
        self.traits, self.append, self._inner, self._settle = (
            inner.traits,
            append or inner.append,
            inner,
            settle,
        )
        self.head, self.scan, self.usage, self.health = inner.head, inner.scan, inner.usage, inner.health
        self.prove_inclusion, self.prove_consistency = inner.prove_inclusion, inner.prove_consistency
        self.close = inner.close

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        if self._settle is not None:
            return self._settle(tickets, timeout_s)
        return self._inner.settle(tickets, timeout_s=timeout_s)


def drive(
    deployment: MemoryDeployment, ledger: Ledger, rate: float, seconds: float, drain_s: float = 10.0
) -> Observed:
    n = round(rate * seconds)
    verifier = BACKEND.verifier(deployment.pins())
    entries = Source("test", "all", 64).take(n)
    loop = Loop(np.arange(n) / rate)
    return direct.drive(
        [Door("only", ledger)], verifier, entries, loop, BATCHING, drain_s=drain_s, tick=silent
    )


def test_everything_due_becomes_final_and_provable_once_and_in_this_order(
    deployment: MemoryDeployment,
) -> None:
    seen = drive(deployment, deployment.connect(), 1000.0, 1.0)
    assert seen.count(Became.FINAL) == 1000
    assert sorted(seen.position.tolist()) == list(range(1000))
    assert np.all(seen.due <= seen.sent)
    assert np.all(seen.sent <= seen.accepted)
    assert np.all(seen.accepted <= seen.final)
    assert np.all(seen.final <= seen.provable)


def test_a_stall_of_five_seconds_shows_in_p99_of_an_open_loop(deployment: MemoryDeployment) -> None:
    """200 a second for 8 s with a ledger that stands still for 5 s: 1,000 of 1,600 were due meanwhile.

    A closed loop of one would have seen a single slow answer, and a p99 without it.
    """
    ended = Event()

    def stall() -> None:
        ended.wait(1.0)
        deployment.pause()
        ended.wait(5.0)
        deployment.resume()

    stalling = Thread(target=stall)
    stalling.start()
    try:
        seen = drive(deployment, deployment.connect(), 200.0, 8.0)
    finally:
        ended.set()
        stalling.join()
    latency = np.sort(seen.final - seen.due)
    assert seen.count(Became.FINAL) == 1600
    p99 = latency[int(0.99 * 1600)]
    assert p99 > 4.5
    assert np.sort(seen.free_lag)[int(0.99 * 1600)] < p99 / 2, "the ledger's stall is not the generator's lag"


def test_refused_entries_are_refused_and_the_others_final(deployment: MemoryDeployment) -> None:
    inner = deployment.connect()

    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        answers: list[Ticket | Refusal] = []
        for at, entry in enumerate(entries):
            answers += [Refusal("every other one")] if at % 2 else inner.append([entry])
        return answers

    seen = drive(deployment, Changed(inner, append=append), 400.0, 0.5)
    refused = seen.became == Became.REFUSED
    assert 0 < seen.count(Became.REFUSED) < 200
    assert seen.count(Became.REFUSED) + seen.count(Became.FINAL) == 200
    assert np.all(np.isnan(seen.final[refused]))
    assert inner.head().size == seen.count(Became.FINAL)


@pytest.mark.parametrize("error", [Overloaded("full"), OutcomeUnknown("?"), Unavailable("gone for a moment")])
def test_what_failed_or_failed_and_persisted_is_appended_again_and_stands_once(
    deployment: MemoryDeployment, error: Exception
) -> None:
    inner = deployment.connect()
    failures = [error] * 3

    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        if failures:
            if isinstance(error, OutcomeUnknown):
                inner.append(entries)
            raise failures.pop()
        return inner.append(entries)

    seen = drive(deployment, Changed(inner, append=append), 400.0, 0.25)
    assert seen.count(Became.FINAL) == inner.head().size == 100
    assert seen.troubles == {type(error).__name__: 3}


def test_what_was_taken_and_never_settled_is_lost_and_what_was_never_taken_failed(
    deployment: MemoryDeployment,
) -> None:
    inner = deployment.connect()
    taken = 0

    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        nonlocal taken
        if taken >= 20:
            raise Unavailable("the node died")
        taken += len(entries)
        return [Ticket(bytes([taken % 256]) * 16 + entry[:16]) for entry in entries]

    def settle(tickets: Sequence[Ticket], timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        Event().wait(timeout_s)
        return [Pending() for _ in tickets]

    seen = drive(deployment, Changed(inner, append=append, settle=settle), 200.0, 0.5, drain_s=0.5)
    assert seen.count(Became.LOST) == taken
    assert seen.count(Became.FAILED) == 100 - taken
    assert np.all(np.isnan(seen.final))


def test_a_closed_loop_keeps_a_number_in_flight_and_leaves_out_what_it_never_began(
    deployment: MemoryDeployment,
) -> None:
    verifier, entries = BACKEND.verifier(deployment.pins()), Source("test", "all", 64).take(100_000)
    loop = Loop(in_flight=8, duration_s=0.3)
    seen = direct.drive(
        [Door("only", deployment.connect())], verifier, entries, loop, BATCHING, drain_s=5.0, tick=silent
    )
    assert 8 < len(seen) < 100_000
    assert seen.count(Became.FINAL) == len(seen)
    ahead = np.searchsorted(np.sort(seen.final), seen.due, side="left")
    assert int((np.arange(len(seen)) - ahead).max()) < 8


def test_a_defect_behind_the_port_ends_the_window_and_is_raised(deployment: MemoryDeployment) -> None:
    def append(_: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        raise ZeroDivisionError("a defect")

    began_s = monotonic()
    with pytest.raises(ZeroDivisionError):
        drive(deployment, Changed(deployment.connect(), append=append), 1.0, 3600.0)
    assert monotonic() - began_s < 3600.0


def test_two_doors_take_turns(deployment: MemoryDeployment) -> None:
    doors = [Door("a", deployment.connect()), Door("b", deployment.connect())]
    entries = Source("test", "all", 64).take(100)
    verifier = BACKEND.verifier(deployment.pins())
    seen = direct.drive(
        doors, verifier, entries, Loop(np.arange(100) / 400), BATCHING, drain_s=5.0, tick=silent
    )
    assert seen.door.tolist() == [0, 1] * 50
    assert seen.count(Became.FINAL) == 100


def test_the_bare_harness_is_the_floor() -> None:
    entries = Source("test", "all", 64).take(100)
    nothing = floor.Nothing()
    seen = direct.drive(
        [Door("none", nothing)], floor.Believing(), entries, Loop(np.arange(100) / 400), BATCHING,
        drain_s=5.0, tick=silent,
    )  # fmt: skip
    assert seen.count(Became.FINAL) == 100 == nothing.usage().entries


def test_finality_at_so_many_nodes_is_when_the_last_of_them_had_it() -> None:
    seen = [
        Grown("a", 2, 1.0), Grown("b", 1, 2.0), Grown("b", 3, 3.0), Grown("a", 3, 4.0), Grown("c", 1, 5.0),
    ]  # fmt: skip
    first, second, third = observed.by_nodes(np.array([0, 1, 2, -1]), seen)
    assert first[:3].tolist() == [1.0, 1.0, 3.0]
    assert second[:3].tolist() == [2.0, 3.0, 4.0]
    assert third[0] == 5.0
    assert np.isnan(third[1:]).all()
    assert np.isnan(first[3])
    assert observed.by_nodes(np.array([0]), []) == []
