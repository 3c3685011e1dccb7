"""Polis exports: the counts of the real samples, superseding, and every way in which a file can be broken."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads import traces
from workloads.consultations import ActionKind, Stance, active
from workloads.traces import BadRow, Count, TraceError

SHARED = Path(__file__).parents[2] / "../shared/data"
COMMENTS = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
VOTES = "timestamp,datetime,comment-id,voter-id,vote\n"


def export(folder: Path, comments: str | bytes, votes: str | bytes) -> Path:
    for name, content in (("comments.csv", comments), ("votes.csv", votes)):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def comment(id: object, agrees: object = 0, disagrees: object = 0, body: str = "Giữ vỉa hè") -> str:
    return f'1000,day,{id},9,{agrees},{disagrees},1,"{body}"\n'


def vote(timestamp: object, statement: object, voter: object, value: object) -> str:
    return f"{timestamp},day,{statement},{voter},{value}\n"


def sample(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"{name} is not in ../shared/data beside the checkout")
    return folder


def reasons(folder: Path) -> list[str]:
    with pytest.raises(TraceError) as caught:
        traces.read(folder)
    assert all(str(row) in str(caught.value) for row in caught.value.rows[:10])
    return [str(row) for row in caught.value.rows]


@pytest.mark.parametrize(
    ("name", "votes", "voters", "statements", "repeated_pairs", "earlier_votes"),
    [
        ("polis-15-per-hour-seattle", 2995, 339, 54, 63, 123),
        ("polis-vtaiwan-uberx", 49997, 1921, 197, 454, 554),
    ],
)
def test_a_real_export_is_received_as_its_own_columns_say_and_counted_without_earlier_votes(
    name: str, votes: int, voters: int, statements: int, repeated_pairs: int, earlier_votes: int
) -> None:
    trace = traces.read(sample(name))
    actions = trace.consultation.actions
    assert (len(actions), len(trace.times_s)) == (votes, votes)
    assert len(trace.consultation.people) == voters
    assert len(trace.consultation.draft.provisions) == len(trace.received) == statements
    assert trace.differing() == []
    amended = Counter((it.participant, it.provision) for it in actions if it.kind is ActionKind.AMEND)
    assert (len(amended), amended.total()) == (repeated_pairs, earlier_votes)
    assert _total(trace.received.values()) == votes
    assert _total(trace.counted.values()) == len(active(actions)) == votes - earlier_votes
    assert list(trace.times_s) == sorted(trace.times_s)
    assert trace.times_s[0] == 0
    assert trace.bad_rows == ()


def test_the_later_vote_supersedes_whatever_the_order_in_the_file(tmp_path: Path) -> None:
    votes = vote(5000, 0, 7, 1) + vote(2000, 0, 7, -1) + vote(3000, 0, 8, 0)
    trace = traces.read(export(tmp_path, COMMENTS + comment(0, 1, 1), VOTES + votes))
    assert [(it.kind.value, it.participant, it.stance) for it in trace.consultation.actions] == [
        ("submit", "voter-7", Stance.DISAGREE),
        ("submit", "voter-8", Stance.NO_OPINION),
        ("amend", "voter-7", Stance.AGREE),
    ]
    first, _, last = trace.consultation.actions
    assert last.supersedes_key == first.key
    assert trace.times_s == (0.0, 1.0, 3.0)
    assert trace.received == {"statement-0": Count(1, 1, 1)}
    assert trace.counted == {"statement-0": Count(1, 0, 1)}
    assert trace.differing() == []


def test_of_two_votes_in_one_millisecond_the_later_in_the_file_counts(tmp_path: Path) -> None:
    votes = vote(1000, 0, 7, 1) + vote(1000, 0, 7, -1)
    trace = traces.read(export(tmp_path, COMMENTS + comment(0, 1, 1), VOTES + votes))
    assert trace.counted == {"statement-0": Count(0, 1, 0)}


def test_an_export_whose_columns_differ_from_its_votes_is_replayed_and_says_so(tmp_path: Path) -> None:
    trace = traces.read(export(tmp_path, COMMENTS + comment(0, 4, 0) + comment(1), VOTES + vote(1, 0, 7, 1)))
    assert trace.differing() == ["statement-0"]
    assert trace.received["statement-1"] == Count(0, 0, 0), "a statement without votes has its row"


def test_a_byte_order_mark_crlf_blank_lines_and_columns_in_another_order_are_read(tmp_path: Path) -> None:
    comments = '\ufeffcomment-body,comment-id,agrees,disagrees\r\n"Hai\r\ndòng",3,1,0\r\n\r\n'
    votes = "\ufeffvote,voter-id,comment-id,timestamp\r\n1,7,3,1000\r\n\r\n"
    trace = traces.read(export(tmp_path, comments, votes))
    assert trace.consultation.draft.provisions[0].text == "Hai\r\ndòng"
    assert trace.received == {"statement-3": Count(1, 0, 0)}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (vote("soon", 0, 7, 1), "timestamp is 'soon'; allowed is a whole number"),
        (vote("", 0, 7, 1), "timestamp is ''; allowed is a whole number"),
        (vote(-5, 0, 7, 1), "timestamp is -5; allowed is 0 or more"),
        (vote("1e3", 0, 7, 1), "timestamp is '1e3'"),
        (vote("9" * 17, 0, 7, 1), "at most 16 digits"),
        (vote("１２", 0, 7, 1), "timestamp is '１２'"),
        (vote(1, 0, 7, 2), "vote is 2; allowed are 1 (agree), -1 (disagree), 0 (pass)"),
        (vote(1, 0, 7, "yes"), "vote is 'yes'"),
        (vote(1, 0, "", 1), "voter-id is ''"),
        (vote(1, 99, 7, 1), "a vote on comment-id 99, which is not in comments.csv"),
        ("1,day,0,7\n", "4 fields; the header names 5"),
        ("1,day,0,7,1,extra\n", "6 fields; the header names 5"),
    ],
)
def test_a_broken_vote_is_named_by_line_and_reason(tmp_path: Path, row: str, reason: str) -> None:
    good = vote(1, 0, 5, 1)
    folder = export(tmp_path, COMMENTS + comment(0, 1, 0), VOTES + good + row + vote(9, 0, 6, 0))
    (found,) = reasons(folder)
    assert found.startswith("votes.csv line 3: ")
    assert reason in found
    trace = traces.read(folder, skip_bad=True)
    assert [(it.file, it.line) for it in trace.bad_rows] == [("votes.csv", 3)]
    assert trace.received == {"statement-0": Count(1, 0, 1)}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (comment("x"), "comment-id is 'x'"),
        (comment(0), "comment-id 0 is there a second time"),
        (comment(1, agrees="many"), "agrees is 'many'"),
        (comment(1, disagrees=-1), "disagrees is -1; allowed is 0 or more"),
        (comment(1, body="dài" * 7000), "comment-body has 21000 characters"),
    ],
)
def test_a_broken_statement_is_named_by_line_and_reason(tmp_path: Path, row: str, reason: str) -> None:
    two_lines = comment(0, 1, 0, body="một\nhai")
    folder = export(tmp_path, COMMENTS + two_lines + row, VOTES + vote(1, 0, 5, 1))
    (found,) = reasons(folder)
    assert found.startswith("comments.csv line 4: "), "a field of two lines counts as two lines of the file"
    assert reason in found


def test_a_statement_cut_inside_a_character_is_named_and_its_votes_are_too(tmp_path: Path) -> None:
    cut = comment(0).encode().replace("ỉ".encode(), "ỉ".encode()[:2])
    folder = export(
        tmp_path, COMMENTS.encode() + cut + comment(1).encode(), VOTES + vote(1, 0, 5, 1) + vote(2, 1, 5, 1)
    )
    statement, ballot = reasons(folder)
    assert "comments.csv line 2: comment-body is not UTF-8: byte 0xe1 after 5 characters" in statement
    assert "votes.csv line 2: a vote on comment-id 0, whose row there is broken" in ballot
    trace = traces.read(folder, skip_bad=True)
    assert list(trace.received) == ["statement-1"]
    assert len(trace.bad_rows) == 2


def test_an_unclosed_quotation_mark_is_named_with_what_it_swallows(tmp_path: Path) -> None:
    folder = export(
        tmp_path, COMMENTS + comment(0) + '1,day,1,9,0,0,1,"open\n' + comment(2), VOTES + vote(1, 0, 5, 1)
    )
    found = reasons(folder)[0]
    assert found.startswith("comments.csv line 3: not CSV")
    assert "swallows the file up to line 4" in found


def test_many_broken_rows_are_all_listed_and_the_first_ten_shown(tmp_path: Path) -> None:
    folder = export(tmp_path, COMMENTS + comment(0), VOTES + "".join(vote("x", 0, i, 1) for i in range(25)))
    with pytest.raises(TraceError, match="has 25 broken rows") as caught:
        traces.read(folder)
    assert len(caught.value.rows) == 25
    assert "and 15 more" in str(caught.value)
    assert "line 12" not in str(caught.value)
    with pytest.raises(TraceError, match="no usable row"):
        traces.read(folder, skip_bad=True)


@pytest.mark.parametrize("skip_bad", [False, True])
@pytest.mark.parametrize(
    ("comments", "votes", "message"),
    [
        ("", VOTES, "comments.csv is empty; its first line must name the columns"),
        (COMMENTS + comment(0), "", "votes.csv is empty"),
        (COMMENTS + comment(0), VOTES, "votes.csv has no usable row below its header"),
        ("comment-id,comment-body\n", VOTES, "no column agrees, disagrees on line 1"),
        (COMMENTS + comment(0), "\xff\xfe,b\n", "no column timestamp, comment-id, voter-id, vote on line 1"),
    ],
)
def test_a_broken_file_is_refused_even_when_broken_rows_are_skipped(
    tmp_path: Path, comments: str, votes: str, message: str, skip_bad: bool
) -> None:
    with pytest.raises(TraceError, match=message):
        traces.read(export(tmp_path, comments, votes.encode("latin-1")), skip_bad=skip_bad)


def test_a_missing_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="is not there; a trace is a folder with"):
        traces.read(tmp_path / "absent")
    (tmp_path / "comments.csv").write_text(COMMENTS + comment(0), encoding="utf-8")
    with pytest.raises(TraceError, match=r"cannot read .*votes\.csv: No such file"):
        traces.read(tmp_path)


ballots = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 3), st.integers(0, 4), st.sampled_from([1, 0, -1])),
    min_size=1,
)


@given(ballots)
def test_counting_agrees_with_keeping_the_last_vote_of_each_pair(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, int, int, int]]
) -> None:
    folder = tmp_path_factory.mktemp("export")
    body = "".join(vote(*row) for row in rows)
    trace = traces.read(export(folder, COMMENTS + "".join(comment(i) for i in range(4)), VOTES + body))
    last: dict[tuple[int, int], int] = {}
    for _, statement, voter, value in sorted(rows, key=lambda row: row[0]):
        last[statement, voter] = value
    for statement in range(4):
        values = [value for (where, _), value in last.items() if where == statement]
        expected = Count(values.count(1), values.count(-1), values.count(0))
        assert trace.counted[f"statement-{statement}"] == expected
    assert _total(trace.received.values()) == len(rows)


def test_a_bad_row_reads_as_file_line_and_reason() -> None:
    assert str(BadRow("votes.csv", 3, "vote is 2")) == "votes.csv line 3: vote is 2"


def _total(counts: Iterable[Count]) -> int:
    return sum(it.agrees + it.disagrees + it.passes for it in counts)
