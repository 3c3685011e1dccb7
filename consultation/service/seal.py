"""What a person's key does: it names the person on the ledger, hides their words, and digests their requests.

One key of 32 bytes, drawn for one person and one consultation; from it a key for each purpose, so that no
value made for one purpose says anything in another. Words are sealed with XChaCha20-Poly1305 (RFC 8439 with
the longer nonce of draft-irtf-cfrg-xchacha): the opinion's id and the field's name are associated data, so
that a sealed text moved to another row or column opens no more. Lengths are padded, since a length tells
one text from another.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from consultation.core import canonical, commitment
from consultation.core.canonical import Json

KEY_BYTES = 32
NONCE_BYTES = 24
_BLOCK_BYTES = 128
"""Sealed values are padded to a multiple of it."""


class SealBroken(Exception):
    """A sealed value was altered, moved from another row or column, or sealed under another key."""


@dataclass(frozen=True, slots=True)
class Person:
    """A participant of one consultation, with the key that is drawn for them there and for nothing else."""

    handle: str
    """Random, hex of 16 bytes: the name by which the store knows the person."""
    consultation: str
    participant: str
    key: bytes = field(repr=False)
    erasing: bool = False
    """An erasure of theirs has begun: nothing more is taken from them under this key."""

    def pseudonym(self, provision: str) -> str:
        """Their name on the ledger, for this provision alone. Hex of 32 bytes."""
        return commitment.pseudonym(self.key, self.consultation, provision)

    def digest(self, purpose: str, value: Json) -> str:
        """A digest that nobody can try values against once the key is gone. Hex of 32 bytes."""
        return hmac.digest(self._derived(purpose), canonical.encode(value), "sha256").hex()

    def seal(self, opinion: str, name: str, value: bytes, nonce: bytes) -> bytes:
        """The nonce and the sealed value, padded. The nonce has 24 bytes, drawn afresh for each value."""
        return _sealed(opinion, name, value, nonce, self._derived("seal"))

    def seal_all(self, opinion: str, values: Mapping[str, bytes], nonces: bytes) -> dict[str, bytes]:
        """`seal` for each value by its name, with one nonce after the other: the key is derived once."""
        key, starts = self._derived("seal"), range(0, len(nonces), NONCE_BYTES)
        return {
            name: _sealed(opinion, name, value, nonces[start : start + NONCE_BYTES], key)
            for (name, value), start in zip(values.items(), starts, strict=True)
        }

    def unseal(self, opinion: str, name: str, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        place, key = canonical.encode_texts(opinion, name), self._derived("seal")
        try:
            padded = crypto_aead_xchacha20poly1305_ietf_decrypt(rest, place, nonce, key)
            return _unpad(padded)
        except (CryptoError, ValueError, TypeError) as error:
            raise SealBroken(f"the sealed {name} of opinion {opinion} does not open") from error

    def _derived(self, purpose: str) -> bytes:
        # Apart from pseudonyms, which are over a list in brackets: no purpose begins with one.
        return hmac.digest(self.key, f"consultation-person/1 {purpose}".encode(), "sha256")


def _sealed(opinion: str, name: str, value: bytes, nonce: bytes, key: bytes) -> bytes:
    place = canonical.encode_texts(opinion, name)
    return nonce + crypto_aead_xchacha20poly1305_ietf_encrypt(_pad(value), place, nonce, key)


def _pad(value: bytes) -> bytes:
    """A byte 0x80, then zeros (ISO/IEC 7816-4). Here, since a call into libsodium gives up the interpreter's
    lock, and the writer's thread waits to have it back.
    """
    return value + b"\x80" + bytes(-(len(value) + 1) % _BLOCK_BYTES)


def _unpad(padded: bytes) -> bytes:
    """Raises ValueError."""
    value, mark, zeros = padded.rpartition(b"\x80")
    if not mark or zeros.strip(b"\0"):
        raise ValueError("a sealed value ends with 0x80 and zeros")
    return value
