"""Each crash state in the life of an entry, told by `backends.anchored`, and the next start's way out."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from backends.anchored.deployment import MAX_ENTRY_BYTES, AnchoredDeployment
from backends.anchored.log import Limits
from backends.anchored.store import Store
from backends.memory import BACKEND as MEMORY
from backends.memory.ledger import MemoryDeployment
from backends.ports import Setting
from consultation.core.errors import OutcomeUnknown, Overloaded, Unavailable
from consultation.core.ledger import Ledger, Pending, Refusal, Ticket
from tests.backends.anchored.conftest import OPERATOR, OVER_MEMORY, Deploy, indexes, setting, tickets

LIMITS = Limits(1_000, 0.02, 10_000, MAX_ENTRY_BYTES)
NEVER = Limits(1_000, 3_600.0, 10_000, MAX_ENTRY_BYTES)


@pytest.fixture
def inner(tmp_path: Path) -> MemoryDeployment:
    """An inner ledger that outlives the deployments over it."""
    return MEMORY.deploy(Setting(tmp_path / "inner", OPERATOR, "inner.example/anchors"))


def over(inner: MemoryDeployment, folder: Path, limits: Limits = LIMITS) -> AnchoredDeployment:
    folder.mkdir(exist_ok=True)
    return AnchoredDeployment("memory-anchored", setting(folder), limits, inner)


def anchors(inner: MemoryDeployment) -> int:
    return inner.connect().head().size


def drop(deployment: AnchoredDeployment) -> None:
    """The process is gone; the inner ledger is not."""
    deployment.connect().close()
    deployment.abandon()


def test_state_1_records_torn_off_before_the_sync_were_promised_to_nobody(
    inner: MemoryDeployment, tmp_path: Path
) -> None:
    first = over(inner, tmp_path, NEVER)
    waiting = tickets(first.connect(), [b"one", b"two"])
    assert all(isinstance(answer, Pending) for answer in first.connect().settle(waiting, timeout_s=0.05))
    drop(first)
    path = tmp_path / "store.log"
    path.write_bytes(path.read_bytes()[:-1])
    second = over(inner, tmp_path)
    ledger = second.connect()
    assert indexes(ledger, [b"two", b"one"]) == [1, 0], "what was left of the list keeps its place"
    drop(second)


def test_state_2_entries_that_were_stored_and_not_anchored_are_anchored_at_the_next_start(
    inner: MemoryDeployment, tmp_path: Path
) -> None:
    first = over(inner, tmp_path, NEVER)
    tickets(first.connect(), [b"one", b"two"])
    drop(first)
    before = anchors(inner)
    second = over(inner, tmp_path)
    assert second.connect().head().size == 2
    assert anchors(inner) == before + 1
    assert indexes(second.connect(), [b"one", b"two"]) == [0, 1]
    drop(second)


def test_state_3_an_anchor_that_nobody_saw_settle_is_found_and_not_made_again(
    inner: MemoryDeployment, tmp_path: Path
) -> None:
    first = over(inner, tmp_path)
    indexes(first.connect(), [b"one", b"two"])
    head = first.connect().head()
    drop(first)
    inner.connect().append([b"an entry of somebody else, after the anchor"])
    before = anchors(inner)
    second = over(inner, tmp_path)
    assert anchors(inner) == before
    assert second.connect().head().size == 2
    OVER_MEMORY.verifier(second.pins()).check_head(head)
    drop(second)


def test_state_4_where_the_inner_ledger_lost_the_anchors_the_store_is_anchored_again(deploy: Deploy) -> None:
    deployment = deploy()
    ledger = deployment.connect()
    assert indexes(ledger, [b"one", b"two"]) == [0, 1]
    old, counted = ledger.head(), ledger.usage()
    deployment.kill()
    with pytest.raises(Unavailable, match="killed"):
        ledger.append([b"three"])
    with pytest.raises(Unavailable):
        list(ledger.scan(0, 1))
    deployment.restart()
    ledger = deployment.connect()
    verifier = OVER_MEMORY.verifier(deployment.pins())
    verifier.check_consistency(old, ledger.head(), ledger.prove_consistency(old, ledger.head()))
    verifier.check_replay([b"one", b"two"], ledger.head())
    assert ledger.usage().entries == counted.entries
    assert ledger.usage().handed_over_bytes == counted.handed_over_bytes


def test_a_store_that_lost_what_was_anchored_takes_nothing_more(
    inner: MemoryDeployment, tmp_path: Path
) -> None:
    """A truncated store is shown, not continued: its anchor is newer than it."""
    first = over(inner, tmp_path)
    indexes(first.connect(), [b"one", b"two", b"three"])
    drop(first)
    path = tmp_path / "store.log"
    path.write_bytes(path.read_bytes()[:-1])
    second = over(inner, tmp_path)
    ledger = second.connect()
    assert not ledger.health().ok
    assert "holds 2 entries, its newest anchor covers 3" in ledger.health().detail
    assert ledger.head().size == 3
    assert list(ledger.scan(0, 9)) == [b"one", b"two"]
    with pytest.raises(Unavailable, match="restore"):
        ledger.append([b"four"])
    drop(second)
    assert Store(path).size == 2, "the evidence is left as it was found"


class Failing:
    """An inner ledger whose next appends fail; the second time around they have been there all along."""

    def __init__(self, inner: MemoryDeployment, failures: list[Exception], *, persisted: bool) -> None:
        self.inner, self.failures, self.persisted = inner, failures, persisted
        self.pins, self.kill, self.restart = inner.pins, inner.kill, inner.restart
        self.tamper, self.pause, self.resume = inner.tamper, inner.pause, inner.resume
        self.use, self.assurance, self.stop = inner.use, inner.assurance, inner.stop

    def connect(self) -> Ledger:
        return FailingClient(self.inner.connect(), self)


class FailingClient:
    def __init__(self, client: Ledger, plan: Failing) -> None:
        self._client, self._plan = client, plan
        self.traits = client.traits
        self.settle, self.head, self.scan = client.settle, client.head, client.scan
        self.prove_inclusion, self.prove_consistency = client.prove_inclusion, client.prove_consistency
        self.usage, self.health, self.close = client.usage, client.health, client.close

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        if self._plan.failures:
            if self._plan.persisted:
                self._client.append(entries)
            raise self._plan.failures.pop()
        return self._client.append(entries)


@pytest.mark.parametrize("persisted", [False, True])
@pytest.mark.parametrize(
    "failure", [OutcomeUnknown("?"), Overloaded("full"), Unavailable("gone for a moment")]
)
def test_an_anchor_whose_append_failed_or_failed_and_persisted_is_handed_over_again(
    inner: MemoryDeployment, tmp_path: Path, failure: Exception, persisted: bool
) -> None:
    plan = Failing(inner, [], persisted=persisted)
    deployment = AnchoredDeployment("memory-anchored", setting(tmp_path), LIMITS, plan)
    ledger = deployment.connect()
    plan.failures = [failure, failure]
    waiting = tickets(ledger, [b"one"])
    while True:
        try:
            if not isinstance(ledger.settle(waiting, timeout_s=1.0)[0], Pending):
                break
        except Unavailable as error:
            found = str(error)
            assert "moment" in found
    assert list(ledger.scan(0, 9)) == [b"one"]
    assert ledger.health().ok, ledger.health()
    assert anchors(inner) == 2, "one for the empty tree, one for the entry, none twice"
    drop(deployment)
