"""Openings and erasure over HTTP: an auditor opens a field with a reason, and nobody what is erased."""

import httpx

from consultation.core import commitment
from consultation.core.commitment import Opening
from consultation.web.access import Role
from tests.consultation.service.rig import NAME
from tests.consultation.web.conftest import Site
from tests.consultation.web.test_app import OPINION, OPINIONS, key, refused

WHY = "Đối chiếu theo khiếu nại số 12."
LOG = f"/consultations/{NAME}/openings"


def look(site: Site, leaf: str, field: str, why: str = WHY, role: Role = Role.AUDITOR) -> httpx.Response:
    return site.http.get(
        f"{LOG}/{leaf}/{field}",
        params={"reason": why} if why else {},
        headers={"Authorization": f"Bearer {role.value}-token"},
    )


def given(site: Site) -> str:
    leaf: str = site.call("POST", OPINIONS, body=OPINION, headers=key("k")).json()["leaf"]
    site.rig.settled()
    return leaf


def logged(site: Site) -> list[dict[str, object]]:
    found: list[dict[str, object]] = site.call("GET", LOG, Role.AUDITOR).json()
    return found


def test_an_auditor_opens_one_field_against_the_ledgers_commitment_and_the_log_says_so(site: Site) -> None:
    leaf = given(site)
    opened = look(site, leaf, "text").json()
    assert (opened["name"], opened["value"], opened["leaf"]) == ("text", "Ý kiến.", leaf)
    path = tuple(opened["path"])
    opening = Opening("text", opened["value"], opened["salt"], opened["index"], opened["size"], path)
    commitment.check_opening(opening, opened["commitment"])
    assert opened["commitment"].encode() in site.rig.entries()[-1]
    draft = look(site, leaf, "draft").json()
    assert draft["value"] == site.rig.desk.live[NAME].digest, "the version that it was given on"
    line = {"at": "2026-11-23T10:30:00Z", "who": "auditor", "consultation": NAME, "leaf": leaf, "why": WHY}
    assert logged(site) == [{**line, "number": 1, "field": "text"}, {**line, "number": 2, "field": "draft"}]


def test_without_a_reason_nothing_is_opened(site: Site) -> None:
    leaf = given(site)
    for why in ("", "   ", "x" * 501):
        refused(site, look(site, leaf, "text", why), 422, "malformed")
    assert logged(site) == []


def test_nobody_but_the_auditor_opens_or_reads_the_log_the_participant_least_of_all(site: Site) -> None:
    leaf = given(site)
    for role in (Role.CITIZEN, Role.OFFICER, Role.OPERATOR):
        refused(site, look(site, leaf, "text", role=role), 403, "forbidden")
        refused(site, site.call("GET", LOG, role), 403, "forbidden")
    assert logged(site) == []


def test_what_does_not_exist_is_not_opened_and_not_logged(site: Site) -> None:
    leaf = given(site)
    unknown = refused(site, look(site, leaf, "salt"), 404, "not-found")
    assert "allowed: draft, participant, proposal, provision, reason, stance, text" in str(unknown["detail"])
    refused(site, look(site, "0" * 64, "text"), 404, "not-found")
    assert logged(site) == []


def test_an_erased_opinion_opens_no_more_and_the_log_of_before_stays(site: Site) -> None:
    leaf = given(site)
    assert look(site, leaf, "text").status_code == 200
    erasures = f"/consultations/{NAME}/erasures"
    body = {"participant": OPINION["participant"]}
    refused(site, site.call("POST", erasures, Role.CITIZEN, body), 403, "forbidden")
    done = site.call("POST", erasures, Role.OFFICER, body)
    assert (done.status_code, done.json()) == (200, {"opinions": 1, "waiting": 0})
    assert site.call("POST", erasures, Role.OFFICER, body).json() == {"opinions": 0, "waiting": 0}
    for field in ("text", "participant", "stance"):
        refused(site, look(site, leaf, field), 410, "erased")
    assert [line["field"] for line in logged(site)] == ["text"]


def test_a_store_that_was_altered_is_told_and_not_opened(site: Site) -> None:
    leaf = given(site)
    with site.rig.store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE opinions SET text = proposal")
    assert "report it" in str(refused(site, look(site, leaf, "text"), 500, "seal-broken")["detail"])
    assert logged(site) == []
