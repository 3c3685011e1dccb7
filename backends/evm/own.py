"""A chain that this deployment runs itself: what it asks of it, whether anvil or several signers run it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from backends.nodes.process import NodeProcess
from backends.ports import ProcessUse, Tampered, Tampering
from consultation.core.canonical import Json

TIP_WEI = 1
"""What a unit of gas is worth to a block's producer here: geth's pool takes nothing below."""
GAS_LIMIT = 60_000_000
"""A block's, as on Ethereum's main network since 2025: some 850 entries of 512 B."""
_BALANCE_WEI = 10**33
"""What every account of our own has in the genesis: more than it can ever spend."""
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


def first_block(
    config: Mapping[str, Json], chain_id: int, funded: Sequence[bytes], time_s: int
) -> dict[str, Json]:
    """A genesis on which gas costs next to nothing: London's rules and `config`, and who has money.

    Its time makes its hash its own.
    """
    london: dict[str, Json] = {f"{fork}Block": 0 for fork in _FORKS}
    return {
        "config": {**london, "chainId": chain_id, **config},
        "timestamp": hex(time_s),
        "gasLimit": hex(GAS_LIMIT),
        "baseFeePerGas": "0x1",
        "alloc": {account.hex(): {"balance": hex(_BALANCE_WEI)} for account in funded},
    }


def environment(folder: Path) -> dict[str, str]:
    """All that a node of ours is told of this machine: `folder` is its home."""
    return {"HOME": str(folder), "PATH": "/usr/bin:/bin"}


@dataclass(frozen=True, slots=True)
class Door:
    """A node that takes transactions, and the account that entries are handed to it with."""

    name: str
    url: str
    secret: bytes


class OwnChain(Protocol):
    """Processes on this machine; `doors[0]` is the operator's own."""

    @property
    def label(self) -> str:
        """What runs, for people."""
        ...

    @property
    def caution(self) -> str:
        """What has to stand beside every figure of it."""
        ...

    @property
    def doors(self) -> Sequence[Door]: ...

    @property
    def signers(self) -> Sequence[bytes]:
        """Addresses of those who seal blocks; empty where nobody does."""
        ...

    def start(self) -> None:
        """Start everything over what is on disk; returns when it answers. Raises NodeFailed."""
        ...

    def mine(self, blocks: int) -> bool:
        """Make blocks at once, before anything is measured; False where that is not ours to do."""
        ...

    def process(self, name: str) -> NodeProcess:
        """One process by its name, to be killed or stalled alone. Raises KeyError."""
        ...

    def tamper(self, contract: bytes, tampering: Tampering) -> Tampered | None:
        """What the operator can do to it; None where that is to start over and append another history.

        Something may be down afterwards: `start` follows.
        """
        ...

    def start_over(self) -> None:
        """End everything, and let the next start begin at the genesis."""
        ...

    def stop(self) -> None: ...

    def kill(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...

    def use(self) -> ProcessUse: ...
