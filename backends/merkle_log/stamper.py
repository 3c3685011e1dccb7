"""The thread that has the newest published checkpoint time-stamped, and the heads that come of it.

Publishing and settling never wait for the authority. A head does: it is a checkpoint with a token over
exactly that checkpoint, so a client that asks for one waits until a token covers what was published when it
asked. Under load one token serves all publications since the one before.

1. A checkpoint is published (`publisher`): its entries are settled, and no head covers them yet.
2. When the last request is `age_s` old, the newest checkpoint is sent to the authority, as a digest.
3. The token is checked against the pinned certificates, as any verifier would.
4. The checkpoint with its token replaces `log/timestamped`, by rename; then it is the head. A crash before it
   loses the token alone: after the next start another one is asked for.

While the authority is away the log goes on, `health` says so, and asking for a head that covers more than the
last token is `Unavailable`: what nobody has stamped must not pass for a head.
"""

from dataclasses import dataclass
from threading import Condition, Thread
from time import monotonic, thread_time

from backends.merkle_log import time_stamp
from backends.merkle_log.authority_client import AuthorityClient, NoTimeStamp
from backends.merkle_log.log import Log, Published
from backends.merkle_log.storage import TIMESTAMPED, Storage
from backends.merkle_log.time_stamp import PinnedAuthority
from consultation.core import note
from consultation.core.errors import Unavailable, VerificationError
from consultation.core.ledger import Head, Root
from consultation.core.note import Note

_ANSWER_S = 5.0
_FIRST_PAUSE_S = 0.05
_LONGEST_PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Stamping:
    """Which authority is asked, how often at most, and who is believed."""

    url: str
    age_s: float
    pinned: PinnedAuthority

    def start(self, log: Log, storage: Storage) -> "Stamper":
        return Stamper(log, storage, self)


class Stamper:
    """Runs from its making until the log closes and `stop` is called."""

    def __init__(self, log: Log, storage: Storage, stamping: Stamping) -> None:
        """Take up the token that is on the disk. Raises OSError."""
        self._log, self._storage, self._pinned = log, storage, stamping.pinned
        self._age_s = stamping.age_s
        self._client = AuthorityClient(stamping.url, _ANSWER_S)
        self._changed = Condition()
        self._requests = 0
        """Begun so far, numbered from 1."""
        self._failed = 0
        """The number of the newest one that failed."""
        self._trouble = ""
        self._stopped = False
        self._cpu_s = 0.0
        kept = storage.read(TIMESTAMPED)
        self.is_first = kept is None
        """Whether this log had no time stamp yet when it was opened."""
        self._head = self._kept(kept) if kept else None
        self._thread = Thread(target=self._run, name="stamper", daemon=True)
        self._thread.start()

    def head(self, size: int) -> Head:
        """A time-stamped head of `size` published entries or more.

        Waits for a request that was under way to succeed, or for the first one begun since to do either.
        Raises Unavailable where that failed.
        """
        with self._changed:
            before = self._requests
            self._changed.wait_for(
                lambda: self._stopped or self._stamped_size >= size or self._failed > before
            )
            if self._head is not None and self._head.size >= size:
                return self._head
            if self._stopped:
                raise Unavailable("the log has stopped: connect again once it has restarted")
            raise Unavailable(
                f"no head of {size} entries is time-stamped, though they are settled: {self._trouble}; "
                "ask again when the authority is back"
            )

    @property
    def trouble(self) -> str:
        """Why the last request came to nothing; empty where it did not."""
        with self._changed:
            return self._trouble

    @property
    def cpu_s(self) -> float:
        """CPU seconds of this thread, without the checks that it has made in others."""
        return self._cpu_s

    @property
    def network_bytes(self) -> int:
        """Sent to and received from the authority."""
        return self._client.network_bytes

    def stop(self) -> None:
        """Write nothing more; a request under way runs into its timeout and is then dropped."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    @property
    def _stamped_size(self) -> int:
        return -1 if self._head is None else self._head.size

    def _kept(self, data: bytes) -> Head | None:
        """The head that the last end left, where it is of what is published now: its token, nothing else."""
        published = self._log.published()
        try:
            kept, signed = note.parse(data), note.parse(published.checkpoint)
            if kept.text != signed.text:
                return None
            stamped = signed.adding(map(time_stamp.line, time_stamp.tokens(kept)))
            self._pinned.check(stamped)
        except VerificationError:
            return None  # damaged, or of an authority that is pinned no more: another is asked for
        return _head(published, stamped)

    def _run(self) -> None:
        pause_s = _FIRST_PAUSE_S
        while (published := self._log.await_larger(self._stamped_size)) is not None:
            began_s = monotonic()
            done = self._stamp(published)
            self._cpu_s = thread_time()
            next_s = began_s + self._age_s if done else max(began_s + self._age_s, monotonic() + pause_s)
            pause_s = _FIRST_PAUSE_S if done else min(_LONGEST_PAUSE_S, pause_s * 2)
            if not self._log.pause_unless_closed(max(0.0, next_s - monotonic())):
                break
        self._client.close()

    def _stamp(self, published: Published) -> bool:
        with self._changed:
            self._requests += 1
        try:
            signed = note.parse(published.checkpoint)
            stamped = signed.adding([time_stamp.line(self._client.stamp(signed.text.encode()))])
            self._pinned.check(stamped)
            with self._changed:
                if self._stopped:
                    return False
                self._storage.replace(TIMESTAMPED, stamped.encode())
                self._head, self._trouble = _head(published, stamped), ""
                self._changed.notify_all()
                return True
        except (NoTimeStamp, VerificationError, OSError) as error:
            with self._changed:
                self._failed, self._trouble = self._requests, str(error)
                self._changed.notify_all()
            return False


def _head(published: Published, stamped: Note) -> Head:
    return Head(published.size, Root(published.root), stamped.encode())
