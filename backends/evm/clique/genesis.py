"""The first block of a Clique chain: who seals, how often, under which rules, and who has money."""

from collections.abc import Mapping, Sequence

from backends.evm.own import BALANCE_WEI, GAS_LIMIT
from consultation.core.canonical import Json

CHAIN_ID = 31_338
_EPOCH_BLOCKS = 30_000
_VANITY_BYTES, _SEAL_BYTES = 32, 65
_FORKS = (
    "homestead",
    "eip150",
    "eip155",
    "eip158",
    "byzantium",
    "constantinople",
    "petersburg",
    "istanbul",
    "berlin",
    "london",
)
"""The newest that Clique goes with: what came later needs a chain of stakes."""


def genesis(
    signers: Sequence[bytes], funded: Sequence[bytes], period_s: int, time_s: int
) -> Mapping[str, Json]:
    """As `geth init` reads it (EIP-225: the signers stand in `extraData`, in order, between zeros)."""
    config: dict[str, Json] = {f"{fork}Block": 0 for fork in _FORKS}
    config |= {"chainId": CHAIN_ID, "clique": {"period": period_s, "epoch": _EPOCH_BLOCKS}}
    extra = bytes(_VANITY_BYTES) + b"".join(sorted(signers)) + bytes(_SEAL_BYTES)
    return {
        "config": config,
        "timestamp": hex(time_s),
        "extraData": "0x" + extra.hex(),
        "gasLimit": hex(GAS_LIMIT),
        "difficulty": "0x1",
        "baseFeePerGas": "0x1",
        "alloc": {account.hex(): {"balance": hex(BALANCE_WEI)} for account in funded},
    }


def signers_in(found: Mapping[str, Json]) -> list[bytes]:
    """The signers of a genesis. Raises KeyError, ValueError where it is none."""
    extra = bytes.fromhex(str(found["extraData"])[2:])[_VANITY_BYTES:-_SEAL_BYTES]
    return [extra[at : at + 20] for at in range(0, len(extra), 20)]
