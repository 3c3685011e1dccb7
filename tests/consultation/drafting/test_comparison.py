"""Two versions provision by provision: nothing lost, and what was renumbered is recognised."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consultation.core.drafts import Draft, Provision
from consultation.drafting import comparison
from consultation.drafting.comparison import Change, ChangeKind, EditKind, compare, diff
from tests.consultation.drafting.trees import drafts


def draft(*parts: tuple[str, str] | tuple[str, str, str]) -> Draft:
    made = (Provision(it[0], "", it[1], None, it[2] if len(it) == 3 else "") for it in parts)
    return Draft("Quyết định", "Ủy ban nhân dân", tuple(made))


def told(changes: tuple[Change, ...]) -> list[tuple[str, str, str]]:
    return [(it.kind.value, it.old.id if it.old else "", it.new.id if it.new else "") for it in changes]


FEE = "Phí được nộp qua tài khoản ngân hàng hoặc ví điện tử, không thu tiền mặt."
WIDTH = "Vỉa hè chỉ được sử dụng tạm thời khi có bề rộng từ 3,0 m trở lên."
RACK = "Xe hai bánh để tự quản phải xếp thành một hàng, không chắn lối ra vào nhà bên cạnh."
OLD = draft(
    ("chuong-1", "CHUNG"), ("dieu-1", "Phí", "chuong-1"), ("dieu-1.khoan-1", FEE), ("dieu-1.khoan-2", WIDTH)
)


def test_a_draft_compared_with_itself_is_unchanged() -> None:
    assert {it.kind for it in compare(OLD, OLD)} == {ChangeKind.UNCHANGED}


def test_a_changed_clause_shows_its_words() -> None:
    new = draft(
        ("chuong-1", "CHUNG"),
        ("dieu-1", "Phí", "chuong-1"),
        ("dieu-1.khoan-1", FEE),
        ("dieu-1.khoan-2", WIDTH.replace("3,0 m", "2,5 m")),
    )
    [change] = [it for it in compare(OLD, new) if it.kind is not ChangeKind.UNCHANGED]
    assert change.kind is ChangeKind.CHANGED
    marked = {EditKind.DELETE: "[-{}-]", EditKind.INSERT: "{{+{}+}}", EditKind.KEEP: "{}"}
    assert "".join(marked[it.kind].format(it.text) for it in change.edits) == (
        "Vỉa hè chỉ được sử dụng tạm thời khi có bề rộng từ [-3-]{+2+},[-0-]{+5+} m trở lên."
    )


def test_an_article_put_in_renumbers_what_comes_after_it_and_changes_nothing_else() -> None:
    new = draft(
        ("chuong-1", "CHUNG"),
        ("dieu-1", "Nguyên tắc", "chuong-1"),
        ("dieu-1.khoan-1", RACK),
        ("dieu-2", "Phí", "chuong-1"),
        ("dieu-2.khoan-1", FEE),
        ("dieu-2.khoan-2", WIDTH.replace("tạm thời", "lâu dài")),
    )
    assert told(compare(OLD, new)) == [
        ("unchanged", "chuong-1", "chuong-1"),
        ("added", "", "dieu-1"),
        ("added", "", "dieu-1.khoan-1"),
        ("renumbered", "dieu-1", "dieu-2"),
        ("renumbered", "dieu-1.khoan-1", "dieu-2.khoan-1"),
        ("renumbered", "dieu-1.khoan-2", "dieu-2.khoan-2"),
    ]


def test_a_clause_that_went_elsewhere_is_found_by_nearly_the_same_words() -> None:
    new = draft(
        ("chuong-1", "CHUNG"),
        ("dieu-1", "Phí", "chuong-1"),
        ("dieu-1.khoan-1", WIDTH),
        ("dieu-1.khoan-2", RACK),
        ("dieu-1.khoan-3", FEE.replace("tiền mặt", "bằng tiền mặt")),
    )
    assert told(compare(OLD, new))[2:] == [
        ("renumbered", "dieu-1.khoan-2", "dieu-1.khoan-1"),
        ("added", "", "dieu-1.khoan-2"),
        ("renumbered", "dieu-1.khoan-1", "dieu-1.khoan-3"),
    ]


def test_other_words_under_the_same_number_are_that_provision_rewritten() -> None:
    old, new = draft(("dieu-1", FEE)), draft(("dieu-1", RACK))
    assert told(compare(old, new)) == [("changed", "dieu-1", "dieu-1")]


def test_what_was_removed_stands_where_it_stood() -> None:
    old = draft(("dieu-1", FEE), ("dieu-2", WIDTH), ("dieu-3", RACK))
    assert told(compare(old, draft(("dieu-1", FEE), ("dieu-2", RACK)))) == [
        ("unchanged", "dieu-1", "dieu-1"),
        ("removed", "dieu-2", ""),
        ("renumbered", "dieu-3", "dieu-2"),
    ]
    assert told(compare(old, draft(("dieu-3", RACK)))) == [
        ("removed", "dieu-1", ""),
        ("removed", "dieu-2", ""),
        ("unchanged", "dieu-3", "dieu-3"),
    ]


def test_a_move_to_another_chapter_is_a_change_that_keeps_all_words() -> None:
    old = draft(("chuong-1", "A"), ("dieu-1", FEE, "chuong-1"), ("chuong-2", "B"))
    new = draft(("chuong-1", "A"), ("chuong-2", "B"), ("dieu-1", FEE, "chuong-2"))
    [change] = [it for it in compare(old, new) if it.kind is not ChangeKind.UNCHANGED]
    assert (change.kind, [it.kind for it in change.edits]) == (ChangeKind.CHANGED, [EditKind.KEEP])


def test_a_chapter_that_is_renumbered_does_not_move_its_articles() -> None:
    old = draft(("chuong-1", "THU PHÍ"), ("dieu-1", FEE, "chuong-1"))
    new = draft(("chuong-1", "NGUYÊN TẮC"), ("chuong-2", "THU PHÍ"), ("dieu-1", FEE, "chuong-2"))
    assert told(compare(old, new)) == [
        ("added", "", "chuong-1"),
        ("renumbered", "chuong-1", "chuong-2"),
        ("unchanged", "dieu-1", "dieu-1"),
    ]


def test_equal_words_stay_with_their_own_article() -> None:
    def version(first: int) -> Draft:
        parts: list[tuple[str, str]] = []
        for number, title in ((first, "Miễn phí"), (first + 1, "Giảm phí")):
            parts += [(f"dieu-{number}", title), (f"dieu-{number}.khoan-1", "Hộ nghèo;")]
        return draft(*parts)

    pairs = {it.new.id: it.old.id for it in compare(version(1), version(2)) if it.new and it.old}
    assert pairs == {
        "dieu-2": "dieu-1",
        "dieu-2.khoan-1": "dieu-1.khoan-1",
        "dieu-3": "dieu-2",
        "dieu-3.khoan-1": "dieu-2.khoan-1",
    }


WORDS = st.lists(st.sampled_from(["vỉa", "hè", "phí", "3,0", "m.", "xe\n", "  "]), max_size=30).map(" ".join)


@given(WORDS | st.text(max_size=40), WORDS | st.text(max_size=40))
def test_a_diff_holds_both_texts_whole(old: str, new: str) -> None:
    edits = diff(old, new)
    assert "".join(it.text for it in edits if it.kind is not EditKind.INSERT) == old
    assert "".join(it.text for it in edits if it.kind is not EditKind.DELETE) == new
    assert all(it.text for it in edits)
    assert all(a.kind is not b.kind for a, b in pairwise(edits))


@pytest.mark.parametrize("end", ["\n", " "])
def test_a_long_text_is_compared_by_paragraphs_or_as_a_whole(end: str) -> None:
    rows = [f"Đường số {number}" for number in range(comparison.MAX_DIFF_WORDS)]
    old, new = end.join(rows[1:]), end.join(rows)
    edits = diff(old, new)
    inserted = [it.text for it in edits if it.kind is EditKind.INSERT]
    assert inserted == ([f"Đường số 0{end}"] if end == "\n" else [new])
    assert comparison.similarity(old, new) > 0.99


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(drafts(), drafts())
def test_every_provision_of_both_versions_is_told_once(old: Draft, new: Draft) -> None:
    changes = compare(old, new)
    assert [it.new for it in changes if it.new] == list(new.provisions)
    assert Counter(it.old for it in changes if it.old) == Counter(old.provisions)
    for it in changes:
        match it.kind:
            case ChangeKind.ADDED:
                assert it.old is None
            case ChangeKind.REMOVED:
                assert it.new is None
            case _:
                assert it.old
                assert it.new
                assert (it.old.id != it.new.id) == (it.kind is ChangeKind.RENUMBERED)
                assert it.old.kind is it.new.kind
                if it.kind is ChangeKind.UNCHANGED:
                    assert it.old.text == it.new.text
    assert {it.kind for it in compare(old, old)} == {ChangeKind.UNCHANGED}
