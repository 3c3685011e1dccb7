"""What comes with a head of the evm ledger: headers, proofs under one of them, the operator's checkpoint."""

from collections.abc import Sequence
from dataclasses import dataclass

from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError

_MOST_HEADERS = 1 + 256
_MOST_NODES = 2_000


@dataclass(frozen=True, slots=True)
class Anchor:
    """The checkpoint's extension line: where on which chain the head stands, signed by the operator."""

    chain_id: int
    genesis: bytes
    contract: bytes
    block: int
    block_hash: bytes
    tip_hash: bytes
    """Of the last block that followed when the operator signed; the block itself where none had to."""

    def line(self) -> str:
        return (
            f"evm chain={self.chain_id} genesis=0x{self.genesis.hex()} contract=0x{self.contract.hex()} "
            f"block={self.block} hash=0x{self.block_hash.hex()} tip=0x{self.tip_hash.hex()}"
        )


@dataclass(frozen=True, slots=True)
class Attestation:
    """Enough for the verifier to check a head offline."""

    headers: tuple[bytes, ...]
    """RLP. The first is the block with the state; the others are its descendants, in order."""
    account: tuple[bytes, ...]
    """Trie nodes from the state root to the contract's account."""
    storage: tuple[bytes, ...]
    """Trie nodes from the account's storage root to the size and the frontier, each once."""
    checkpoint: bytes
    """C2SP checkpoint by the operator, with one extension line."""

    def encode(self) -> bytes:
        return canonical.encode(
            {
                "headers": _hex(self.headers),
                "account": _hex(self.account),
                "storage": _hex(self.storage),
                "checkpoint": self.checkpoint.decode(),
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Attestation":
        """Read the only encoding of an attestation. Raises VerificationError('attestation')."""
        try:
            found = canonical.decode_canonical(data)
        except ValueError as error:
            raise VerificationError("attestation", str(error)) from error
        names = {"headers", "account", "storage", "checkpoint"}
        if not isinstance(found, dict) or set(found) != names:
            raise VerificationError("attestation", f"an attestation is an object with {sorted(names)}")
        checkpoint = found["checkpoint"]
        if not isinstance(checkpoint, str):
            raise VerificationError("attestation", "the checkpoint is a text")
        return cls(
            _unhex(found["headers"], _MOST_HEADERS),
            _unhex(found["account"], _MOST_NODES),
            _unhex(found["storage"], _MOST_NODES),
            checkpoint.encode(),
        )


def _hex(values: Sequence[bytes]) -> list[str]:
    return [value.hex() for value in values]


def _unhex(value: Json, most: int) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > most:
        raise VerificationError("attestation", f"a list of at most {most} byte strings in hex was expected")
    found = []
    for item in value:
        try:
            found.append(bytes.fromhex(item))
        except (TypeError, ValueError) as error:
            raise VerificationError("attestation", f"not hex: {item!r:.60}") from error
        if found[-1].hex() != item:
            raise VerificationError("attestation", f"hex is written in small letters: {item!r:.60}")
    return tuple(found)
