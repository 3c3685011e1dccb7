"""The client's side of c2sp.org/tlog-witness: offer a checkpoint, get a cosignature or the reason why not."""

import base64
from collections.abc import Callable, Sequence

from backends.merkle_log.post import Answer, NoAnswer, Poster
from consultation.core import note
from consultation.core.errors import VerificationError
from consultation.core.note import Note, NoteKey, Signature

Prove = Callable[[int], Sequence[bytes]]
"""A consistency proof from an older size to the checkpoint's."""


class WitnessDown(Exception):
    """No answer: not reached, timed out, or not HTTP. Try again later."""


class WitnessRefused(Exception):
    """The witness answered and did not cosign; `status` is the HTTP status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class WitnessClient:
    """One witness over one kept-alive connection; used by one thread at a time.

    `size` is that of the newest checkpoint this witness is known to have cosigned; 0 also means 'not known',
    and the witness then tells.
    """

    def __init__(self, key: NoteKey, url: str, timeout_s: float) -> None:
        self.key = key
        self.size = 0
        self._poster = Poster(url, timeout_s)

    def cosign(self, checkpoint: Note, size: int, prove: Prove) -> Signature:
        """Offer the log's checkpoint of `size`. Raises WitnessDown, WitnessRefused."""
        if self.size > size:
            self.size = 0  # it refused us for being set back: ask it once more what it knows
        for _ in range(2):
            answer = self.add_checkpoint(self.size, prove(self.size), checkpoint.encode())
            if answer.status != 409:
                break
            # 409: it has cosigned another size than we said, and its body says which (we or it were
            # restarted).
            if answer.size is None:
                raise WitnessRefused(409, f"{self.key.name} sent 409 without a size: {answer.excerpt}")
            self.size = answer.size
            if self.size > size:
                # It knows a larger tree of ours: this log was set back, and going on would be a fork.
                raise WitnessRefused(
                    409, f"{self.key.name} has cosigned {self.size} entries, this log has only {size}"
                )
        if answer.status != 200:
            raise WitnessRefused(answer.status, f"{self.key.name} {_meaning(answer)}")
        signature = own_cosignature(self.key, checkpoint, answer.body)
        self.size = size
        return signature

    def add_checkpoint(self, old: int, proof: Sequence[bytes], checkpoint: bytes) -> Answer:
        """One request. Raises WitnessDown."""
        lines = [f"old {old}\n", *(base64.b64encode(node).decode() + "\n" for node in proof), "\n"]
        body = "".join(lines).encode() + checkpoint
        try:
            return self._poster.post("/add-checkpoint", body)
        except NoAnswer as error:
            raise WitnessDown(f"{self.key.name} does not answer: {error}") from error

    @property
    def network_bytes(self) -> int:
        """Sent and received so far."""
        return self._poster.network_bytes

    def close(self) -> None:
        self._poster.close()


def own_cosignature(key: NoteKey, checkpoint: Note, body: bytes) -> Signature:
    """The verified cosignature by `key` among the lines that it answered. Raises WitnessRefused."""
    try:
        for line in note.parse_signatures(body.decode()):
            if (line.name, line.key_id) == (key.name, key.id):
                note.verified(Note(checkpoint.text, (line,)), [key])
                return line
    except (VerificationError, UnicodeDecodeError) as error:
        raise WitnessRefused(200, f"{key.name} answered a bad cosignature: {error}") from error
    raise WitnessRefused(200, f"{key.name} answered no cosignature by its key")


def _meaning(answer: Answer) -> str:
    """A refusal in words. omniwitness has answered 500 where the specification asks 403 or 404."""
    meanings = {
        400: "found the request malformed, or the tree smaller than what it has cosigned",
        403: "does not accept the log's signature",
        404: "does not know the log",
        409: "has cosigned another size, twice in a row",
        422: "found the tree inconsistent with what it has cosigned: a fork",
        429: "is busy",
        500: "failed, or does not know the log or its key",
    }
    meaning = meanings.get(answer.status, "refused")
    return f"{meaning} (HTTP {answer.status}{', ' if answer.body.strip() else ''}{answer.excerpt})"
