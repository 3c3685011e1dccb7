"""The offline verifier: a head that real nodes signed, and forged ones, each refused at its broken link."""

import json
import re
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.cometbft import framing
from backends.cometbft.attestation import Attestation
from backends.cometbft.deployment import BACKEND
from backends.cometbft.light import Signature, Validator, ValidatorSet
from backends.cometbft.verifier import CometHeads, Pins
from consultation.core import merkle
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof, Root
from consultation.core.tree_head import TreeVerifier
from tests.backends.cometbft.chain import Chain, digest, key

RECORDED = json.loads(Path(__file__).with_name("recorded_head.json").read_text())
CHAIN = Chain.of(["v0", "v1", "v2", "v3"])
VERIFIER = TreeVerifier(CometHeads(CHAIN.pins).check_head)
ROOT = digest("root")


def recorded() -> tuple[TreeVerifier, Head]:
    head = Head(RECORDED["size"], Root(bytes.fromhex(RECORDED["root"])), RECORDED["attestation"].encode())
    return BACKEND.verifier(RECORDED["pins"]), head


def refused(head: Head, link: str, verifier: TreeVerifier = VERIFIER) -> str:
    with pytest.raises(VerificationError) as refusal:
        verifier.check_head(head)
    assert refusal.value.link == link
    return refusal.value.message


def forged(head: Head, attestation: Attestation) -> Head:
    return replace(head, attestation=attestation.encode())


# What real nodes signed


def test_a_head_that_four_real_validators_signed_holds() -> None:
    verifier, head = recorded()
    entries = [b"entry %d" % at for at in range(5)]
    verifier.check_replay(entries, head)
    tree = merkle.Tree(map(merkle.leaf_hash, entries))
    verifier.check_inclusion(entries[3], 3, head, Proof(merkle.encode_path(tree.prove_inclusion(3))))


def test_a_real_head_verifies_within_10_ms() -> None:
    verifier, head = recorded()
    taken = []
    for _ in range(20):
        start = perf_counter()
        verifier.check_head(head)
        taken.append(perf_counter() - start)
    assert min(taken) < 0.010


def test_no_character_of_a_real_attestation_can_be_changed() -> None:
    verifier, head = recorded()
    data = head.attestation
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(VerificationError):
            verifier.check_head(replace(head, attestation=changed))


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_anything_else_is_refused_as_no_attestation(data: bytes) -> None:
    refused(Head(0, Root(merkle.EMPTY_ROOT), data), "attestation")


def test_a_value_in_another_form_is_refused() -> None:
    verifier, head = recorded()
    text = head.attestation.decode()
    for changed in (
        text.replace(":", ": ", 1),
        text.replace('"parts_hash":"7', '"parts_hash":" 7', 1),
        re.sub(r'"app_hash":"([0-9a-f]+)"', lambda found: f'"app_hash":"{found[1].upper()}"', text),
        re.sub(r'(\.\d+)Z"', r'\g<1>0Z"', text, count=1),
        text.replace('"round":0', '"round":-1'),
        text.replace('"round":0', '"round":true'),
        text.replace('"round":0', '"other":0'),
        text.replace('"chain_id":"', '"chain_id":7,"x":"'),
    ):
        assert changed != text
        refused(replace(head, attestation=changed.encode()), "attestation", verifier)


# What forgers sign


def test_three_of_four_are_enough_and_two_are_not() -> None:
    VERIFIER.check_head(CHAIN.head(5, ROOT))
    VERIFIER.check_head(CHAIN.head(5, ROOT, signers=(0, 1, 2, 3)))
    assert "power 20 of 40" in refused(CHAIN.head(5, ROOT, signers=(1, 3)), "commit")
    refused(CHAIN.head(5, ROOT, signers=()), "commit")


def test_a_changed_size_or_root_is_not_the_signed_state() -> None:
    head = CHAIN.head(5, ROOT)
    for changed in (replace(head, size=6), replace(head, size=-1), replace(head, root=Root(digest("other")))):
        refused(changed, "app-hash")


def test_a_changed_app_hash_is_not_what_was_signed() -> None:
    head = CHAIN.head(5, ROOT)
    attestation = Attestation.parse(head.attestation)
    header = replace(attestation.header, app_hash=framing.app_hash(6, ROOT))
    refused(forged(replace(head, size=6), replace(attestation, header=header)), "commit")


