"""The contract: its artifact as committed, and where its storage keeps what verifiers ask for.

`ledger.vy` is compiled by `python -m backends.evm.contract.build` (Vyper, an extra); a test compiles it again
and compares. Nothing here talks to a node or needs web3.py:
the offline verifier imports it.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from eth_utils.crypto import keccak

from consultation.core.canonical import Json

MAX_ENTRY_BYTES = 8192
LEVELS = 40
SIZE_SLOT = 1
PLACE_SLOT = 2
FRONTIER_SLOT = 3
WRITERS_SLOT = 43

_WORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class Artifact:
    """What the compiler made of `ledger.vy`."""

    compiler: str
    evm_version: str
    abi: Json
    bytecode: bytes


@cache
def artifact() -> Artifact:
    """The committed artifact."""
    found = json.loads(files(__name__).joinpath("ledger.json").read_text(encoding="utf-8"))
    return Artifact(found["compiler"], found["evm_version"], found["abi"], bytes.fromhex(found["bytecode"]))


def frontier_slots(size: int) -> list[int]:
    """The slots with the roots of a tree of `size` leaves, largest subtree first."""
    return [FRONTIER_SLOT + level for level in range(LEVELS - 1, -1, -1) if size >> level & 1]


def place_slot(leaf: bytes) -> int:
    """Where the mapping keeps `leaf`. Vyper hashes slot, then key; Solidity the other way round."""
    return int.from_bytes(keccak(_word(PLACE_SLOT) + leaf), "big")


def entry_topic() -> bytes:
    """The first topic of an entry's event; the second is its index, the third its leaf hash."""
    return keccak(b"Entry(uint256,bytes32,bytes)")


def append_gas(entry_bytes: int) -> int:
    """A gas limit that an append never reaches.

    Three slots first written, one read for the right to append, 40 levels read and hashed, and for each byte
    call data, event, hashing and memory; under EIP-7623 call data costs at most 40 a byte.
    """
    return 240_000 + 48 * entry_bytes


def _word(value: int) -> bytes:
    return value.to_bytes(_WORD_BYTES, "big")
