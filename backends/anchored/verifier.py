"""The offline verifier of anchored heads: the operator's checkpoint, then the inner ledger's own verifier."""

from collections.abc import Iterable

from backends.anchored.attestation import Attestation
from consultation.core.checkpoint import Policy
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof, Verifier
from consultation.core.note import NoteKey
from consultation.core.tree_head import check_tree_consistency, check_tree_inclusion, check_tree_replay


class AnchoredVerifier:
    """A link of the inner ledger that breaks is named with `anchor-` before it."""

    def __init__(self, operator: NoteKey, inner: Verifier) -> None:
        self._policy = Policy(operator)
        self._inner = inner

    def check_head(self, head: Head) -> None:
        attestation = Attestation.decode(head.attestation)
        checkpoint = self._policy.check(attestation.checkpoint)
        if checkpoint.extension:
            raise VerificationError("checkpoint", "an anchored checkpoint has no extension lines")
        if head.size != checkpoint.size:
            raise VerificationError(
                "tree-size", f"the head says {head.size} entries, the checkpoint {checkpoint.size}"
            )
        if head.root != checkpoint.root:
            raise VerificationError("tree-root", "the head's root is not the checkpoint's")
        try:
            self._inner.check_inclusion(
                attestation.checkpoint, attestation.index, attestation.head, attestation.proof
            )
        except VerificationError as error:
            raise VerificationError(f"anchor-{error.link}", error.message) from error

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