def test_another_height_time_or_round_is_not_what_was_signed() -> None:
    head = CHAIN.head(5, ROOT)
    attestation = Attestation.parse(head.attestation)
    for changed in (
        replace(attestation, header=replace(attestation.header, height=8)),
        replace(attestation, header=replace(attestation.header, time="2026-03-01T08:00:00Z")),
        replace(attestation, commit=replace(attestation.commit, round=1)),
        replace(attestation, commit=replace(attestation.commit, parts_total=2)),
    ):
        refused(forged(head, changed), "commit")


def test_a_head_of_another_chain_is_refused_though_the_same_keys_sign() -> None:
    other = Chain(chain_id="other-chain", keys=CHAIN.keys)
    refused(other.head(5, ROOT), "chain")


def test_a_whole_chain_under_fresh_keys_is_refused() -> None:
    refused(Chain.of(["m0", "m1", "m2", "m3"]).head(5, ROOT), "validators")


def test_a_swapped_validator_set_is_refused_wherever_it_is_swapped() -> None:
    head = CHAIN.head(5, ROOT)
    attestation = Attestation.parse(head.attestation)
    swapped = ValidatorSet.of(
        [*CHAIN.pins.validators.validators[:3], Validator(bytes(key("m").verify_key), 10)]
    )
    heavier = ValidatorSet.of([replace(found, power=11) for found in CHAIN.pins.validators.validators])
    for validators in (swapped, heavier):
        refused(forged(head, replace(attestation, validators=validators)), "validators")
        header = replace(attestation.header, validators_hash=validators.hash())
        refused(forged(head, replace(attestation, header=header)), "validators")


def test_votes_for_nil_do_not_count() -> None:
    head = CHAIN.head(5, ROOT, signers=(0, 1))
    attestation = Attestation.parse(head.attestation)
    nil = CHAIN.votes(attestation.header, (2,), block_hash=b"")
    both = [*attestation.commit.signatures, *nil.signatures]
    refused(forged(head, replace(attestation, commit=replace(nil, signatures=both))), "commit")


def test_one_validator_does_not_count_twice() -> None:
    head = CHAIN.head(5, ROOT, signers=(0, 1))
    attestation = Attestation.parse(head.attestation)
    first, second = attestation.commit.signatures
    for signatures in (
        [first, second, second],
        [first, second, first],
        [first, second, replace(second, validator=2)],
    ):
        commit = replace(attestation.commit, signatures=signatures)
        refused(forged(head, replace(attestation, commit=commit)), "commit")


def test_a_signature_that_does_not_hold_is_refused_even_where_the_others_suffice() -> None:
    head = CHAIN.head(5, ROOT, signers=(0, 1, 2))
    attestation = Attestation.parse(head.attestation)
    for extra in (
        Signature(3, "2026-03-01T08:00:00Z", bytes(64)),
        Signature(3, "2026-03-01T08:00:00Z", b"short"),
    ):
        commit = replace(attestation.commit, signatures=[*attestation.commit.signatures, extra])
        refused(forged(head, replace(attestation, commit=commit)), "commit")


def test_a_proof_under_a_forged_head_is_refused_at_the_head() -> None:
    head = CHAIN.head(1, merkle.leaf_hash(b"x"), signers=(0, 1))
    with pytest.raises(VerificationError, match="commit"):
        VERIFIER.check_inclusion(b"x", 0, head, Proof(b""))
    with pytest.raises(VerificationError, match="commit"):
        VERIFIER.check_consistency(CHAIN.head(0, merkle.EMPTY_ROOT), head, Proof(b""))


# Pins


def test_pins_are_read_back_as_they_were_written() -> None:
    assert Pins.parse(CHAIN.pins.encode()) == CHAIN.pins


def test_pins_of_another_backend_or_without_validators_are_refused() -> None:
    good = CHAIN.pins.encode()
    bad: list[dict[str, Json]] = [
        {**good, "backend": "memory"},
        {**good, "chain_id": 7},
        {**good, "validators": []},
        {**good, "validators": [{"power": 1, "public_key": "00"}]},
        {"backend": "cometbft", "chain_id": "x"},
    ]
    for pins in bad:
        with pytest.raises(ValueError, match=r"pins|validator|list|public key"):
            BACKEND.verifier(pins)
