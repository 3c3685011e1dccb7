"""Who vouches for a head of the Merkle log: it is a checkpoint that the pinned policy accepts."""

from hashlib import sha256
from typing import TYPE_CHECKING

from consultation.core import note
from consultation.core.checkpoint import Policy
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head
from consultation.core.note import NoteKey
from consultation.core.tree_head import check_signed

if TYPE_CHECKING:
    from backends.merkle_log.time_stamp import PinnedAuthority

_REMEMBERED = 256


class MerkleLogHeads:
    """Checks checkpoints against the keys of operator and witnesses, and the quorum; the mirror's, if any,
    and the time stamp, if an authority is pinned."""

    def __init__(
        self, policy: Policy, mirror: NoteKey | None = None, authority: "PinnedAuthority | None" = None
    ) -> None:
        self._policy = policy
        self._mirror = mirror
        self._authority = authority
        self._stamped: set[bytes] = set()
        """Digests of attestations whose time stamp has held, a few: a check takes some milliseconds, and a
        verifier meets the same head many times."""

    def check_head(self, head: Head) -> None:
        """Raises VerificationError('head', 'note', 'checkpoint', 'note-signature', 'witnesses', 'mirror',
        'timestamp')."""
        checkpoint = self._policy.check(head.attestation)
        if self._mirror is not None and not note.verified(note.parse(head.attestation), [self._mirror]):
            raise VerificationError("mirror", f"no cosignature by the pinned mirror {self._mirror.name!r}")
        check_signed(head, checkpoint)
        if self._authority is not None:
            self._check_time_stamp(self._authority, head.attestation)

    def _check_time_stamp(self, authority: "PinnedAuthority", attestation: bytes) -> None:
        digest = sha256(attestation).digest()
        if digest in self._stamped:
            return
        authority.check(note.parse(attestation))
        if len(self._stamped) >= _REMEMBERED:
            self._stamped.clear()
        self._stamped.add(digest)
