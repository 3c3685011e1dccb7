"""Every route but one asks for a token, and lets through exactly the roles that it names."""

from collections.abc import Mapping

import pytest

from consultation.web import verifier
from consultation.web.access import Role
from tests.consultation.service.rig import NAME
from tests.consultation.web.conftest import TOKENS, Site

C, O, P, A = Role.CITIZEN, Role.OFFICER, Role.OPERATOR, Role.AUDITOR  # noqa: E741
ROUTES: Mapping[tuple[str, str], set[Role]] = {
    ("POST", "/consultations"): {O},
    ("GET", "/consultations/{name}"): {C, O, P, A},
    ("GET", "/consultations/{name}/draft"): {C, O, P, A},
    ("POST", "/drafts"): {O},
    ("POST", "/consultations/{name}/versions"): {O},
    ("GET", "/consultations/{name}/versions/{number}"): {C, O, P, A},
    ("GET", "/consultations/{name}/versions/{number}/changes/{since}"): {C, O, P, A},
    ("POST", "/consultations/{name}/invitations"): {O},
    ("GET", "/consultations/{name}/invitations"): {O},
    ("GET", "/consultations/{name}/table/{form}"): {C, O, P, A},
    ("GET", "/consultations/{name}/publication"): {C, O, P, A},
    ("POST", "/consultations/{name}/approve"): {O},
    ("POST", "/consultations/{name}/open"): {O},
    ("POST", "/consultations/{name}/extend"): {O},
    ("POST", "/consultations/{name}/opinions"): {C, O},
    ("POST", "/consultations/{name}/opinions/{opinion}/withdrawal"): {C, O},
    ("GET", "/consultations/{name}/receipts/{leaf}"): {C, O, P, A},
    ("GET", "/consultations/{name}/receipts/{leaf}/proof"): {C, O, P, A},
    ("POST", "/consultations/{name}/close"): {O},
    ("POST", "/consultations/{name}/reconcile"): {O},
    ("POST", "/consultations/{name}/summary"): {O},
    ("GET", "/consultations/{name}/rows"): {O},
    ("POST", "/consultations/{name}/responses"): {O},
    ("POST", "/consultations/{name}/publish"): {O},
    ("POST", "/consultations/{name}/appraisal"): {O},
    ("POST", "/consultations/{name}/second-round"): {O},
    ("POST", "/consultations/{name}/promulgate"): {O},
    ("POST", "/consultations/{name}/abandon"): {O},
    ("GET", "/consultations/{name}/certificates/{participant}"): {C, O},
    ("GET", "/consultations/{name}/certificates/{participant}/pdf"): {C, O},
    ("GET", "/consultations/{name}/status/{edition}"): {C, O, P, A},
    ("POST", "/consultations/{name}/erasures"): {O},
    ("GET", "/consultations/{name}/openings"): {A},
    ("GET", "/consultations/{name}/openings/{leaf}/{field}"): {A},
    ("GET", "/consultations/{name}/operations"): {P, A},
    ("POST", "/verify"): {C, O, P, A},
    ("GET", "/verify"): {C, O, P, A},
    ("GET", "/pins"): {C, O, P, A},
    ("GET", "/ledger"): {C, O, P, A},
    ("GET", "/use"): {P, A},
    ("GET", "/health"): {C, O, P, A},
}
PUBLIC = {("GET", "/verify")}
"""Asks for no token."""


def test_openapi_lists_these_routes_and_no_other(site: Site) -> None:
    found = site.http.get("/openapi.json").json()
    listed = {(method.upper(), path) for path, methods in found["paths"].items() for method in methods}
    assert listed == set(ROUTES)
    for methods in found["paths"].values():
        for route in methods.values():
            assert route["description"], "every route says what it does"
    receipt = found["paths"]["/consultations/{name}/opinions"]["post"]["responses"]["201"]
    assert receipt["content"]["application/json"]["schema"]["$ref"].endswith("/ReceiptOut")


@pytest.mark.parametrize(("method", "path"), [route for route in ROUTES if route not in PUBLIC])
def test_a_route_lets_its_roles_through_and_nobody_else(site: Site, method: str, path: str) -> None:
    where = path.format(
        name="khong-co",
        opinion="0" * 32,
        leaf="0" * 64,
        participant="a",
        edition=1,
        field="text",
        number=1,
        since=1,
        form="csv",
    )
    before = site.rig.stored()
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKENS[Role.OFFICER]}"},
    ):
        answer = site.http.request(method, where, headers=headers)
        assert answer.status_code == 401, headers
        assert answer.headers["www-authenticate"] == "Bearer"
        assert answer.headers["content-type"] == "application/problem+json"
    for role in Role:
        answer = site.call(method, where, role)
        assert (answer.status_code == 403) == (role not in ROUTES[method, path]), (role, answer.text)
        assert answer.status_code not in (401, 500)
    assert site.rig.stored() == before


def test_the_page_that_verifies_is_given_to_everybody_as_it_is_committed(site: Site) -> None:
    for role in (None, *Role):
        answer = site.call("GET", "/verify", role)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.content == verifier.page()


def test_a_token_is_compared_as_bytes_whatever_it_holds(site: Site) -> None:
    for token in (b"x", b"\xff\xc3", b"x" * 5000, TOKENS[C].encode() + b" ."):
        answer = site.http.get("/health", headers={b"Authorization": b"Bearer " + token})
        assert answer.status_code == 401
    assert site.http.get("/health", headers={"Authorization": f"bearer {TOKENS[C]}"}).status_code == 200
    assert site.call("GET", f"/consultations/{NAME}", A).status_code == 200
