"""C2SP signed notes: a text and Ed25519 signatures by named keys (c2sp.org/signed-note).

Two kinds of signature are known: the plain Ed25519 one (type 0x01) and the witness's timestamped
`cosignature/v1` (type 0x04, c2sp.org/tlog-cosignature).
"""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from consultation.core.errors import VerificationError

MAX_NOTE_BYTES = 1_000_000
_DASH = "\N{EM DASH} "


class KeyType(IntEnum):
    """Signature types of c2sp.org/signed-note that this project verifies."""

    ED25519 = 0x01
    COSIGNATURE_V1 = 0x04


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A named public key; its text form is the verifier key `name+hash+base64`."""

    name: str
    type: KeyType
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that mark this key's signatures."""
        return sha256(self.name.encode() + b"\n" + bytes([self.type]) + self.public).digest()[:4]

    @property
    def vkey(self) -> str:
        material = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    @classmethod
    def parse(cls, vkey: str) -> "NoteKey":
        """Read a verifier key. Raises ValueError saying what is wrong with it."""
        parts = vkey.strip().split("+", 2)
        if len(parts) != 3 or not valid_name(parts[0]):
            raise ValueError(f"a verifier key reads 'name+hash+base64', found {vkey[:80]!r}")
        name, mark, encoded = parts
        try:
            material = decode_base64(encoded)
            key = cls(name, KeyType(material[0]), material[1:])
        except (IndexError, ValueError) as error:
            raise ValueError(f"the verifier key of {name!r} is not Ed25519 in base64: {error}") from error
        if len(key.public) != 32 or key.id.hex() != mark:
            raise ValueError(f"the verifier key of {name!r} does not match its hash {mark!r}")
        return key


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line; `blob` is what follows the key id."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """A text that ends in a newline, and its signatures, none of them verified yet."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()

    def adding(self, signatures: Iterable[Signature]) -> "Note":
        return Note(self.text, (*self.signatures, *signatures))


def valid_name(name: str) -> bool:
    """A key name is not empty and has neither spaces nor plus signs."""
    return bool(name) and "+" not in name and not any(letter.isspace() for letter in name)


def decode_base64(text: str) -> bytes:
    """Standard base64 in its one canonical form, so that no character is free. Raises ValueError."""
    decoded = base64.b64decode(text, validate=True)
    if base64.b64encode(decoded).decode() != text:
        raise ValueError("the base64 is not in canonical form")
    return decoded


def parse(data: bytes) -> Note:
    """Split a note into text and signatures. Raises VerificationError('note')."""
    try:
        whole = data.decode()
    except UnicodeDecodeError as error:
        raise VerificationError("note", f"a note is UTF-8 text: {error}") from error
    if len(data) > MAX_NOTE_BYTES or any(letter < " " and letter != "\n" for letter in whole):
        raise VerificationError("note", "a note has at most 1 MB and no control characters")
    body, separator, tail = whole.rpartition("\n\n")
    if not separator or not tail.endswith("\n"):
        raise VerificationError("note", "a note is a text, an empty line, and signature lines")
    return Note(body + "\n", tuple(parse_signatures(tail)))


def parse_signatures(tail: str) -> list[Signature]:
    """Read signature lines. Raises VerificationError('note')."""
    signatures = []
    for line in tail.split("\n")[:-1]:
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        try:
            blob = decode_base64(encoded)
        except ValueError:
            blob = b""
        if not line.startswith(_DASH) or not valid_name(name) or len(blob) < 5:
            raise VerificationError("note", f"not a signature line: {line[:80]!r}")
        signatures.append(Signature(name, blob[:4], blob[4:]))
    return signatures


def sign(text: str, name: str, key: SigningKey) -> Signature:
    """A plain Ed25519 signature over `text`, which must end in a newline."""
    if not text.endswith("\n"):
        raise ValueError("the text of a note ends in a newline")
    mine = NoteKey(name, KeyType.ED25519, bytes(key.verify_key))
    return Signature(name, mine.id, key.sign(text.encode()).signature)


def cosign(text: str, name: str, key: SigningKey, time_s: int) -> Signature:
    """A witness's or mirror's `cosignature/v1` over `text`, of the time in Unix seconds."""
    mine = NoteKey(name, KeyType.COSIGNATURE_V1, bytes(key.verify_key))
    signed = key.sign(_cosigned(text, time_s)).signature
    return Signature(name, mine.id, time_s.to_bytes(8, "big") + signed)


def verified(note: Note, keys: Sequence[NoteKey]) -> set[NoteKey]:
    """The keys among `keys` that signed the note.

    Unknown keys' lines are ignored, as the format asks; a line by a known key that does not verify
    raises VerificationError('note-signature').
    """
    known = {(key.name, key.id): key for key in keys}
    found: set[NoteKey] = set()
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        message, blob = note.text.encode(), signature.blob
        if key.type is KeyType.COSIGNATURE_V1:
            message, blob = _cosigned(note.text, int.from_bytes(blob[:8], "big")), blob[8:]
        try:
            VerifyKey(key.public).verify(message, blob)
        except (BadSignatureError, ValueError) as error:
            raise VerificationError(
                "note-signature", f"the signature by {key.name!r} does not hold"
            ) from error
        found.add(key)
    return found


def _cosigned(text: str, time_s: int) -> bytes:
    """What a cosignature is over: c2sp.org/tlog-cosignature."""
    return f"cosignature/v1\ntime {time_s}\n{text}".encode()
