"""How the evm ledger is deployed: anvil on this machine, or a contract on any chain by URL."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from backends.evm.anvil import Anvil
from backends.evm.ledger import EvmLedger, Session
from backends.evm.options import EvmOptions
from backends.evm.rpc import Rpc
from backends.evm.session import open_session
from backends.evm.tampering import change_event, forge
from backends.evm.transaction import Account, operator_secret
from backends.evm.verifier import Pins
from backends.nodes.errors import NodeFailed, NodeUnavailable
from backends.nodes.toolchain import ensure
from backends.ports import Delete, Edit, Level, ProcessUse, Reached, Setting, Tampered, Tampering
from consultation.core.canonical import Json
from consultation.core.errors import Rejected, Unavailable
from consultation.core.ledger import Ledger
from consultation.core.note import valid_name


class EvmDeployment:
    """The node, where it is ours, and the session that all clients share."""

    def __init__(self, setting: Setting, options: EvmOptions, binary: Path | None) -> None:
        self._setting, self._options = setting, options
        self._secret = _secret(setting, options)
        self._anvil: Anvil | None = None
        self._paused = False
        if binary is not None:
            owner = Account(self._secret, 0).address
            folder = setting.folder / "anvil"
            self._anvil = Anvil(binary, folder, owner, options.block_time_s, options.confirmations)
        self._start()

    # The port

    def connect(self) -> Ledger:
        return EvmLedger(self._session)

    def pins(self) -> Mapping[str, Json]:
        return self._pins.to_json()

    @property
    def url(self) -> str:
        """Where the node answers."""
        return self._options.url if self._anvil is None else self._anvil.url

    def kill(self) -> None:
        """`kill -9` anvil; a chain of strangers lives on, and only our connection to it ends."""
        self._close("the ledger was killed: restart it and connect again")
        if self._anvil is not None:
            self._anvil.kill()

    def restart(self) -> None:
        self.stop()
        self._start()

    def tamper(self, tampering: Tampering) -> Tampered:
        anvil = self._anvil
        if anvil is None:
            return Tampered(
                False,
                "the contract has no function that changes an entry, and the operator has no hand in the "
                f"chain at {self._options.url}",
            )
        self._close("the ledger's storage was changed: connect again")
        match tampering:
            case Edit() | Delete():
                done = change_event(anvil, self._pins.contract, tampering)
                self._start()
                return done
            case _:
                return self._rewrite(anvil, tampering.entries)

    def pause(self) -> None:
        """SIGSTOP anvil; where the chain is not ours, hold the lock that every append needs."""
        if self._paused:
            return
        self._paused = True
        if self._anvil is not None:
            self._anvil.pause()
        else:
            self._session.sender.turn.acquire()

    def resume(self) -> None:
        if not self._paused:
            return
        self._paused = False
        if self._anvil is not None:
            self._anvil.resume()
        else:
            self._session.sender.turn.release()

    def use(self) -> ProcessUse:
        return ProcessUse(0.0, 0, 0, 0) if self._anvil is None else self._anvil.use()

    def assurance(self) -> Mapping[Level, Reached]:
        """anvil is durable nowhere; its head is the operator's word."""
        return {Level.HEAD_SIGNED: Reached("provable")}

    def stop(self) -> None:
        self.resume()
        self._close("the ledger was stopped: restart it and connect again")
        if self._anvil is not None:
            self._anvil.stop()

    # Within

    def _start(self) -> None:
        """Start the node, where it is ours, and open the session. Raises Unavailable."""
        if self._anvil is None:
            self._session, self._pins = self._opened(self._setting, None)
            return
        try:
            self._anvil.start()
        except NodeFailed as failed:
            raise Unavailable(str(failed)) from failed
        try:
            self._session, self._pins = self._opened(self._setting, self._anvil.mine)
        except BaseException:
            self._anvil.kill()
            raise

    def _opened(self, setting: Setting, mine: Callable[[int], None] | None) -> tuple[Session, Pins]:
        rpc = Rpc(self.url, self._options.rpc_timeout_s)
        try:
            return open_session(setting, self._options, rpc, self._secret, mine)
        except BaseException:
            rpc.close()
            raise

    def _rewrite(self, anvil: Anvil, entries: Sequence[bytes]) -> Tampered:
        """A new chain from the same genesis, with another history, and checkpoints over it."""
        anvil.kill()
        anvil.forget()
        self._start()
        forging = replace(self._setting, admission="all")
        session, _ = self._opened(forging, anvil.mine)
        forge(EvmLedger(session), entries)
        session.close("the forger has left")
        return Tampered(
            True,
            "anvil was started over from the same genesis, the same contract deployed at the same address, "
            f"and {len(entries)} entries appended to it; from now on the operator signs that chain's heads",
        )

    def _close(self, why: str) -> None:
        session: Session | None = getattr(self, "_session", None)
        if session is not None:
            session.close(why)


def deploy(setting: Setting) -> EvmDeployment:
    """Start or reach the node. Raises Rejected, Unavailable."""
    options = EvmOptions.read(setting.options)
    if not valid_name(setting.origin):
        raise Rejected(f"an origin has neither spaces nor plus signs, found {setting.origin!r}")
    try:
        return EvmDeployment(setting, options, ensure("anvil") if options.own_chain else None)
    except NodeUnavailable as error:
        raise Unavailable(f"anvil cannot be had: {error}") from error
    except OSError as error:
        raise Unavailable(f"the folder {setting.folder} cannot be used: {error}") from error


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
