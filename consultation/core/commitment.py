"""Salted commitments, so that one field of an opinion can be opened and the rest stay closed; pseudonyms.

The commitment is the RFC 6962 root over one leaf per field, in the order of names; a leaf is the
canonical JSON of [name, value, salt]. A field's salt is HMAC-SHA-256(opinion's salt, name), so that
opening one field shows nothing about another's. Erasing the opinion's salt closes all of them for good.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from consultation.core import canonical, merkle
from consultation.core.errors import VerificationError

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Opening:
    """One opened field: enough to check it against the commitment, and nothing of the others."""

    name: str
    value: str
    salt: str
    """Hex."""
    index: int
    size: int
    path: tuple[str, ...]
    """Hex of the hashes from the leaf up."""


def commit(fields: Mapping[str, str], salt: bytes) -> str:
    """The commitment to `fields`, hex of 32 bytes. Raises ValueError unless the salt has 32 bytes."""
    return merkle.root_of(_leaves(fields, salt)).hex()


def open_field(fields: Mapping[str, str], salt: bytes, name: str) -> Opening:
    """Open one field. Raises KeyError when there is no such field."""
    index = sorted(fields).index(name) if name in fields else -1
    if index < 0:
        raise KeyError(name)
    path = merkle.Tree(_leaves(fields, salt)).prove_inclusion(index)
    return Opening(
        name,
        fields[name],
        _field_salt(salt, name).hex(),
        index,
        len(fields),
        tuple(node.hex() for node in path),
    )


def check_opening(opening: Opening, commitment: str) -> None:
    """The opened field is in the commitment. Raises VerificationError('opening')."""
    try:
        leaf = _leaf(opening.name, opening.value, bytes.fromhex(opening.salt))
        path = [bytes.fromhex(node) for node in opening.path]
        merkle.check_inclusion(leaf, opening.index, opening.size, path, bytes.fromhex(commitment))
    except (ValueError, VerificationError) as error:
        raise VerificationError("opening", f"the field {opening.name!r} is not in the commitment") from error


def pseudonym(key: bytes, consultation: str, provision: str) -> str:
    """HMAC-SHA-256 under the person's key: the same person cannot be joined across provisions. Hex."""
    return hmac.digest(key, canonical.encode_texts(consultation, provision), "sha256").hex()


def _leaves(fields: Mapping[str, str], salt: bytes) -> list[bytes]:
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, found {len(salt)}")
    return [_leaf(name, fields[name], _field_salt(salt, name)) for name in sorted(fields)]


def _leaf(name: str, value: str, salt: bytes) -> bytes:
    return merkle.leaf_hash(canonical.encode_texts(name, value, salt.hex()))


def _field_salt(salt: bytes, name: str) -> bytes:
    return hmac.digest(salt, name.encode(), "sha256")
