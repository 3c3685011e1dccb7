"""Cosignatures from all witnesses at once, until enough of them have given theirs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic, thread_time
from typing import Protocol

from backends.merkle_log.witness import Prove, WitnessDown, WitnessRefused
from consultation.core.note import Note, NoteKey, Signature

_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0
_LATE_S = 1.0


class Cosigner(Protocol):
    """A client of a witness or of a mirror; used by one thread at a time."""

    @property
    def key(self) -> NoteKey: ...

    @property
    def network_bytes(self) -> int: ...

    def cosign(self, checkpoint: Note, size: int, prove: Prove) -> Signature:
        """Raises WitnessDown, WitnessRefused."""
        ...

    def close(self) -> None: ...


ProveBetween = Callable[[int, int], Sequence[bytes]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A checkpoint that the log is bound to, and its size."""

    checkpoint: Note
    size: int


class Quorum:
    """One thread for each witness, which offers it the newest checkpoint until it has cosigned that.

    A slow or dead witness holds up nobody as long as the quorum answers; it is given the newest checkpoint
    when it returns, never the ones between.
    """

    def __init__(
        self, witnesses: Sequence[Cosigner], quorum: int, mirrors: Sequence[Cosigner], prove: ProveBetween
    ) -> None:
        """`quorum` of the witnesses have to cosign, and each of the mirrors."""
        self._cosigners = [*witnesses, *mirrors]
        self._quorum = quorum + len(mirrors)
        self._needed = {mirror.key.name for mirror in mirrors}
        self._prove = prove
        self._changed = Condition()
        self._offer: Offer | None = None
        self._cosignatures: dict[str, Signature] = {}
        self._trouble: dict[str, str] = {}
        self._waiting_since_s: float | None = None
        self._stopped = False
        self._cpu_s = [0.0] * len(self._cosigners)
        self._threads = [
            Thread(target=self._serve, args=(at,), name=f"witness {client.key.name}", daemon=True)
            for at, client in enumerate(self._cosigners)
        ]
        for thread in self._threads:
            thread.start()

    def cosign(self, offer: Offer) -> list[Signature] | None:
        """Offer a checkpoint, never smaller than the one before, and wait until the quorum has cosigned it.

        However long that takes: None once stopped.
        """
        with self._changed:
            self._offer = offer
            self._cosignatures = {}
            self._waiting_since_s = monotonic()
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._stopped or self._enough)
            self._waiting_since_s = None
            return None if self._stopped else list(self._cosignatures.values())

    @property
    def nobody(self) -> bool:
        """Whether there is nobody to ask, so that `cosign` adds nothing."""
        return not self._cosigners

    @property
    def _enough(self) -> bool:
        """A mirror's counts only on top of the witnesses': none stands in for one of them."""
        return len(self._cosignatures) >= self._quorum and self._needed <= self._cosignatures.keys()

    @property
    def network_bytes(self) -> int:
        """Sent to and received from all of them."""
        return sum(cosigner.network_bytes for cosigner in self._cosigners)

    def trouble(self) -> dict[str, str]:
        """What kept each witness that last failed from cosigning, by name."""
        with self._changed:
            return dict(self._trouble)

    @property
    def short(self) -> bool:
        """Whether too few witnesses answered when they were last asked, or take long to answer now."""
        with self._changed:
            since_s = self._waiting_since_s
            if since_s is not None and monotonic() - since_s > _LATE_S:
                return True
            answering = len(self._cosigners) - len(self._trouble)
            return answering < self._quorum or not self._needed.isdisjoint(self._trouble)

    @property
    def cpu_s(self) -> float:
        """CPU seconds of the threads that talk to witnesses."""
        return sum(self._cpu_s)

    def stop(self) -> None:
        """End the threads; a request under way runs into its timeout and is then dropped."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _serve(self, at: int) -> None:
        client, done, pause_s = self._cosigners[at], None, _FIRST_PAUSE_S
        while (offer := self._next(done)) is not None:
            try:
                signature = client.cosign(offer.checkpoint, offer.size, self._prover(offer.size))
            except (WitnessDown, WitnessRefused) as error:
                self._failed(client.key.name, str(error), pause_s)
                pause_s = min(_LONGEST_PAUSE_S, pause_s * 2)
            else:
                self._cosigned(client.key.name, offer, signature)
                done, pause_s = offer, _FIRST_PAUSE_S
            self._cpu_s[at] = thread_time()
        client.close()

    def _prover(self, size: int) -> Callable[[int], Sequence[bytes]]:
        return lambda old: self._prove(old, size)

    def _next(self, done: Offer | None) -> Offer | None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or self._offer is not done)
            return None if self._stopped else self._offer

    def _cosigned(self, name: str, offer: Offer, signature: Signature) -> None:
        with self._changed:
            self._trouble.pop(name, None)
            if offer is self._offer:
                self._cosignatures[name] = signature
            self._changed.notify_all()

    def _failed(self, name: str, message: str, pause_s: float) -> None:
        with self._changed:
            self._trouble[name] = message
            until_s = monotonic() + pause_s
            while not self._stopped and (left_s := until_s - monotonic()) > 0:
                self._changed.wait(left_s)
