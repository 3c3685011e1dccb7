"""Tries, headers and attestations of our own making: what a node would prove, without a node."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import rlp
from eth_keys.datatypes import PrivateKey
from eth_utils.crypto import keccak
from nacl.signing import SigningKey

from backends.evm import contract, mpt
from backends.evm.attestation import Anchor, Attestation
from backends.evm.strict_rlp import Item, decode_list
from backends.evm.verifier import Pins
from consultation.core import checkpoint as checkpoints
from consultation.core.checkpoint import Checkpoint
from consultation.core.ledger import Head, Root
from consultation.core.merkle import Frontier, leaf_hash
from consultation.core.note import KeyType, NoteKey

ORIGIN = "evm.example/ledger"
OPERATOR = SigningKey(keccak(b"operator"))
CONTRACT = keccak(b"contract")[:20]
GENESIS = keccak(b"genesis")
CODE_HASH = keccak(b"code")
CHAIN_ID = 31_337

Pairs = Sequence[tuple[tuple[int, ...], bytes]]


class Trie:
    """A secure Merkle-Patricia trie (Yellow Paper, appendix D), built the plain way."""

    def __init__(self, items: Mapping[bytes, bytes]) -> None:
        self.nodes: dict[bytes, bytes] = {}
        pairs = sorted((nibbles(keccak(key)), value) for key, value in items.items())
        encoded = encoded_rlp(self._node(pairs, 0) if pairs else b"")
        self.root = keccak(encoded)
        self.nodes[self.root] = encoded

    @property
    def proof(self) -> tuple[bytes, ...]:
        """All nodes: a proof of every key."""
        return tuple(self.nodes.values())

    def prove(self, *keys: bytes) -> tuple[bytes, ...]:
        """The nodes on the way to these keys."""
        nodes = mpt.Nodes.of(self.proof)
        for key in keys:
            mpt.lookup(self.root, key, nodes, "test")
        return tuple(nodes.used.values())

    def _node(self, pairs: Pairs, depth: int) -> Item:
        first, last = pairs[0][0], pairs[-1][0]
        if len(pairs) == 1:
            return [prefixed(first[depth:], leaf=True), pairs[0][1]]
        shared = depth
        while first[shared] == last[shared]:
            shared += 1
        if shared > depth:
            return [prefixed(first[depth:shared], leaf=False), self._reference(self._node(pairs, shared))]
        children: list[Item] = []
        for nibble in range(16):
            below = [pair for pair in pairs if pair[0][depth] == nibble]
            children.append(self._reference(self._node(below, depth + 1)) if below else b"")
        return [*children, b""]

    def _reference(self, node: Item) -> Item:
        encoded = encoded_rlp(node)
        if len(encoded) < 32:
            return node
        self.nodes[keccak(encoded)] = encoded
        return keccak(encoded)


def encoded_rlp(item: object) -> bytes:
    """RLP, a number as its big-endian bytes without leading zeros."""
    encoded: bytes = rlp.encode(item)
    return encoded


def nibbles(data: bytes) -> tuple[int, ...]:
    return tuple(nibble for byte in data for nibble in (byte >> 4, byte & 15))


def prefixed(path: Sequence[int], *, leaf: bool) -> bytes:
    """Hex-prefix encoding."""
    odd = len(path) % 2
    digits = [2 * leaf + odd, *([] if odd else [0]), *path]
    return bytes(high << 4 | low for high, low in zip(digits[::2], digits[1::2], strict=True))


def storage(entries: Sequence[bytes]) -> dict[bytes, bytes]:
    """The contract's slots after these entries, as its storage trie has them."""
    slots = {contract.SIZE_SLOT: len(entries)}
    frontier = Frontier()
    for index, entry in enumerate(entries):
        frontier.append(leaf_hash(entry))
        slots[contract.place_slot(leaf_hash(entry))] = index + 1
    for slot, root in zip(contract.frontier_slots(len(entries)), frontier.roots, strict=True):
        slots[slot] = int.from_bytes(root, "big")
    return {slot.to_bytes(32, "big"): encoded_rlp(value) for slot, value in slots.items() if value}


