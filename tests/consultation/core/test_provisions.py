"""The tree of provisions: what may stand in what, how its parts are named and cited."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core.canonical import Json
from consultation.core.drafts import Draft, DraftVersion, Provision, ProvisionKind
from consultation.core.provisions import (
    MAX_ROMAN,
    Tree,
    TreeError,
    check_tree,
    cite,
    expected_id,
    from_roman,
    roman,
)
from consultation.service.live import draft_from_json


def draft(*parts: Provision) -> Draft:
    return Draft("Quyết định", "Ủy ban nhân dân", parts)


def part(name: str, parent: str = "", kind: ProvisionKind | None = None) -> Provision:
    return Provision(name, "", f"Nội dung {name}.", kind, parent)


WHOLE_TREE = draft(
    part("phan-1"),
    part("phan-1.chuong-1"),
    part("phan-1.chuong-1.muc-1"),
    part("phan-1.chuong-1.muc-1.tieu-muc-1"),
    part("dieu-1", "phan-1.chuong-1.muc-1.tieu-muc-1"),
    part("dieu-1.khoan-1"),
    part("dieu-1.khoan-1.diem-a"),
    part("dieu-1.khoan-1.diem-dd"),
    part("dieu-2", "phan-1.chuong-1.muc-1"),
    part("dieu-2.diem-a"),
    part("phan-2"),
    part("dieu-3", "phan-2"),
    part("phu-luc-1"),
)


def test_every_kind_stands_where_the_law_lets_it() -> None:
    tree = Tree.of(WHOLE_TREE)
    assert tuple(tree.walk()) == WHOLE_TREE.provisions
    assert [it.id for it in tree.children()] == ["phan-1", "phan-2", "phu-luc-1"]
    assert [it.id for it in tree.children("dieu-1.khoan-1")] == [
        "dieu-1.khoan-1.diem-a",
        "dieu-1.khoan-1.diem-dd",
    ]
    assert [it.id for it in tree.walk("dieu-2")] == ["dieu-2", "dieu-2.diem-a"]
    assert {it.kind for it in WHOLE_TREE.provisions} == set(ProvisionKind)


def test_a_path_leads_from_the_top_to_the_provision() -> None:
    tree = Tree.of(WHOLE_TREE)
    for it in WHOLE_TREE.provisions:
        path = tree.path(it.id)
        assert path[0].parent == ""
        assert path[-1] == it
        assert all(below.parent == above.id for above, below in pairwise(path))
    with pytest.raises(KeyError):
        tree.path("dieu-9")


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([part("dieu-1"), part("dieu-1")], "found twice: dieu-1"),
        ([part("dieu-1.khoan-1"), part("dieu-1")], "'dieu-1', which does not come before it"),
        ([part("dieu-1"), part("dieu-2"), part("dieu-1.khoan-1")], "after dieu-1 has ended"),
        ([part("khoan-1")], "khoan-1 stands in the top; allowed is dieu"),
        ([part("diem-a")], "allowed is khoan, dieu"),
        ([part("muc-1")], "allowed is chuong"),
        ([part("dieu-1"), part("dieu-1.chuong-1")], "allowed is the top, phan"),
        ([part("dieu-1"), part("dieu-1.phu-luc-1")], "allowed is the top"),
        ([part("dieu-1"), part("dieu-2", "dieu-1")], "allowed is the top, phan, chuong, muc, tieu-muc"),
        ([part("chuong-1"), part("chuong-1.dieu-1")], "allowed is dieu-N"),
        ([part("chuong-1"), part("muc-1", "chuong-1")], "allowed is chuong-1.muc-N"),
        ([part("y-kien"), part("dieu-1", "y-kien")], "dieu-1 stands in y-kien"),
        ([part("dieu-1"), part("y-kien", "dieu-1")], "y-kien stands in dieu-1; allowed is the top"),
        ([part("dieu-1", kind=ProvisionKind.CHAPTER)], "no id for chuong"),
        ([part("")], "without an id"),
        ([part("dieu-điều", kind=ProvisionKind.ARTICLE)], "no id for dieu"),
    ],
)
def test_what_is_no_tree_of_the_law_is_refused_by_name(parts: list[Provision], said: str) -> None:
    with pytest.raises(TreeError, match=said):
        check_tree(draft(*parts))


def test_statements_that_are_no_provisions_stand_at_the_top() -> None:
    flat = draft(*(part(f"statement-{number}") for number in range(3)))
    assert [it.kind for it in Tree.of(flat).children()] == [None, None, None]


@pytest.mark.parametrize(
    ("name", "cited"),
    [
        ("dieu-5.khoan-2.diem-a", "Điểm a khoản 2 Điều 5"),
        ("dieu-5.khoan-3.diem-dd", "Điểm đ khoản 3 Điều 5"),
        ("dieu-5.diem-d", "Điểm d Điều 5"),
        ("dieu-5a.khoan-2dd", "Khoản 2đ Điều 5a"),
        ("chuong-4", "Chương IV"),
        ("phan-1.chuong-2.muc-3.tieu-muc-4", "Tiểu mục 4 Mục 3 Chương II Phần thứ nhất"),
        ("phan-13", "Phần 13"),
        ("phu-luc-2", "Phụ lục II"),
        ("statement-7", "statement-7"),
        ("", ""),
    ],
)
def test_ids_are_cited_as_people_cite(name: str, cited: str) -> None:
    assert cite(name) == cited


def test_a_label_is_the_provisions_own_or_its_citation() -> None:
    tree = Tree.of(draft(Provision("dieu-1", "Điều 1 (mới)", ""), Provision("dieu-1.khoan-1", "", "")))
    assert [tree.label(name) for name in ("", "dieu-1", "dieu-1.khoan-1")] == [
        "Toàn bộ dự thảo",
        "Điều 1 (mới)",
        "Khoản 1 Điều 1",
    ]


@given(st.integers(1, MAX_ROMAN))
def test_roman_numbers_are_read_as_they_are_written(number: int) -> None:
    assert from_roman(roman(number)) == number


@pytest.mark.parametrize("written", ["", "IIII", "VX", "IM", "A", "ix"])
def test_what_is_no_roman_number_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="no number in Roman digits"):
        from_roman(written)


def test_roman_numbers_end_somewhere() -> None:
    for number in (0, MAX_ROMAN + 1):
        with pytest.raises(ValueError, match="from 1 to 399"):
            roman(number)


def test_kind_and_parent_are_read_off_the_id_as_far_as_it_tells() -> None:
    assert Provision("dieu-5.khoan-2", "", "") == Provision(
        "dieu-5.khoan-2", "", "", ProvisionKind.CLAUSE, "dieu-5"
    )
    assert Provision("dieu-5", "", "").parent == ""
    assert Provision("statement-5.1", "", "") == Provision("statement-5.1", "", "", None, "")
    assert expected_id(ProvisionKind.CLAUSE, "2", "dieu-5") == "dieu-5.khoan-2"
    assert expected_id(ProvisionKind.ARTICLE, "5", "chuong-1") == "dieu-5"


def test_the_digest_covers_kind_parent_and_version() -> None:
    one = draft(part("chuong-1"), part("dieu-1", "chuong-1"))
    other = draft(part("chuong-1"), part("dieu-1"))
    assert one.digest() != other.digest()
    versions = [DraftVersion(number, one).digest() for number in (1, 2)]
    assert len({*versions, one.digest()}) == 3
    assert DraftVersion(1, one).digest() == DraftVersion(1, one.normalised()).digest()
    with pytest.raises(ValueError, match="numbered from 1, found 0"):
        DraftVersion(0, one)


def test_a_draft_is_read_from_its_json_as_it_was() -> None:
    assert draft_from_json(WHOLE_TREE.to_json()) == WHOLE_TREE


def test_a_draft_stored_without_kinds_is_read_too() -> None:
    parts: list[Json] = [{"id": name, "label": "", "text": "x"} for name in ("dieu-1", "dieu-1.khoan-1", "y")]
    found = draft_from_json({"title": "T", "issuer": "I", "provisions": parts})
    assert [(it.kind, it.parent) for it in found.provisions] == [
        (ProvisionKind.ARTICLE, ""),
        (ProvisionKind.CLAUSE, "dieu-1"),
        (None, ""),
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "dieu-1", "label": "", "text": "", "kind": "tiet", "parent": ""},
        {"id": "dieu-1", "label": "", "text": "", "kind": ["dieu"], "parent": ""},
        {"id": "dieu-1", "label": "", "text": "", "kind": "dieu"},
        {"id": "dieu-1", "label": "", "text": ""} | {"parent": 1},
        {"id": "dieu-1", "label": ""},
        {"id": "dieu-1.khoan-1", "label": "", "text": ""},
        "dieu-1",
    ],
)
def test_json_that_is_no_draft_is_refused(wrong: Json) -> None:
    with pytest.raises(ValueError, match=r"provision|dieu-1"):
        draft_from_json({"title": "T", "issuer": "I", "provisions": [wrong]})
