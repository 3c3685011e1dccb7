"""How the Merkle log is deployed and pinned: the log in the calling process, each witness and the mirror in
its own."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from backends.deployment import DeploymentFailed
from backends.merkle_log import policy as policies
from backends.merkle_log import tampering as tampers
from backends.merkle_log.ledger import MerkleLogLedger
from backends.merkle_log.mirror_process import MirrorProcess
from backends.merkle_log.opened import LogSetting, OpenedLog
from backends.merkle_log.options import LogOptions
from backends.merkle_log.publisher import Stages
from backends.merkle_log.verifier import MerkleLogHeads
from backends.merkle_log.witnesses import Witnesses
from backends.nodes.errors import NodeUnavailable
from backends.nodes.toolchain import ensure
from backends.ports import GroupUse, Level, Option, Options, ProcessUse, Reached, Setting, Tampered, Tampering
from consultation.core.canonical import Json
from consultation.core.checkpoint import Policy
from consultation.core.errors import Rejected, Unavailable
from consultation.core.ledger import Ledger
from consultation.core.note import KeyType, NoteKey, valid_name
from consultation.core.tree_head import TreeVerifier

if TYPE_CHECKING:
    from backends.merkle_log.stamper import Stamping

_CATCH_UP_S = 30.0


class MerkleLogDeployment:
    """A log and its witnesses."""

    def __init__(self, setting: Setting, options: LogOptions, binary: Path | None) -> None:
        """Start and wait until everything that is on the disk is published. Raises Rejected, Unavailable."""
        stamping = _stamping(options)
        self._setting = setting
        operator = NoteKey(setting.origin, KeyType.ED25519, bytes(setting.operator.verify_key))
        count = options.witnesses if binary else 0
        self.witnesses = Witnesses(setting.folder, binary or Path(), count, operator)
        """The witness processes, to kill and pause one by one."""
        policy = Policy(operator, self.witnesses.keys, options.quorum if count else 0)
        self.mirror = MirrorProcess(setting.folder, operator) if options.mirror else None
        key = self.mirror.key if self.mirror else None
        self._log_setting = LogSetting(
            setting.operator, policy, setting.admission, options.batch_age_s, key, stamping
        )
        self._traits = policies.traits(policy, key, time_stamped=stamping is not None)
        self._past = GroupUse(0.0, 0, 0, 0)
        self._past_network_bytes = 0
        self._log: OpenedLog | None = None
        self.restart()

    @property
    def served(self) -> Path:
        """The folder that a web server would serve: tiles, `checkpoint`, `vkey` and `policy`."""
        return self._setting.folder / "log"

    def connect(self) -> Ledger:
        """Raises Unavailable while the ledger is down."""
        opened = self._opened()
        return MerkleLogLedger(opened.log, self._traits, opened.health, opened.head)

    def pins(self) -> Mapping[str, Json]:
        setting = self._log_setting
        tsa = setting.stamping.pinned.pins() if setting.stamping else ()
        return policies.to_pins(setting.policy, setting.mirror, tsa)

    def kill(self) -> None:
        """Kill the witnesses, and drop the log where it stands: what is queued is lost, nothing more is
        published.

        The log is in the calling process, which cannot be killed without its caller; the tests do that to a
        child.
        """
        self._close()
        self.witnesses.kill_all()
        if self.mirror:
            self.mirror.kill()

    def restart(self) -> None:
        """Raises Unavailable, with the witnesses' last words, where the log cannot go on."""
        self.stop()
        try:
            if self.mirror:
                self.mirror.launch()
            self.witnesses.start()
            if self.mirror:
                self.mirror.start()
        except DeploymentFailed as failed:
            self.stop()
            raise Unavailable(str(failed)) from failed
        try:
            self._log = self._open()
            if not self._log.await_ready(_CATCH_UP_S):
                raise Unavailable(f"not published after {_CATCH_UP_S:g} s: {self._log.health().detail}")
            self._log.await_first_time_stamp()
        except Unavailable:
            self.stop()
            raise

    def tamper(self, tampering: Tampering) -> Tampered:
        """Stop the log, change its files, start it over them; the witnesses go on all the while."""
        setting = self._setting
        self._close()
        try:
            return tampers.tamper(
                setting.folder,
                setting.origin,
                setting.operator,
                self.witnesses.clients(),
                tampering,
                self.mirror,
            )
        finally:
            self._log = self._open()

    def pause(self) -> None:
        """SIGSTOP to witnesses and mirror, and the publisher holds still; entries queue up meanwhile."""
        if self._log is not None:
            self._log.log.hold(True)
        self.witnesses.pause_all()
        if self.mirror:
            self.mirror.pause()

    def resume(self) -> None:
        self.witnesses.resume_all()
        if self.mirror:
            self.mirror.resume()
        if self._log is not None:
            self._log.log.hold(False)

    def use(self) -> ProcessUse:
        """By group; the log's own is its CPU and written bytes within the calling process."""
        log, network_bytes = self._past, self._past_network_bytes
        opened = self._log
        if opened is not None:
            log = _plus(log, opened)
            network_bytes += opened.network_bytes
        groups = {"log": log, "witness": _group(self.witnesses.use())}
        if self.mirror:
            groups["mirror"] = _group(self.mirror.use())
        return ProcessUse.summed(groups, network_bytes)

    def stages(self) -> Stages:
        """Where the publisher's time went since the last start."""
        return self._opened().stages

    def assurance(self) -> Mapping[Level, Reached]:
        """Durable before it is offered to the witnesses, which hold no entries: one disk.

        A mirror has copied and synced the entries before it cosigns: a second failure domain. Without
        witnesses and mirror a fork takes nobody but the operator, so that level is never reached: a
        time-stamp authority stamps either history. Its token comes after all of these, when an entry is
        provable.
        """
        final = Reached("final")
        levels = {Level.ONE_DISK: final, Level.HEAD_SIGNED: final}
        if self.mirror:
            levels[Level.TWO_DOMAINS] = final
        if self._traits.parties > 1:
            levels[Level.NO_FORK] = final
        return levels

    def stop(self) -> None:
        self._close()
        self.witnesses.stop()
        if self.mirror:
            self.mirror.stop()

    def _open(self) -> OpenedLog:
        mirrors = [self.mirror.client] if self.mirror else []
        return OpenedLog(self._setting.folder, self._log_setting, self.witnesses.clients(), mirrors)

    def _opened(self) -> OpenedLog:
        if self._log is None:
            raise Unavailable("the log is down: restart it")
        return self._log

    def _close(self) -> None:
        opened, self._log = self._log, None
        if opened is not None:
            opened.close()
            self._past = _plus(self._past, opened)
            self._past_network_bytes += opened.network_bytes


