"""The offline verifier of the Merkle log: a head is a checkpoint that the pinned policy accepts."""

from collections.abc import Iterable

from consultation.core.checkpoint import Policy
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof
from consultation.core.tree_head import check_tree_consistency, check_tree_inclusion, check_tree_replay


class MerkleLogVerifier:
    """Checks checkpoints, paths and replays against the keys of operator and witnesses, and the quorum."""

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

    def check_replay(self, entries: Iterable[bytes], head: Head) -> None:
        self.check_head(head)
        check_tree_replay(entries, head)

    def check_inclusion(self, entry: bytes, index: int, head: Head, proof: Proof) -> None:
        self.check_head(head)
        check_tree_inclusion(entry, index, head, proof)

    def check_consistency(self, old: Head, new: Head, proof: Proof) -> None:
        self.check_head(old)
        self.check_head(new)
        check_tree_consistency(old, new, proof)
