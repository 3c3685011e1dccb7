"""The offline verifier: from pins and an attestation to a size and a root, or the link that broke.

Who vouches: the operator's signature over the block's hash. What the proofs add is that the contract, by its
own code, had come to this size and frontier in the state that the operator signed. Where signers are pinned,
the block and those that follow it are sealed by more than half of them; otherwise no consensus is checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from backends.evm import contract, mpt
from backends.evm.attestation import Anchor, Attestation
from backends.evm.clique import seals
from backends.evm.header import Header, decode_header
from backends.evm.strict_rlp import decode, decode_list
from consultation.core import checkpoint as checkpoints
from consultation.core.canonical import Json
from consultation.core.checkpoint import Checkpoint
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head
from consultation.core.merkle import HASH_BYTES, Frontier
from consultation.core.note import NoteKey

RULE = "operator only: no consensus is checked"
CLIQUE_RULE = "Clique: more than half of the signers sealed the block and those after it; no finality"


@dataclass(frozen=True, slots=True)
class Pins:
    """What is known of the deployment beforehand."""

    chain_id: int
    genesis: bytes
    contract: bytes
    code_hash: bytes
    operator: NoteKey
    confirmations: int
    """Blocks that must follow the one with the state."""
    signers: tuple[bytes, ...] = ()
    """Addresses of those who take turns at sealing; empty where no consensus is checked."""

    def to_json(self) -> Mapping[str, Json]:
        sealing: Mapping[str, Json] = (
            {"signers": [each.hex() for each in self.signers]} if self.signers else {}
        )
        return {
            **sealing,
            "backend": "evm",
            "chain_id": self.chain_id,
            "genesis": self.genesis.hex(),
            "contract": self.contract.hex(),
            "code_hash": self.code_hash.hex(),
            "operator": self.operator.vkey,
            "confirmations": self.confirmations,
            "rule": CLIQUE_RULE if self.signers else RULE,
        }

    @classmethod
    def from_json(cls, pins: Mapping[str, Json]) -> "Pins":
        """Read pins. Raises ValueError saying which one is wrong."""
        if pins.get("backend") != "evm":
            raise ValueError(f"these pins are for {pins.get('backend')!r}, not for 'evm'")
        signers = _addresses(pins)
        rule = CLIQUE_RULE if signers else RULE
        if pins.get("rule") != rule:
            raise ValueError(f"the rule of these evm pins is {rule!r}, found {pins.get('rule')!r}")
        operator = pins.get("operator")
        if not isinstance(operator, str):
            raise ValueError("the evm pins hold the operator's verifier key")
        return cls(
            _count(pins, "chain_id"),
            _fixed(pins, "genesis", 32),
            _fixed(pins, "contract", 20),
            _fixed(pins, "code_hash", 32),
            NoteKey.parse(operator),
            _count(pins, "confirmations"),
            signers,
        )


class EvmHeads:
    """Checks heads of one contract on one chain."""

    def __init__(self, pins: Pins) -> None:
        self._pins = pins
        self._policy = checkpoints.Policy(pins.operator)

    def check_head(self, head: Head) -> None:
        """Raises VerificationError with the first link that does not hold."""
        attestation = Attestation.decode(head.attestation)
        checkpoint = self._policy.check(attestation.checkpoint)
        block = self._check_headers(attestation, checkpoint)
        frontier = self._proven_frontier(attestation, block)
        if frontier.size != checkpoint.size or frontier.root() != checkpoint.root:
            raise VerificationError(
                "checkpoint",
                f"the operator signed {checkpoint.size} entries, the contract holds {frontier.size}, "
                "or their roots differ",
            )
        if head.size != frontier.size:
            raise VerificationError(
                "tree-size", f"the head says {head.size} entries, the contract holds {frontier.size}"
            )
        if head.root != frontier.root():
            raise VerificationError(
                "tree-root", f"the head's root is not the one of the contract's {frontier.size} entries"
            )

    # The links of a head

    def _check_headers(self, attestation: Attestation, checkpoint: Checkpoint) -> Header:
        """The block that the operator signed, on the pinned chain, with enough blocks after it."""
        pins = self._pins
        headers = [decode_header(encoded) for encoded in attestation.headers]
        if not headers:
            raise VerificationError("header", "the attestation has no header")
        block = headers[0]
        tip = headers[-1].hash
        signed = Anchor(pins.chain_id, pins.genesis, pins.contract, block.number, block.hash, tip).line()
        if checkpoint.extension != (signed,):
            found = checkpoint.extension[0] if checkpoint.extension else "none"
            raise VerificationError(
                "chain", f"the operator signed the place {found[:300]!r}; pins and header say {signed!r}"
            )
        for parent, child in pairwise(headers):
            if child.parent != parent.hash or child.number != parent.number + 1:
                raise VerificationError("header", f"block {child.number} does not follow {parent.number}")
        if len(headers) - 1 != pins.confirmations:
            raise VerificationError(
                "confirmations", f"{len(headers) - 1} blocks follow, the pins ask for {pins.confirmations}"
            )
        if pins.signers:
            seals.check(attestation.headers, pins.signers)
        return block

    def _proven_frontier(self, attestation: Attestation, block: Header) -> Frontier:
        """The contract's size and subtree roots in the state after the block."""
        pins = self._pins
        nodes = mpt.Nodes.of(attestation.account)
        account = mpt.lookup(block.state_root, pins.contract, nodes, "account-proof")
        if account is None:
            raise VerificationError("account-proof", f"the state has no account 0x{pins.contract.hex()}")
        storage_root, code_hash = _account(account)
        if code_hash != pins.code_hash:
            raise VerificationError("contract-code", f"the contract's code hash is {code_hash.hex()[:16]}...")
        slots = mpt.Nodes.of(attestation.storage)
        size = int.from_bytes(_word(storage_root, contract.SIZE_SLOT, slots), "big")
        if size >= 1 << contract.LEVELS:
            raise VerificationError("storage-proof", f"a size of {size} is more than the contract allows")
        roots = [_word(storage_root, slot, slots) for slot in contract.frontier_slots(size)]
        if nodes.unused or slots.unused:
            spare = len(nodes.unused) + len(slots.unused)
            raise VerificationError("attestation", f"{spare} trie nodes prove nothing of what is asked")
        return Frontier(size, roots)


