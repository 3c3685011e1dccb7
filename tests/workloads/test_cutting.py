"""The last hours before a deadline: what is kept, and that it can still be replayed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads import traces
from workloads.consultations import ActionKind, active
from workloads.traces import Count

HEADER = "time,participant,provision,stance\n"


def trace(folder: Path, rows: str) -> traces.Trace:
    path = folder / "opinions.csv"
    path.write_text(HEADER + rows, encoding="utf-8")
    return traces.read(path)


def test_what_amends_earlier_words_becomes_a_first_opinion_and_what_withdraws_them_is_left_out(
    tmp_path: Path,
) -> None:
    rows = "0,a,,agree\n1,b,,agree\n90,a,,disagree\n95,b,,withdrawn\n99,a,,no_opinion\n"
    whole = trace(tmp_path, rows)
    last = traces.cut(whole, 10)
    assert [(it.kind, it.key, it.supersedes_key) for it in last.consultation.actions] == [
        (ActionKind.SUBMIT, "row-4", None),
        (ActionKind.AMEND, "row-6", "row-4"),
    ]
    assert last.times_s == (0.0, 9.0)
    assert last.start_ms == 90_000
    assert last.received[""] == Count(0, 1, 1)
    assert last.counted[""] == Count(0, 0, 1)
    assert last.remarks == ("of 5 actions, 2 in the last 10 s before the deadline",)


def test_a_deadline_before_the_last_action_leaves_out_who_came_too_late(tmp_path: Path) -> None:
    whole = trace(tmp_path, "0,a,,agree\n50,b,,agree\n60,c,,agree\n61,d,,agree\n")
    last = traces.cut(whole, 10, 60)
    assert [it.participant for it in last.consultation.actions] == ["b", "c"]


def test_a_time_in_which_nothing_happened_is_refused(tmp_path: Path) -> None:
    whole = trace(tmp_path, "0,a,,agree\n50,b,,agree\n")
    with pytest.raises(ValueError, match=r"nothing was done in the 10 s up to 40 s"):
        traces.cut(whole, 10, 40)


ROWS = st.lists(
    st.tuples(st.integers(0, 50), st.sampled_from("abc"), st.sampled_from(["agree", "withdrawn"])), min_size=1
)


@given(ROWS, st.integers(1, 60))
def test_a_cut_is_lawful_and_leaves_out_only_withdrawals(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str, str]], last_s: int
) -> None:
    body = "1,z,,agree\n" + "".join(f"{at},{who},,{stance}\n" for at, who, stance in rows)
    path = tmp_path_factory.mktemp("cut") / "opinions.csv"
    path.write_text(HEADER + body, encoding="utf-8")
    whole = traces.read(path, skip_bad=True)
    pairs = list(zip(whole.times_s, whole.consultation.actions, strict=True))
    inside = [it.key for at, it in pairs if at >= whole.times_s[-1] - last_s]
    kinds = {it.key: it.kind for _, it in pairs}
    if all(kinds[key] is ActionKind.WITHDRAW for key in inside):
        with pytest.raises(ValueError, match="take a longer time"):
            traces.cut(whole, last_s)
        return
    last = traces.cut(whole, last_s)
    active(last.consultation.actions)  # raises where an order is not lawful
    kept = [it.key for it in last.consultation.actions]
    assert [key for key in inside if key in kept] == kept
    assert all(kinds[key] is ActionKind.WITHDRAW for key in set(inside) - set(kept))
    assert last.times_s[0] == 0
