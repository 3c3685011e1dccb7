"""The store, its tree, and its anchors together: what all clients of one deployment share.

`changed` guards store, tree and sizes and is held for moments; the inner ledger is waited for elsewhere, by
the `Anchorer`'s thread, so that a stall of it stalls neither appending nor the timeout of a `settle`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from threading import Condition, Lock
from time import monotonic

from backends.anchored.anchors import Anchor, Anchors
from backends.anchored.counter import Counter
from backends.anchored.store import Store
from consultation.core import merkle
from consultation.core.admission import Admission, rule
from consultation.core.errors import Overloaded, Unavailable
from consultation.core.ledger import Head, Refusal, Ticket


@dataclass(frozen=True, slots=True)
class Limits:
    """When a batch is anchored, and how much may wait for that."""

    batch_size: int
    batch_age_s: float
    max_unanchored: int
    max_entry_bytes: int


class AnchoredLog:
    """Ordered in the store, final by anchors."""

    def __init__(
        self,
        store: Store,
        anchors: Anchors,
        admission: str,
        limits: Limits,
        handed_over: Counter,
        counted: Counter,
    ) -> None:
        self.changed = Condition()
        self.closed = ""
        """Why no client answers any more."""
        self.trouble = ""
        """Why nothing settles at present."""
        self.handed_over, self.counted = handed_over, counted
        self._store, self._anchors, self._limits = store, anchors, limits
        leaves = [merkle.leaf_hash(entry) for entry in store.read(0, store.size)]
        self.tree = merkle.Tree(leaves)
        self._place: dict[bytes, int] = {}
        for at, leaf in enumerate(leaves):
            self._place.setdefault(leaf, at)
        self._admission_name = admission
        self._admission: Admission | None = None
        self._heading = Lock()
        self._head: Head | None = None
        self.newest = anchors.newest
        self.anchored = self.newest.checkpoint.size if self.newest else 0
        self.sealed = self.anchored
        self._waiting_since_s = monotonic()
        self.damage = self._compare()

    def _compare(self) -> str:
        """What is wrong between the store and its newest anchor; empty where they agree."""
        if self.newest is None:
            return ""
        said = self.newest.checkpoint
        if said.size > self.tree.size:
            return f"the store holds {self.tree.size} entries, its newest anchor covers {said.size}"
        if self.tree.root(said.size) != said.root:
            return f"the first {said.size} entries of the store are not the ones that were anchored"
        return ""

    # Writing

    def append(self, entries: Sequence[bytes]) -> list[Ticket | Refusal]:
        """Order new entries in the store. Raises Overloaded, Unavailable, and then none is there."""
        self.handed_over.add(sum(map(len, entries)))
        with self.changed:
            if self.damage:
                raise Unavailable(f"{self.damage}: nothing can follow; restore {self._store.path.name}")
            unanchored = self.tree.size - self.anchored
            if unanchored and unanchored + len(entries) > self._limits.max_unanchored:
                raise Overloaded(
                    f"{unanchored} entries wait for an anchor and {len(entries)} more were handed over; "
                    f"max_unanchored is {self._limits.max_unanchored}: retry when some have settled"
                )
            fresh: dict[bytes, bytes] = {}
            answers = [self._judge(entry, fresh) for entry in entries]
            if fresh:
                self._write(fresh)
            return answers

    def _judge(self, entry: bytes, fresh: dict[bytes, bytes]) -> Ticket | Refusal:
        if len(entry) > self._limits.max_entry_bytes:
            return Refusal(
                f"the entry has {len(entry)} bytes; at most {self._limits.max_entry_bytes} are allowed"
            )
        leaf = merkle.leaf_hash(entry)
        if leaf not in self._place and leaf not in fresh:
            refused = self._rules().admit(entry)
            if refused is not None:
                return Refusal(refused)
            fresh[leaf] = entry
        return Ticket(leaf)

    def _write(self, fresh: dict[bytes, bytes]) -> None:
        try:
            self._store.append(list(fresh.values()))
        except OSError as error:
            self._admission = None  # it has admitted what is not there
            raise Unavailable(f"{self._store.path.name} cannot be written: {error}") from error
        if self.sealed == self.tree.size:
            self._waiting_since_s = monotonic()
        self._place.update((leaf, at) for at, leaf in enumerate(fresh, self.tree.size))
        self.tree.extend(fresh)
        self.changed.notify_all()

    def _rules(self) -> Admission:
        """The admission, brought up to the store's entries where it is new."""
        if self._admission is None:
            self._admission = rule(self._admission_name)
            if self._admission_name != "all":
                for entry in self._store.read(0, self._store.size):
                    self._admission.admit(entry)
        return self._admission

    # What the anchorer needs

    def due(self, now_s: float) -> tuple[list[int], float]:
        """Sizes at which a batch ends now, and in how many seconds the next one may; `changed` is held."""
        size, limits = self.tree.size, self._limits
        stops = list(range(self.sealed + limits.batch_size, size + 1, limits.batch_size))
        sealed = stops[-1] if stops else self.sealed
        if sealed == size:
            return stops, limits.batch_age_s
        left_s = self._waiting_since_s + limits.batch_age_s - now_s
        if left_s > 0:
            return stops, left_s
        return [*stops, size], limits.batch_age_s

    def seal(self, stops: Sequence[int]) -> list[tuple[int, bytes]]:
        """Each size with its root, after a sync: an anchor is a promise that the store holds what it covers.

        Raises Unavailable.
        """
        try:
            self._store.sync()
        except OSError as error:
            raise Unavailable(f"{self._store.path.name} does not reach the disk: {error}") from error
        with self.changed:
            self.sealed = max(self.sealed, *stops)
            self._waiting_since_s = monotonic()
            return [(stop, self.tree.root(stop)) for stop in stops]

    def settled(self, anchor: Anchor) -> None:
        """Everything that `anchor` covers is final."""
        with self.changed:
            self.newest = anchor
            self.anchored = anchor.checkpoint.size
            self.trouble = ""
            self.counted.raise_to(self.anchored)
            self.changed.notify_all()

    def failing(self, trouble: str) -> None:
        """Why nothing settles at present; empty when it does again."""
        with self.changed:
            if trouble != self.trouble:
                self.trouble = trouble
                self.changed.notify_all()

    # Reading

    def places(self, leaves: Sequence[bytes]) -> list[int | None]:
        """The indexes of settled entries, None for others; call with `changed` held."""
        anchored = self.anchored
        found = map(self._place.get, leaves)
        return [index if index is not None and index < anchored else None for index in found]

    def head(self) -> Head:
        """The newest anchored head; its proof is fetched once. Raises Unavailable."""
        with self._heading:
            anchor = self.newest
            if anchor is None:
                raise Unavailable("nothing is anchored yet")
            if self._head is None or self._head.size != anchor.checkpoint.size:
                self._head = self._anchors.head(anchor)
            return self._head

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        """Settled entries as the file has them now. Raises Unavailable."""
        with self.changed:
            stop = min(stop, self.anchored)
        try:
            yield from self._store.read(start, stop)
        except OSError as error:
            raise Unavailable(f"{self._store.path.name} cannot be read: {error}") from error

    def entries(self) -> Iterator[bytes]:
        """Everything in the file, settled or not."""
        return self._store.read(0, self._store.size)

    @property
    def stored_bytes(self) -> int:
        return self._store.stored_bytes

    def close(self, why: str) -> None:
        """No client answers any more."""
        with self.changed:
            if self.closed:
                return
            self.closed = why
            self._store.close()
            self.changed.notify_all()
