"""Who vouches for a head of the Merkle log: it is a checkpoint that the pinned policy accepts."""

from consultation.core import note
from consultation.core.checkpoint import Policy
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head
from consultation.core.note import NoteKey


class MerkleLogHeads:
    """Checks checkpoints against the keys of operator and witnesses, and the quorum; the mirror's, if any."""

    def __init__(self, policy: Policy, mirror: NoteKey | None = None) -> None:
        self._policy = policy
        self._mirror = mirror

    def check_head(self, head: Head) -> None:
        """Raises VerificationError('head', 'note', 'checkpoint', 'note-signature', 'witnesses', 'mirror')."""
        checkpoint = self._policy.check(head.attestation)
        if self._mirror is not None and not note.verified(note.parse(head.attestation), [self._mirror]):
            raise VerificationError("mirror", f"no cosignature by the pinned mirror {self._mirror.name!r}")
        if (checkpoint.size, checkpoint.root) != (head.size, head.root):
            raise VerificationError(
                "head",
                f"the checkpoint is of {checkpoint.size} entries with root {checkpoint.root.hex()[:16]}..., "
                f"the head of {head.size} with {head.root.hex()[:16]}...",
            )
