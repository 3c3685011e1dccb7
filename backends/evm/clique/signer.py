"""One signer: its folder, its ports, and how its geth is started."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from subprocess import run
from urllib.request import urlopen

from eth_utils.hexadecimal import encode_hex

from backends.evm.clique.genesis import CHAIN_ID
from backends.evm.clique.keys import Keys
from backends.evm.own import GAS_LIMIT, TIP_WEI, environment
from backends.nodes.errors import NodeFailed

_POOL = 65_536
"""Transactions: what one account, and all, may have waiting."""
_INIT_TIMEOUT_S = 60.0
_METRICS_TIMEOUT_S = 2.0
_SENT = "p2p_egress "
"""geth's counter of bytes written to its peers' connections."""


@dataclass(frozen=True, slots=True)
class Signer:
    """Everything that it writes is below `folder`."""

    name: str
    folder: Path
    keys: Keys
    rpc_port: int
    peer_port: int
    metrics_port: int

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.rpc_port}"

    @property
    def data(self) -> Path:
        """geth's own folder: the chain, without keys."""
        return self.folder / "geth-data"

    @property
    def log(self) -> Path:
        return self.folder / "geth.log"

    @property
    def environment(self) -> dict[str, str]:
        return environment(self.folder)

    def lay_out(self, binary: Path, genesis: Path, peers: Sequence["Signer"]) -> None:
        """Write what geth reads, and the first block where there is none. Raises NodeFailed, OSError."""
        self.keys.write_keystore(self.folder / "keystore")
        (self.folder / "password").write_text(self.keys.password, encoding="ascii")
        (self.folder / "nodekey").write_text(self.keys.node.hex(), encoding="ascii")
        addresses = [f"enode://{each.keys.enode}@127.0.0.1:{each.peer_port}" for each in peers]
        lines = [
            "[Node.P2P]",
            "MaxPeers = 64",  # a third of them may be dialled, so the others' calls are taken in any order
            "NoDiscovery = true",
            f"StaticNodes = {json.dumps(addresses)}",
            f'ListenAddr = "127.0.0.1:{self.peer_port}"',  # the flag for it would listen on every interface
        ]
        (self.folder / "geth.toml").write_text("\n".join(lines) + "\n", encoding="ascii")
        if not (self.data / "geth" / "chaindata").exists():
            self.command(binary, "init", "--state.scheme", "hash", str(genesis))

    def forget(self, binary: Path, genesis: Path) -> None:
        """Back to the first block, while the node is down."""
        rmtree(self.data, ignore_errors=True)
        self.command(binary, "init", "--state.scheme", "hash", str(genesis))

    def command(self, binary: Path, *arguments: str) -> str:
        """Run geth over this chain while the node is down; what it says. Raises NodeFailed."""
        argv = [str(binary), "--datadir", str(self.data), "--verbosity", "2", *arguments]
        done = run(argv, env=self.environment, capture_output=True, text=True, timeout=_INIT_TIMEOUT_S)
        if done.returncode:
            raise NodeFailed(
                self.name, f"`geth {arguments[0]}` ended with status {done.returncode}", done.stderr
            )
        return done.stdout

    def argv(self, binary: Path) -> list[str]:
        seal = encode_hex(self.keys.signer)
        return [
            str(binary),
            *("--config", str(self.folder / "geth.toml"), "--datadir", str(self.data)),
            *("--keystore", str(self.folder / "keystore"), "--nodekey", str(self.folder / "nodekey")),
            *("--networkid", str(CHAIN_ID), "--syncmode", "full"),
            # Otherwise a killed node goes back to the last state that it wrote, past settled blocks.
            *("--gcmode", "archive", "--state.scheme", "hash"),
            *("--snapshot=false", "--history.transactions", "0"),
            *("--http", "--http.addr", "127.0.0.1", "--http.port", str(self.rpc_port)),
            *("--http.api", "eth,net"),
            *("--authrpc.addr", "127.0.0.1", "--authrpc.port", "0", "--ipcdisable", "--nat", "none"),
            *("--mine", "--miner.etherbase", seal, "--unlock", seal, "--allow-insecure-unlock"),
            *("--password", str(self.folder / "password")),
            *("--miner.gaslimit", str(GAS_LIMIT), "--miner.gasprice", str(TIP_WEI), "--miner.recommit", "1s"),
            *("--txpool.pricelimit", str(TIP_WEI), "--txpool.journal", ""),
            *("--txpool.accountslots", str(_POOL), "--txpool.accountqueue", str(_POOL)),
            *("--txpool.globalslots", str(_POOL), "--txpool.globalqueue", str(_POOL)),
            *("--rpc.txfeecap", "0", "--rpc.batch-request-limit", "0", "--rpc.batch-response-max-size", "0"),
            *("--metrics", "--metrics.addr", "127.0.0.1", "--metrics.port", str(self.metrics_port)),
            *("--cache", "64", "--verbosity", "2"),
        ]

    def sent(self) -> Mapping[str, int]:
        """Bytes to its peers since its last start; empty where it does not answer."""
        url = f"http://127.0.0.1:{self.metrics_port}/debug/metrics/prometheus"
        try:
            with urlopen(url, timeout=_METRICS_TIMEOUT_S) as answer:
                text = answer.read().decode("ascii", errors="replace")
        except OSError:
            return {}
        found = (line.split() for line in text.splitlines() if line.startswith(_SENT))
        return {name: int(float(value)) for name, value in found}