def account(storage_root: bytes, code_hash: bytes = CODE_HASH) -> bytes:
    return encoded_rlp([1, b"", storage_root, code_hash])


def header(number: int, parent: bytes, state_root: bytes, *, newest: int = 6) -> bytes:
    """A header with the fields of the first `newest` forks after Berlin."""
    zero = bytes(32)
    fields: list[int | bytes] = [parent, zero, bytes(20), state_root, zero, zero, bytes(256), b"", number]
    fields += [60_000_000, b"", 1_700_000_000 + number, b"", zero, bytes(8)]
    by_fork: list[int | bytes] = [7, zero, b"", b"", zero, zero]
    return encoded_rlp([*fields, *by_fork[:newest]])


def sealed(plain: bytes, secret: bytes) -> bytes:
    """A header with a Clique seal (EIP-225): over the header with 32 bytes of extra data, put behind them."""
    fields = list(decode_list(plain))
    fields[12] = bytes(32)
    seal = PrivateKey(secret).sign_msg_hash(keccak(encoded_rlp(fields)))
    fields[12] = bytes(32) + seal.to_bytes()
    return encoded_rlp(fields)


def address(secret: bytes) -> bytes:
    return PrivateKey(secret).public_key.to_canonical_address()


@dataclass(frozen=True, slots=True)
class Forger:
    """Makes an attestation, right unless it is told to do something else."""

    entries: Sequence[bytes]
    origin: str = ORIGIN
    operator: SigningKey = OPERATOR
    chain_id: int = CHAIN_ID
    genesis: bytes = GENESIS
    contract: bytes = CONTRACT
    code_hash: bytes = CODE_HASH
    stored: Sequence[bytes] | None = None
    """What the contract holds, where that is not what the operator signs."""
    at: bytes | None = None
    """Whose account the proof leads to."""
    confirmations: int = 0
    block: int = 9
    sealers: Sequence[bytes] = ()
    """Secret keys that seal the headers in turn, as Clique's signers do; empty: nobody does."""

    def attestation(self) -> Attestation:
        slots = Trie(storage(self.entries if self.stored is None else self.stored))
        others = {keccak(bytes([each]))[:20]: account(keccak(bytes([each]))) for each in range(20)}
        state = Trie({**others, self.at or self.contract: account(slots.root, self.code_hash)})
        headers = [self.header(0, keccak(b"parent"), state.root)]
        for step in range(1, self.confirmations + 1):
            headers.append(self.header(step, keccak(headers[-1]), keccak(b"later")))
        first, last = keccak(headers[0]), keccak(headers[-1])
        anchor = Anchor(self.chain_id, self.genesis, self.contract, self.block, first, last)
        proven = state.prove(self.at or self.contract)
        return Attestation(tuple(headers), proven, self.slots(slots), self.checkpoint(anchor.line()))

    def header(self, step: int, parent: bytes, state_root: bytes) -> bytes:
        """The block `step` after the one with the state."""
        if not self.sealers:
            return header(self.block + step, parent, state_root)
        plain = header(self.block + step, parent, state_root, newest=1)
        return sealed(plain, self.sealers[step % len(self.sealers)])

    def slots(self, trie: Trie) -> tuple[bytes, ...]:
        """The proof of the slots that a head is read from."""
        size = len(self.entries if self.stored is None else self.stored)
        asked = [contract.SIZE_SLOT, *contract.frontier_slots(size)]
        return trie.prove(*(slot.to_bytes(32, "big") for slot in asked))

    def checkpoint(self, *extension: str) -> bytes:
        return checkpoints.sign(
            Checkpoint(self.origin, len(self.entries), self.root(), extension), self.operator
        ).encode()

    def root(self) -> bytes:
        frontier = Frontier()
        for entry in self.entries:
            frontier.append(leaf_hash(entry))
        return frontier.root()

    def head(self, attestation: Attestation | None = None) -> Head:
        return Head(len(self.entries), Root(self.root()), (attestation or self.attestation()).encode())


def pins(confirmations: int = 0) -> Pins:
    key = NoteKey(ORIGIN, KeyType.ED25519, bytes(OPERATOR.verify_key))
    return Pins(CHAIN_ID, GENESIS, CONTRACT, CODE_HASH, key, confirmations)
