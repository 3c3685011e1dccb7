"""The process over HTTP beside the straight way: documents, versions, invitations, origins, papers."""

import io
import json
import subprocess
import sys
import zipfile
from datetime import timedelta
from pathlib import Path

import pytest
from docx import Document
from openpyxl import load_workbook  # type: ignore[import-untyped]

from consultation.web.access import Role
from tests.consultation.service.rig import NAME
from tests.consultation.web.conftest import Site

TEXT = """Tiêu đề: Quyết định về chợ
Cơ quan ban hành: Ủy ban nhân dân Thành phố

Điều 1. Phạm vi
1. Quyết định này quy định về chợ.
a) Chợ truyền thống;
Điều 2. Hiệu lực
Quyết định có hiệu lực từ ngày ký.
"""
CHAIRMAN = "quyet-dinh-chu-tich-ubnd-tinh"


def officer(site: Site, method: str, path: str, body: object = None) -> dict[str, object]:
    answer = site.call(method, path, Role.OFFICER, body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, object] = answer.json()
    return found


def given(site: Site, person: str, role: Role = Role.CITIZEN, **more: object) -> str:
    said = {"provision": "dieu-1", "stance": "disagree", "text": f"Của {person}."}
    body = {"participant": person, **said, **more}
    answer = site.call(
        "POST", f"/consultations/{NAME}/opinions", role, body, {"Idempotency-Key": f"{person}-1"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["opinion"])


def published(site: Site) -> None:
    where = f"/consultations/{NAME}"
    officer(site, "POST", f"{where}/close")
    officer(site, "POST", f"{where}/reconcile")
    officer(site, "POST", f"{where}/summary")
    officer(site, "POST", f"{where}/responses", {"responses": [{"outcome": "accepted"}]})
    officer(site, "POST", f"{where}/publish")


def test_a_document_becomes_a_draft_and_a_changed_one_its_next_version(site: Site) -> None:
    word = io.BytesIO()
    paper = Document()
    for line in TEXT.splitlines():
        paper.add_paragraph(line)
    paper.save(word)
    for data in (TEXT.encode(), word.getvalue()):
        read = site.call("POST", "/drafts", Role.OFFICER, content=data).json()
        ids = [part["id"] for part in read["provisions"]]
        assert ids == ["dieu-1", "dieu-1.khoan-1", "dieu-1.khoan-1.diem-a", "dieu-2"]
    draft = {"id": "cho", "title": "Quyết định về chợ", "issuer": "Ủy ban", "provisions": read["provisions"]}
    officer(site, "POST", "/consultations", draft)
    parts = [{**part, "text": part["text"].replace("chợ.", "siêu thị.")} for part in read["provisions"]]
    changed = {"title": draft["title"], "issuer": draft["issuer"], "provisions": parts}
    second = officer(site, "POST", "/consultations/cho/versions", changed)
    assert second["version"] == 2
    changes = site.call("GET", "/consultations/cho/versions/2/changes/1").json()
    assert [(one["kind"], one["new"]) for one in changes] == [("changed", "dieu-1.khoan-1")]
    assert any("siêu thị" in edit["text"] for edit in changes[0]["edits"] if edit["kind"] == "insert")
    assert site.call("GET", "/consultations/cho/versions/1").json()["provisions"] == read["provisions"]
    assert site.call("GET", "/consultations/cho/versions/3").status_code == 404


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04junk", b"\xff\xfe\x00", "Không có điều nào.".encode()])
def test_what_is_no_draft_is_refused_with_the_reason(site: Site, data: bytes) -> None:
    answer = site.call("POST", "/drafts", Role.OFFICER, content=data)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (422, "malformed-draft")
    assert answer.json()["detail"]


def test_the_law_sets_the_deadline_of_a_posting_and_of_an_agencys_reply(site: Site) -> None:
    part = {"id": "dieu-1", "label": "Điều 1", "text": "Nội dung."}
    officer(
        site, "POST", "/consultations", {"id": "qd", "title": "QĐ", "issuer": "UBND", "provisions": [part]}
    )
    asked = {
        "audience": "mandatory_unit",
        "channel": "writing",
        "name": "Sở Tài chính",
        "unit": "so-tai-chinh",
        "instrument": CHAIRMAN,
    }
    officer(site, "POST", "/consultations/qd/approve")
    alone = site.call("POST", "/consultations/qd/open", Role.OFFICER, {"instrument": CHAIRMAN})
    assert (alone.status_code, alone.json()["type"].rpartition("/")[2]) == (409, "not-invited")
    assert "Sở Tư pháp" in alone.json()["detail"]
    others = [
        {**asked, "name": name, "unit": unit}
        for unit, name in (
            ("so-noi-vu", "Sở Nội vụ"),
            ("so-tu-phap", "Sở Tư pháp"),
            ("so-khoa-hoc-cong-nghe", "Sở Khoa học và Công nghệ"),
        )
    ]
    invited = site.call("POST", "/consultations/qd/invitations", Role.OFFICER, [asked, *others]).json()[0]
    assert invited["due"] == "2026-11-30T16:59:59Z", "7 days, to the end of the day in Vietnam"
    assert invited["due_local"] == "23:59 30/11/2026"
    kept, *_ = site.call("GET", "/consultations/qd/invitations", Role.OFFICER).json()
    assert {**kept, "rests_on": invited["rests_on"]} == invited
    short = {"instrument": CHAIRMAN, "closes": "2026-12-03T16:59:58Z"}
    hurried = site.call("POST", "/consultations/qd/open", Role.OFFICER, short)
    assert (hurried.status_code, hurried.json()["closes"]) == (422, "2026-12-03T16:59:59Z")
    opened = officer(site, "POST", "/consultations/qd/open", {"instrument": CHAIRMAN})
    assert opened["closes"] == "2026-12-03T16:59:59Z", "at least 10 days"
    early = site.call("POST", "/consultations/qd/close", Role.OFFICER)
    assert early.json()["type"].endswith("/not-due")
    site.rig.clock.pass_an_hour()
    site.rig.clock.time += timedelta(days=3)
    changed = {"title": "QĐ hai", "issuer": "UBND", "provisions": [part]}
    revised = officer(site, "POST", "/consultations/qd/versions", changed)
    assert (revised["version"], revised["closes"]) == (2, "2026-12-06T16:59:59Z"), "posted anew, counted anew"
    past = ({"closes": "2026-11-01T16:59:59Z"}, {"closes": "2026-13-01T00:00:00Z"})
    for body in ({"instrument": "khong-co"}, *past):
        refused = site.call("POST", f"/consultations/{NAME}/open", Role.OFFICER, body)
        assert refused.status_code == 422, body
    unasked = {**asked, "instrument": ""}
    refused = site.call("POST", "/consultations/qd/invitations", Role.OFFICER, [unasked])
    assert refused.json()["detail"].startswith("an invitation has a due date")


def test_a_unit_that_answers_takes_the_place_of_its_officials_own_copies(site: Site) -> None:
    internal = {"author": "official", "unit": "so-tai-chinh"}
    given(site, "can-bo-1", origin=internal)
    given(site, "can-bo-2", origin=internal)
    given(site, "dan")
    voice = {"audience": "mandatory_unit", "organisation": "Sở Tài chính", "channel": "writing"}
    given(site, "so", Role.OFFICER, origin={**voice, "author": "unit", "unit": "so-tai-chinh"})
    spoken = given(site, "hoi-nghi", Role.OFFICER, origin={"channel": "conference", "written": False})
    where = f"/consultations/{NAME}"
    asked = {**voice, "name": "Sở Tài chính", "unit": "so-tai-chinh", "due": "2026-12-01T16:59:59Z"}
    del asked["organisation"]
    site.call("POST", f"{where}/invitations", Role.OFFICER, [asked])
    officer(site, "POST", f"{where}/close")
    again = {"excluded": [{"opinion": spoken, "reason": "spoken"}]}
    assert officer(site, "POST", f"{where}/reconcile", again) == {"received": 5, "counted": 2, "excluded": 3}
    table = officer(site, "POST", f"{where}/summary")
    assert table["excluded"] == {"personal-copy": 2, "spoken": 1}
    assert (table["asked"], table["answered"]) == (["Sở Tài chính"], ["Sở Tài chính"])
    rows = table["rows"]
    assert isinstance(rows, list)
    assert {row["organisation"] for row in rows} == {"", "Sở Tài chính"}


@pytest.mark.parametrize(
    "origin",
    [
        {"author": "unit", "unit": "x"},
        {"audience": "mandatory_unit", "organisation": "Sở"},
        {"channel": "paper"},
        {"written": False},
        {"reported_by": "bo-cong-an"},
        {"sheet": "12"},
    ],
)
def test_what_only_an_official_may_enter_a_citizen_may_not(site: Site, origin: dict[str, object]) -> None:
    before = site.rig.stored()
    body = {"participant": "a", "provision": "dieu-1", "stance": "agree", "origin": origin}
    answer = site.call("POST", f"/consultations/{NAME}/opinions", body=body, headers={"Idempotency-Key": "k"})
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (403, "origin-not-yours")
    assert site.rig.stored() == before


def test_the_published_table_is_had_as_a_document_and_the_publication_recounts(
    site: Site, tmp_path: Path
) -> None:
    given(site, "a", text="=1+1")
    given(site, "b", stance="agree")
    where = f"/consultations/{NAME}"
    assert site.call("GET", f"{where}/table/csv").status_code == 404
    assert site.call("GET", f"{where}/publication").status_code == 404
    published(site)
    assert b"=1+1" in site.call("GET", f"{where}/table/csv").content
    book = load_workbook(io.BytesIO(site.call("GET", f"{where}/table/xlsx").content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} <= {"s", "n"}, "no formula"
    paper = Document(io.BytesIO(site.call("GET", f"{where}/table/docx", body=None).content))
    assert len(paper.tables[-1].rows) == 3
    table = json.loads(site.call("GET", f"{where}/table/json").content)
    assert (table["received"], table["counted"], table["published"]) == (2, 2, 2)
    with zipfile.ZipFile(io.BytesIO(site.call("GET", f"{where}/publication").content)) as zipped:
        zipped.extractall(tmp_path / "publication")
    assert recounted(tmp_path / "publication") == ""
    site.rig.service.erasure.erase(NAME, "a")
    site.rig.settled()
    after = site.call("GET", f"{where}/publication").content
    with zipfile.ZipFile(io.BytesIO(after)) as zipped:
        zipped.extractall(tmp_path / "after")
    assert recounted(tmp_path / "after") == "", "the numbers outlive an erasure"
    assert "=1+1" not in (tmp_path / "after" / "summary.csv").read_text(encoding="utf-8")


def recounted(folder: Path) -> str:
    """What the publication's own script finds wrong, as a stranger runs it."""
    argv = [sys.executable, "-I", str(folder / "recount.py"), str(folder)]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
    return "" if done.returncode == 0 else done.stdout + done.stderr
