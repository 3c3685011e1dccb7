"""The three attacks on the log's folder, with real witnesses: who finds what."""

import pytest

from backends.merkle_log import BACKEND
from backends.merkle_log.deployment import MerkleLogDeployment
from backends.ports import Delete, Edit, Rewrite
from consultation.core import note
from consultation.core.errors import Unavailable, VerificationError
from consultation.core.ledger import Ledger, Pending, Ticket, Verifier
from consultation.core.merkle import Tree, leaf_hash
from tests.backends.appender import settle
from tests.backends.merkle_log.conftest import entries_named, grow

pytestmark = pytest.mark.node


def audited(ledger: Ledger, verifier: Verifier) -> None:
    head = ledger.head()
    verifier.check_replay(ledger.scan(0, head.size), head)


@pytest.mark.parametrize("index", [0, 255, 256, 299])
def test_an_edited_entry_is_found_by_a_replay(alone: MerkleLogDeployment, index: int) -> None:
    ledger, verifier = alone.connect(), BACKEND.verifier(alone.pins())
    head = grow(ledger, "entry", 300)
    kept = head, ledger.prove_inclusion(index, head)
    done = alone.tamper(Edit(index, b"edited, and of another length"))
    assert done.done
    assert "tile/entries/" in done.how
    ledger = alone.connect()
    wanted = entries_named("entry", 300)
    wanted[index] = b"edited, and of another length"
    assert list(ledger.scan(0, 300)) == wanted
    with pytest.raises(VerificationError, match="replay"):
        audited(ledger, verifier)
    verifier.check_inclusion(entries_named("entry", 300)[index], index, *kept)


@pytest.mark.parametrize("index", [0, 255, 256, 299])
def test_a_deleted_entry_is_found_by_a_replay_and_the_log_takes_no_more(
    alone: MerkleLogDeployment, index: int
) -> None:
    ledger, verifier = alone.connect(), BACKEND.verifier(alone.pins())
    grow(ledger, "entry", 300)
    assert alone.tamper(Delete(index)).done
    ledger = alone.connect()
    wanted = entries_named("entry", 300)
    del wanted[index]
    assert list(ledger.scan(0, 300)) == wanted
    with pytest.raises(VerificationError, match="299 entries were read"):
        audited(ledger, verifier)
    assert not ledger.health().ok
    with pytest.raises(Unavailable, match="last bundle holds 43 entries, its tile 44"):
        ledger.append([b"more"])


@pytest.mark.parametrize("n", [12, 20, 30])
def test_witnesses_refuse_a_rewritten_history_of_any_size(witnessed: MerkleLogDeployment, n: int) -> None:
    ledger, verifier = witnessed.connect(), BACKEND.verifier(witnessed.pins())
    kept = grow(ledger, "entry", 20)
    tree = Tree(map(leaf_hash, entries_named("entry", 20)))
    for witness in witnessed.witnesses.clients():  # the quorum is three: the fourth may be behind
        witness.cosign(note.parse(kept.attestation), 20, tree.prove_consistency)
    done = witnessed.tamper(Rewrite(entries_named("rewritten", n)))
    assert done.done
    assert "0 of 4 witnesses cosigned" in done.how
    assert done.seen_by_parties.count("witness-") == 4
    said = "a fork" if n >= 20 else "has cosigned 20 entries, this log has only 12"
    assert done.seen_by_parties.count(said) == 4
    ledger = witnessed.connect()
    head = ledger.head()
    assert list(ledger.scan(0, n)) == entries_named("rewritten", n)
    with pytest.raises(VerificationError, match="witnesses"):
        audited(ledger, verifier)
    verifier.check_head(kept)
    BACKEND.verifier({**witnessed.pins(), "witnesses": [], "quorum": 0}).check_replay(ledger.scan(0, n), head)
    tickets = [ticket for ticket in ledger.append([b"and so on"]) if isinstance(ticket, Ticket)]
    assert ledger.settle(tickets, timeout_s=0.3) == [Pending()], "nothing is ever published on top of it"


def test_without_witnesses_a_rewritten_history_passes(alone: MerkleLogDeployment) -> None:
    """What the witnesses are for: where the operator alone vouches, the operator alone can rewrite."""
    verifier = BACKEND.verifier(alone.pins())
    kept = grow(alone.connect(), "entry", 20)
    done = alone.tamper(Rewrite(entries_named("rewritten", 300)))
    assert done.done
    assert not done.seen_by_parties
    ledger = alone.connect()
    audited(ledger, verifier)
    with pytest.raises(VerificationError, match="replay"):
        verifier.check_replay(ledger.scan(0, 20), kept)
    assert settle(ledger, [b"and so on"]) == [300]


def test_witnesses_cosign_a_rewriting_that_only_adds(witnessed: MerkleLogDeployment) -> None:
    ledger, verifier = witnessed.connect(), BACKEND.verifier(witnessed.pins())
    grow(ledger, "entry", 20)
    done = witnessed.tamper(Rewrite(entries_named("entry", 25)))
    assert "4 of 4 witnesses cosigned" in done.how
    audited(witnessed.connect(), verifier)


def test_an_entry_that_is_not_there_cannot_be_changed(alone: MerkleLogDeployment) -> None:
    grow(alone.connect(), "entry", 3)
    assert not alone.tamper(Edit(3, b"x")).done
    assert not alone.tamper(Delete(300)).done
    audited(alone.connect(), BACKEND.verifier(alone.pins()))
