"""The file `state/sequenced`: the newest checkpoint that the log is bound to, and a counter kept with it."""

from dataclasses import dataclass

from nacl.signing import SigningKey

from consultation.core import note
from consultation.core.checkpoint import Checkpoint, Policy, sign
from consultation.core.errors import VerificationError
from consultation.core.note import KeyType, Note, NoteKey

_COUNTER = b"handed-over-bytes "


@dataclass(frozen=True, slots=True)
class Sequenced:
    """A checkpoint signed by the operator alone, and the bytes handed over when it was made."""

    checkpoint: Checkpoint
    note: Note
    handed_over_bytes: int

    @classmethod
    def make(cls, checkpoint: Checkpoint, operator: SigningKey, handed_over_bytes: int) -> "Sequenced":
        return cls(checkpoint, sign(checkpoint, operator), handed_over_bytes)

    def encode(self) -> bytes:
        return _COUNTER + str(self.handed_over_bytes).encode() + b"\n" + self.note.encode()

    @classmethod
    def parse(cls, data: bytes, origin: str, operator: SigningKey) -> "Sequenced":
        """Raises ValueError where it is not this operator's, or damaged."""
        line, _, signed = data.partition(b"\n")
        counted = line.removeprefix(_COUNTER)
        if counted == line or not counted.isdigit():
            raise ValueError("the first line does not count the bytes handed over")
        policy = Policy(NoteKey(origin, KeyType.ED25519, bytes(operator.verify_key)))
        try:
            return cls(policy.check(signed), note.parse(signed), int(counted))
        except VerificationError as error:
            raise ValueError(str(error)) from error
