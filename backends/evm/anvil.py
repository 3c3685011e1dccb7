"""Anvil, a chain of one node on this machine: its genesis, its process, and what it leaves on disk.

It keeps everything in memory. An orderly stop writes the whole chain to a file, a start reads that file; so a
`kill -9` loses what came after the last orderly stop, which is all there is in a deployment's first session.
The genesis is kept too: a chain that starts over is the same chain to a verifier, without its entries.
"""

import gzip
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from eth_utils.hexadecimal import encode_hex

from backends.evm.answers import as_bytes
from backends.evm.chain import reading
from backends.evm.own import GAS_LIMIT, Door, environment, first_block
from backends.evm.rpc import NoAnswer, NotSent, Refused, Rpc
from backends.evm.tampering import change_event
from backends.evm.transaction import address_of
from backends.nodes.errors import NodeFailed
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import free_ports
from backends.nodes.process import NodeProcess
from backends.ports import ProcessUse, Rewrite, Tampered, Tampering
from consultation.core.canonical import Json

CHAIN_ID = 31_337
_KEPT_STATES = 32
_START_TIMEOUT_S = 20.0
_DUMP_TIMEOUT_S = 300.0
_NAME = "anvil"


class Anvil:
    """One process, on one port for its whole life. `secret` is the key of the account with all the money."""

    label = "anvil, one node"
    caution = "one node, no consensus"
    signers: Sequence[bytes] = ()

    def __init__(
        self,
        binary: Path,
        folder: Path,
        secret: bytes,
        block_time_s: float,
        confirmations: int,
    ) -> None:
        self._folder = folder
        self._state = folder / "chain.json.gz"
        folder.mkdir(parents=True, exist_ok=True)
        genesis = folder / "genesis.json"
        if not genesis.exists():
            text = json.dumps(_genesis(address_of(secret), int(time.time())))
            genesis.write_text(text, encoding="ascii")
        port = free_ports(1)[0]
        self.url = f"http://127.0.0.1:{port}"
        self.doors: Sequence[Door] = [Door(_NAME, self.url, secret)]
        self._rpc = Rpc(self.url, _DUMP_TIMEOUT_S)
        self._interval_s = max(1, round(block_time_s))
        self._group = ProcessGroup()
        argv = [
            str(binary),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--init", str(genesis), "--accounts", "0"),
            *("--block-time", f"{block_time_s:g}", "--gas-limit", str(GAS_LIMIT)),
            # Unpruned, the states of a long run's blocks take all memory. Proofs are made at the tip.
            *("--prune-history", str(_KEPT_STATES + confirmations)),
            *("--no-request-size-limit", "--no-cors", "--quiet"),
        ]
        self._group.add(_NAME, argv, cwd=folder, log=folder / "anvil.log", env=environment(folder))

    @property
    def kept(self) -> bool:
        """Whether an orderly stop has left a chain."""
        return self._state.exists()

    @property
    def alive(self) -> bool:
        return self._group.alive

    def start(self) -> None:
        """Start it over what is on disk; returns when it answers. Raises NodeFailed."""
        self._rpc = Rpc(self.url, _DUMP_TIMEOUT_S)
        self._group.start()
        try:
            self._group.wait_ready(self._answers, timeout_s=_START_TIMEOUT_S)
            if self.kept:
                self._still()
                self._rpc.call("anvil_loadState", encode_hex(self._state.read_bytes()))
                # The call takes whole seconds: a chain that goes on after a stop makes blocks so often.
                self._rpc.call("evm_setIntervalMining", self._interval_s)
            # The clock starts at the genesis' or the last block's time, however long ago that was.
            self._rpc.call("evm_setTime", int(time.time()))
        except (NotSent, NoAnswer, Refused) as error:
            self._group.stop()
            raise NodeFailed(_NAME, f"does not take the chain of its last stop: {error}") from error
        except NodeFailed:
            self._group.stop()
            raise

    def mine(self, blocks: int) -> bool:
        """Make blocks now and do not wait for them: at the start only, before anything is measured.

        Raises Unavailable.
        """
        with reading(self._rpc):
            for _ in range(blocks):
                self._rpc.call("evm_mine")
        return True

    def process(self, name: str) -> NodeProcess:
        return self._group[name]

    def stop(self) -> None:
        """Write the chain to its file, and end it. Idempotent."""
        if self.alive:
            self.resume()
            try:
                self._still()
                self._write(as_bytes(self._rpc.call("anvil_dumpState")))
            except (NotSent, NoAnswer, Refused, OSError):
                pass  # it is ending anyway, or hangs: what the last orderly stop left stays
        self._group.stop()
        self._rpc.close()

    def _still(self) -> None:
        """Make no more blocks: one made while the chain is read or written belongs to neither half of it."""
        self._rpc.call("evm_setIntervalMining", 0)

    def dump(self) -> Mapping[str, Json]:
        """The whole chain as anvil writes it: accounts, blocks, transactions with their receipts."""
        self._still()
        dumped = as_bytes(self._rpc.call("anvil_dumpState"))
        found: Mapping[str, Json] = json.loads(gzip.decompress(dumped))
        return found

    def save(self, state: Mapping[str, Json]) -> None:
        """Write a chain where the next start reads it; whole or not at all."""
        self._write(gzip.compress(json.dumps(state, separators=(",", ":")).encode(), 1))

    def _write(self, state: bytes) -> None:
        whole = self._state.with_suffix(".new")
        whole.write_bytes(state)
        whole.replace(self._state)

    def tamper(self, contract: bytes, tampering: Tampering) -> Tampered | None:
        """In the file that an orderly stop leaves; history as a whole is made anew instead."""
        return None if isinstance(tampering, Rewrite) else change_event(self, contract, tampering)

    def start_over(self) -> None:
        """End it, and let the next start begin at the genesis."""
        self.kill()
        self._state.unlink(missing_ok=True)

    def kill(self) -> None:
        self._group.kill()
        self._rpc.close()

    def pause(self) -> None:
        self._group.pause()

    def resume(self) -> None:
        self._group.resume()

    def use(self) -> ProcessUse:
        return self._group.use()

    def _answers(self) -> bool:
        try:
            self._rpc.call("eth_chainId", timeout_s=1.0)
        except (NotSent, NoAnswer, Refused):
            return False
        return True


def _genesis(owner: bytes, time_s: int) -> Mapping[str, Json]:
    """A chain with today's rules."""
    today: dict[str, Json] = {f"{fork}Time": 0 for fork in ("shanghai", "cancun", "prague")}
    return {
        **first_block({"terminalTotalDifficulty": 0, **today}, CHAIN_ID, [owner], time_s),
        "nonce": "0x0",
        "extraData": "0x",
        "difficulty": "0x0",
        "mixHash": "0x" + "00" * 32,
        "coinbase": "0x" + "00" * 20,
    }
