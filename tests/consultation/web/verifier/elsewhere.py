"""The same certificate on other ledgers, their heads made by hand with keys of the tests' own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from nacl.signing import SigningKey

from backends.merkle_log import policy as policies
from consultation.core import canonical, checkpoint
from consultation.core.bundle import Anchor, Bundle, Pins
from consultation.core.canonical import Json
from consultation.core.checkpoint import Checkpoint
from consultation.core.ledger import Head, Proof, Root
from consultation.core.merkle import Tree, encode_path, leaf_hash
from consultation.core.note import Note
from tests.backends.merkle_log.conftest import OPERATOR, ORIGIN
from tests.backends.merkle_log.witnesses import OPERATOR_KEY, POLICY, WITNESSES, cosign

INDEX = 5


class MakeHead(Protocol):
    """Makes a head that vouches for a tree under a key."""

    def __call__(self, tree: Tree, *, key: SigningKey = OPERATOR) -> Head: ...


def entry_of(bundle: Bundle) -> bytes:
    return Anchor.parse(bundle.anchor).entry


def tree_of(entry: bytes) -> Tree:
    """Eleven entries, the one 'certified' among them."""
    others = [leaf_hash(b"opinion %d" % number) for number in range(10)]
    return Tree([*others[:INDEX], leaf_hash(entry), *others[INDEX:]])


def anchored(bundle: Bundle, ledger: str, head: Head) -> Bundle:
    """The bundle with the same entry under another ledger's head."""
    entry = entry_of(bundle)
    path = encode_path(tree_of(entry).prove_inclusion(INDEX))
    anchor = Anchor(ledger, entry, INDEX, Proof(path), head)
    return replace(bundle, anchor=canonical.encode(anchor.to_json()))


def pins_for(pins: Pins, ledger: str, pinned: Mapping[str, Json]) -> Pins:
    return replace(pins, ledgers={ledger: pinned})


def checkpoint_of(
    tree: Tree, *, key: SigningKey = OPERATOR, origin: str = ORIGIN, extension: Sequence[str] = ()
) -> Note:
    return checkpoint.sign(Checkpoint(origin, tree.size, tree.root(), tuple(extension)), key)


def witnessed(
    tree: Tree,
    by: Sequence[int] = (0, 1, 3),
    *,
    key: SigningKey = OPERATOR,
    witnesses: Sequence[SigningKey] = WITNESSES,
    origin: str = ORIGIN,
) -> Head:
    """A head of the Merkle log that these witnesses cosigned."""
    signed = checkpoint_of(tree, key=key, origin=origin)
    note = signed.adding(cosign(signed.text, number, witnesses[number]) for number in by)
    return Head(tree.size, Root(tree.root()), note.encode())


LOG_PINS: Mapping[str, Json] = policies.to_pins(POLICY)
EVM_PINS: Mapping[str, Json] = {
    "backend": "evm",
    "chain_id": 31337,
    "genesis": "00" * 32,
    "contract": "11" * 20,
    "code_hash": "22" * 32,
    "operator": OPERATOR_KEY.vkey,
    "confirmations": 0,
    "rule": "operator only: no consensus is checked",
}


def evm_head(tree: Tree, *, key: SigningKey = OPERATOR) -> Head:
    """With the operator's checkpoint, and nothing of a chain: the part that the page leaves to others."""
    note = checkpoint_of(tree, key=key, extension=["evm chain=31337"]).encode().decode()
    attestation = canonical.encode({"headers": [], "account": [], "storage": [], "checkpoint": note})
    return Head(tree.size, Root(tree.root()), attestation)


ANCHORED_PINS: Mapping[str, Json] = {
    "backend": "evm-anchored",
    "operator": OPERATOR_KEY.vkey,
    "inner": EVM_PINS,
}


def anchored_head(tree: Tree, *, key: SigningKey = OPERATOR) -> Head:
    """With the operator's checkpoint, and nothing of the inner ledger."""
    inner: dict[str, Json] = {"size": 1, "root": "00" * 32, "attestation": ""}
    note = checkpoint_of(tree, key=key).encode().decode()
    attestation = canonical.encode({"checkpoint": note, "index": 0, "inner": inner, "proof": ""})
    return Head(tree.size, Root(tree.root()), attestation)
