"""The log's side of mirroring: send what the mirror has not, get its cosignature or the reason why not."""

from collections.abc import Callable, Iterable, Sequence

from backends.merkle_log import mirror_wire
from backends.merkle_log.mirror_wire import Part
from backends.merkle_log.post import NoAnswer, Poster
from backends.merkle_log.witness import Prove, WitnessDown, WitnessRefused, own_cosignature
from consultation.core.errors import Unavailable
from consultation.core.note import Note, NoteKey, Signature

Read = Callable[[int, int, int], Iterable[bytes]]
"""Entries `start` <= index < `stop` of a log of a size."""

_PART_ENTRIES = 20_000
_PART_BYTES = 4 << 20


class MirrorClient:
    """One mirror; used by one thread at a time."""

    def __init__(self, key: NoteKey, url: str, timeout_s: float, read: Read) -> None:
        self.key = key
        self._poster = Poster(url, timeout_s)
        self._read = read
        self._size: int | None = None
        """Entries that it is known to hold; None where it has not said so yet."""

    def cosign(self, checkpoint: Note, size: int, prove: Prove) -> Signature:
        """Bring it up to the log's checkpoint of `size`. Raises WitnessDown, WitnessRefused."""
        signed, asked_again = checkpoint.encode(), False
        while True:
            start = self._size or 0
            entries = [] if self._size is None else self._part(start, size)
            part = Part(start, signed, prove(start + len(entries)), entries)
            try:
                answer = self._poster.post(mirror_wire.PATH, part.encode())
            except NoAnswer as error:
                self._size = None
                raise WitnessDown(f"{self.key.name} does not answer: {error}") from error
            if answer.status == 200:
                self._size = size
                return own_cosignature(self.key, checkpoint, answer.body)
            known = answer.size
            self._size = None
            if answer.status not in (202, 409) or known is None:
                raise WitnessRefused(
                    answer.status, f"{self.key.name} refused (HTTP {answer.status}): {answer.excerpt}"
                )
            if known > size:
                raise WitnessRefused(409, f"{self.key.name} holds {known} entries, this log has only {size}")
            self._size = known
            if answer.status == 409 and asked_again:
                raise WitnessRefused(409, f"{self.key.name} says one size and means another, twice in a row")
            asked_again = answer.status == 409

    @property
    def network_bytes(self) -> int:
        """Sent and received so far."""
        return self._poster.network_bytes

    def close(self) -> None:
        self._poster.close()

    def _part(self, start: int, size: int) -> Sequence[bytes]:
        entries: list[bytes] = []
        taken_bytes = 0
        try:
            for entry in self._read(start, min(size, start + _PART_ENTRIES), size):
                entries.append(entry)
                taken_bytes += len(entry)
                if taken_bytes >= _PART_BYTES:
                    break
        except Unavailable as error:
            raise WitnessDown(f"{self.key.name} cannot be sent what it lacks: {error}") from error
        return entries
