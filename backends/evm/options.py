"""The scenario keys of the evm ledger, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from backends.ports import Option, Options
from consultation.core.errors import Rejected

DEFAULTS: Mapping[str, Option] = {
    # Seconds between the blocks of our own chain. Chains of strangers have 1 to 12: a scenario may say 1.
    "block_time_s": 0.25,
    # Blocks that must follow a block before what it holds counts as final.
    "confirmations": 0,
    # The node of an existing chain; empty: start anvil.
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


@dataclass(frozen=True, slots=True)
class EvmOptions:
    """See DEFAULTS."""

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
        if url and not url.startswith(("http://", "https://")):
            raise Rejected(f"url is the http or https address of an Ethereum node, found {url!r}")
        return cls(
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
