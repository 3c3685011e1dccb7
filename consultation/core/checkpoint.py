"""C2SP checkpoints and tlog proofs: a tree head as a signed note, an entry's proof under it.

Formats: c2sp.org/tlog-checkpoint, c2sp.org/tlog-policy (k of n witnesses), c2sp.org/tlog-proof.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from nacl.signing import SigningKey

from consultation.core import merkle, note
from consultation.core.errors import VerificationError
from consultation.core.note import Note, NoteKey

_PROOF_HEADER = "c2sp.org/tlog-proof@v1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The size and root of the tree called `origin`; `extension` lines are signed but not interpreted."""

    origin: str
    size: int
    root: bytes
    extension: tuple[str, ...] = ()

    def text(self) -> str:
        lines = [self.origin, str(self.size), base64.b64encode(self.root).decode(), *self.extension]
        return "\n".join(lines) + "\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a note's text. Raises VerificationError('checkpoint')."""
        lines = text.split("\n")
        if len(lines) < 4 or lines[-1] or not lines[0] or not all(lines[:-1]):
            raise VerificationError("checkpoint", "a checkpoint has three lines: origin, size, root")
        origin, size, root = lines[:3]
        if not (size.isascii() and size.isdigit()) or (len(size) > 1 and size[0] == "0") or len(size) > 19:
            raise VerificationError("checkpoint", f"the size is a decimal number, found {size[:30]!r}")
        digest = _base64(root, "checkpoint")
        if len(digest) != merkle.HASH_BYTES:
            raise VerificationError("checkpoint", f"the root has 32 bytes, found {len(digest)}")
        return cls(origin, int(size), digest, tuple(lines[3:-1]))


@dataclass(frozen=True, slots=True)
class Policy:
    """Whom to believe: the tree's own key, and `quorum` of the `witnesses`."""

    operator: NoteKey
    witnesses: tuple[NoteKey, ...] = ()
    quorum: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.quorum <= len(self.witnesses):
            raise ValueError(
                f"a quorum of {self.quorum} out of {len(self.witnesses)} witnesses cannot be met"
            )

    def check(self, data: bytes) -> Checkpoint:
        """Verify a signed checkpoint.

        Raises VerificationError('checkpoint', 'note', 'note-signature' or 'witnesses').
        """
        signed = note.parse(data)
        checkpoint = Checkpoint.parse(signed.text)
        if checkpoint.origin != self.operator.name:
            raise VerificationError(
                "checkpoint", f"the origin is {checkpoint.origin!r}, pinned is {self.operator.name!r}"
            )
        signers = note.verified(signed, [self.operator, *self.witnesses])
        if self.operator not in signers:
            raise VerificationError(
                "note-signature", f"no signature by the pinned key of {self.operator.name!r}"
            )
        cosigners = len({key.public for key in signers & set(self.witnesses)})
        if cosigners < self.quorum:
            raise VerificationError(
                "witnesses", f"{cosigners} of the {self.quorum} cosignatures needed are there"
            )
        return checkpoint


def sign(checkpoint: Checkpoint, key: SigningKey) -> Note:
    """The checkpoint as a note signed by the tree's own key, whose name is the origin."""
    text = checkpoint.text()
    return Note(text, (note.sign(text, checkpoint.origin, key),))


@dataclass(frozen=True, slots=True)
class TlogProof:
    """An entry's place in a tree, and the signed checkpoint that it leads to."""

    index: int
    path: tuple[bytes, ...]
    checkpoint: bytes

    def encode(self) -> bytes:
        hashes = "".join(base64.b64encode(node).decode() + "\n" for node in self.path)
        return f"{_PROOF_HEADER}\nindex {self.index}\n{hashes}\n".encode() + self.checkpoint

    @classmethod
    def parse(cls, data: bytes) -> "TlogProof":
        """Read a proof file. Raises VerificationError('certificate-proof')."""
        head, separator, checkpoint = data.partition(b"\n\n")
        try:
            lines = head.decode("ascii").split("\n")
        except UnicodeDecodeError as error:
            raise VerificationError("certificate-proof", "the proof's header is ASCII") from error
        if not separator or lines[0] != _PROOF_HEADER:
            raise VerificationError("certificate-proof", f"the first line must be {_PROOF_HEADER!r}")
        rest = lines[1:]
        if rest and rest[0].startswith("extra "):
            rest = rest[1:]
        if not rest or not rest[0].startswith("index "):
            raise VerificationError("certificate-proof", "the line 'index N' is missing")
        number = rest[0].removeprefix("index ")
        if not (number.isascii() and number.isdigit()) or len(number) > 19 or number != str(int(number)):
            raise VerificationError(
                "certificate-proof", f"the index is a decimal number, found {number[:30]!r}"
            )
        path = tuple(_base64(line, "certificate-proof") for line in rest[1:])
        if len(path) > 63:
            raise VerificationError("certificate-proof", f"at most 63 hashes, found {len(path)}")
        return cls(int(number), path, checkpoint)

    def check(self, entry: bytes, policy: Policy) -> Checkpoint:
        """Verify that `entry` is in the tree under a checkpoint that `policy` accepts."""
        checkpoint = policy.check(self.checkpoint)
        try:
            merkle.check_inclusion(
                merkle.leaf_hash(entry), self.index, checkpoint.size, self.path, checkpoint.root
            )
        except VerificationError as error:
            raise VerificationError("certificate-proof", error.message) from error
        return checkpoint


def encode_proof(tree: merkle.Tree, index: int, signed: Note) -> bytes:
    """The tlog proof of leaf `index` under a checkpoint over all of `tree`."""
    path: Sequence[bytes] = tree.prove_inclusion(index)
    return TlogProof(index, tuple(path), signed.encode()).encode()


def _base64(text: str, link: str) -> bytes:
    try:
        return note.decode_base64(text)
    except ValueError as error:
        raise VerificationError(link, f"not base64: {text[:60]!r}") from error
