"""Data Integrity proofs: the W3C's own vectors byte for byte, cases of our own, and what does not verify."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import base58
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256
from nacl.signing import SigningKey

from consultation.core import canonical, integrity, multikey
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.multikey import Ed25519Key, Ed25519Method, P256Method, SigningMethod, Suite
from tests.consultation.core.bundles import leaf_at
from tests.consultation.core.samples import STRANGER, UNIT

_DOCUMENT: dict[str, Json] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:x",
    "n": [1, {"a": "b"}],
}
_METHOD = "did:web:don-vi.example#key-1"
_CREATED = "2026-11-23T10:11:12Z"
_UNIT = Ed25519Method(_METHOD, UNIT)
_PUBLIC = _UNIT.public
_SECURED = integrity.sign(_DOCUMENT, _UNIT, _CREATED)
# The key of RFC 6979 A.2.5.
_P256 = P256Method.of_number(
    "did:web:don-vi.example#key-p256", 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
)

_VALUE = str(leaf_at(_SECURED, ("proof", "proofValue")))


@pytest.fixture
def vectors(shared: Path) -> Path:
    found = shared / "vectors" / "vc-di-eddsa-jcs-2022"
    if not found.is_dir():
        pytest.skip(f"the W3C's vectors are not in {found.name} beside this checkout")
    return found


def load(path: Path) -> dict[str, Json]:
    value = canonical.decode(path.read_bytes())
    assert isinstance(value, dict)
    return value


def test_the_w3cs_vectors_come_out_at_every_step(vectors: Path) -> None:
    pair = json.loads((vectors / "keyPair.json").read_text())
    public = multikey.parse(pair["publicKeyMultibase"])
    secret = base58.b58decode(pair["privateKeyMultibase"][1:])
    assert secret[:2] == b"\x80\x26", "the multicodec of an Ed25519 private key"
    key = SigningKey(secret[2:])
    assert Ed25519Key(bytes(key.verify_key)) == public
    assert public.multikey == pair["publicKeyMultibase"]

    document, options = load(vectors / "unsigned.json"), load(vectors / "proofConfigJCS.json")
    assert canonical.encode(document) == (vectors / "canonDocJCS.txt").read_bytes()
    assert canonical.encode(options) == (vectors / "proofCanonJCS.txt").read_bytes()
    combined = integrity.hash_data(document, options).hex()
    assert combined == (vectors / "combinedHashJCS.txt").read_text()
    assert combined[:64] == (vectors / "proofHashJCS.txt").read_text()
    assert combined[64:] == (vectors / "docHashJCS.txt").read_text()

    method = Ed25519Method(str(options["verificationMethod"]), key)
    signed = integrity.sign(document, method, str(options["created"]))
    assert signed == load(vectors / "signedJCS.json")
    proof = signed["proof"]
    assert isinstance(proof, dict)
    value = str(proof["proofValue"])
    assert value == (vectors / "sigBTC58JCS.txt").read_text()
    assert base58.b58decode(value[1:]).hex() == (vectors / "sigHexJCS.txt").read_text()
    integrity.verify(load(vectors / "signedJCS.json"), public)


# Cases of our own: fixed keys, so that a change of any step shows.

_OWN: Mapping[Suite, tuple[SigningMethod, str]] = {
    Suite.EDDSA: (
        _UNIT,
        "z3MPVutTTDZKdy6rwSVSBQ6wBj7XT8yKZ4azQeqU3DBQpJRSgNwzXcmSH8vp4nRUfAJFRKz8gC1APJYn82jXeCELQ",
    ),
    Suite.ECDSA: (
        _P256,
        "z3XuchwyR5YGU2gYHJSXtJKH6ak4KofpWrE4NGpFLEkk6d37hqQieaHvrR75evi39tqVoNsXr3TRJVUgf1X4HF3S4",
    ),
}


@pytest.mark.parametrize("suite", Suite)
def test_our_own_cases_come_out_byte_for_byte(suite: Suite) -> None:
    method: SigningMethod = _OWN[suite][0]
    secured = integrity.sign(_DOCUMENT, method, _CREATED)
    proof = secured["proof"]
    assert isinstance(proof, dict)
    assert proof.pop("proofValue") == _OWN[suite][1]
    assert proof == {
        "@context": _DOCUMENT["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": suite.value,
        "created": _CREATED,
        "verificationMethod": method.id,
        "proofPurpose": "assertionMethod",
    }


def test_a_p256_proof_holds_for_code_that_shares_nothing_with_ours() -> None:
    """The reference's canonical JSON, and the curve's library with a DER signature."""
    secured = integrity.sign(_DOCUMENT, _P256, _CREATED)
    proof = secured["proof"]
    assert isinstance(proof, dict)
    value = base58.b58decode(str(proof.pop("proofValue"))[1:])
    hashed = sha256(rfc8785.dumps(proof)).digest() + sha256(rfc8785.dumps(dict(_DOCUMENT))).digest()
    point = base58.b58decode(_P256.public.multikey[1:])[2:]
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    der = utils.encode_dss_signature(int.from_bytes(value[:32], "big"), int.from_bytes(value[32:], "big"))
    key.verify(der, hashed, ec.ECDSA(SHA256()))


@pytest.mark.parametrize("suite", Suite)
def test_the_pinned_keys_kind_decides_the_suite_not_the_proof(suite: Suite) -> None:
    method, other = (_UNIT, _P256) if suite is Suite.EDDSA else (_P256, _UNIT)
    secured = integrity.sign(_DOCUMENT, method, _CREATED)
    integrity.verify(secured, method.public)
    assert integrity.suite(secured) is suite
    with pytest.raises(VerificationError, match="the key is for") as refused:
        integrity.verify(secured, other.public)
    assert refused.value.link == "credential-proof"
    proof = secured["proof"]
    assert isinstance(proof, dict)
    renamed = {**secured, "proof": {**proof, "cryptosuite": other.public.suite.value}}
    for key, link in ((method.public, "credential-proof"), (other.public, "credential-signature")):
        with pytest.raises(VerificationError) as refused:
            integrity.verify(renamed, key)
        assert refused.value.link == link


def test_what_is_signed_verifies_under_that_key_alone() -> None:
    integrity.verify(_SECURED, _PUBLIC)
    assert integrity.verification_method(_SECURED) == _METHOD
    for key in (Ed25519Key(bytes(STRANGER.verify_key)), Ed25519Key(bytes(32)), Ed25519Key(b"short")):
        with pytest.raises(VerificationError, match="credential-signature"):
            integrity.verify(_SECURED, key)


@pytest.mark.parametrize(
    ("name", "value", "link"),
    [
        ("id", "urn:y", "credential-signature"),
        ("n", [1, {"a": "c"}], "credential-signature"),
        ("n", None, "credential-signature"),
        ("more", 1, "credential-signature"),
        ("@context", [], "credential-proof"),
        ("proof", None, "credential-proof"),
        ("proof", {}, "credential-proof"),
        ("proof", [_SECURED["proof"]], "credential-proof"),
    ],
)
def test_a_changed_document_does_not_verify(name: str, value: Json, link: str) -> None:
    with pytest.raises(VerificationError) as refused:
        integrity.verify({**_SECURED, name: value}, _PUBLIC)
    assert refused.value.link == link


@pytest.mark.parametrize(
    ("name", "value", "link"),
    [
        ("type", "Ed25519Signature2020", "credential-proof"),
        ("cryptosuite", "eddsa-rdfc-2022", "credential-proof"),
        ("proofPurpose", "authentication", "credential-proof"),
        ("@context", [], "credential-proof"),
        ("domain", "example", "credential-proof"),
        ("created", "2026-11-23T10:11:13Z", "credential-signature"),
        ("verificationMethod", _METHOD + "0", "credential-signature"),
        ("proofValue", "", "credential-signature"),
        ("proofValue", "z", "credential-signature"),
        ("proofValue", "z0OIl", "credential-signature"),
        ("proofValue", "u" + "A" * 86, "credential-signature"),
        ("proofValue", "zế", "credential-signature"),
        ("proofValue", 7, "credential-signature"),
        ("proofValue", _VALUE + " ", "credential-signature"),
        ("proofValue", "z1" + _VALUE[1:], "credential-signature"),
        ("proofValue", multikey.multibase(bytes(63)), "credential-signature"),
        ("proofValue", multikey.multibase(bytes(65)), "credential-signature"),
    ],
)
def test_a_changed_proof_does_not_verify(name: str, value: Json, link: str) -> None:
    proof = _SECURED["proof"]
    assert isinstance(proof, dict)
    with pytest.raises(VerificationError) as refused:
        integrity.verify({**_SECURED, "proof": {**proof, name: value}}, _PUBLIC)
    assert refused.value.link == link


def test_a_proof_without_one_of_its_fields_is_refused() -> None:
    proof = _SECURED["proof"]
    assert isinstance(proof, dict)
    for name in proof:
        rest = {key: value for key, value in proof.items() if key != name}
        with pytest.raises(VerificationError, match="exactly"):
            integrity.verify({**_SECURED, "proof": rest}, _PUBLIC)
