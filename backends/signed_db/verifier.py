"""The offline verifier of the signed database: pinned is the operator's key, and nothing else."""

from collections.abc import Iterable

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from backends.signed_db import chain
from consultation.core.checkpoint import Policy
from consultation.core.errors import Unsupported, VerificationError
from consultation.core.ledger import Head, Proof
from consultation.core.merkle import leaf_hash
from consultation.core.note import NoteKey
from consultation.core.tree_head import check_signed


class SignedDbVerifier:
    """Checks heads, signed rows and replays against the operator's pinned key.

    An inclusion proof shows that the operator signed this entry at this index. It does not show that the row
    is in the history that the head stands for: an operator who signs two histories passes both.
    """

    def __init__(self, operator: NoteKey) -> None:
        self._operator = operator
        self._public = VerifyKey(operator.public)
        self._accepted: Head | None = None

    def check_head(self, head: Head) -> None:
        """The operator signed it. The last one accepted is not checked again: an audit asks for every row."""
        if head == self._accepted:
            return
        chain.check_head(head.attestation, head.size, head.root, self._operator)
        if head.size == 0 and head.root != chain.genesis(self._operator.name):
            raise VerificationError("head", "a head of no entries must have the chain's first hash")
        self._accepted = head

    def check_replay(self, entries: Iterable[bytes], head: Head) -> None:
        """The entries, chained from the first, lead to the head. Raises VerificationError('replay')."""
        self.check_head(head)
        count, last = chain.chained(self._operator.name, entries)
        if count != head.size:
            raise VerificationError("replay", f"{count} entries were read, the head commits to {head.size}")
        if last != head.root:
            raise VerificationError(
                "replay",
                f"the {count} entries chain to {last.hex()[:16]}..., the head says {head.root.hex()[:16]}...",
            )

    def check_inclusion(self, entry: bytes, index: int, head: Head, proof: Proof) -> None:
        """The operator signed `entry` at `index`, and the head covers that index.

        Raises VerificationError('inclusion' or 'row-signature'), or as `check_head`.
        """
        self.check_head(head)
        row = chain.RowProof.parse(proof.data)
        if not 0 <= index < head.size:
            raise VerificationError("inclusion", f"index {index} is not under a head of {head.size} entries")
        linked = chain.link(row.before, index, leaf_hash(entry))
        try:
            self._public.verify(chain.row_message(self._operator.name, index, linked), row.signature)
        except (BadSignatureError, ValueError) as error:
            raise VerificationError(
                "row-signature", f"the operator did not sign this entry at index {index}"
            ) from error
        if index == head.size - 1 and linked != head.root:
            raise VerificationError("inclusion", f"row {index} is the head's last and has another chain hash")
        if index == 0 and row.before != chain.genesis(self._operator.name):
            raise VerificationError("inclusion", "row 0 does not start the chain")

    def check_consistency(self, old: Head, new: Head, proof: Proof) -> None:
        raise Unsupported("signed-db has no consistency proofs: replay both heads' entries instead")


class TreeHeadCheck:
    """A head is the operator's checkpoint, and of nobody else: for `TreeVerifier`."""

    def __init__(self, operator: NoteKey) -> None:
        self._policy = Policy(operator)

    def check_head(self, head: Head) -> None:
        """Raises VerificationError('head', 'note', 'checkpoint' or 'note-signature')."""
        check_signed(head, self._policy.check(head.attestation))
