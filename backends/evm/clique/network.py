"""The signers' nodes together: laid out, started, ended, and counted."""

import json
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from backends.evm.answers import BadAnswer, as_quantity
from backends.evm.clique import tampering
from backends.evm.clique.genesis import genesis, signers_in
from backends.evm.clique.keys import Keys
from backends.evm.clique.signer import Signer
from backends.evm.own import Door
from backends.evm.rpc import NoAnswer, NotSent, Refused, Rpc
from backends.evm.transaction import address_of
from backends.nodes.errors import NodeFailed
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import free_ports
from backends.nodes.process import NodeProcess
from backends.nodes.traffic import Traffic
from backends.ports import ProcessUse, Tampered, Tampering
from consultation.core.errors import Rejected

_PORTS = 3
_HEAD_START_S = 6
"""How far after its making a chain of several begins, so that no signer seals its first block alone.

Each may seal one before it sees the others; two pairs on branches of one weight then wait for each other for
ever, which happened in one of some twenty starts. Later a branch always outweighs the other, while three run.
"""
_START_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 15.0
_PROBE_S = 1.0


class Clique:
    """Some signers on loopback, each connected to every other one. The first is the operator's own."""

    def __init__(self, binary: Path, folder: Path, owner: bytes, signers: int, period_s: int) -> None:
        """`owner` is the secret key of the contract's owner. Raises Rejected, NodeFailed, OSError."""
        self.binary, self._owner, self.period_s = binary, owner, period_s
        self.genesis = folder / "genesis.json"
        ports = iter(free_ports(_PORTS * signers))
        self.members = [
            Signer(name, folder / name, Keys.kept(folder / name), next(ports), next(ports), next(ports))
            for name in (f"signer{place}" for place in range(signers))
        ]
        self._write_genesis()
        self._traffic = Traffic()
        self._group = ProcessGroup()
        for member in self.members:
            member.lay_out(binary, self.genesis, [each for each in self.members if each is not member])
            argv, env = member.argv(binary), member.environment
            self._group.add(member.name, argv, cwd=member.folder, log=member.log, env=env)

    @property
    def label(self) -> str:
        return f"geth, {len(self.members)} Clique signer{'s' if len(self.members) > 1 else ''}"

    @property
    def caution(self) -> str:
        return "proof of authority, no finality" if len(self.members) > 1 else "one signer, no consensus"

    @property
    def doors(self) -> Sequence[Door]:
        first, *others = self.members
        return [
            Door(first.name, first.url, self._owner),
            *(Door(each.name, each.url, each.keys.writer) for each in others),
        ]

    @property
    def signers(self) -> Sequence[bytes]:
        return sorted(member.keys.signer for member in self.members)

    # Life

    def start(self) -> None:
        """Start what is down; returns when every node answers and sees all others. Raises NodeFailed."""
        self._group.start()
        try:
            self._group.wait_ready(self._all_connected, timeout_s=_START_TIMEOUT_S)
        except NodeFailed:
            self._group.stop()
            raise

    def mine(self, blocks: int) -> bool:
        """No: signers seal by the clock."""
        return False

    def process(self, name: str) -> NodeProcess:
        return self._group[name]

    def stop(self) -> None:
        self._sent_bytes()
        self._group.stop(_STOP_TIMEOUT_S)

    def kill(self) -> None:
        self._sent_bytes()
        self._group.kill()

    def pause(self) -> None:
        self._group.pause()

    def resume(self) -> None:
        self._group.resume()

    def use(self) -> ProcessUse:
        """Bytes between the nodes are what geth says it has sent, as of the last look at it."""
        return replace(self._group.use(), network_bytes=self._sent_bytes())

    # Tampering

    def tamper(self, contract: bytes, tampering_: Tampering) -> Tampered | None:
        """With the operator's reach: one signer's disk and key."""
        return tampering.tamper(self, contract, tampering_)

    def start_over(self) -> None:
        """End everything, and let the next start begin at the genesis."""
        self._group.kill()
        for member in self.members:
            member.forget(self.binary, self.genesis)

    # Within

    def _sent_bytes(self) -> int | None:
        """None where a signer has no peer."""
        if len(self.members) == 1:
            return None
        alive = [member for member in self.members if self._group[member.name].alive]
        return self._traffic.look({member.name: member.sent for member in alive})

    def _write_genesis(self) -> None:
        sealing = [member.keys.signer for member in self.members]
        if not self.genesis.exists():
            funded = [address_of(self._owner), *(member.keys.writer_address for member in self.members)]
            begin_s = int(time.time()) + (_HEAD_START_S if len(sealing) > 1 else 0)
            text = json.dumps(genesis(sealing, funded, self.period_s, begin_s))
            self.genesis.write_text(text, encoding="ascii")
        found = json.loads(self.genesis.read_text(encoding="ascii"))
        if signers_in(found) != sorted(sealing) or found["config"]["clique"]["period"] != self.period_s:
            raise Rejected(
                f"{self.genesis} is of a chain with {len(signers_in(found))} signers and blocks every "
                f"{found['config']['clique']['period']} s: ask for these, or choose an empty folder"
            )

    def _all_connected(self) -> bool:
        return all(self._connected(member) for member in self.members)

    def _connected(self, member: Signer) -> bool:
        rpc = Rpc(member.url, _PROBE_S)
        try:
            return as_quantity(rpc.call("net_peerCount")) >= len(self.members) - 1
        except (NotSent, NoAnswer, Refused, BadAnswer):
            return False
        finally:
            rpc.close()
