"""Who vouches for a head of the Merkle log: it is a checkpoint that the pinned policy accepts."""

from consultation.core.checkpoint import Policy
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head


class MerkleLogHeads:
    """Checks checkpoints against the keys of operator and witnesses, and the quorum."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy

    def check_head(self, head: Head) -> None:
        """Raises VerificationError('head', 'note', 'checkpoint', 'note-signature' or 'witnesses')."""
        checkpoint = self._policy.check(head.attestation)
        if (checkpoint.size, checkpoint.root) != (head.size, head.root):
            raise VerificationError(
                "head",
                f"the checkpoint is of {checkpoint.size} entries with root {checkpoint.root.hex()[:16]}..., "
                f"the head of {head.size} with {head.root.hex()[:16]}...",
            )
