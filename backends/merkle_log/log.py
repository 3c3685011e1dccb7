"""The log in memory: what is queued, sequenced and published, under one lock.

Queued entries have a place in the order and nothing else. Sequenced ones are in the tree and on the disk.
Published ones are covered by the checkpoint that is served, and only they are settled.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Condition
from time import monotonic, thread_time

from backends.merkle_log.leaf_index import LeafIndex
from backends.merkle_log.storage import Storage
from backends.merkle_log.tiles import MAX_ENTRY_BYTES
from consultation.core import merkle
from consultation.core.admission import Admission
from consultation.core.errors import Overloaded, Unavailable
from consultation.core.ledger import Head, Refusal, Root, Ticket, Usage

MAX_WAITING = 50_000
"""Entries that may wait for publication, in memory."""
ENOUGH = 64
"""A batch of so many entries does not wait to grow older, once somebody waits for it."""


@dataclass(frozen=True, slots=True)
class Published:
    """The checkpoint that is served."""

    size: int
    root: bytes
    checkpoint: bytes
    handed_over_bytes: int

    def head(self) -> Head:
        return Head(self.size, Root(self.root), self.checkpoint)


@dataclass(frozen=True, slots=True)
class Batch:
    """What the publisher takes at once."""

    entries: Sequence[bytes]
    leaves: Sequence[bytes]
    handed_over_bytes: int
    """Of the whole log, up to the moment when the batch was taken."""


class Log:
    """What all clients of one deployment and the publisher share."""

    def __init__(
        self,
        storage: Storage,
        tree: merkle.Tree,
        admission: Admission,
        published: Published,
        handed_over_bytes: int,
        read_only: str = "",
    ) -> None:
        """`read_only`, where it says something, is why nothing may be appended."""
        self._storage = storage
        self._tree = tree
        self._admission = admission
        self._published = published
        self._handed_over_bytes = handed_over_bytes
        self._index = LeafIndex(tree.leaf)
        self._index.extend(merkle.split_hashes(tree.nodes(0, 0, tree.size)), 0)
        self._indexed = tree.size
        self._queue: list[bytes] = []
        self._queued_leaves: list[bytes] = []
        self._unpublished: set[bytes] = set()
        """Of what was appended since the start: leaves that are queued, or sequenced and not published."""
        self._newest: dict[bytes, int] = {}
        """Of the last publication, what the index says too, for those who wait for just that."""
        self._first_queued_s = 0.0
        self._awaiting = 0
        """Callers that wait for a publication."""
        self._changed = Condition()
        self._closed = False
        self._held = False
        self._read_only = read_only
        self._fault = ""
        self._cpu_s = 0.0

    # Writing

    def append(self, entries: Sequence[bytes]) -> list[Ticket | Refusal]:
        """Queue what is new. Raises Overloaded, Unavailable: then nothing of the list is queued."""
        started_s = thread_time()
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        with self._changed:
            self._check_open()
            if fault := self.fault:
                raise Unavailable(f"the log cannot write, nothing was appended: {fault}")
            if len(self._queue) + len(entries) > MAX_WAITING:
                raise Overloaded(
                    f"{len(self._queue)} entries wait for publication and at most {MAX_WAITING} may, "
                    f"so the {len(entries)} were not appended: retry when the witnesses have caught up"
                )
            answers = self._add(entries, leaves)
            self._changed.notify_all()
            self._cpu_s += thread_time() - started_s
        return answers

    def _add(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> list[Ticket | Refusal]:
        answers: list[Ticket | Refusal] = []
        unpublished, queue, admit = self._unpublished, self._queue, self._admission.admit
        for entry, leaf, index in zip(entries, leaves, self._index.find(leaves), strict=True):
            if len(entry) > MAX_ENTRY_BYTES:
                answers.append(
                    Refusal(f"the entry has {len(entry)} bytes; at most {MAX_ENTRY_BYTES} are allowed")
                )
                continue
            self._handed_over_bytes += len(entry)
            if index is None and leaf not in unpublished:
                refused = admit(entry)
                if refused is not None:
                    answers.append(Refusal(refused))
                    continue
                if not queue:
                    self._first_queued_s = monotonic()
                unpublished.add(leaf)
                queue.append(entry)
                self._queued_leaves.append(leaf)
            answers.append(Ticket(leaf))
        return answers

    def settled(self, leaves: Sequence[bytes]) -> list[int | None]:
        """The index of each published leaf; None for the others."""
        with self._changed:
            self._check_open()
            size, unpublished = self._published.size, self._unpublished
            if unpublished.issuperset(leaves):
                return [None] * len(leaves)
            newest = list(map(self._newest.get, leaves))
            found = newest if None not in newest else self._index.find(leaves)
        # What is sequenced is in the index before it is published.
        return [index if index is not None and index < size else None for index in found]

    def await_growth(self, size: int, deadline_s: float) -> bool:
        """Wait until more than `size` entries are published; False at the deadline (monotonic seconds)."""
        with self._changed:
            self._awaiting += 1
            if len(self._queue) >= ENOUGH:
                self._changed.notify_all()
            try:
                self._changed.wait_for(
                    lambda: self._closed or self._published.size > size, max(0.0, deadline_s - monotonic())
                )
            finally:
                self._awaiting -= 1
            self._check_open()
            return self._published.size > size

    def await_publication(self, size: int, deadline_s: float) -> bool:
        """Wait for a checkpoint of at least `size` entries; False at the deadline (monotonic seconds)."""
        with self._changed:
            return self._changed.wait_for(
                lambda: bool(self._published.checkpoint) and self._published.size >= size,
                max(0.0, deadline_s - monotonic()),
            )

    def await_larger(self, size: int) -> Published | None:
        """Wait for a checkpoint of more than `size` entries; None when closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or (bool(self._published.checkpoint) and self._published.size > size)
            )
            return None if self._closed else self._published

    # Reading

    def published(self) -> Published:
        with self._changed:
            self._check_open()
            return self._published

    def entries(self, start: int, stop: int) -> Iterator[bytes]:
        size = self.published().size
        return self._storage.entries(start, stop, size)

    def prove_inclusion(self, index: int, size: int) -> list[bytes]:
        with self._changed:
            return self._tree.prove_inclusion(index, size)

    def prove_consistency(self, old: int, new: int) -> list[bytes]:
        with self._changed:
            return self._tree.prove_consistency(old, new)

    def usage(self) -> Usage:
        published = self.published()
        return Usage(published.size, published.handed_over_bytes, self._storage.stored_bytes())

    # For the publisher

    def take(self, batch_age_s: float, most: int) -> Batch | None:
        """Wait for entries, then until the oldest is old enough or there are many; None when closed.

        `ENOUGH` are many when somebody waits for their publication. Nobody does while the one caller that
        there is still appends: a batch taken then would leave the rest of its lists to the next.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._closed or (self._queue and not self._held))
            due_s = self._first_queued_s + batch_age_s
            self._changed.wait_for(
                lambda: self._closed or len(self._queue) >= (ENOUGH if self._awaiting else most),
                max(0.0, due_s - monotonic()),
            )
            if self._closed:
                return None
            return Batch(self._queue[:most], self._queued_leaves[:most], self._handed_over_bytes)

    def sequence(self, batch: Batch) -> bytes:
        """Move the batch from the queue into the tree, and return the new root."""
        with self._changed:
            self._tree.extend(batch.leaves)
            del self._queue[: len(batch.entries)]
            del self._queued_leaves[: len(batch.leaves)]
            if self._queue:
                self._first_queued_s = monotonic()
            return self._tree.root()

    def index(self, batch: Batch) -> None:
        """Make the batch that was sequenced last found by its leaves, before `publish`; idempotent."""
        with self._changed:
            if self._indexed < self._tree.size:
                self._index.extend(batch.leaves, self._indexed)
                self._indexed = self._tree.size

    def publish(self, published: Published, leaves: Sequence[bytes]) -> None:
        """The checkpoint is on the disk: `leaves`, sequenced since the one before, are settled now."""
        with self._changed:
            self._published = published
            self._unpublished.difference_update(leaves)
            self._newest = dict(zip(leaves, range(published.size - len(leaves), published.size), strict=True))
            self._changed.notify_all()

    def failed(self, fault: str) -> None:
        """The disk refuses (or, with '', no longer does): appends are Unavailable in the meantime."""
        with self._changed:
            self._fault = fault
            self._changed.notify_all()

    def hold(self, held: bool) -> None:
        """Keep the publisher from taking anything until held no longer; appends still queue."""
        with self._changed:
            self._held = held
            self._changed.notify_all()

    def pause_unless_closed(self, seconds: float) -> bool:
        """Wait; False as soon as the log is closed."""
        with self._changed:
            return not self._changed.wait_for(lambda: self._closed, seconds)

    # Ending

    @property
    def fault(self) -> str:
        """Why nothing can be appended now; empty where it can."""
        return self._read_only or self._fault

    @property
    def size(self) -> int:
        """Entries sequenced, published or not."""
        with self._changed:
            return self._tree.size

    @property
    def waiting(self) -> int:
        """Entries that are not yet published."""
        with self._changed:
            return self._tree.size + len(self._queue) - self._published.size

    @property
    def closed(self) -> bool:
        return self._closed

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the appending threads within `append`."""
        return self._cpu_s

    def close(self) -> None:
        """Drop the queue, and wake everybody who waits."""
        with self._changed:
            self._closed = True
            self._queue.clear()
            self._queued_leaves.clear()
            self._changed.notify_all()

    def _check_open(self) -> None:
        if self._closed:
            raise Unavailable("the log has stopped: connect again once it has restarted")
