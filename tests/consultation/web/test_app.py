"""The HTTP interface: the whole way, and each refusal as problem details with nothing stored."""

import json
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from consultation import archive
from consultation.core import own_entry, receipt
from consultation.core.bundle import Pins
from consultation.core.errors import Unavailable
from consultation.core.own_entry import OwnEntry
from consultation.web.access import Role
from consultation.web.app import MAX_OFFICERS_BODY_BYTES
from pilot.host import make_verifier
from tests.consultation.service.conftest import QUICK
from tests.consultation.service.rig import KEYS, NAME, Fault, submission, until
from tests.consultation.web.conftest import USE, Site

OPINIONS = f"/consultations/{NAME}/opinions"
OPINION: dict[str, object] = {
    "participant": "a",
    "provision": "dieu-1",
    "stance": "disagree",
    "text": "Ý kiến.",
}


def key(name: str) -> dict[str, str]:
    return {"Idempotency-Key": name}


def refused(site: Site, answer: httpx.Response, status: int, slug: str) -> dict[str, object]:
    """Problem details of RFC 9457."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert problem["type"] == f"https://pilot.example/problems/{slug}"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    return problem


def test_the_whole_way_from_draft_to_a_verified_certificate(site: Site) -> None:
    draft = {
        "id": "duong-sat",
        "title": "Dự thảo",
        "issuer": "Sở",
        "provisions": [
            {"id": "dieu-1", "label": "Điều 1", "text": "Nội dung.", "kind": "dieu", "parent": ""}
        ],
    }
    laid = site.call("POST", "/consultations", Role.OFFICER, draft)
    assert (laid.status_code, laid.json()["stage"]) == (201, "draft")
    where = "/consultations/duong-sat"
    assert site.call("POST", f"{where}/approve", Role.OFFICER).json()["stage"] == "approved"
    assert site.call("POST", f"{where}/open", Role.OFFICER).json()["stage"] == "open"
    assert site.call("GET", f"{where}/draft").json()["provisions"] == draft["provisions"]

    first = site.call("POST", f"{where}/opinions", body=OPINION, headers=key("1"))
    assert first.status_code == 201
    promise = receipt.verify(first.json(), bytes(KEYS.service.verify_key).hex())
    again = site.call("POST", f"{where}/opinions", body=OPINION, headers=key("1"))
    assert (again.status_code, again.json()) == (200, first.json())
    amended = {**OPINION, "text": "Sửa.", "supersedes": promise.opinion}
    second = site.call("POST", f"{where}/opinions", body=amended, headers=key("2"))
    assert second.status_code == 201
    other = site.call("POST", f"{where}/opinions", body={**OPINION, "participant": "b"}, headers=key("1"))
    back = f"{where}/opinions/{other.json()['opinion']}/withdrawal"
    assert site.call("POST", back, body={"participant": "b"}, headers=key("2")).status_code == 201

    closed = site.call("POST", f"{where}/close", Role.OFFICER)
    assert closed.json() == {"received": 3, "counted": 1}
    status = site.call("GET", f"{where}/receipts/{promise.leaf}").json()
    assert status.keys() == {"leaf", "state", "reason", "position"}, "no time, and no order of arrival"
    assert (status["state"], status["leaf"]) == ("settled", promise.leaf)
    proof = site.call("GET", f"{where}/receipts/{promise.leaf}/proof").json()
    own = OwnEntry.parse(json.dumps({"receipt": first.json(), **proof}).encode())
    pins = Pins.parse(site.call("GET", "/pins").content)
    assert all(link.ok for link in own_entry.verify(own, pins, make_verifier))
    reconciled = site.call("POST", f"{where}/reconcile", Role.OFFICER)
    assert reconciled.json() == {"received": 3, "counted": 1, "excluded": 0}
    [row] = site.call("POST", f"{where}/summary", Role.OFFICER).json()["rows"]
    assert (row["text"], row["outcome"]) == ("Sửa.", "")
    [shown] = site.call("GET", f"{where}/rows", Role.OFFICER).json()
    refused(site, site.call("POST", f"{where}/responses", Role.OFFICER, {}), 422, "unanswered")
    responses = [{"key": shown["key"], "outcome": "accepted", "text": "Tiếp thu."}]
    table = site.call("POST", f"{where}/responses", Role.OFFICER, {"responses": responses})
    [row] = table.json()["rows"]
    assert (row["outcome"], row["answer"]) == ("accepted", "Tiếp thu.")
    assert site.call("POST", f"{where}/publish", Role.OFFICER).json() == {"certificates": 2}
    assert site.call("GET", where).json()["stage"] == "published"

    zipped = site.call("GET", f"{where}/certificates/a")
    assert zipped.headers["content-type"] == "application/zip"
    checked = site.call("POST", "/verify", content=zipped.content).json()
    assert checked["valid"], checked
    bundle = archive.unpack(zipped.content)
    forged = archive.pack(replace(bundle, credential=bundle.credential.replace(b"took part", b"won it all")))
    checked = site.call("POST", "/verify", content=forged).json()
    assert (checked["valid"], checked["links"][-1]["name"]) == (False, "credential-signature")

    operations = site.call("GET", f"{where}/operations", Role.AUDITOR).json()
    assert [row["sequence"] for row in operations] == sorted(row["sequence"] for row in operations)
    assert {row["state"] for row in operations} == {"settled"}
    assert all(row["final_s"] <= row["provable_s"] for row in operations)


def test_an_opinion_is_answered_alike_whichever_way_through_the_framework_it_takes(site: Site) -> None:
    """The plain content type is read the short way, one with a parameter the framework's."""
    plain = {"Content-Type": "application/json", **key("k")}
    long = {"Content-Type": "application/json; charset=utf-8", **key("k")}
    body = json.dumps({**OPINION, "origin": {"audience": "expert"}}).encode()
    first = site.call("POST", OPINIONS, headers=plain, content=body)
    again = site.call("POST", OPINIONS, headers=long, content=body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"] == "application/json"
    for headers in (plain, long):
        other = site.call("POST", OPINIONS, headers=headers, content=body.replace(b"disagree", b"agree"))
        refused(site, other, 409, "idempotency-key-reused")
        auditor = site.call("POST", OPINIONS, Role.AUDITOR, headers=headers, content=body)
        refused(site, auditor, 403, "forbidden")
        refused(site, site.call("POST", OPINIONS, None, headers=headers, content=body), 401, "unauthorized")
        forged = body.replace(b"expert", b"mandatory_unit")
        refused(site, site.call("POST", OPINIONS, headers=headers, content=forged), 403, "origin-not-yours")
    assert site.rig.store.received(NAME) == 1


def test_each_bad_opinion_is_refused_with_problem_details_and_nothing_stored(site: Site) -> None:
    given = site.call("POST", OPINIONS, body=OPINION, headers=key("k")).json()
    site.rig.settled()
    before, entries = site.rig.stored(), len(site.rig.entries())

    def post(body: object, name: str = "fresh") -> httpx.Response:
        return site.call("POST", OPINIONS, body=body, headers=key(name))

    refused(site, post({**OPINION, "provision": "dieu-9"}), 422, "unknown-provision")
    stands = refused(site, post(OPINION), 409, "opinion-stands")
    assert stands["opinion"] == given["opinion"]
    refused(site, post({**OPINION, "supersedes": "0" * 32}), 409, "not-standing")
    refused(site, post({**OPINION, "text": "Khác."}, "k"), 409, "idempotency-key-reused")
    refused(site, post({**OPINION, "stance": "maybe"}), 422, "malformed")
    refused(site, post({**OPINION, "stnace": "agree"}), 422, "malformed")
    refused(site, post({**OPINION, "participant": ""}), 422, "malformed")
    refused(site, post({**OPINION, "provision": "x" * 129}), 422, "malformed")
    refused(site, post({**OPINION, "text": "x" * 20_001}), 422, "malformed")
    refused(site, post({**OPINION, "text": 5}), 422, "malformed")
    refused(site, post([]), 422, "malformed")
    refused(site, post(None), 422, "malformed")
    missing = refused(site, site.call("POST", OPINIONS, body=OPINION), 422, "malformed")
    assert "Idempotency-Key" in str(missing["detail"])
    refused(site, post(OPINION, ""), 422, "malformed")
    refused(site, post(OPINION, "x" * 129), 422, "malformed")
    nowhere = "/consultations/khong-co/opinions"
    refused(site, site.call("POST", nowhere, body=OPINION, headers=key("n")), 404, "not-found")
    withdrawal = f"{OPINIONS}/{given['opinion']}/withdrawal"
    refused(
        site, site.call("POST", withdrawal, body={"participant": "b"}, headers=key("n")), 404, "not-found"
    )
    site.rig.settled()
    assert (site.rig.stored(), len(site.rig.entries())) == (before, entries)

    site.call("POST", f"/consultations/{NAME}/close", Role.OFFICER)
    before = site.rig.stored()
    late = refused(site, post({**OPINION, "participant": "c"}), 409, "not-open")
    assert late["stage"] == "closed"
    refused(site, site.call("POST", withdrawal, body={"participant": "a"}, headers=key("n")), 409, "not-open")
    assert site.rig.stored() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"participant": "\\ud800", "stance": "agree"}',
        b"[" * 50_000,
        b'{"participant": NaN}',
        b'{"participant": ' + b"9" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_refused(site: Site, content: bytes) -> None:
    headers = {**key("k"), "Content-Type": "application/json"}
    answer = site.call("POST", OPINIONS, headers=headers, content=content)
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert site.rig.count("opinions") == 0