def _account(encoded: bytes) -> tuple[bytes, bytes]:
    """Storage root and code hash of an account: nonce, balance, storage root, code hash."""
    try:
        fields = decode_list(encoded)
    except ValueError as error:
        raise VerificationError("account-proof", f"an account is an RLP list: {error}") from error
    if len(fields) != 4 or not isinstance(fields[2], bytes) or not isinstance(fields[3], bytes):
        raise VerificationError("account-proof", f"an account has 4 fields, found {len(fields)}")
    return fields[2], fields[3]


def _word(storage_root: bytes, slot: int, nodes: mpt.Nodes) -> bytes:
    """The 32 bytes in a slot; a trie leaves zero out, and leading zeros."""
    found = mpt.lookup(storage_root, slot.to_bytes(32, "big"), nodes, "storage-proof")
    if found is None:
        return bytes(HASH_BYTES)
    try:
        value = decode(found)
    except ValueError as error:
        raise VerificationError("storage-proof", f"slot {slot} does not hold RLP: {error}") from error
    if not isinstance(value, bytes) or len(value) > HASH_BYTES:
        raise VerificationError("storage-proof", f"slot {slot} does not hold a word of 32 bytes")
    return value.rjust(HASH_BYTES, b"\x00")


def _addresses(pins: Mapping[str, Json]) -> tuple[bytes, ...]:
    value = pins.get("signers", [])
    try:
        found = [bytes.fromhex(each) for each in value] if isinstance(value, list) else [b""]
    except (TypeError, ValueError):
        found = [b""]
    if (
        any(len(each) != 20 for each in found)
        or len(set(found)) < len(found)
        or ("signers" in pins and not found)
    ):
        raise ValueError(f"the pin 'signers' is a list of different addresses in hex, found {value!r:.80}")
    return tuple(found)


def _count(pins: Mapping[str, Json], name: str) -> int:
    value = pins.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError(f"the pin {name!r} is a number that is not negative, found {value!r}")
    return value


def _fixed(pins: Mapping[str, Json], name: str, length: int) -> bytes:
    value = pins.get(name)
    try:
        found = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        found = b""
    if len(found) != length:
        raise ValueError(f"the pin {name!r} has {length} bytes in hex, found {value!r:.80}")
    return found
