"""Four signers by Clique, real geth processes: depth, seals, doors, watches, and what killing some does.

One set of nodes for the file, so the order of its tests matters: what breaks them stands last.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.evm import BACKEND
from backends.evm.attestation import Attestation
from backends.evm.clique.seals import signer_of
from backends.evm.deployment import EvmDeployment
from backends.evm.watching import EvmWatch
from backends.ports import Delete, Edit, Level, ManyDoors, Option, Rewrite, Setting, Watched
from consultation.core.errors import Rejected, VerificationError
from consultation.core.ledger import Durability, Head, Pending, Ticket
from tests.backends.evm.conftest import clique, indexes
from tests.backends.evm.tries import OPERATOR, ORIGIN
from tests.conformance.entries import AnyBytes
from tests.conformance.harness import Harness
from tests.conformance.laws import appending, breaking

pytestmark = pytest.mark.node

SIGNERS = ["signer0", "signer1", "signer2", "signer3"]
SOON_S = 60.0


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvmDeployment]:
    deployment = clique(tmp_path_factory.mktemp("four"), 4)
    yield deployment
    deployment.stop()


@pytest.fixture(scope="module")
def harness(four: EvmDeployment, stranger: tuple[Head, list[bytes]]) -> Harness:
    return Harness(four, BACKEND.verifier, AnyBytes(), lambda: stranger)


def until(reached: Callable[[], bool], what: str) -> None:
    """Poll; how long it takes is not what is tested."""
    end_s = time.monotonic() + SOON_S
    while not reached():
        assert time.monotonic() < end_s, f"{what}: not within {SOON_S} s"
        time.sleep(0.02)


def holds(watch: EvmWatch, nodes: list[str], size: int) -> Callable[[], bool]:
    """Whether each of these nodes was seen with so many entries."""
    return lambda: set(nodes) <= {grown.node for grown in watch.seen() if grown.size >= size}


def test_a_head_carries_the_seals_of_more_than_half_of_the_pinned_signers(four: EvmDeployment) -> None:
    ledger, verifier = four.connect(), BACKEND.verifier(four.pins())
    assert four.pins()["confirmations"] == 3
    assert ledger.traits.parties == 4
    assert ledger.traits.durability is Durability.POWER
    assert four.caution == "proof of authority, no finality"
    assert indexes(ledger, [b"first"]) == [0]
    head = ledger.head()
    verifier.check_head(head)
    verifier.check_replay(ledger.scan(0, 9), head)
    headers = Attestation.decode(head.attestation).headers
    sealed = {signer_of(header).hex() for header in headers}
    pinned = four.pins()["signers"]
    assert isinstance(pinned, list)
    assert len(headers) == 4
    assert len(sealed) >= 3
    assert sealed <= set(pinned)
    with pytest.raises(VerificationError, match="who is not pinned"):
        BACKEND.verifier({**four.pins(), "signers": ["11" * 20, *pinned[:3]]}).check_head(head)


def test_assurance_names_two_disks_and_no_rules(four: EvmDeployment) -> None:
    assert set(four.assurance()) == set(Level) - {Level.RULES}
    assert four.assurance()[Level.TWO_DOMAINS].nodes == 2


def test_every_door_takes_entries_and_every_node_is_seen_to_have_them(four: EvmDeployment) -> None:
    """At all four at once, the same bytes among them, each with an account of its own."""
    assert isinstance(four, ManyDoors)
    assert isinstance(four, Watched)
    assert four.doors == SIGNERS
    with pytest.raises(KeyError):
        four.enter("signer4")
    doors = [four.enter(name) for name in four.doors]
    before = doors[0].head().size
    watch = four.watch()
    with ThreadPoolExecutor(4) as pool:
        lists = [[b"for all", b"at door %d" % place] for place in range(4)]
        found = list(pool.map(indexes, doors, lists))
    assert len({first for first, _ in found}) == 1, (
        "the same bytes have one place, whichever door they came by"
    )
    assert {index for pair in found for index in pair} == set(range(before, before + 5))
    until(holds(watch, SIGNERS, before + 5), "all nodes have them")
    watch.close()
    for name in SIGNERS:
        sizes = [grown.size for grown in watch.seen() if grown.node == name]
        assert sizes == sorted(set(sizes))
    verifier, own = BACKEND.verifier(four.pins()), list(doors[0].scan(0, before + 5))
    for door in doors:
        verifier.check_replay(own, door.head())
        assert list(door.scan(0, before + 5)) == own
    assert doors[0].usage().gas == doors[3].usage().gas > 5 * 21_000


def test_bytes_between_the_nodes_are_counted_and_never_fall(four: EvmDeployment) -> None:
    before = four.use()
    assert before.processes == 4
    assert before.network_bytes is not None
    indexes(four.connect(), [bytes(2_000)])
    after = four.use()
    assert after.network_bytes is not None
    assert after.network_bytes > before.network_bytes + 3 * 2_000, "each of the others was sent it"


@pytest.mark.parametrize(
    "law",
    [
        appending.law_1_the_same_bytes_settle_at_the_same_index,
        breaking.law_6_a_head_of_another_ledger_is_refused,
    ],
    ids=lambda law: law.__name__,
)
def test_a_law_holds(harness: Harness, law: Callable[[Harness], None]) -> None:
    law(harness)


def test_law_2_kill_9_of_all_keeps_what_settled(harness: Harness) -> None:
    breaking.survives(harness, kill=True)


def test_one_killed_goes_on_two_killed_halt_and_a_restart_resumes(four: EvmDeployment) -> None:
    ledger = four.connect()
    size = ledger.head().size
    watch = four.watch()
    four.process("signer3").kill()
    indexes(ledger, [b"three are enough"])
    four.process("signer2").kill()
    until(lambda: halted(four), "two signers seal nothing more")
    [ticket] = ledger.append([b"two are not"])
    assert isinstance(ticket, Ticket)
    assert isinstance(ledger.settle([ticket], timeout_s=3.0)[0], Pending)
    assert not holds(watch, SIGNERS[:2], size + 2)()
    for name in ("signer2", "signer3"):
        four.process(name).start()
    assert indexes(ledger, [b"two are not"]) == [size + 1]
    until(holds(watch, SIGNERS, size + 2), "those that were killed have it too")
    watch.close()
    BACKEND.verifier(four.pins()).check_replay(ledger.scan(0, size + 2), ledger.head())


def halted(four: EvmDeployment) -> bool:
    """Whether the operator's node comes to no other block within three periods."""
    node = four.connect()
    block = node.health().detail
    end_s = time.monotonic() + 3
    while time.monotonic() < end_s:
        if node.health().detail != block:
            return False
        time.sleep(0.05)
    return True


