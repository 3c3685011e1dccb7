"""How the evm ledger is deployed: on anvil or Clique, which are our own, or on any chain by URL."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace

from backends.evm.anvil import Anvil
from backends.evm.clique.network import Clique
from backends.evm.ledger import EvmLedger, Session
from backends.evm.meter import Meter
from backends.evm.options import EvmOptions
from backends.evm.own import Door, OwnChain
from backends.evm.rpc import Rpc
from backends.evm.session import open_session
from backends.evm.tampering import forge
from backends.evm.transaction import operator_secret
from backends.evm.verifier import Pins
from backends.evm.watching import EvmWatch
from backends.nodes.errors import NodeFailed, NodeUnavailable
from backends.nodes.process import NodeProcess
from backends.nodes.toolchain import ensure
from backends.ports import Level, ProcessUse, Reached, Rewrite, Setting, Tampered, Tampering
from consultation.core.canonical import Json
from consultation.core.errors import Rejected, Unavailable
from consultation.core.ledger import Ledger
from consultation.core.note import valid_name


class EvmDeployment:
    """The nodes, where they are ours, and for each door a session that all its clients share."""

    def __init__(self, setting: Setting, options: EvmOptions, secret: bytes, own: OwnChain | None) -> None:
        self._setting, self._options, self._own = setting, options, own
        self._doors = [Door("node", options.url, secret)] if own is None else list(own.doors)
        self._meter = Meter(setting.folder / "usage.json")
        self._sessions: dict[str, Session] = {}
        self._paused = False
        self._start()

    # Clients

    def connect(self) -> Ledger:
        """A client of the operator's own node."""
        return self.enter(self._doors[0].name)

    @property
    def doors(self) -> Sequence[str]:
        return [door.name for door in self._doors]

    def enter(self, door: str) -> Ledger:
        """A client of that node alone, with an account of its own. Raises KeyError, Unavailable."""
        found = {each.name: each for each in self._doors}[door]
        session = self._sessions.get(door)
        if session is None:
            session, _ = self._opened(self._setting, found)
            self._sessions[door] = session
        return EvmLedger(session)

    def watch(self) -> EvmWatch:
        """Each node's size at the depth that counts as final; see `watching`."""
        nodes = {door.name: door.url for door in self._doors}
        return EvmWatch(nodes, self._pins.contract, self._options.depth)

    def pins(self) -> Mapping[str, Json]:
        return self._pins.to_json()

    @property
    def url(self) -> str:
        """Where the operator's node answers."""
        return self._doors[0].url

    @property
    def caution(self) -> str:
        """What has to stand beside every figure of it."""
        return (
            "operator only: the chain's own consensus is not checked"
            if self._own is None
            else self._own.caution
        )

    # Life

    def process(self, name: str) -> NodeProcess:
        """One node of ours by its door's name, to be killed or stalled alone. Raises KeyError."""
        if self._own is None:
            raise KeyError(name)
        return self._own.process(name)

    def kill(self) -> None:
        """`kill -9` every node of ours; a chain of strangers lives on, and only our connection to it ends."""
        self._close("the ledger was killed: restart it and connect again")
        if self._own is not None:
            self._own.kill()

    def restart(self) -> None:
        self.stop()
        self._start()

    def pause(self) -> None:
        """SIGSTOP every node; where the chain is not ours, hold the lock that every append needs."""
        if self._paused:
            return
        self._paused = True
        if self._own is not None:
            self._own.pause()
        else:
            self._main.sender.turn.acquire()

    def resume(self) -> None:
        if not self._paused:
            return
        self._paused = False
        if self._own is not None:
            self._own.resume()
        else:
            self._main.sender.turn.release()

    def use(self) -> ProcessUse:
        return ProcessUse(0.0, 0, 0, 0) if self._own is None else self._own.use()

    def assurance(self) -> Mapping[Level, Reached]:
        """anvil is durable nowhere, and a stranger's chain is not looked into: a head is the operator's word.

        A Clique node has synced what is settled; two that have are two disks. With several signers a head
        carries the seals of more than half of them: so many have to collude, or be misled by their network,
        for another history. Nobody but the service knows the rules: the contract does not.
        """
        reached = {Level.HEAD_SIGNED: Reached("provable")}
        if self._options.clique:
            reached[Level.ONE_DISK] = Reached("final")
        if self._options.several:
            reached |= {
                Level.TWO_DOMAINS: Reached("final", nodes=2),
                Level.NO_FORK: Reached("provable"),
            }
        return reached

    def stop(self) -> None:
        self.resume()
        self._close("the ledger was stopped: restart it and connect again")
        if self._own is not None:
            self._own.stop()

    # Tampering

    def tamper(self, tampering: Tampering) -> Tampered:
        own = self._own
        if own is None:
            return Tampered(
                False,
                "the contract has no function that changes an entry, and the operator has no hand in the "
                f"chain at {self._options.url}",
            )
        self._close("the ledger's storage was changed: connect again")
        done = own.tamper(self._pins.contract, tampering)
        if done is not None:
            self._start()
            return done
        assert isinstance(tampering, Rewrite), "of one event it is said what became of it"
        return self._rewrite(own, tampering.entries)

    def _rewrite(self, own: OwnChain, entries: Sequence[bytes]) -> Tampered:
        """A new chain from the same genesis, with another history, and checkpoints over it."""
        own.start_over()
        self._start()
        forging = replace(self._setting, admission="all")
        session, _ = self._opened(forging, self._doors[0])
        forge(EvmLedger(session), entries)
        session.close("the forger has left")
        return Tampered(
            True,
            f"{own.label}: the chain was started over from the same genesis, the same contract deployed at "
            f"the same address, and {len(entries)} entries appended to it; from now on the operator signs "
            "that chain's heads",
        )

    # Within

    @property
    def _main(self) -> Session:
        return self._sessions[self._doors[0].name]

    def _start(self) -> None:
        """Start the nodes, where they are ours, and open the operator's session. Raises Unavailable."""
        own = self._own
        try:
            if own is not None:
                own.start()
        except NodeFailed as failed:
            raise Unavailable(str(failed)) from failed
        try:
            session, self._pins = self._opened(self._setting, self._doors[0])
        except BaseException:
            if own is not None:
                own.kill()
            raise
        self._sessions = {self._doors[0].name: session}

    def _opened(self, setting: Setting, door: Door) -> tuple[Session, Pins]:
        rpc = Rpc(door.url, self._options.rpc_timeout_s)
        try:
            return open_session(setting, self._options, rpc, door, self._doors, self._meter, self._own)
        except BaseException:
            rpc.close()
            raise

    def _close(self, why: str) -> None:
        for session in self._sessions.values():
            session.close(why)