def chunks(number: int) -> Iterator[bytes]:
    for _ in range(number):
        yield b" " * 10_000


def test_a_body_of_more_than_a_megabyte_is_refused_announced_or_not(site: Site) -> None:
    headers = {**key("k"), "Content-Type": "application/json"}
    large = json.dumps({**OPINION, "text": "x" * 1_000_000}).encode()
    for path in (OPINIONS, "/verify", f"/consultations/{NAME}/invitations"):
        role = Role.OFFICER
        refused(site, site.call("POST", path, role, headers=headers, content=large), 413, "too-large")
        refused(site, site.call("POST", path, role, headers=headers, content=chunks(101)), 413, "too-large")
    for path in ("/drafts", "/consultations", f"/consultations/{NAME}/responses"):
        body = b" " * (MAX_OFFICERS_BODY_BYTES + 1)
        refused(site, site.call("POST", path, Role.OFFICER, content=body), 413, "too-large")
        assert site.call("POST", path, Role.OFFICER, content=body[:2_000_000]).status_code == 422
    padded = json.dumps(OPINION).encode()
    fits = site.call("POST", OPINIONS, headers=headers, content=iter([padded, *chunks(90)]))
    assert fits.status_code == 201, "chunked, and under the limit"


def test_texts_in_either_unicode_form_are_one_request(site: Site) -> None:
    text = "Đề nghị sửa điều này."
    first = site.call("POST", OPINIONS, body={**OPINION, "text": text}, headers=key("k"))
    other = {**OPINION, "text": unicodedata.normalize("NFD", text)}
    again = site.call("POST", OPINIONS, body=other, headers=key("k"))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


