"""Block headers: rebuilding the bytes that a block's hash is of, and reading what a proof needs from them.

Field order: Yellow Paper 4.4.3 as amended by EIP-1559, 4895, 4844, 4788, 7685 and 7928. Each fork appended
fields, so a header is as long as the newest fork that its chain runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import rlp
from eth_utils.crypto import keccak

from backends.evm.answers import BadAnswer, as_bytes, as_quantity
from backends.evm.strict_rlp import decode_list
from consultation.core.errors import VerificationError

_BYTES = (
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "extraData",
    "mixHash",
    "nonce",
    "withdrawalsRoot",
    "parentBeaconBlockRoot",
    "requestsHash",
    "blockAccessListHash",
)
_ALWAYS = (
    "parentHash",
    "sha3Uncles",
    "miner",
    "stateRoot",
    "transactionsRoot",
    "receiptsRoot",
    "logsBloom",
    "difficulty",
    "number",
    "gasLimit",
    "gasUsed",
    "timestamp",
    "extraData",
    "mixHash",
    "nonce",
)
_BY_FORK = (
    "baseFeePerGas",
    "withdrawalsRoot",
    "blobGasUsed",
    "excessBlobGas",
    "parentBeaconBlockRoot",
    "requestsHash",
    "blockAccessListHash",
)

_SEALED_NAME = {"proofOfAuthorityData": "extraData"}
"""web3.py's middleware for proof of authority gives the field with the seals another name."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the verifier reads from a header."""

    hash: bytes
    parent: bytes
    state_root: bytes
    number: int


def encode_header(described: Mapping[str, object]) -> bytes:
    """The RLP whose hash is the block's, from a node's description of it, as sent or as web3.py reads it.

    Raises BadAnswer where it is not: a fork with fields unknown here, or a chain (Besu's QBFT) that leaves
    seals out of what it hashes.
    """
    block = {_SEALED_NAME.get(name, name): value for name, value in described.items()}
    names = [*_ALWAYS, *(name for name in _BY_FORK if block.get(name) is not None)]
    fields = [as_bytes(block[name]) if name in _BYTES else as_quantity(block[name]) for name in names]
    encoded: bytes = rlp.encode(fields)
    if keccak(encoded) != as_bytes(block.get("hash")):
        raise BadAnswer(
            f"block {as_quantity(block['number'])} has a hash that is not of its {len(fields)} known header "
            "fields: this chain's headers cannot be proven"
        )
    return encoded


def decode_header(encoded: bytes) -> Header:
    """Read a header's RLP. Raises VerificationError('header')."""
    try:
        fields = decode_list(encoded)
    except ValueError as error:
        raise VerificationError("header", f"a header is an RLP list: {error}") from error
    known = [field for field in fields if isinstance(field, bytes)]
    if len(known) != len(fields) or not len(_ALWAYS) <= len(fields) <= len(_ALWAYS) + len(_BY_FORK):
        raise VerificationError("header", f"a header has 15 to 22 fields, found {len(fields)}")
    parent, state_root, number = known[0], known[3], known[8]
    if len(parent) != 32 or len(state_root) != 32:
        raise VerificationError("header", "a parent's hash and a state root have 32 bytes")
    return Header(keccak(encoded), parent, state_root, int.from_bytes(number, "big"))