def _stamping(options: LogOptions) -> "Stamping | None":
    """Raises Rejected."""
    if not options.timestamps:
        return None
    from backends.merkle_log.stamper import Stamping
    from backends.merkle_log.time_stamp import PinnedAuthority

    pinned = PinnedAuthority.read(Path(options.timestamp_root))
    return Stamping(options.timestamps, options.timestamp_age_s, pinned)


def _plus(past: GroupUse, opened: OpenedLog) -> GroupUse:
    written_bytes = past.written_bytes + opened.storage.written_bytes
    return GroupUse(past.cpu_s + opened.cpu_s, 0, written_bytes, 0)


def _group(use: ProcessUse) -> GroupUse:
    return GroupUse(use.cpu_s, use.rss_bytes, use.written_bytes, use.processes)


class MerkleLogBackend:
    """The Merkle log in the registry."""

    name = "merkle-log"
    options: Mapping[str, Option] = LogOptions().as_options()

    def nodes(self, options: Options) -> Sequence[str]:
        return ("omniwitness",) if options.get("witnesses", 4) else ()

    def deploy(self, setting: Setting) -> MerkleLogDeployment:
        if not valid_name(setting.origin):
            raise Rejected(f"an origin has neither spaces nor plus signs, found {setting.origin!r}")
        options = LogOptions.parse(setting.options)
        try:
            binary = ensure("omniwitness") if options.witnesses else None
            return MerkleLogDeployment(setting, options, binary)
        except NodeUnavailable as error:
            raise Unavailable(str(error)) from error
        except OSError as error:
            raise Unavailable(f"the folder {setting.folder} cannot be used: {error}") from error

    def verifier(self, pins: Mapping[str, Json]) -> TreeVerifier:
        mirror, authority = policies.mirror_from_pins(pins), policies.authority_from_pins(pins)
        heads = MerkleLogHeads(policies.from_pins(pins), mirror, authority)
        return TreeVerifier(heads.check_head)


BACKEND = MerkleLogBackend()
