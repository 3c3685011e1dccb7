"""The verifier that every backend over the RFC 6962 tree shares: replay, inclusion, consistency.

It holds a head's size and root against evidence; who vouches for the head is each backend's own check.
"""

from collections.abc import Callable, Iterable

from consultation.core import merkle
from consultation.core.checkpoint import Checkpoint
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof


def check_signed(head: Head, checkpoint: Checkpoint) -> None:
    """The head says what its checkpoint says. Raises VerificationError('head')."""
    if (checkpoint.size, checkpoint.root) != (head.size, head.root):
        raise VerificationError(
            "head",
            f"the checkpoint is of {checkpoint.size} entries with root {checkpoint.root.hex()[:16]}..., "
            f"the head of {head.size} with {head.root.hex()[:16]}...",
        )


class TreeVerifier:
    """Evidence against heads of one tree; `check_head` says whether whoever is pinned vouches for a head."""

    def __init__(self, check_head: Callable[[Head], None]) -> None:
        self._check_head = check_head

    def check_head(self, head: Head) -> None:
        """Raises VerificationError with the first link of the head that does not hold."""
        self._check_head(head)

    def check_replay(self, entries: Iterable[bytes], head: Head) -> None:
        """The entries are exactly those that the head commits to. Raises VerificationError('replay')."""
        self.check_head(head)
        frontier = merkle.Frontier()
        frontier.extend(map(merkle.leaf_hash, entries))
        if frontier.size != head.size:
            raise VerificationError(
                "replay", f"{frontier.size} entries were read, the head commits to {head.size}"
            )
        if frontier.root() != head.root:
            raise VerificationError(
                "replay",
                f"the {head.size} entries have the root {frontier.root().hex()[:16]}..., "
                f"the head commits to {head.root.hex()[:16]}...",
            )

    def check_inclusion(self, entry: bytes, index: int, head: Head, proof: Proof) -> None:
        """`proof` is the path of `entry` at `index` to the root. Raises VerificationError('inclusion')."""
        self.check_head(head)
        path = merkle.decode_path(proof.data, "inclusion")
        merkle.check_inclusion(merkle.leaf_hash(entry), index, head.size, path, head.root)

    def check_consistency(self, old: Head, new: Head, proof: Proof) -> None:
        """`old` is a prefix of `new`. Raises VerificationError('consistency')."""
        self.check_head(old)
        self.check_head(new)
        path = merkle.decode_path(proof.data, "consistency")
        merkle.check_consistency(old.size, new.size, path, old.root, new.root)
