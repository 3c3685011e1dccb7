"""Each ledger in the page: what is verified there, and what it says that it leaves to others."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from backends.merkle_log import BACKEND as MERKLE_LOG
from backends.nodes.toolchain import locate
from backends.ports import Setting
from consultation import archive
from consultation.core import canonical
from consultation.core.bundle import Anchor
from consultation.core.canonical import Json
from consultation.core.ledger import Head, Proof, Root
from consultation.core.merkle import Tree
from tests.backends.appender import settle
from tests.backends.cometbft.chain import Chain
from tests.backends.merkle_log.conftest import OPERATOR, ORIGIN
from tests.backends.merkle_log.witnesses import BAD_PINS, STRANGER, WITNESSES
from tests.consultation.core.bundles import Published
from tests.consultation.web.verifier import elsewhere
from tests.consultation.web.verifier.differential import ask_both, to_text
from tests.consultation.web.verifier.elsewhere import (
    ANCHORED_PINS,
    EVM_PINS,
    LOG_PINS,
    MakeHead,
    anchored,
    checkpoint_of,
    entry_of,
    pins_for,
    tree_of,
    witnessed,
)
from tests.consultation.web.verifier.page_script import PageScript, Told


def ask_log(
    script: PageScript, published: Published, head: Head, pins: Mapping[str, Json] = LOG_PINS
) -> Told:
    """Both verifiers on a certificate under a head of the Merkle log."""
    bundle = anchored(published.bundles[0], "merkle-log", head)
    both = ask_both(script, archive.pack(bundle), pins_for(published.pins, "merkle-log", pins))
    both.agree()
    return both.page


def tree(published: Published) -> Tree:
    return tree_of(entry_of(published.bundles[0]))


# The Merkle log: everything is verified


def test_a_quorum_of_witnesses_is_accepted_and_counted(script: PageScript, published: Published) -> None:
    for by in ((0, 1, 3), (0, 1, 2, 3), (3, 2, 1)):
        bundle = anchored(published.bundles[0], "merkle-log", witnessed(tree(published), by))
        pins = to_text(pins_for(published.pins, "merkle-log", LOG_PINS))
        told = script.verify(archive.pack(bundle), pins)
        assert told.verdict == "valid"
        assert f"{len(by)} of 4 witnesses, 3 needed" in told.details["ledger-head"]
        assert ask_log(script, published, witnessed(tree(published), by)) == told


def test_a_head_that_the_policy_does_not_accept_is_refused_by_both(
    script: PageScript, published: Published
) -> None:
    grown = tree(published)
    good = witnessed(grown)
    small = Tree([grown.leaf(at) for at in range(6)])
    attestation = good.attestation
    doubled = witnessed(grown, (0, 1, 1))
    for head in (
        replace(good, size=good.size - 1),
        replace(good, root=Root(bytes(32))),
        replace(good, attestation=b""),
        replace(good, attestation=attestation[:-1]),
        replace(good, attestation=attestation.replace(b"\n11\n", b"\n011\n")),
        replace(good, attestation=attestation.replace(b"\n11\n", b"\n12\n")),
        replace(good, attestation=attestation + b"\x00"),
        replace(good, attestation=witnessed(small).attestation),
        witnessed(grown, (0, 1)),
        witnessed(grown, ()),
        doubled,
        witnessed(grown, key=STRANGER),
        witnessed(grown, witnesses=[*WITNESSES[:3], STRANGER]),
        witnessed(grown, origin="other.example/ledger"),
        Head(grown.size, Root(grown.root()), checkpoint_of(grown).encode()),
    ):
        told = ask_log(script, published, head)
        assert (told.verdict, told.broken) == ("refused", "ledger-head")


def test_a_line_by_a_strange_witness_counts_for_nothing(script: PageScript, published: Published) -> None:
    grown = tree(published)
    head = witnessed(grown, (0, 1))
    strange = "— witness-9.example " + "A" * 96 + "\n"
    told = ask_log(script, published, replace(head, attestation=head.attestation + strange.encode()))
    assert told.broken == "ledger-head"
    enough = witnessed(grown)
    told = ask_log(script, published, replace(enough, attestation=enough.attestation + strange.encode()))
    assert told.verdict == "valid"


def test_without_a_quorum_in_the_pins_the_operator_alone_vouches(
    script: PageScript, published: Published
) -> None:
    alone: dict[str, Json] = {**LOG_PINS, "witnesses": [], "quorum": 0}
    told = ask_log(script, published, witnessed(tree(published), ()), alone)
    assert told.verdict == "valid"


@pytest.mark.parametrize("change", BAD_PINS)
def test_pins_of_the_log_that_are_none_refuse_in_both(
    script: PageScript, published: Published, change: dict[str, Json]
) -> None:
    told = ask_log(script, published, witnessed(tree(published)), {**LOG_PINS, **change})
    assert told.broken == "ledger-pins"


def test_another_place_or_path_is_refused_by_both(script: PageScript, published: Published) -> None:
    bundle = anchored(published.bundles[0], "merkle-log", witnessed(tree(published)))
    pins = pins_for(published.pins, "merkle-log", LOG_PINS)
    good = Anchor.parse(bundle.anchor)
    for anchor in (
        replace(good, index=4),
        replace(good, index=11),
        replace(good, index=2**70),
        replace(good, proof=Proof(good.proof.data[:-32])),
        replace(good, proof=Proof(good.proof.data + bytes(32))),
        replace(good, proof=Proof(good.proof.data[:-1])),
        replace(good, proof=Proof(b"")),
        replace(good, proof=Proof(bytes(32 * 200))),
    ):
        value = canonical.encode(anchor.to_json()) if anchor.index < 2**53 else None
        data = value or bundle.anchor.replace(b'"index":5', b'"index":%d' % anchor.index)
        forged = replace(bundle, anchor=data)
        assert ask_both(script, archive.pack(forged), pins).agree() == "ledger-inclusion"


@pytest.mark.node
def test_heads_of_real_witnesses_are_accepted(
    script: PageScript, published: Published, tmp_path: Path
) -> None:
    if locate("omniwitness") is None:
        pytest.skip("omniwitness is not built: run `pilot nodes --build`")
    bundle = published.bundles[0]
    deployment = MERKLE_LOG.deploy(Setting(tmp_path, OPERATOR, ORIGIN, "all", {}))
    try:
        ledger = deployment.connect()
        settle(ledger, [b"opinion 0", entry_of(bundle), b"opinion 1"])
        entries = list(ledger.scan(0, 3))
        index = entries.index(entry_of(bundle))
        head = ledger.head()
        proof = ledger.prove_inclusion(index, head)
        pins = pins_for(published.pins, "merkle-log", deployment.pins())
        ledger.close()
    finally:
        deployment.stop()
    anchor = Anchor("merkle-log", entry_of(bundle), index, proof, head)
    whole = replace(bundle, anchor=canonical.encode(anchor.to_json()))
    both = ask_both(script, archive.pack(whole), pins)
    assert both.agree() is None
    assert both.page.verdict == "valid"


# In memory: nobody vouches, and both say so


def test_a_memory_head_is_vouched_for_by_nobody(script: PageScript, published: Published) -> None:
    grown = tree(published)
    pins = pins_for(published.pins, "memory", {"backend": "memory"})
    head = Head(grown.size, Root(grown.root()), b"")
    bundle = anchored(published.bundles[0], "memory", head)
    assert ask_both(script, archive.pack(bundle), pins).agree() is None
    attested = anchored(published.bundles[0], "memory", replace(head, attestation=b"x"))
    assert ask_both(script, archive.pack(attested), pins).agree() == "ledger-head"


# What the page leaves to others


def test_a_chain_of_validators_is_left_unverified_in_words_and_never_valid(
    script: PageScript, published: Published
) -> None:
    chain = Chain.of(["a", "b", "c", "d"])
    grown = tree(published)
    pins = pins_for(published.pins, "cometbft", chain.pins.encode())
    for signers, core in (((0, 1, 2), True), ((0,), False)):
        head = chain.head(grown.size, grown.root(), signers=signers)
        both = ask_both(script, archive.pack(anchored(published.bundles[0], "cometbft", head)), pins)
        assert dict(both.core)["ledger-head"] is core
        assert dict(both.page.links)["ledger-head"] is None
        assert both.page.verdict == "partial"


@pytest.mark.parametrize(
    ("ledger", "pinned", "make"),
    [
        ("evm", EVM_PINS, elsewhere.evm_head),
        ("evm-anchored", ANCHORED_PINS, elsewhere.anchored_head),
    ],
)
def test_of_a_chain_with_a_contract_only_the_operators_word_is_verified(
    script: PageScript,
    published: Published,
    ledger: str,
    pinned: Mapping[str, Json],
    make: MakeHead,
) -> None:
    grown = tree(published)
    pins = to_text(pins_for(published.pins, ledger, pinned))

    def told(head: Head, against: bytes | None = pins) -> Told:
        return script.verify(archive.pack(anchored(published.bundles[0], ledger, head)), against)

    good = make(grown)
    assert told(good).verdict == "partial"
    assert dict(told(good).links)["ledger-head"] is None
    assert dict(told(good).links)["ledger-inclusion"] is True
    for head in (
        make(grown, key=STRANGER),
        replace(good, size=12),
        replace(good, root=Root(bytes(32))),
        replace(good, attestation=b"{}"),
        replace(good, attestation=good.attestation + b" "),
    ):
        assert (told(head).verdict, told(head).broken) == ("refused", "ledger-head")
    other = to_text(pins_for(published.pins, ledger, {**pinned, "operator": "nonsense"}))
    assert told(good, other).broken == "ledger-pins"


def test_of_a_ledger_that_the_page_does_not_know_nothing_is_verified(
    script: PageScript, published: Published
) -> None:
    grown = tree(published)
    head = Head(grown.size, Root(grown.root()), b"?")
    bundle = anchored(published.bundles[0], "so-khac", head)
    told = script.verify(archive.pack(bundle), to_text(pins_for(published.pins, "so-khac", {"backend": "x"})))
    assert told.verdict == "partial"
    assert told.links[-2:] == (("ledger-head", None), ("ledger-inclusion", None))
