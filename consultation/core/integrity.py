"""W3C Data Integrity proofs of the suite `eddsa-jcs-2022` (vc-di-eddsa 3.3), and Multikey encoding.

The signature covers SHA-256(JCS(proof options)) || SHA-256(JCS(document without proof)).
"""

from collections.abc import Mapping
from hashlib import sha256

import base58
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError

_ED25519_MULTICODEC = b"\xed\x01"
SUITE = "eddsa-jcs-2022"


def multikey(public: bytes) -> str:
    """An Ed25519 public key as Multikey: 'z' and base58btc of 0xed01 || key."""
    return "z" + base58.b58encode(_ED25519_MULTICODEC + public).decode()


def parse_multikey(text: str) -> bytes:
    """The 32 bytes of an Ed25519 Multikey. Raises ValueError."""
    data = _base58(text[1:])
    if text[:1] != "z" or data[:2] != _ED25519_MULTICODEC or len(data) != 34:
        raise ValueError(f"an Ed25519 Multikey begins with 'z6Mk', found {text[:60]!r}")
    return data[2:]


def sign(document: Mapping[str, Json], method: str, created: str, key: SigningKey) -> dict[str, Json]:
    """`document` with a proof; `method` is the verification method's URL, `created` RFC 3339 in UTC."""
    options: dict[str, Json] = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": "assertionMethod",
    }
    signature = key.sign(hash_data(document, options)).signature
    proof = {**options, "proofValue": "z" + base58.b58encode(signature).decode()}
    return {**document, "proof": proof}


def hash_data(document: Mapping[str, Json], options: Mapping[str, Json]) -> bytes:
    """The 64 bytes that are signed: vc-di-eddsa 3.3.4."""
    return sha256(canonical.encode(options)).digest() + sha256(canonical.encode(document)).digest()


def verification_method(secured: Mapping[str, Json]) -> str:
    """The URL of the key that a secured document claims. Raises VerificationError('credential-proof')."""
    return str(_proof(secured)["verificationMethod"])


def verify(secured: Mapping[str, Json], public: bytes) -> None:
    """Check the proof under a key. Raises VerificationError('credential-proof' or 'credential-signature')."""
    proof = _proof(secured)
    document = {name: value for name, value in secured.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    value = str(proof["proofValue"])
    try:
        signature = _base58(value[1:]) if value[:1] == "z" else b""
        VerifyKey(public).verify(hash_data(document, options), signature)
    except (BadSignatureError, ValueError) as error:
        raise VerificationError("credential-signature", "the issuer's signature does not hold") from error


def _proof(secured: Mapping[str, Json]) -> Mapping[str, Json]:
    proof = secured.get("proof")
    expected: dict[str, Json] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "proofPurpose": "assertionMethod",
    }
    names = {*expected, "@context", "created", "verificationMethod", "proofValue"}
    if not isinstance(proof, Mapping) or proof.keys() != names:
        raise VerificationError("credential-proof", f"a proof has exactly {', '.join(sorted(names))}")
    for name, value in expected.items():
        if proof[name] != value:
            raise VerificationError("credential-proof", f"{name} is {value!r}, found {proof[name]!r}")
    if proof["@context"] != secured.get("@context"):
        raise VerificationError("credential-proof", "the proof's @context is not the document's")
    return proof


def _base58(text: str) -> bytes:
    """Base58btc in its one form: the library passes over spaces at the end. Raises ValueError."""
    try:
        data = base58.b58decode(text)
    except ValueError as error:
        raise ValueError(f"not base58btc: {text[:60]!r}") from error
    if base58.b58encode(data).decode() != text:
        raise ValueError(f"not base58btc: {text[:60]!r}")
    return data