def test_a_draft_with_an_id_twice_or_no_provision_is_refused(site: Site) -> None:
    one = {"id": "điều-1", "label": "Điều 1", "text": "Nội dung."}
    other = {**one, "id": unicodedata.normalize("NFD", "điều-1")}
    draft = {"id": "hai", "title": "Hai", "issuer": "Sở", "provisions": [one, other]}
    refused(site, site.call("POST", "/consultations", Role.OFFICER, draft), 422, "malformed")
    refused(
        site, site.call("POST", "/consultations", Role.OFFICER, {**draft, "provisions": []}), 422, "malformed"
    )
    refused(
        site, site.call("POST", "/consultations", Role.OFFICER, {**draft, "id": "Hai!"}), 422, "malformed"
    )
    twice = {**draft, "id": NAME, "provisions": [one]}
    refused(site, site.call("POST", "/consultations", Role.OFFICER, twice), 409, "exists")


def test_a_draft_that_is_no_tree_is_refused_and_nothing_is_stored(site: Site) -> None:
    part = {"id": "dieu-1.khoan-1", "label": "Khoản 1 Điều 1", "text": "Nội dung."}
    draft = {"id": "hai", "title": "Hai", "issuer": "Sở", "provisions": [part]}
    orphan = refused(site, site.call("POST", "/consultations", Role.OFFICER, draft), 422, "malformed")
    assert "'dieu-1', which does not come before it" in str(orphan["detail"])
    alien = {**draft, "provisions": [{**part, "kind": "tiet"}]}
    refused(site, site.call("POST", "/consultations", Role.OFFICER, alien), 422, "malformed")
    assert site.call("GET", "/consultations/hai").status_code == 404