def test_an_edited_event_is_found_by_replay_and_the_other_nodes_do_not_have_it(four: EvmDeployment) -> None:
    ledger, verifier = four.connect(), BACKEND.verifier(four.pins())
    entries = list(ledger.scan(0, 999))
    done = four.tamper(Edit(1, b"forged"))
    assert done.done, done.how
    assert done.parties_object
    assert done.seen_by_parties.startswith("3 of 3")
    ledger = four.connect()
    head = ledger.head()
    assert list(ledger.scan(0, 999)) == [entries[0], b"forged", *entries[2:]]
    with pytest.raises(VerificationError, match="replay"):
        verifier.check_replay(ledger.scan(0, head.size), head)
    verifier.check_replay(four.enter("signer1").scan(0, head.size), head)
    assert not four.tamper(Delete(999)).done, "there is no such entry"
    assert four.tamper(Delete(1)).done
    assert list(four.connect().scan(0, 999)) == [entries[0], *entries[2:]]


def test_one_signer_alone_seals_no_other_history(four: EvmDeployment) -> None:
    before = four.connect().head()
    done = four.tamper(Rewrite([b"another"]))
    assert not done.done
    assert "came to block 1;" in done.how
    assert done.parties_object
    assert four.connect().head().size == before.size


def test_a_folder_of_other_signers_is_refused(tmp_path: Path) -> None:
    clique(tmp_path, 1).stop()
    options: dict[str, Option] = {"node": "geth", "signers": 2}
    with pytest.raises(Rejected, match="a chain with 1 signers"):
        BACKEND.deploy(Setting(tmp_path, OPERATOR, ORIGIN, options=options))
