"""A log opened from its folder: recovery, the publisher's start, and the end of both."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from nacl.signing import SigningKey

from backends.merkle_log import policy as policies
from backends.merkle_log import tiles
from backends.merkle_log.log import Log, Published
from backends.merkle_log.publisher import Publisher, Stages
from backends.merkle_log.quorum import Cosigner, Quorum
from backends.merkle_log.recovery import recover
from backends.merkle_log.sequenced import Sequenced
from backends.merkle_log.storage import CHECKPOINT, SEQUENCED, Storage
from backends.merkle_log.tiles import WIDTH
from consultation.core import merkle, note
from consultation.core.admission import Admission, rule
from consultation.core.checkpoint import Checkpoint, Policy
from consultation.core.errors import Unavailable, VerificationError
from consultation.core.ledger import Head, Health
from consultation.core.note import NoteKey

if TYPE_CHECKING:
    from backends.merkle_log.stamper import Stamper, Stamping


@dataclass(frozen=True, slots=True)
class LogSetting:
    """What a log needs to know beside its folder."""

    operator: SigningKey
    policy: Policy
    admission: str
    batch_age_s: float
    mirror: NoteKey | None = None
    stamping: "Stamping | None" = None


class OpenedLog:
    """The log, its publisher and its witnesses' clients, over one folder."""

    def __init__(
        self,
        folder: Path,
        setting: LogSetting,
        witnesses: Sequence[Cosigner],
        mirrors: Sequence[Callable[[Storage], Cosigner]] = (),
    ) -> None:
        """Recover from whatever the last end left. Raises Unavailable."""
        self._storage = Storage(folder)
        self._stamper: Stamper | None = None
        try:
            self._open(setting, witnesses, [mirror(self._storage) for mirror in mirrors])
        except (OSError, ValueError) as error:
            self._storage.close()
            raise Unavailable(f"the log in {folder} cannot be opened, restore it: {error}") from error

    def _open(self, setting: LogSetting, witnesses: Sequence[Cosigner], mirrors: Sequence[Cosigner]) -> None:
        storage, origin = self._storage, setting.policy.operator.name
        sequenced = _sequenced(storage, origin, setting.operator)
        if not setting.policy.witnesses and setting.mirror is None:
            sequenced = _newer(storage, sequenced, setting)
        size = sequenced.checkpoint.size
        storage.drop_beyond(size)
        storage.replace("vkey", (setting.policy.operator.vkey + "\n").encode())
        storage.replace("policy", policies.to_file(setting.policy, setting.mirror).encode())
        tree, edge = recover(storage, size)
        if tree.root() != sequenced.checkpoint.root:
            raise ValueError(f"the tiles of {size} entries do not have the root that state/sequenced says")
        published = _published(storage, sequenced)
        admission = rule(setting.admission)
        if setting.admission != "all":
            _replay(storage, admission, size)
        held = len(tiles.decode_bundle(edge.bundle))
        why = "" if held == size % WIDTH else f"the last bundle holds {held} entries, its tile {size % WIDTH}"
        self.log = Log(storage, tree, admission, published, sequenced.handed_over_bytes, read_only=why)
        self._recovered = size
        self.quorum = Quorum(witnesses, setting.policy.quorum, mirrors, self.log.prove_consistency)
        self._publisher = Publisher(
            self.log, storage, edge, sequenced, self.quorum, setting.operator, setting.batch_age_s
        )
        if setting.stamping is not None:
            self._stamper = setting.stamping.start(self.log, storage)
        self._publisher.start(publish_first=not published.checkpoint or published.size < size)

    def await_ready(self, timeout_s: float) -> bool:
        """Whether everything that was sequenced before the last end is published by then."""
        return self.log.await_publication(self._recovered, monotonic() + timeout_s)

    def await_first_time_stamp(self) -> None:
        """Raises Unavailable where heads are to be time-stamped, none ever was, and none can be.

        Then the authority's address or certificate is wrong, and better said before the first entry. A log
        that has a time stamp already goes on without the authority.
        """
        if self._stamper is not None and self._stamper.is_first:
            self._stamper.head(0)

    def head(self) -> Head:
        """The newest head. Raises Unavailable."""
        published = self.log.published()
        return published.head() if self._stamper is None else self._stamper.head(published.size)

    def health(self) -> Health:
        """Never raises."""
        if self.log.closed:
            return Health(False, "stopped: connect again once it has restarted")
        if self.log.fault:
            return Health(False, f"the disk refuses: {self.log.fault}")
        trouble = "; ".join(sorted(self.quorum.trouble().values()))
        if self.quorum.short:
            return Health(
                False, f"too few witnesses or no mirror, {self.log.waiting} entries wait: {trouble}"
            )
        unstamped = self._stamper.trouble if self._stamper is not None else ""
        parts = [f"{self.log.size} entries", trouble, f"no newer head: {unstamped}" if unstamped else ""]
        return Health(True, "; ".join(filter(None, parts)))

    @property
    def storage(self) -> Storage:
        return self._storage

    @property
    def cpu_s(self) -> float:
        """CPU seconds of this log inside the calling process."""
        stamper_s = self._stamper.cpu_s if self._stamper is not None else 0.0
        return self.log.cpu_s + self._publisher.cpu_s + self.quorum.cpu_s + self._storage.cpu_s + stamper_s

    @property
    def stages(self) -> Stages:
        """Where the publisher's time went since the log was opened."""
        return self._publisher.stages

    def close(self) -> None:
        """Stop at the next crash state, publishing nothing more; idempotent."""
        self.log.close()
        self.quorum.stop()
        if self._stamper is not None:
            self._stamper.stop()
        self._publisher.join()
        self._storage.close()

    @property
    def network_bytes(self) -> int:
        """Sent to and received from witnesses, mirror and time-stamp authority."""
        stamper_bytes = self._stamper.network_bytes if self._stamper is not None else 0
        return self.quorum.network_bytes + stamper_bytes


