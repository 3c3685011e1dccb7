"""The files of a network of equal validators: keys, genesis, configuration, one folder each.

Validator 0 is the operator's own and signs with the operator's key; the others' keys are drawn here and stay
in their folders. All names are of this machine's loopback.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template

from nacl.signing import SigningKey

from backends.cometbft.light import Validator, ValidatorSet
from backends.cometbft.verifier import Pins

POWER = 10
GENESIS_TIME = "2024-01-01T00:00:00Z"
"""Only a lower bound for block times: one moment for all keeps the genesis a function of the keys."""
BLOCK_BYTES = 1_048_576
_PROPOSE_MS = 500
_VOTE_MS = 300
"""How long a node waits for a proposal, and for more votes, where the others are near."""
_CONFIG = Path(__file__).with_name("config.toml")


@dataclass(frozen=True, slots=True)
class Node:
    """One validator: its folder, keys and ports."""

    place: int
    home: Path
    key: SigningKey
    node_key: SigningKey
    rpc_port: int
    p2p_port: int

    @property
    def name(self) -> str:
        """The name of its node's process."""
        return f"node{self.place}"

    @property
    def app(self) -> str:
        """The name of its application's process."""
        return f"app{self.place}"

    @property
    def validator(self) -> Validator:
        return Validator(bytes(self.key.verify_key), POWER)

    @property
    def peer(self) -> str:
        node_id = sha256(bytes(self.node_key.verify_key)).hexdigest()[:40]
        return f"{node_id}@127.0.0.1:{self.p2p_port}"


def chain_id(origin: str, validators: ValidatorSet) -> str:
    """A name that two networks share only when they have the same origin and keys."""
    return "consultation-" + sha256(origin.encode() + b"\n" + validators.hash()).hexdigest()[:20]


def pins(origin: str, nodes: Sequence[Node]) -> Pins:
    validators = ValidatorSet.of([node.validator for node in nodes])
    return Pins(chain_id(origin, validators), validators)


def load_key(path: Path) -> SigningKey | None:
    """A key that an earlier deployment over the same folder left; None where there is none."""
    if not path.exists():
        return None
    return SigningKey(base64.b64decode(json.loads(path.read_text())["priv_key"]["value"])[:32])


def chain_id_in(home: Path) -> str | None:
    """The chain that a folder belongs to; None where it is new."""
    path = home / "config" / "genesis.json"
    return str(json.loads(path.read_text())["chain_id"]) if path.exists() else None


def key_path(home: Path) -> Path:
    return home / "config" / "priv_validator_key.json"


def node_key_path(home: Path) -> Path:
    return home / "config" / "node_key.json"


def write_node(
    node: Node, peers: Sequence[Node], pinned: Pins, timeout_commit_ms: int, delay_ms: int = 0
) -> None:
    """Write the node's configuration; signing state that is there stays, or a validator would sign twice.

    `delay_ms` is how far the peers are, one way: a proposal in parts takes a few times that, votes once there
    and once from another, before anybody may think that they do not come.
    """
    (node.home / "data").mkdir(parents=True, exist_ok=True)
    (node.home / "config").mkdir(exist_ok=True)
    _write_json(
        key_path(node.home),
        {
            "address": node.validator.address.hex().upper(),
            "pub_key": _typed("tendermint/PubKeyEd25519", bytes(node.key.verify_key)),
            "priv_key": _private(node.key),
        },
    )
    key_path(node.home).chmod(0o600)
    _write_json(node_key_path(node.home), {"priv_key": _private(node.node_key)})
    signed = node.home / "data" / "priv_validator_state.json"
    if not signed.exists():
        _write_json(signed, {"height": "0", "round": 0, "step": 0})
    _write_json(node.home / "config" / "genesis.json", _genesis(pinned))
    text = Template(_CONFIG.read_text()).substitute(
        moniker=node.name,
        rpc_port=node.rpc_port,
        p2p_port=node.p2p_port,
        peers=",".join(peer.peer for peer in peers if peer.name != node.name),
        timeout_commit_ms=timeout_commit_ms,
        timeout_propose_ms=_PROPOSE_MS + 4 * delay_ms,
        timeout_vote_ms=_VOTE_MS + 2 * delay_ms,
    )
    (node.home / "config" / "config.toml").write_text(text)


def _genesis(pinned: Pins) -> dict[str, object]:
    return {
        "genesis_time": GENESIS_TIME,
        "chain_id": pinned.chain_id,
        "initial_height": "1",
        "consensus_params": {
            "block": {"max_bytes": str(BLOCK_BYTES), "max_gas": "-1"},
            "evidence": {
                "max_age_num_blocks": "100000",
                "max_age_duration": "172800000000000",
                "max_bytes": "65536",
            },
            "validator": {"pub_key_types": ["ed25519"]},
            "version": {"app": "0"},
            "abci": {"vote_extensions_enable_height": "0"},
        },
        "validators": [
            {
                "address": validator.address.hex().upper(),
                "pub_key": _typed("tendermint/PubKeyEd25519", validator.public_key),
                "power": str(validator.power),
                "name": "",
            }
            for validator in pinned.validators.validators
        ],
        "app_hash": "",
    }


def _private(key: SigningKey) -> dict[str, str]:
    return _typed("tendermint/PrivKeyEd25519", bytes(key) + bytes(key.verify_key))


def _typed(name: str, data: bytes) -> dict[str, str]:
    return {"type": name, "value": base64.b64encode(data).decode()}


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2) + "\n")
