"""Certificates: what they say, the same of everybody, and nothing about anybody's answer."""

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from consultation import contexts
from consultation.core import canonical, certificate, integrity, merkle, multikey, publication
from consultation.core.canonical import Json
from consultation.core.certificate import CONTEXT, CONTEXTS, Issuance, Kind, UnitOpinion
from consultation.core.checkpoint import TlogProof
from consultation.core.drafts import Opinion, Stance
from consultation.core.issuer import Issuer, UnitKey
from consultation.core.moments import Period
from consultation.core.multikey import Ed25519Method, P256Method, SigningMethod
from consultation.core.status_list import StatusEntry
from tests.consultation.core.bundles import CREATED, DID, Signers, claims, leaf_at, publish
from tests.consultation.core.samples import NAME, STRANGER, UNIT, WINDOW, digest

_ISSUER = Issuer(DID, "Sở Tư pháp")
_METHOD = Ed25519Method(_ISSUER.method, UNIT)
_P256 = P256Method.of_number(_ISSUER.p256_method, 7)
_CLAIMS = claims()
_STATUS = StatusEntry(_ISSUER.status_url(NAME), 4)
_ISSUANCE = Issuance("urn:uuid:1", CREATED, _STATUS)
_OPINION = UnitOpinion(
    "1234/STP-XDKTVB",
    "Nguyễn Văn A, Giám đốc",
    (
        Opinion("so-tu-phap", "", Stance.AGREE_WITH_COMMENTS, "Cơ bản thống nhất."),
        Opinion("so-tu-phap", "dieu-2", Stance.DISAGREE, "Trùng Điều 5.", "Bỏ Điều 2.", "Luật đã quy định."),
    ),
)


def unit_opinion(method: SigningMethod = _METHOD) -> dict[str, Json]:
    return certificate.issue_unit_opinion(
        _ISSUER, "Sở Công Thương", _CLAIMS.consulted, _OPINION, _ISSUANCE, method
    )


@pytest.mark.parametrize("method", [_METHOD, _P256], ids=["ed25519", "p256"])
def test_a_certificate_is_a_credential_that_its_issuers_key_verifies(method: SigningMethod) -> None:
    made = certificate.issue(_ISSUER, _CLAIMS, _ISSUANCE, method)
    assert made["@context"] == list(CONTEXTS)
    assert made["type"] == ["VerifiableCredential", "ConsultationCertificate"]
    assert made["issuer"] == {"id": DID, "name": "Sở Tư pháp"}
    assert made["validFrom"] == leaf_at(made, ("proof", "created")) == CREATED
    assert made["credentialStatus"] == _STATUS.to_json()
    assert leaf_at(made, ("proof", "@context")) == list(CONTEXTS)
    assert integrity.verification_method(made) == method.id
    integrity.verify(made, method.public)
    assert made == certificate.issue(_ISSUER, _CLAIMS, _ISSUANCE, method)


def test_it_says_result_process_unit_and_window() -> None:
    made = certificate.issue(_ISSUER, _CLAIMS, _ISSUANCE, _METHOD)
    assert made["credentialSubject"] == {
        "type": "ConsultationParticipant",
        "participation": "took part",
        "consultation": {
            "identifier": NAME,
            "title": "Quyết định về chợ",
            "legalBasis": "Luật 64/2025/QH15, Điều 6 khoản 4",
            "version": 2,
            "draft": digest(1),
            "unit": "Sở Tư pháp",
            "opened": WINDOW,
            "closed": WINDOW,
            "channel": "portal",
        },
        "result": {"received": 3, "counted": 3, "stances": _CLAIMS.stances, "summary": digest(2)},
    }


def test_a_units_opinion_is_certified_by_that_unit_with_its_name_and_content() -> None:
    made = unit_opinion()
    assert certificate.kind_of(made) is Kind.UNIT_OPINION
    assert certificate.consultation_of(made) == NAME
    assert leaf_at(made, ("credentialSubject", "id")) == DID
    assert leaf_at(made, ("credentialSubject", "consultedUnit")) == "Sở Tư pháp"
    assert leaf_at(made, ("credentialSubject", "consultation", "unit")) == "Sở Công Thương"
    assert leaf_at(made, ("credentialSubject", "opinion")) == {
        "number": "1234/STP-XDKTVB",
        "signatory": "Nguyễn Văn A, Giám đốc",
        "provisions": [
            {
                "provision": "",
                "stance": "agree_with_comments",
                "text": "Cơ bản thống nhất.",
                "proposal": "",
                "reason": "",
            },
            {
                "provision": "dieu-2",
                "stance": "disagree",
                "text": "Trùng Điều 5.",
                "proposal": "Bỏ Điều 2.",
                "reason": "Luật đã quy định.",
            },
        ],
    }
    assert "so-tu-phap" not in canonical.encode(made).decode()
    integrity.verify(made, _METHOD.public)


def test_a_key_of_another_issuer_certifies_nothing() -> None:
    strange = Ed25519Method("did:web:other.example#key-1", UNIT)
    with pytest.raises(ValueError, match="not controlled"):
        certificate.issue(_ISSUER, _CLAIMS, _ISSUANCE, strange)
    with pytest.raises(ValueError, match="not controlled"):
        unit_opinion(strange)
    made = certificate.issue(_ISSUER, _CLAIMS, _ISSUANCE, Ed25519Method(_ISSUER.method, STRANGER))
    with pytest.raises(Exception, match="credential-signature"):
        integrity.verify(made, _METHOD.public)


