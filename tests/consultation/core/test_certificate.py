"""Certificates: what they say, the same of everybody, and nothing about anybody's answer."""

from pathlib import Path

import pytest

from consultation.core import canonical, integrity
from consultation.core.certificate import CONTEXTS, Claims, Issuer, issue
from tests.consultation.core.bundles import DID, Signers, leaf_at, publish
from tests.consultation.core.samples import STRANGER, UNIT, WINDOW, digest

_ISSUER = Issuer(DID, "Sở Tư pháp")
_CLAIMS = Claims("cho", "Quyết định", digest(1), WINDOW, WINDOW, 5, 3, {"agree": 2, "disagree": 1}, digest(2))


def test_a_certificate_is_a_credential_that_its_issuers_key_verifies() -> None:
    made = issue(_ISSUER, _CLAIMS, "urn:uuid:1", "2026-11-23T10:11:12Z", UNIT)
    assert made["@context"] == list(CONTEXTS)
    assert made["type"] == ["VerifiableCredential", "ConsultationCertificate"]
    assert made["issuer"] == {"id": DID, "name": "Sở Tư pháp"}
    assert integrity.verification_method(made) == _ISSUER.method
    integrity.verify(made, bytes(UNIT.verify_key))
    assert made == issue(_ISSUER, _CLAIMS, "urn:uuid:1", "2026-11-23T10:11:12Z", UNIT)


def test_it_says_result_process_unit_and_window() -> None:
    made = issue(_ISSUER, _CLAIMS, "urn:uuid:1", "2026-11-23T10:11:12Z", UNIT)
    subject = made["credentialSubject"]
    assert subject == {
        "type": "ConsultationParticipant",
        "participation": "took part",
        "consultation": {
            "id": "cho",
            "title": "Quyết định",
            "draft": digest(1),
            "unit": "Sở Tư pháp",
            "opened": WINDOW,
            "closed": WINDOW,
        },
        "result": {"received": 5, "counted": 3, "stances": _CLAIMS.stances, "summary": digest(2)},
    }


def test_certificates_of_one_publication_differ_in_their_number_and_signature_alone(tmp_path: Path) -> None:
    published = publish(tmp_path, Signers(5))
    texts = []
    for bundle in published.bundles:
        value = canonical.decode(bundle.credential)
        assert isinstance(value, dict)
        proof = value.pop("proof")
        value.pop("id")
        assert isinstance(proof, dict)
        proof.pop("proofValue")
        texts.append(canonical.encode([value, proof]))
    assert len(set(texts)) == 1
    assert len({bundle.anchor for bundle in published.bundles}) == 1


def test_the_did_document_names_the_one_key_and_its_use() -> None:
    document = _ISSUER.document(bytes(UNIT.verify_key))
    assert leaf_at(document, ("verificationMethod", 0, "id")) == _ISSUER.method
    key = str(leaf_at(document, ("verificationMethod", 0, "publicKeyMultibase")))
    assert integrity.parse_multikey(key) == bytes(UNIT.verify_key)
    assert document["assertionMethod"] == [_ISSUER.method]


def test_another_key_does_not_verify_it() -> None:
    made = issue(_ISSUER, _CLAIMS, "urn:uuid:1", "2026-11-23T10:11:12Z", STRANGER)
    with pytest.raises(Exception, match="credential-signature"):
        integrity.verify(made, bytes(UNIT.verify_key))
