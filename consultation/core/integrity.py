"""W3C Data Integrity proofs: `eddsa-jcs-2022` (vc-di-eddsa 3.3) and `ecdsa-jcs-2019` (vc-di-ecdsa 3.3).

Both sign SHA-256(JCS(proof options)) || SHA-256(JCS(document without proof)). Which suite a proof must name
is decided by the key that the verifier has pinned, never by the proof: otherwise whoever shows a document
could choose how it is checked.
"""

from collections.abc import Mapping
from hashlib import sha256

from consultation.core import canonical, multikey
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.multikey import PublicKey, SigningMethod, Suite

_NAMES = {"@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}


def sign(document: Mapping[str, Json], method: SigningMethod, created: str) -> dict[str, Json]:
    """`document` with a proof; `created` is RFC 3339 in UTC."""
    options: dict[str, Json] = {
        "@context": document["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": method.public.suite.value,
        "created": created,
        "verificationMethod": method.id,
        "proofPurpose": "assertionMethod",
    }
    signature = method.sign(hash_data(document, options))
    return {**document, "proof": {**options, "proofValue": multikey.multibase(signature)}}


def hash_data(document: Mapping[str, Json], options: Mapping[str, Json]) -> bytes:
    """The 64 bytes that are signed: vc-di-eddsa 3.3.4, vc-di-ecdsa 3.3.4."""
    return sha256(canonical.encode(options)).digest() + sha256(canonical.encode(document)).digest()


def suite(secured: Mapping[str, Json]) -> Suite:
    """The suite that a secured document names. Raises VerificationError('credential-proof')."""
    return Suite(str(_proof(secured)["cryptosuite"]))


def verification_method(secured: Mapping[str, Json]) -> str:
    """The URL of the key that a secured document claims. Raises VerificationError('credential-proof')."""
    return str(_proof(secured)["verificationMethod"])


def verify(secured: Mapping[str, Json], key: PublicKey) -> None:
    """Check the proof under a key. Raises VerificationError('credential-proof' or 'credential-signature')."""
    proof = _proof(secured)
    if proof["cryptosuite"] != key.suite:
        raise VerificationError(
            "credential-proof", f"the key is for {key.suite.value!r}, the proof is {proof['cryptosuite']!r}"
        )
    document = {name: value for name, value in secured.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        message, signature = hash_data(document, options), multikey.from_multibase(str(proof["proofValue"]))
        key.verify(message, signature)
    except ValueError as error:
        raise VerificationError("credential-signature", "the issuer's signature does not hold") from error


def _proof(secured: Mapping[str, Json]) -> Mapping[str, Json]:
    proof = secured.get("proof")
    if not isinstance(proof, Mapping) or proof.keys() != _NAMES:
        raise VerificationError("credential-proof", f"a proof has exactly {', '.join(sorted(_NAMES))}")
    for name, value in (("type", "DataIntegrityProof"), ("proofPurpose", "assertionMethod")):
        if proof[name] != value:
            raise VerificationError("credential-proof", f"{name} is {value!r}, found {proof[name]!r}")
    suites = [suite.value for suite in Suite]
    if proof["cryptosuite"] not in suites:
        raise VerificationError(
            "credential-proof", f"cryptosuite is {' or '.join(suites)}, found {proof['cryptosuite']!r}"
        )
    if proof["@context"] != secured.get("@context"):
        raise VerificationError("credential-proof", "the proof's @context is not the document's")
    return proof
