"""The three attacks on the file, done by SQL past our code: what a replay finds, and what it cannot."""

import pytest

from backends.ports import Delete, Edit, Rewrite
from backends.signed_db import BACKEND
from consultation.core.errors import VerificationError
from consultation.core.ledger import Ledger, Verifier
from tests.backends.signed_db.conftest import Deploy, path_of, rows
from tests.conformance.entries import Opinions

ENTRIES = [f"opinion {number}".encode() for number in range(8)]


def audited(ledger: Ledger, verifier: Verifier) -> None:
    head = ledger.head()
    verifier.check_replay(ledger.scan(0, head.size), head)


@pytest.mark.parametrize("index", [0, 3, 7])
def test_an_edited_row_is_found_by_a_replay(deploy: Deploy, index: int) -> None:
    deployment = deploy()
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    ledger.append(ENTRIES)
    kept = ledger.head(), ledger.prove_inclusion(index, ledger.head())
    before = rows(path_of(deployment))
    done = deployment.tamper(Edit(index, b"opinion edited"))
    assert done.done
    after = rows(path_of(deployment))
    assert after[index][2] == b"opinion edited"
    assert (after[index][0], after[index][3:]) == (before[index][0], before[index][3:])
    assert [row for row in after if row[0] != index] == [row for row in before if row[0] != index]
    with pytest.raises(VerificationError, match="replay"):
        audited(ledger, verifier)
    verifier.check_inclusion(ENTRIES[index], index, *kept)


@pytest.mark.parametrize("index", [0, 3])
def test_a_deleted_row_is_found_by_a_replay(deploy: Deploy, index: int) -> None:
    deployment = deploy()
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    ledger.append(ENTRIES)
    assert deployment.tamper(Delete(index)).done
    assert [row[2] for row in rows(path_of(deployment))] == ENTRIES[:index] + ENTRIES[index + 1 :]
    assert list(ledger.scan(0, 8)) == ENTRIES[:index] + ENTRIES[index + 1 :]
    with pytest.raises(VerificationError, match="replay"):
        audited(ledger, verifier)


def test_a_deleted_last_row_is_found_only_by_who_kept_a_head(deploy: Deploy) -> None:
    deployment = deploy()
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    ledger.append(ENTRIES)
    kept = ledger.head()
    assert deployment.tamper(Delete(7)).done
    audited(ledger, verifier)
    with pytest.raises(VerificationError, match="replay"):
        verifier.check_replay(ledger.scan(0, 8), kept)


def test_a_rewritten_history_passes_under_the_operators_key(deploy: Deploy) -> None:
    """The finding of this ledger: the operator alone vouches, so the operator alone can rewrite."""
    deployment = deploy()
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    ledger.append(ENTRIES)
    kept = ledger.head()
    other = [b"all", b"agree"]
    done = deployment.tamper(Rewrite(other))
    assert done.done
    assert not done.seen_by_parties
    audited(ledger, verifier)
    assert list(ledger.scan(0, 8)) == other
    with pytest.raises(VerificationError, match="replay"):
        verifier.check_replay(ledger.scan(0, 8), kept)
    ledger.append([b"and so on"])
    audited(ledger, verifier)


def test_a_row_that_is_not_there_cannot_be_changed(deploy: Deploy) -> None:
    deployment = deploy()
    assert not deployment.tamper(Edit(0, b"x")).done
    assert not deployment.tamper(Delete(0)).done


def test_the_rules_go_on_over_a_file_that_was_tampered_with(deploy: Deploy) -> None:
    source = Opinions()
    deployment = deploy("rules")
    ledger = deployment.connect()
    for entry in source.preparation:
        ledger.append([entry])
    ledger.append([source.new(64)])
    assert deployment.tamper(Edit(len(source.preparation), b"not a record")).done
    ledger.append([source.new(64)])
    deployment.restart()
    assert deployment.connect().head().size == len(source.preparation) + 2
