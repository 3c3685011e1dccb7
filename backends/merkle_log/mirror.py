"""A second copy of a log, kept by another party, who cosigns what it has copied and re-derived.

After c2sp.org/tlog-mirror, with two simplifications for the one client that it has, the log itself: a request
of add-entries carries the checkpoint along, so there is no pending one; and a part of the entries is held
against the checkpoint by a consistency proof from the tree that ends with it, not by proofs of its subtrees.

Life of an entry here:

1. A part arrives. It continues the copy, and the root re-derived from the copied entries and this part leads
   to the checkpoint that the operator signed; otherwise nothing is kept.
2. Its bundles and tiles are written and synced. A crash here leaves files beyond the copy's own checkpoint;
   the next start deletes them, and the log sends them again.
3. With the last part the copy reaches the checkpoint's size: checkpoint and cosignature are synced into
   `log/checkpoint`, and only then is the cosignature answered. A crash before the answer loses nothing: the
   log asks again, and the mirror cosigns again.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

from nacl.signing import SigningKey

from backends.merkle_log.post import Answer
from backends.merkle_log.recovery import recover
from backends.merkle_log.storage import CHECKPOINT, Storage
from backends.merkle_log.tiles import completed
from consultation.core import merkle, note
from consultation.core.checkpoint import Checkpoint, Policy
from consultation.core.errors import VerificationError
from consultation.core.note import NoteKey


class Mirror:
    """The copy in one folder. Used by one thread at a time; its methods raise OSError where the disk does."""

    def __init__(
        self, folder: Path, log: NoteKey, name: str, key: SigningKey, now_s: Callable[[], float]
    ) -> None:
        """Raises ValueError where what is on the disk does not fit together, Unavailable where it is held."""
        self._policy = Policy(log)
        self._name, self._key = name, key
        self._now_s = now_s
        self._storage = Storage(folder)
        self._open()

    def _open(self) -> None:
        self._whole = False
        data = self._storage.read(CHECKPOINT)
        try:
            known = self._policy.check(data) if data else Checkpoint("", 0, merkle.EMPTY_ROOT)
        except VerificationError as error:
            raise ValueError(f"log/checkpoint: {error}") from error
        self._storage.drop_beyond(known.size)
        self._tree, self._edge = recover(self._storage, known.size)
        if self._tree.root() != known.root:
            raise ValueError(f"the tiles of {known.size} entries do not have the root of log/checkpoint")
        self._superfluous: list[str] = []
        self._whole = True

    @property
    def size(self) -> int:
        """Entries copied."""
        return self._tree.size

    def add(self, start: int, signed: bytes, proof: Sequence[bytes], entries: Sequence[bytes]) -> Answer:
        """Copy a part, and with the last one cosign.

        200: the cosignature's line; 202: the size so far, go on from there; 409: the size, the part does not
        continue it; 403: not signed by the log; 422: it does not lead to the checkpoint.
        """
        if not self._whole:
            self._open()  # the disk has refused in the midst of a part: go on from what it holds
        try:
            checkpoint = self._policy.check(signed)
        except VerificationError as error:
            return Answer(403, str(error).encode())
        if start != self.size or checkpoint.size < self.size:
            return Answer(409, f"{self.size}\n".encode())
        leaves = [merkle.leaf_hash(entry) for entry in entries]
        ahead = self._tree.frontier()
        ahead.extend(leaves)
        try:
            merkle.check_consistency(ahead.size, checkpoint.size, proof, ahead.root(), checkpoint.root)
        except VerificationError as error:
            return Answer(422, str(error).encode())
        self._whole = False
        self._keep(entries, leaves)
        answer = Answer(202, f"{self.size}\n".encode())
        if self.size == checkpoint.size:
            answer = Answer(200, self._commit(signed))
        self._whole = True
        return answer

    def close(self) -> None:
        self._storage.close()

    def _keep(self, entries: Sequence[bytes], leaves: Sequence[bytes]) -> None:
        if not entries:
            return
        self._tree.extend(leaves)
        files = self._edge.grow(entries)
        self._storage.write_tiles(files)
        self._superfluous += completed(files)

    def _commit(self, signed: bytes) -> bytes:
        """Bind the copy to the checkpoint, and return the cosignature's line."""
        own = note.cosign(note.parse(signed).text, self._name, self._key, int(self._now_s()))
        self._storage.replace(CHECKPOINT, signed + own.line().encode())
        self._storage.prune(self._superfluous)
        self._superfluous = []
        return own.line().encode()