def deploy(setting: Setting) -> EvmDeployment:
    """Start or reach the node. Raises Rejected, Unavailable."""
    options = EvmOptions.read(setting.options)
    if not valid_name(setting.origin):
        raise Rejected(f"an origin has neither spaces nor plus signs, found {setting.origin!r}")
    secret = _secret(setting, options)
    try:
        return EvmDeployment(setting, options, secret, _own(setting, options, secret))
    except NodeUnavailable as error:
        raise Unavailable(f"{options.node} cannot be had: {error}") from error
    except NodeFailed as error:
        raise Unavailable(str(error)) from error
    except OSError as error:
        raise Unavailable(f"the folder {setting.folder} cannot be used: {error}") from error


def _own(setting: Setting, options: EvmOptions, secret: bytes) -> OwnChain | None:
    """The chain that is to be run here, laid out and not started; None where the options name another one."""
    if not options.own_chain:
        return None
    binary = ensure(options.node)
    if options.clique:
        return Clique(binary, setting.folder / "clique", secret, options.signers, options.period_s)
    return Anvil(binary, setting.folder / "anvil", secret, options.block_time_s, options.confirmations)


def _secret(setting: Setting, options: EvmOptions) -> bytes:
    """The account's key: from the environment variable that is named, or derived."""
    if not options.key_env:
        return operator_secret(setting.operator)
    try:
        found = bytes.fromhex(os.environ[options.key_env].removeprefix("0x"))
    except (KeyError, ValueError):
        found = b""
    if len(found) != 32:
        raise Rejected(f"key_env names {options.key_env!r}, which must hold a secret key: 64 hex digits")
    return found
