"""Data Integrity proofs: the W3C's own vectors byte for byte, and what does not verify."""

import json
from pathlib import Path

import base58
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import canonical, integrity
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from tests.consultation.core.bundles import leaf_at
from tests.consultation.core.samples import STRANGER, UNIT

_DOCUMENT: dict[str, Json] = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:x",
    "n": [1, {"a": "b"}],
}
_METHOD = "did:web:don-vi.example#key-1"
_PUBLIC = bytes(UNIT.verify_key)
_SECURED = integrity.sign(_DOCUMENT, _METHOD, "2026-11-23T10:11:12Z", UNIT)

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
    public = integrity.parse_multikey(pair["publicKeyMultibase"])
    secret = base58.b58decode(pair["privateKeyMultibase"][1:])
    assert secret[:2] == b"\x80\x26", "the multicodec of an Ed25519 private key"
    key = SigningKey(secret[2:])
    assert bytes(key.verify_key) == public
    assert integrity.multikey(public) == pair["publicKeyMultibase"]

    document, options = load(vectors / "unsigned.json"), load(vectors / "proofConfigJCS.json")
    assert canonical.encode(document) == (vectors / "canonDocJCS.txt").read_bytes()
    assert canonical.encode(options) == (vectors / "proofCanonJCS.txt").read_bytes()
    combined = integrity.hash_data(document, options).hex()
    assert combined == (vectors / "combinedHashJCS.txt").read_text()
    assert combined[:64] == (vectors / "proofHashJCS.txt").read_text()
    assert combined[64:] == (vectors / "docHashJCS.txt").read_text()

    signed = integrity.sign(document, str(options["verificationMethod"]), str(options["created"]), key)
    assert signed == load(vectors / "signedJCS.json")
    proof = signed["proof"]
    assert isinstance(proof, dict)
    value = str(proof["proofValue"])
    assert value == (vectors / "sigBTC58JCS.txt").read_text()
    assert base58.b58decode(value[1:]).hex() == (vectors / "sigHexJCS.txt").read_text()
    integrity.verify(load(vectors / "signedJCS.json"), public)


@given(st.binary(min_size=32, max_size=32))
def test_a_multikey_is_read_back(public: bytes) -> None:
    text = integrity.multikey(public)
    assert text.startswith("z6Mk")
    assert integrity.parse_multikey(text) == public


@given(st.text(max_size=60))
def test_any_text_gives_a_key_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        integrity.parse_multikey(text)


def test_a_key_of_another_kind_is_no_ed25519_multikey() -> None:
    for data in (b"\xe7\x01" + bytes(32), b"\xed\x01" + bytes(31), b"\xed\x01" + bytes(33), b""):
        with pytest.raises(ValueError, match="z6Mk"):
            integrity.parse_multikey("z" + base58.b58encode(data).decode())
    with pytest.raises(ValueError, match="z6Mk"):
        integrity.parse_multikey(integrity.multikey(_PUBLIC).replace("z", "m", 1))


def test_what_is_signed_verifies_under_that_key_alone() -> None:
    integrity.verify(_SECURED, _PUBLIC)
    assert integrity.verification_method(_SECURED) == _METHOD
    for key in (bytes(STRANGER.verify_key), bytes(32), b"short"):
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
