"""The first block of a Clique chain: who seals, how often, under which rules, and who has money."""

from collections.abc import Mapping, Sequence

from backends.evm.clique.seals import SEAL_BYTES, VANITY_BYTES
from backends.evm.own import first_block
from consultation.core.canonical import Json

CHAIN_ID = 31_338
_EPOCH_BLOCKS = 30_000


def genesis(
    signers: Sequence[bytes], funded: Sequence[bytes], period_s: int, time_s: int
) -> Mapping[str, Json]:
    """As `geth init` reads it (EIP-225: the signers stand in `extraData`, in order, between zeros)."""
    clique: Mapping[str, Json] = {"clique": {"period": period_s, "epoch": _EPOCH_BLOCKS}}
    extra = bytes(VANITY_BYTES) + b"".join(sorted(signers)) + bytes(SEAL_BYTES)
    return {
        **first_block(clique, CHAIN_ID, funded, time_s),
        "extraData": "0x" + extra.hex(),
        "difficulty": "0x1",
    }


def signers_in(found: Mapping[str, Json]) -> list[bytes]:
    """The signers of a genesis. Raises KeyError, ValueError where it is none."""
    extra = bytes.fromhex(str(found["extraData"])[2:])[VANITY_BYTES:-SEAL_BYTES]
    return [extra[at : at + 20] for at in range(0, len(extra), 20)]