@pytest.mark.parametrize("value", [None, [], "x", ["VerifiableCredential"], ["ConsultationCertificate"]])
def test_another_type_is_no_certificate(value: Json) -> None:
    with pytest.raises(ValueError, match="types are"):
        certificate.kind_of({"type": value})


def test_certificates_of_one_publication_differ_in_number_place_and_signature_alone(tmp_path: Path) -> None:
    published = publish(tmp_path, Signers(5))
    texts = []
    for at, bundle in enumerate(published.bundles):
        value = canonical.decode(bundle.credential)
        assert isinstance(value, dict)
        proof = value.pop("proof")
        value.pop("id")
        status = value.pop("credentialStatus")
        assert status == StatusEntry(published.issuer.status_url(NAME), at).to_json()
        assert isinstance(proof, dict)
        proof.pop("proofValue")
        texts.append(canonical.encode([value, proof]))
    assert len(set(texts)) == 1
    assert len({(bundle.anchor, bundle.status) for bundle in published.bundles}) == 1


def test_a_publication_is_one_tree_in_the_order_of_its_ids() -> None:
    ids = [f"urn:uuid:{number}" for number in range(5)]
    made = publication.publish(_ISSUER, _CLAIMS, ids, CREATED, UNIT)
    assert made == publication.publish(_ISSUER, _CLAIMS, ids, CREATED, UNIT)
    assert made.digest == sha256(made.checkpoint).hexdigest()
    root = merkle.Tree(merkle.leaf_hash(credential) for credential, _ in made.certificates).root()
    for index, (credential, proof) in enumerate(made.certificates):
        read = TlogProof.parse(proof)
        assert (read.index, read.checkpoint) == (index, made.checkpoint)
        merkle.check_inclusion(merkle.leaf_hash(credential), index, 5, read.path, root)
        assert leaf_at(canonical.decode(credential), ("id",)) == ids[index]
    assert publication.publish(_ISSUER, _CLAIMS, [], CREATED, UNIT).certificates == ()


# The issuer


def test_the_did_document_names_all_keys_the_retired_ones_with_their_end() -> None:
    keys = [
        UnitKey(_ISSUER.method, _METHOD.public),
        UnitKey(_ISSUER.p256_method, _P256.public),
        UnitKey(f"{DID}#key-0", Ed25519Method("", STRANGER).public, Period(until="2026-01-01T00:00:00Z")),
    ]
    document = _ISSUER.document(keys)
    assert document["id"] == DID
    published = document["verificationMethod"]
    assert isinstance(published, list)
    assert [multikey.parse(str(leaf_at(item, ("publicKeyMultibase",)))) for item in published] == [
        key.key for key in keys
    ]
    assert [dict(item).get("expires") for item in published] == [None, None, "2026-01-01T00:00:00Z"]
    assert document["assertionMethod"] == [key.method for key in keys]
    for wrong in ([keys[0], keys[0]], [UnitKey("did:web:other.example#key-1", _METHOD.public)]):
        with pytest.raises(ValueError, match="each once"):
            _ISSUER.document(wrong)


@pytest.mark.parametrize(
    ("did", "url"),
    [
        ("did:web:so.example", "https://so.example/status/x"),
        ("did:web:so.example%3A8443", "https://so.example:8443/status/x"),
        ("did:web:tp.example:so:tu-phap", "https://tp.example/so/tu-phap/status/x"),
    ],
)
def test_a_status_list_is_published_where_the_did_points(did: str, url: str) -> None:
    assert Issuer(did, "Sở").status_url("x") == url


# The contexts


def _words(value: Json) -> Iterator[str]:
    """Every name in a JSON value."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield name
            yield from _words(item)
    elif isinstance(value, list):
        for item in value:
            yield from _words(item)


def test_every_word_of_our_credentials_is_defined_once_by_one_of_the_contexts() -> None:
    """Words of the W3C's context as VC Data Model 2.0 and its vocabulary list them."""
    theirs = {
        *("@context", "id", "type", "name", "issuer", "validFrom", "credentialSubject", "proof"),
        *("credentialStatus", "statusPurpose", "statusListIndex", "statusListCredential", "encodedList"),
        *("cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"),
    }
    defined = json.loads(contexts.load(CONTEXT))["@context"]
    assert defined.pop("@protected") is True
    assert defined.pop("@version") == 1.1
    made = [certificate.issue(_ISSUER, _CLAIMS, _ISSUANCE, _METHOD), unit_opinion(_P256)]
    used = {word for one in made for word in _words(one)} - theirs
    for one in made:
        used |= {str(leaf_at(one, ("type", 1))), str(leaf_at(one, ("credentialSubject", "type")))}
    assert used == set(defined)
    assert not theirs & set(defined), "protected: nobody may define them again"


def test_contexts_are_named_by_url_and_each_is_shipped_or_listed() -> None:
    for url in CONTEXTS:
        assert (url in contexts.NEEDED) != (url == CONTEXT)
    assert all(len(bytes.fromhex(digest)) == 32 for digest in contexts.NEEDED.values())
    with pytest.raises(KeyError, match="needed besides"):
        contexts.load("https://www.w3.org/ns/credentials/v2")
