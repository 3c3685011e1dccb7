"""The scenario keys of the evm ledger, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from backends.evm.clique.seals import majority
from backends.ports import Option, Options
from consultation.core.errors import Rejected

DEFAULTS: Mapping[str, Option] = {
    # What runs our own chain: 'anvil', one node; 'geth', signers who take turns (Clique, proof of authority).
    "node": "anvil",
    # With geth: how many signers, each a node of its own.
    "signers": 4,
    # With geth: seconds between blocks. Clique counts in whole seconds, and 0 means blocks on demand only.
    "period_s": 1,
    # With anvil: seconds between blocks. Chains of strangers have 1 to 12: a scenario may say 1.
    "block_time_s": 0.25,
    # Blocks that must follow a block before what it holds counts as final; several signers: N/2+1 at least.
    "confirmations": 0,
    # The node of an existing chain; empty: start our own.
    "url": "",
    # The contract on that chain, 0x and 40 hex digits; empty: deploy one.
    "contract": "",
    # The environment variable with the account's secret key in hex; empty: a key derived from the operator's.
    "key_env": "",
    # Seconds for one request to the node.
    "rpc_timeout_s": 10.0,
    # Transactions that may wait for a block at once, beyond which append raises Overloaded.
    "max_in_flight": 10_000,
}

NODES = ("anvil", "geth")
MOST_SIGNERS = 16


@dataclass(frozen=True, slots=True)
class EvmOptions:
    """See DEFAULTS."""

    node: str
    signers: int
    period_s: int
    block_time_s: float
    confirmations: int
    url: str
    contract: bytes
    key_env: str
    rpc_timeout_s: float
    max_in_flight: int

    @property
    def own_chain(self) -> bool:
        return not self.url

    @property
    def clique(self) -> bool:
        """Whether our own chain is one of several signers' kind."""
        return self.own_chain and self.node == "geth"

    @property
    def several(self) -> bool:
        """Whether signers take turns. A single one has nobody to disagree with."""
        return self.clique and self.signers > 1

    @property
    def interval_s(self) -> float:
        """Seconds between blocks, as far as it is ours to say."""
        return float(self.period_s) if self.clique else self.block_time_s

    @property
    def depth(self) -> int:
        """Blocks that must follow: `confirmations`, and where signers take turns at least a majority's.

        A single signer's chain never reorganises.
        """
        return max(self.confirmations, majority(self.signers) if self.several else 0)

    @classmethod
    def read(cls, options: Options) -> "EvmOptions":
        """Raises Rejected on a value that does not fit. Unknown keys are the scenario's to refuse."""
        found = {**DEFAULTS, **options}
        contract = _text(found, "contract")
        try:
            address = bytes.fromhex(contract.removeprefix("0x"))
        except ValueError:
            address = b"?"
        if len(address) not in (0, 20):
            raise Rejected(f"contract is 0x and 40 hex digits, or empty; found {contract!r}")
        url = _text(found, "url")
        if not url and contract:
            raise Rejected("contract names one on an existing chain: it needs url, the address of a node")
        node = _text(found, "node")
        if node not in NODES:
            raise Rejected(f"node is {' or '.join(map(repr, NODES))}, found {node!r}")
        if url and node != NODES[0]:
            raise Rejected(
                f"node = {node!r} starts a chain of our own, and url names another one: leave one out"
            )
        if url and not url.startswith(("http://", "https://")):
            raise Rejected(f"url is the http or https address of an Ethereum node, found {url!r}")
        return cls(
            node,
            int(_between(found, "signers", 1, MOST_SIGNERS, whole=True)),
            int(_between(found, "period_s", 1, 60, whole=True)),
            _between(found, "block_time_s", 0.02, 60),
            int(_between(found, "confirmations", 0, 256, whole=True)),
            url,
            address,
            _text(found, "key_env"),
            _between(found, "rpc_timeout_s", 0.1, 600),
            int(_between(found, "max_in_flight", 1, 1_000_000, whole=True)),
        )


def _text(options: Options, name: str) -> str:
    value = options[name]
    if not isinstance(value, str):
        raise Rejected(f"{name} is a text, found {value!r}")
    return value


def _between(options: Options, name: str, least: float, most: float, *, whole: bool = False) -> float:
    value = options[name]
    kind = "a whole number" if whole else "a number"
    fits = isinstance(value, int) or (isinstance(value, float) and not whole)
    if isinstance(value, bool | str) or not fits or not least <= value <= most:
        raise Rejected(f"{name} is {kind} from {least:g} to {most:g}, found {value!r}")
    return value
