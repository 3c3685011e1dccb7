"""Who vouches for an anchored head: the operator's checkpoint, then the inner ledger's own verifier."""

from backends.anchored.attestation import Attestation
from consultation.core.checkpoint import Policy
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Verifier
from consultation.core.note import NoteKey


class AnchoredHeads:
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
