"""A receipt with its entry's proof: accepted as it is, refused after any change, the link named."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from backends import registry
from backends.ports import Setting
from consultation.core import canonical, merkle, own_entry, receipt
from consultation.core.bundle import Anchor, Pins
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.events import OpinionGiven, Withdrawn
from consultation.core.ledger import Head, Settled, Ticket
from consultation.core.links import Link
from consultation.core.own_entry import OwnEntry
from consultation.core.receipt import Receipt
from pilot.host import make_verifier
from tests.consultation.core.samples import NAME, SERVICE, STRANGER, digest, entry

MINE = entry(OpinionGiven(digest(1), "", digest(2)))
OTHER = entry(OpinionGiven(digest(3), "", digest(4)))


def promise(data: bytes, key: SigningKey = SERVICE, name: str = NAME) -> dict[str, Json]:
    leaf = merkle.leaf_hash(data).hex()
    return receipt.sign(Receipt(name, "ab" * 16, leaf, "2026-11-23T10:11:12Z", 3600), key)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> tuple[OwnEntry, OwnEntry, Pins]:
    """My entry, somebody else's beside it, and the pins of the ledger that holds both."""
    folder: Path = tmp_path_factory.mktemp("own")
    backend = registry.backend("signed-db")
    deployment = backend.deploy(
        Setting(folder, SigningKey(b"o" * 32), "pilot.example/ledger", "all", backend.options)
    )
    ledger = deployment.connect()
    tickets = ledger.append([MINE, OTHER])
    answers = ledger.settle([ticket for ticket in tickets if isinstance(ticket, Ticket)], timeout_s=20)
    head = ledger.head()
    found = []
    for data, settled in zip((MINE, OTHER), answers, strict=True):
        assert isinstance(settled, Settled)
        proof = ledger.prove_inclusion(settled.index, head)
        found.append(OwnEntry(promise(data), Anchor("signed-db", data, settled.index, proof, head)))
    pins = Pins({}, {"signed-db": deployment.pins()})
    ledger.close()
    deployment.stop()
    return found[0], found[1], pins


def check(own: OwnEntry, pins: Pins | None) -> list[Link]:
    return list(own_entry.verify(own, pins, make_verifier))


def broken(own: OwnEntry, pins: Pins | None) -> str:
    *before, last = check(own, pins)
    assert all(link.ok for link in before)
    assert last.ok is False
    return last.name


def test_a_receipts_entry_is_found_on_the_ledger(case: tuple[OwnEntry, OwnEntry, Pins]) -> None:
    mine, _, pins = case
    assert [link.name for link in check(mine, pins)] == [
        "receipt",
        "own-entry",
        "ledger-head",
        "ledger-inclusion",
    ]
    assert all(link.ok for link in check(mine, pins))
    read = OwnEntry.parse(canonical.encode(mine.to_json()))
    assert read == mine
    assert check(mine, None)[-1].ok is None, "without pins nobody vouches"


def test_every_change_names_the_link_that_it_breaks(case: tuple[OwnEntry, OwnEntry, Pins]) -> None:
    mine, other, pins = case
    assert isinstance(mine.receipt, dict)
    head = mine.anchor.head
    withdrawn = entry(Withdrawn(digest(1), digest(2)), STRANGER)
    changes: list[tuple[OwnEntry, str]] = [
        (replace(mine, receipt={**mine.receipt, "within_s": 1}), "receipt"),
        (replace(mine, receipt={**mine.receipt, "key": "00" * 32}), "receipt"),
        (replace(mine, receipt={"key": 1}), "receipt"),
        (replace(mine, receipt=[]), "receipt"),
        (replace(mine, receipt=promise(MINE, STRANGER)), "own-entry"),
        (replace(mine, receipt=promise(MINE, name="khac")), "own-entry"),
        (replace(mine, receipt=promise(b"junk"), anchor=replace(mine.anchor, entry=b"junk")), "own-entry"),
        (OwnEntry(promise(withdrawn), replace(mine.anchor, entry=withdrawn)), "own-entry"),
        (replace(mine, receipt=other.receipt), "own-entry"),
        (replace(mine, anchor=replace(mine.anchor, ledger="evm")), "ledger-pins"),
        (replace(mine, anchor=replace(mine.anchor, index=1)), "ledger-inclusion"),
        (replace(mine, anchor=replace(mine.anchor, proof=other.anchor.proof)), "ledger-inclusion"),
        (
            replace(mine, anchor=replace(mine.anchor, head=Head(head.size + 1, head.root, head.attestation))),
            "ledger-head",
        ),
    ]
    for changed, link in changes:
        assert broken(changed, pins) == link, link


@given(st.binary(max_size=200) | st.text(max_size=60).map(str.encode))
def test_other_bytes_are_refused_as_no_proof(data: bytes) -> None:
    with pytest.raises(VerificationError) as refused:
        OwnEntry.parse(data)
    assert refused.value.link == "form"