def test_an_act_at_the_wrong_stage_is_refused(site: Site) -> None:
    digest = {"digest": "0" * 64}
    bodies = {"responses": {"responses": []}, "appraisal": digest, "promulgate": digest}
    for act in ("approve", "open", "reconcile", "summary", "responses", "publish", "appraisal", "promulgate"):
        answer = site.call("POST", f"/consultations/{NAME}/{act}", Role.OFFICER, bodies.get(act))
        assert refused(site, answer, 409, "wrong-stage")["stage"] == "open"
    missing = site.call("GET", f"/consultations/{NAME}/certificates/a")
    refused(site, missing, 404, "not-found")
    refused(site, site.call("GET", f"/consultations/{NAME}/receipts/{'0' * 64}"), 404, "not-found")


def test_what_is_no_route_is_refused_in_the_same_shape(site: Site) -> None:
    refused(site, site.call("GET", "/khong-co"), 404, "http")
    answer = site.call("DELETE", f"/consultations/{NAME}")
    refused(site, answer, 405, "http")
    assert answer.headers["allow"] == "GET"
    refused(site, site.call("POST", "/verify", content=b"no zip"), 422, "malformed")


def test_a_full_queue_and_a_silent_store_say_when_to_come_again(tmp_path: Path) -> None:
    site = Site(tmp_path, replace(QUICK, max_queued=0))
    try:
        answer = site.call("POST", OPINIONS, body=OPINION, headers=key("k"))
        refused(site, answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
    finally:
        site.stop()


def test_health_tells_the_trouble_and_opinions_are_taken_all_the_same(site: Site) -> None:
    site.rig.settled()
    well = {"ok": True, "detail": "in memory", "trouble": "", "waiting": 0}
    assert site.call("GET", "/health").json() == well
    site.rig.ledger.appends.extend([Fault(Unavailable("the node is down"))] * 4)
    assert site.call("POST", OPINIONS, body=OPINION, headers=key("k")).status_code == 201
    until(
        lambda: (
            site.call("GET", "/health").json()
            == {**well, "trouble": "append: the node is down", "waiting": 1}
        )
    )
    site.rig.settled()
    assert site.call("GET", "/health").json() == well


def test_use_ledger_and_pins_are_told(site: Site) -> None:
    assert site.call("GET", "/use", Role.OPERATOR).json() == USE.model_dump()
    told = site.call("GET", "/ledger").json()
    assert (told["name"], told["durability"], told["voucher"]) == ("memory", "none", "nobody")
    assert list(site.call("GET", "/pins").json()) == ["v", "issuers", "ledgers"]


def test_a_client_that_hangs_up_leaves_the_service_as_it_was(site: Site) -> None:
    with httpx.Client(base_url=site.url, timeout=0.001) as hasty:
        for number in range(20):
            with pytest.raises(httpx.TimeoutException):
                hasty.post(
                    OPINIONS,
                    json={**OPINION, "participant": f"h{number}"},
                    headers={**key("k"), "Authorization": "Bearer citizen-token"},
                )
    assert site.call("POST", OPINIONS, body=OPINION, headers=key("k")).status_code == 201
    assert site.rig.desk.submit(submission("z")).result(20).opinion
