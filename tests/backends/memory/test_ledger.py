"""What the memory ledger does beyond the laws: tampering really changes it, and pins are its own."""

from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.memory import BACKEND
from backends.memory.ledger import MAX_ENTRY_BYTES, MemoryDeployment
from backends.ports import Delete, Edit, Rewrite, Setting, Tampering
from consultation.core.errors import Rejected, Unavailable, VerificationError
from consultation.core.ledger import Pending, Refusal, Settled, Ticket

ENTRIES = [b"one", b"two", b"three"]


@pytest.fixture
def deployment(tmp_path: Path) -> MemoryDeployment:
    found = BACKEND.deploy(Setting(tmp_path, SigningKey(bytes(32)), "memory.example"))
    found.connect().append(ENTRIES)
    return found


@pytest.mark.parametrize(
    ("tampering", "left"),
    [
        (Edit(1, b"zwei"), [b"one", b"zwei", b"three"]),
        (Delete(1), [b"one", b"three"]),
        (Rewrite([b"a", b"b", b"c"]), [b"a", b"b", b"c"]),
    ],
)
def test_tampering_changes_what_is_read_and_a_kept_head_shows_it(
    deployment: MemoryDeployment, tampering: Tampering, left: list[bytes]
) -> None:
    kept = deployment.connect().head()
    assert deployment.tamper(tampering).done
    ledger = deployment.connect()
    assert list(ledger.scan(0, 9)) == left
    verifier = BACKEND.verifier(deployment.pins())
    verifier.check_replay(left, ledger.head())  # nobody vouches: the forged head is good by itself
    with pytest.raises(VerificationError):
        verifier.check_replay(left, kept)


def test_a_kill_loses_everything_and_a_restart_nothing(deployment: MemoryDeployment) -> None:
    deployment.restart()
    assert deployment.connect().head().size == 3
    deployment.kill()
    assert deployment.connect().head().size == 0


def test_nothing_settles_while_it_is_stalled(deployment: MemoryDeployment) -> None:
    ledger = deployment.connect()
    [ticket] = ledger.append([b"four"])
    assert isinstance(ticket, Ticket)
    deployment.pause()
    assert ledger.settle([ticket], timeout_s=0.01) == [Pending()]
    deployment.resume()
    assert ledger.settle([ticket], timeout_s=0.01) == [Settled(3)]


def test_a_closed_client_is_unavailable_and_the_others_are_not(deployment: MemoryDeployment) -> None:
    closed, other = deployment.connect(), deployment.connect()
    closed.close()
    with pytest.raises(Unavailable, match="connect again"):
        closed.append([b"four"])
    assert not closed.health().ok
    assert other.health().ok
    assert other.head().size == 3


def test_a_refusal_says_how_long_an_entry_may_be(deployment: MemoryDeployment) -> None:
    [answer] = deployment.connect().append([bytes(MAX_ENTRY_BYTES + 1)])
    assert isinstance(answer, Refusal)
    assert str(MAX_ENTRY_BYTES) in answer.reason


def test_proofs_ask_for_indexes_and_heads_that_are_there(deployment: MemoryDeployment) -> None:
    ledger = deployment.connect()
    head = ledger.head()
    for index in (-1, 3):
        with pytest.raises(Rejected):
            ledger.prove_inclusion(index, head)
    with pytest.raises(Rejected):
        ledger.scan(2, 1)


def test_the_rules_are_kept_when_they_are_asked_for(tmp_path: Path) -> None:
    ruled = BACKEND.deploy(Setting(tmp_path, SigningKey(bytes(32)), "memory.example", "rules"))
    [answer] = ruled.connect().append([b"noise"])
    assert isinstance(answer, Refusal)
    with pytest.raises(ValueError, match="admission"):
        BACKEND.deploy(Setting(tmp_path, SigningKey(bytes(32)), "memory.example", "some"))


def test_pins_of_another_ledger_are_refused() -> None:
    with pytest.raises(ValueError, match="signed-db"):
        BACKEND.verifier({"backend": "signed-db"})


def test_no_process_is_used(deployment: MemoryDeployment) -> None:
    assert deployment.use().processes == 0
    deployment.stop()
    deployment.stop()
