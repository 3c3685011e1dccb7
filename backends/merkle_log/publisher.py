"""The thread that makes queued entries final: tiles, the operator's checkpoint, cosignatures, publication."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from threading import Thread
from time import perf_counter, thread_time

from nacl.signing import SigningKey

from backends.merkle_log.log import Batch, Log, Published
from backends.merkle_log.quorum import Offer, Quorum
from backends.merkle_log.sequenced import Sequenced
from backends.merkle_log.storage import CHECKPOINT, SEQUENCED, Storage
from backends.merkle_log.tiles import RightEdge, completed
from consultation.core.checkpoint import Checkpoint

MOST = 10_000
"""No batch is larger, so that one publication stays short."""
_DISK_PAUSE_S = 0.2


@dataclass(slots=True)
class Stages:
    """Seconds of the publisher's thread so far, by what it was at; it does one after the other."""

    waiting_s: float = 0.0
    """For entries, and for the batch to be old enough; whoever appends has the processor then."""
    tree_s: float = 0.0
    disk_s: float = 0.0
    """Tiles, bundles and `state/sequenced`."""
    cosigning_s: float = 0.0
    publishing_s: float = 0.0
    batches: int = 0


class Publisher:
    """Publishes what `state/sequenced` binds the log to, then batch after batch, until the log closes."""

    def __init__(
        self,
        log: Log,
        storage: Storage,
        edge: RightEdge,
        sequenced: Sequenced,
        quorum: Quorum,
        operator: SigningKey,
        batch_age_s: float,
    ) -> None:
        self._log, self._storage, self._edge, self._quorum = log, storage, edge, quorum
        self._sequenced = sequenced
        self._operator = operator
        self._batch_age_s = batch_age_s
        self._superfluous: list[str] = []
        self._unpublished: Sequence[bytes] = ()
        self._drafted = b""
        """The checkpoint whose draft is synced and not yet in its place; empty where there is none."""
        self._publish_first = False
        self._cpu_s = 0.0
        self.stages = Stages()
        self._thread = Thread(target=self._run, name="publisher", daemon=True)

    def start(self, *, publish_first: bool) -> None:
        """Begin; with `publish_first`, by publishing what was sequenced before the last end."""
        self._publish_first = publish_first
        self._thread.start()

    def join(self) -> None:
        """Return once the thread has ended; the log and the quorum are stopped before."""
        if self._thread.is_alive():
            self._thread.join()

    @property
    def cpu_s(self) -> float:
        """CPU seconds of this thread."""
        return self._cpu_s

    def _run(self) -> None:
        going_on = not self._publish_first or self._publish()
        while going_on:
            self._cpu_s = thread_time()
            began_s = perf_counter()
            batch = self._log.take(self._batch_age_s, MOST)
            self.stages.waiting_s += perf_counter() - began_s
            self.stages.batches += 1
            going_on = batch is not None and self._sequence(batch) and self._publish()

    def _sequence(self, batch: Batch) -> bool:
        """Put the batch on the disk and bind the log to it; False when closed before that."""
        began_s = perf_counter()
        root = self._log.sequence(batch)
        files = self._edge.grow(batch.entries)
        checkpoint = Checkpoint(self._sequenced.checkpoint.origin, self._edge.size, root)
        sequenced = Sequenced.make(checkpoint, self._operator, batch.handed_over_bytes)
        drafts = {SEQUENCED: sequenced.encode()}
        if self._quorum.nobody:  # then it is known now what will be published
            drafts[CHECKPOINT] = self._drafted = sequenced.note.encode()
        self._superfluous += completed(files)
        self._unpublished = batch.leaves
        index = partial(self._log.index, batch)
        written_s = perf_counter()
        self.stages.tree_s += written_s - began_s
        while not self._log.closed:
            try:
                self._storage.write_tiles(files, drafts, meanwhile=index)
                # Crash state: new tiles, and the log is still bound to the former tree. The next start drops
                # them.
                if not self._quorum.nobody:
                    self._storage.place(SEQUENCED)
                # Crash state: the log is bound to the grown tree, no witness has seen it. Asked again at the
                # start.
            except OSError as error:
                if not self._wait_for_disk(error):
                    return False
            else:
                self._log.failed("")
                self._sequenced = sequenced
                self.stages.disk_s += perf_counter() - written_s
                return True
        return False

    def _publish(self) -> bool:
        """Get the quorum's cosignatures and publish; False when closed before that."""
        sequenced = self._sequenced
        asked_s = perf_counter()
        cosignatures = self._quorum.cosign(Offer(sequenced.note, sequenced.checkpoint.size))
        # Crash state: some or all witnesses have cosigned, nothing is published. As before: asked again.
        if cosignatures is None:
            return False
        signed = sequenced.note.adding(cosignatures).encode()
        checkpoint = sequenced.checkpoint
        cosigned_s = perf_counter()
        self.stages.cosigning_s += cosigned_s - asked_s
        while not self._log.closed:
            try:
                self._put_checkpoint(signed)
            except OSError as error:
                if not self._wait_for_disk(error):
                    return False
            else:
                # Crash state: published, nobody told. Whoever appends the bytes again finds them settled.
                self._log.failed("")
                published = Published(checkpoint.size, checkpoint.root, signed, sequenced.handed_over_bytes)
                self._log.publish(published, self._unpublished)
                self._storage.prune(self._superfluous)
                self._superfluous = []
                self.stages.publishing_s += perf_counter() - cosigned_s
                return True
        return False

    def _put_checkpoint(self, signed: bytes) -> None:
        drafted, self._drafted = self._drafted, b""
        if drafted == signed:
            # Crash state: either or both are in their places. The next start goes on from the newer one, as
            # nobody was asked to cosign anything in between.
            self._storage.place(SEQUENCED, CHECKPOINT)
            return
        if self._quorum.nobody:
            self._storage.replace(SEQUENCED, self._sequenced.encode())
        self._storage.replace(CHECKPOINT, signed)

    def _wait_for_disk(self, error: OSError) -> bool:
        self._log.failed(f"{error.strerror or error} ({error.filename or 'log'}): look at the disk")
        return self._log.pause_unless_closed(_DISK_PAUSE_S)