def _sequenced(storage: Storage, origin: str, operator: SigningKey) -> Sequenced:
    data = storage.read(SEQUENCED)
    if data is not None:
        return Sequenced.parse(data, origin, operator)
    empty = Sequenced.make(Checkpoint(origin, 0, merkle.EMPTY_ROOT), operator, 0)
    storage.replace(SEQUENCED, empty.encode())
    return empty


def _newer(storage: Storage, sequenced: Sequenced, setting: LogSetting) -> Sequenced:
    """The published checkpoint where it is newer: without cosigners both take their places at once."""
    data = storage.read(CHECKPOINT)
    try:
        checkpoint = setting.policy.check(data) if data else None
    except VerificationError:
        return sequenced  # cosigned under another key, or forged: not ours to go on from
    if data is None or checkpoint is None or checkpoint.size <= sequenced.checkpoint.size:
        return sequenced
    newer = Sequenced.make(checkpoint, setting.operator, sequenced.handed_over_bytes)
    storage.replace(SEQUENCED, newer.encode())
    return newer


def _published(storage: Storage, sequenced: Sequenced) -> Published:
    """The checkpoint as served, whoever has cosigned it: judging that is for verifiers."""
    data = storage.read(CHECKPOINT)
    if data is None:
        return Published(0, merkle.EMPTY_ROOT, b"", 0)
    try:
        checkpoint = Checkpoint.parse(note.parse(data).text)
    except VerificationError as error:
        raise ValueError(f"log/checkpoint: {error}") from error
    if checkpoint.size > sequenced.checkpoint.size:
        raise ValueError(f"log/checkpoint is of {checkpoint.size} entries, state/sequenced of fewer")
    return Published(checkpoint.size, checkpoint.root, data, sequenced.handed_over_bytes)


def _replay(storage: Storage, admission: Admission, size: int) -> None:
    """Build the rules' state anew. An entry that they refuse is not this code's: audits find it."""
    for entry in storage.entries(0, size, size):
        admission.admit(entry)
