"""What comes with an anchored head: the operator's checkpoint, and the proof that the inner ledger has it."""

import base64
import binascii
from dataclasses import dataclass

from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head, Proof, Root

_LINK = "attestation"


@dataclass(frozen=True, slots=True)
class Attestation:
    """Enough for the verifier to check an anchored head offline."""

    checkpoint: bytes
    """C2SP checkpoint of the one tree of entries: the very bytes that are an entry of the inner ledger."""
    index: int
    """Where in the inner ledger."""
    head: Head
    """The inner ledger's."""
    proof: Proof
    """Of the checkpoint under that head, in the inner ledger's bytes."""

    def encode(self) -> bytes:
        return canonical.encode(
            {
                "checkpoint": self.checkpoint.decode(),
                "index": self.index,
                "inner": {
                    "size": self.head.size,
                    "root": self.head.root.hex(),
                    "attestation": _encode(self.head.attestation),
                },
                "proof": _encode(self.proof.data),
            }
        )

    @classmethod
    def decode(cls, data: bytes) -> "Attestation":
        """Read the only encoding of an attestation. Raises VerificationError('attestation')."""
        try:
            found = canonical.decode_canonical(data)
        except ValueError as error:
            raise VerificationError(_LINK, str(error)) from error
        whole = _object(found, {"checkpoint", "index", "inner", "proof"})
        inner = _object(whole["inner"], {"size", "root", "attestation"})
        try:
            root = bytes.fromhex(_text(inner["root"]))
        except ValueError as error:
            raise VerificationError(_LINK, "the inner root is not hex") from error
        decoded = cls(
            _text(whole["checkpoint"]).encode(),
            _count(whole["index"]),
            Head(_count(inner["size"]), Root(root), _decode(inner["attestation"])),
            Proof(_decode(whole["proof"])),
        )
        if decoded.encode() != data:
            raise VerificationError(_LINK, "hex or base64 is not in its usual form")
        return decoded


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decode(value: Json) -> bytes:
    try:
        return base64.b64decode(_text(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise VerificationError(_LINK, f"not base64: {value!r:.60}") from error


def _object(value: Json, names: set[str]) -> dict[str, Json]:
    if not isinstance(value, dict) or set(value) != names:
        raise VerificationError(_LINK, f"an object with {sorted(names)} was expected")
    return value


def _text(value: Json) -> str:
    if not isinstance(value, str):
        raise VerificationError(_LINK, f"a text was expected, found {value!r:.60}")
    return value


def _count(value: Json) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise VerificationError(_LINK, f"a number was expected, found {value!r:.60}")
    return value
