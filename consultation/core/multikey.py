"""Keys of credentials: Multikey encoding, and signing and verifying under the suite of a key's kind.

Two kinds: Ed25519 (W3C vc-di-eddsa) and P-256 (vc-di-ecdsa), which Vietnam's rules for signing software
name (Circular 15/2025/TT-BKHCN). Whoever signs holds a `SigningMethod` and need not know which. Everything
here has one accepted form: base58btc without extras at its ends, points compressed, and of ECDSA's two
signatures (r, s) and (r, n - s) the one with the smaller s. The last W3C asks for nowhere; without it a
signature could be changed and still hold, so that 'refused after any change' would not be true.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

import base58
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

_ED25519_MULTICODEC, _P256_MULTICODEC = b"\xed\x01", b"\x80\x24"
_CURVE, _ECDSA = ec.SECP256R1(), ec.ECDSA(SHA256(), deterministic_signing=True)
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The number of points of P-256: SEC 2, 2.4.2."""


class Suite(StrEnum):
    """The cryptosuites of Data Integrity that this project signs and verifies."""

    EDDSA = "eddsa-jcs-2022"
    ECDSA = "ecdsa-jcs-2019"


@dataclass(frozen=True, slots=True)
class Ed25519Key:
    """An Ed25519 public key."""

    data: bytes
    """32 bytes."""

    @property
    def suite(self) -> Suite:
        return Suite.EDDSA

    @property
    def multikey(self) -> str:
        """As Multikey: 'z6Mk...'."""
        return multibase(_ED25519_MULTICODEC + self.data)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises ValueError when the signature does not hold."""
        try:
            VerifyKey(self.data).verify(message, signature)
        except BadSignatureError as error:
            raise ValueError("the Ed25519 signature does not hold") from error


@dataclass(frozen=True, slots=True)
class P256Key:
    """A P-256 public key."""

    data: bytes
    """The point, compressed: 33 bytes."""

    @property
    def suite(self) -> Suite:
        return Suite.ECDSA

    @property
    def multikey(self) -> str:
        """As Multikey: 'zDn...'."""
        return multibase(_P256_MULTICODEC + self.data)

    def verify(self, message: bytes, signature: bytes) -> None:
        """Raises ValueError when it does not hold, or is not 64 bytes r || s with the smaller s."""
        r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        if len(signature) != 64 or not 0 < s <= P256_ORDER // 2:
            raise ValueError("a P-256 signature is 64 bytes r || s, s at most half the curve's order")
        try:
            self._point().verify(utils.encode_dss_signature(r, s), message, _ECDSA)
        except InvalidSignature as error:
            raise ValueError("the P-256 signature does not hold") from error

    def check(self) -> None:
        """Raises ValueError where this is no point of the curve."""
        self._point()

    def _point(self) -> ec.EllipticCurvePublicKey:
        if len(self.data) != 33:
            raise ValueError(f"a compressed P-256 point has 33 bytes, found {len(self.data)}")
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, self.data)


PublicKey = Ed25519Key | P256Key


class SigningMethod(Protocol):
    """A secret key and the verification method's URL under which its public half is published."""

    @property
    def id(self) -> str: ...

    @property
    def public(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes:
        """The signature, always the same for the same message."""
        ...


@dataclass(frozen=True, slots=True)
class Ed25519Method:
    """Signs under `eddsa-jcs-2022`."""

    id: str
    secret: SigningKey

    @property
    def public(self) -> Ed25519Key:
        return Ed25519Key(bytes(self.secret.verify_key))

    def sign(self, message: bytes) -> bytes:
        return bytes(self.secret.sign(message).signature)


@dataclass(frozen=True, slots=True)
class P256Method:
    """Signs under `ecdsa-jcs-2019`, with the nonce of RFC 6979: nothing is drawn."""

    id: str
    secret: ec.EllipticCurvePrivateKey

    @classmethod
    def of_number(cls, method: str, secret: int) -> Self:
        """From the secret number itself. Raises ValueError outside 1 to the curve's order."""
        return cls(method, ec.derive_private_key(secret, _CURVE))

    @property
    def public(self) -> P256Key:
        point = self.secret.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        return P256Key(point)

    def sign(self, message: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.secret.sign(message, _ECDSA))
        return r.to_bytes(32, "big") + min(s, P256_ORDER - s).to_bytes(32, "big")


def parse(text: str) -> PublicKey:
    """Read a Multikey. Raises ValueError where it is neither Ed25519 nor P-256, or not in its one form."""
    data = from_multibase(text)
    if data[:2] == _ED25519_MULTICODEC and len(data) == 34:
        return Ed25519Key(data[2:])
    if data[:2] == _P256_MULTICODEC and len(data) == 35:
        key = P256Key(data[2:])
        key.check()
        return key
    raise ValueError(f"a Multikey is Ed25519 ('z6Mk...') or P-256 ('zDn...'), found {text[:60]!r}")


def multibase(data: bytes) -> str:
    """'z' and base58btc."""
    return "z" + base58.b58encode(data).decode()


def from_multibase(text: str) -> bytes:
    """Base58btc in its one form: the library passes over spaces at the end. Raises ValueError."""
    try:
        data = base58.b58decode(text[1:])
    except ValueError as error:
        raise ValueError(f"not base58btc: {text[:60]!r}") from error
    if multibase(data) != text:
        raise ValueError(f"not 'z' and base58btc: {text[:60]!r}")
    return data
