"""The key file of a witness or mirror: a C2SP note signer key that its owner alone can read."""

import base64
import os
from pathlib import Path

from nacl.signing import SigningKey

from consultation.core.note import KeyType, NoteKey


def public(path: Path, name: str) -> NoteKey:
    """The cosigner's public key; its secret is drawn where there is none yet."""
    if path.exists():
        return NoteKey(name, KeyType.COSIGNATURE_V1, bytes(secret(path).verify_key))
    key = SigningKey.generate()
    made = NoteKey(name, KeyType.COSIGNATURE_V1, bytes(key.verify_key))
    # omniwitness reads the seed after the algorithm byte, and does not compare the hash.
    encoded = base64.b64encode(bytes([KeyType.COSIGNATURE_V1]) + bytes(key)).decode()
    draft = path.with_suffix(".new")  # renamed when it is whole: a crash must not leave half a key
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(f"PRIVATE+KEY+{name}+{made.id.hex()}+{encoded}")
        file.flush()
        os.fsync(descriptor)
    draft.replace(path)
    return made


def secret(path: Path) -> SigningKey:
    """Raises OSError, and ValueError on what is no such file."""
    return SigningKey(base64.b64decode(_parts(path)[4])[1:])


def name_of(path: Path) -> str:
    """The name that stands in the file. Raises OSError, ValueError."""
    return _parts(path)[2]


def _parts(path: Path) -> list[str]:
    parts = path.read_text(encoding="ascii").split("+", 4)
    if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
        raise ValueError(f"{path.name} is no note signer key: it reads 'PRIVATE+KEY+name+hash+base64'")
    return parts
