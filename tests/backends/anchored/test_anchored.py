"""Batches, limits, admission, tampering, and forged heads of an anchored ledger."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.anchored import EVM, Anchored
from backends.anchored.attestation import Attestation
from backends.evm import BACKEND as BARE_EVM
from backends.memory import BACKEND as MEMORY
from backends.ports import Delete, Edit, Option, Rewrite, Setting
from consultation.core import checkpoint as checkpoints
from consultation.core.canonical import Json
from consultation.core.checkpoint import Checkpoint
from consultation.core.errors import Overloaded, Rejected, VerificationError
from consultation.core.ledger import Durability, Head, Proof, Refusal, Root
from tests.backends.anchored.conftest import OPERATOR, ORIGIN, OVER_MEMORY, Deploy, indexes, tickets
from tests.conformance.entries import Opinions

ENTRIES = [b"entry %d" % number for number in range(7)]


def test_a_full_batch_is_anchored_at_once_and_the_rest_when_it_is_old_enough(deploy: Deploy) -> None:
    deployment = deploy(batch_size=3, batch_age_s=0.3)
    ledger = deployment.connect()
    waiting = tickets(ledger, ENTRIES)
    first = ledger.settle(waiting[:1], timeout_s=30)
    assert ledger.head().size in (3, 6), f"the full batches come first, found {first}"
    assert indexes(ledger, ENTRIES) == list(range(7))
    assert ledger.head().size == 7
    inner = list(deployment.inner.connect().scan(0, 9))
    sizes = [Checkpoint.parse(entry.decode().rpartition("\n\n")[0] + "\n").size for entry in inner]
    assert sizes == [0, 3, 6, 7]


def test_what_is_not_anchored_is_not_read(deploy: Deploy) -> None:
    deployment = deploy(batch_age_s=3600.0)
    ledger = deployment.connect()
    tickets(ledger, ENTRIES)
    assert ledger.head().size == 0
    assert list(ledger.scan(0, 9)) == []
    assert "7 wait" in ledger.health().detail


def test_more_than_may_wait_is_overloaded_and_nothing_of_it_is_stored(deploy: Deploy) -> None:
    deployment = deploy(batch_age_s=3600.0, max_unanchored=4)
    ledger = deployment.connect()
    tickets(ledger, ENTRIES[:3])
    with pytest.raises(Overloaded, match="max_unanchored is 4"):
        ledger.append(ENTRIES[3:])
    deployment.restart()
    assert list(deployment.connect().scan(0, 9)) == ENTRIES[:3]


def test_the_rules_are_applied_to_entries_and_not_to_anchors(deploy: Deploy) -> None:
    """Also by the next start, which has the store to learn from."""
    deployment = deploy(admission="rules")
    source = Opinions("anchored")
    ledger = deployment.connect()
    for entry in source.preparation:
        indexes(ledger, [entry])
    opinion = source.new(0)
    assert indexes(ledger, [opinion]) == [3]
    deployment.restart()
    ledger = deployment.connect()
    assert indexes(ledger, [opinion, source.new(0)]) == [3, 4]
    assert isinstance(ledger.append([b"noise"])[0], Refusal)
    assert isinstance(ledger.append([source.close(9)])[0], Refusal)
    assert indexes(ledger, [source.close(2)]) == [5]


def test_an_edited_record_is_read_and_found_by_replay(deploy: Deploy) -> None:
    """Its checksum is right: an insider computes that too."""
    deployment = deploy()
    indexes(deployment.connect(), ENTRIES)
    assert deployment.tamper(Edit(2, b"forged")).done
    ledger, verifier = deployment.connect(), OVER_MEMORY.verifier(deployment.pins())
    assert "not the ones that were anchored" in ledger.health().detail
    head = ledger.head()
    assert list(ledger.scan(0, 9)) == [*ENTRIES[:2], b"forged", *ENTRIES[3:]]
    with pytest.raises(VerificationError, match="replay"):
        verifier.check_replay(ledger.scan(0, 9), head)
    with pytest.raises(VerificationError, match="inclusion"):
        verifier.check_inclusion(b"forged", 2, head, ledger.prove_inclusion(2, head))


def test_a_deleted_record_is_found_by_replay(deploy: Deploy) -> None:
    deployment = deploy()
    indexes(deployment.connect(), ENTRIES)
    assert deployment.tamper(Delete(6)).done
    ledger = deployment.connect()
    with pytest.raises(VerificationError, match="6 entries were read, the head commits to 7"):
        OVER_MEMORY.verifier(deployment.pins()).check_replay(ledger.scan(0, 9), ledger.head())


def test_a_rewritten_history_and_its_anchors_hold_by_themselves_and_not_after_a_kept_head(
    deploy: Deploy,
) -> None:
    deployment = deploy()
    ledger, verifier = deployment.connect(), OVER_MEMORY.verifier(deployment.pins())
    indexes(ledger, ENTRIES)
    kept = ledger.head()
    done = deployment.tamper(Rewrite([b"another", *ENTRIES[1:]]))
    assert done.done
    assert "store.log" in done.how
    ledger = deployment.connect()
    head = ledger.head()
    verifier.check_replay(ledger.scan(0, 9), head)
    with pytest.raises(VerificationError, match="consistency"):
        verifier.check_consistency(kept, head, ledger.prove_consistency(kept, head))
    assert indexes(ledger, [b"and on"]) == [7]


# Forged heads


@pytest.fixture
def honest(deploy: Deploy) -> tuple[Head, dict[str, Json]]:
    """A head over evm-like pins: the memory ledger vouches for nothing, so links beneath are made by hand."""
    deployment = deploy()
    indexes(deployment.connect(), ENTRIES)
    return deployment.connect().head(), json.loads(json.dumps(deployment.pins()))


Change = Callable[[Attestation], Attestation]


def signed(size: int, origin: str = ORIGIN, operator: SigningKey = OPERATOR, *extension: str) -> bytes:
    return checkpoints.sign(Checkpoint(origin, size, bytes(32), extension), operator).encode()


CHANGES: list[tuple[str, str, Change]] = [
    (
        "another key",
        "note-signature",
        lambda a: replace(a, checkpoint=signed(7, ORIGIN, SigningKey(bytes(32)))),
    ),
    ("another origin", "checkpoint", lambda a: replace(a, checkpoint=signed(7, "other.example/ledger"))),
    ("an extension", "checkpoint", lambda a: replace(a, checkpoint=signed(7, ORIGIN, OPERATOR, "more"))),
    ("another size", "tree-size", lambda a: replace(a, checkpoint=signed(8))),
    ("another root", "tree-root", lambda a: replace(a, checkpoint=signed(7))),
    ("another place", "anchor-inclusion", lambda a: replace(a, index=a.index + 1)),
    ("no proof", "anchor-inclusion", lambda a: replace(a, proof=Proof(b""))),
    ("half a proof", "anchor-inclusion", lambda a: replace(a, proof=Proof(a.proof.data[:-1]))),
    (
        "another inner root",
        "anchor-inclusion",
        lambda a: replace(a, head=replace(a.head, root=Root(bytes(32)))),
    ),
    ("an inner attestation", "anchor-head", lambda a: replace(a, head=replace(a.head, attestation=b"x"))),
]


@pytest.mark.parametrize(("what", "link", "change"), CHANGES, ids=[what for what, _, _ in CHANGES])
def test_a_forged_head_is_refused_and_the_link_named(
    what: str, link: str, change: Change, honest: tuple[Head, dict[str, Json]]
) -> None:
    head, pins = honest
    verifier = OVER_MEMORY.verifier(pins)
    verifier.check_head(head)
    forged = replace(head, attestation=change(Attestation.decode(head.attestation)).encode())
    with pytest.raises(VerificationError) as caught:
        verifier.check_head(forged)
    assert caught.value.link == link, what


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xff", b'{"checkpoint":"","index":0,"inner":{},"proof":""}']
)
def test_what_is_no_attestation_is_refused(data: bytes, honest: tuple[Head, dict[str, Json]]) -> None:
    head, pins = honest
    with pytest.raises(VerificationError, match="attestation"):
        OVER_MEMORY.verifier(pins).check_head(replace(head, attestation=data))


def test_every_byte_of_an_attestation_counts(honest: tuple[Head, dict[str, Json]]) -> None:
    head, pins = honest
    verifier, data = OVER_MEMORY.verifier(pins), head.attestation
    for at in range(len(data)):
        with pytest.raises(VerificationError):
            verifier.check_head(replace(head, attestation=data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]))


def test_pins_of_something_else_are_refused(honest: tuple[Head, dict[str, Json]]) -> None:
    _, pins = honest
    wrongs: list[dict[str, Json]] = [
        {"backend": "memory"},
        {"operator": 1},
        {"operator": "no key"},
        {"inner": None},
        {"inner": {}},
    ]
    for wrong in wrongs:
        with pytest.raises(ValueError, match=r"pins|key"):
            OVER_MEMORY.verifier({**pins, **wrong})


WRONG: list[tuple[str, Option]] = [
    ("batch_size", 0),
    ("batch_size", "1000"),
    ("batch_age_s", -1),
    ("batch_age_s", True),
    ("max_unanchored", 2.5),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_an_option_that_does_not_fit_is_rejected_by_name(name: str, value: Option, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=name):
        OVER_MEMORY.deploy(Setting(tmp_path, OPERATOR, ORIGIN, options={name: value}))
    with pytest.raises(Rejected, match="origin"):
        OVER_MEMORY.deploy(Setting(tmp_path, OPERATOR, "two words"))


def test_the_combinator_takes_options_and_nodes_from_what_is_beneath() -> None:
    for options in (EVM.options, {"node": "geth"}, {"url": "http://127.0.0.1:1"}):
        assert EVM.nodes(options) == BARE_EVM.nodes(options)
    assert [*EVM.nodes(EVM.options), *EVM.nodes({"node": "geth"})] == ["anvil", "geth"]
    assert set(EVM.options) == {*OVER_MEMORY.options, *BARE_EVM.options}
    assert Anchored("x", MEMORY).options["batch_size"] == 1_000


@pytest.mark.node
def test_over_a_real_chain_the_anchors_links_are_checked_too(tmp_path: Path) -> None:
    """Another chain's pins, another contract's, another operator's: each refused by the link beneath."""
    deployment = EVM.deploy(
        Setting(tmp_path, OPERATOR, ORIGIN, options={"block_time_s": 0.05, "batch_age_s": 0.05})
    )
    try:
        ledger = deployment.connect()
        assert ledger.traits.durability is Durability.NONE
        assert indexes(ledger, ENTRIES) == list(range(7))
        head, pins = ledger.head(), dict(deployment.pins())
        EVM.verifier(pins).check_replay(ENTRIES, head)
        assert ledger.usage().gas > 0
        inner = pins["inner"]
        assert isinstance(inner, dict)
        for name, value, link in (
            ("genesis", "00" * 32, "anchor-chain"),
            ("contract", "00" * 20, "anchor-chain"),
            ("chain_id", 1, "anchor-chain"),
            ("code_hash", "00" * 32, "anchor-contract-code"),
        ):
            with pytest.raises(VerificationError) as caught:
                EVM.verifier({**pins, "inner": {**inner, name: value}}).check_head(head)
            assert caught.value.link == link
    finally:
        deployment.stop()
