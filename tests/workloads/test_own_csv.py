"""The CSV of our own: what is read, what each broken row is told, and that nobody's opinion is lost."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from consultation.core.provisions import check_tree
from workloads import traces
from workloads.consultations import ActionKind, Stance, active
from workloads.traces import Count, Kind, TraceError, own

SAMPLE = Path(__file__).parents[2] / "docs" / "how-to" / "sample-trace" / "opinions.csv"
HEADER = "time,participant,provision,stance\n"


def file(folder: Path, content: str | bytes) -> Path:
    path = folder / "opinions.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_sample_in_the_documentation_is_read_as_it_says() -> None:
    trace = traces.read(SAMPLE)
    assert trace.kind is traces.kind_of(SAMPLE) is Kind.OWN
    assert [(it.kind, it.participant, it.key) for it in trace.consultation.actions] == [
        (ActionKind.SUBMIT, "p-001", "row-2"),
        (ActionKind.SUBMIT, "p-002", "row-3"),
        (ActionKind.SUBMIT, "p-003", "row-4"),
        (ActionKind.AMEND, "p-002", "row-5"),
        (ActionKind.SUBMIT, "p-004", "row-6"),
        (ActionKind.WITHDRAW, "p-003", "row-7"),
    ]
    assert trace.consultation.actions[3].supersedes_key == "row-3"
    assert trace.consultation.actions[5].reason == "Đã gửi chung với tổ dân phố."
    assert trace.times_s[:2] == (0.0, 760.0)
    assert trace.start_ms == 1_778_029_200_000
    assert [it.id for it in trace.consultation.draft.provisions] == ["dieu-5", "dieu-5.khoan-2", "dieu-7"]
    assert trace.received[""] == Count(1, 0, 0)
    assert trace.received["dieu-5.khoan-2"] == Count(0, 1, 0, 2)
    assert trace.counted["dieu-5.khoan-2"] == Count(0, 0, 0, 1)
    assert trace.received["dieu-5"] == Count(0, 0, 0), "what a clause stands in is in the draft too"
    assert trace.differing() == []


def test_seconds_are_kept_to_the_microsecond_and_rows_may_stand_in_any_order(tmp_path: Path) -> None:
    path = file(tmp_path, HEADER + "12.000001,b,,agree\n2,a,,disagree\n")
    trace = traces.read(path)
    assert trace.times_s == (0.0, 10.000001)
    assert [it.participant for it in trace.consultation.actions] == ["a", "b"]
    assert trace.start_ms == 2000
    assert [it.id for it in trace.consultation.draft.provisions] == ["noi-dung"], "a draft has a provision"


def test_the_same_name_in_two_unicode_forms_is_one_person(tmp_path: Path) -> None:
    path = file(tmp_path, HEADER + "1,Hòa,mục,agree\n2,Hòa,mục,disagree\n")
    trace = traces.read(path)
    assert len(trace.consultation.people) == 1
    assert trace.consultation.actions[1].kind is ActionKind.AMEND


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("yesterday,p,,agree", "time is 'yesterday'; allowed are ISO 8601 with a zone"),
        ("2026-05-06T08:00:00,p,,agree", "without a zone; add one, such as Z or +07:00"),
        ("-1,p,,agree", "time is '-1'"),
        ("1.0000001,p,,agree", "time is '1.0000001'"),
        ("2026-05-06T08:00:00Z,p,,agree", "time is in ISO 8601, on line 2 in seconds"),
        ("2,,,agree", "participant is empty"),
        (f"2,{'p' * 65},,agree", "participant has 65 characters; allowed are 64"),
        ("2,p,,Agree", "stance is 'Agree'; allowed are agree, agree_with_comments, disagree, no_opinion"),
        ("2,p, ,agree", "provision is blank; leave it empty for the whole draft"),
        ("2,p,khoan-2,agree", "provision 'khoan-2': khoan-2 stands in the top"),
        (f"2,p,{'x' * 129},agree", "provision has 129 characters; allowed are 128"),
        ("2,nobody,,withdrawn", "nothing of this participant stands on this provision by then"),
        ("0,q,,withdrawn", "nothing of this participant stands on this provision by then"),
        ("2,p,", "3 fields; the header names 4"),
    ],
)
def test_a_broken_row_is_named_by_line_and_reason(tmp_path: Path, row: str, reason: str) -> None:
    path = file(tmp_path, f"{HEADER}1,q,,agree\n{row}\n9,r,,disagree\n")
    with pytest.raises(TraceError) as caught:
        traces.read(path)
    (found,) = caught.value.rows
    assert str(found).startswith("opinions.csv line 3: ")
    assert reason in str(found)
    assert str(found) in str(caught.value)
    trace = traces.read(path, skip_bad=True)
    assert trace.bad_rows == caught.value.rows
    assert trace.received == {"noi-dung": Count(0, 0, 0), "": Count(1, 1, 0)}


def test_a_byte_that_is_no_utf_8_is_named_with_its_row(tmp_path: Path) -> None:
    path = file(tmp_path, HEADER.strip().encode() + b",text\n1,q,,agree,ok\n2,p,,agree,caf\xe9\n")
    with pytest.raises(TraceError, match="line 3: text is not UTF-8: byte 0xe9 after 3 characters"):
        traces.read(path)


@pytest.mark.parametrize("skip_bad", [False, True])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (HEADER, "has no usable row below its header"),
        ("time,participant,stance\n1,p,agree\n", "no column provision on line 1"),
        (HEADER.strip() + ",txet\n1,p,,agree,x\n", "unknown columns 'txet'; allowed are time, participant"),
        ("time,time,participant,provision,stance\n1,1,p,,agree\n", "line 1 names time twice"),
        ("", "line 1 is '', of no known kind; a trace is a folder with comments.csv and votes.csv"),
        ("a,b\n1,2\n", "line 1 is 'a, b', of no known kind"),
        ('time,"\n', "the header is not CSV"),
    ],
)
def test_a_broken_file_is_refused_even_when_broken_rows_are_skipped(
    tmp_path: Path, content: str, message: str, skip_bad: bool
) -> None:
    with pytest.raises(TraceError, match=message):
        traces.read(file(tmp_path, content), skip_bad=skip_bad)


def test_a_folder_without_the_two_files_and_a_path_without_anything_say_what_a_trace_is(
    tmp_path: Path,
) -> None:
    for path in (tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(TraceError, match=r"a trace is a folder with .* \(ours\), or .* \(regulations"):
            traces.kind_of(path)


PEOPLE = st.sampled_from(["a", "b", "c"])
PLACES = st.sampled_from(["", "dieu-1", "dieu-10", "dieu-2.khoan-1.diem-dd", "chuong-1", "khac"])
ROWS = st.lists(
    st.tuples(st.integers(0, 99), PEOPLE, PLACES, st.sampled_from([*Stance, "withdrawn"])), min_size=1
)


@given(ROWS)
def test_every_row_is_an_action_or_a_broken_row_and_the_draft_is_one_that_the_law_could_have(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[int, str, str, str]]
) -> None:
    body = "".join(f"{second},{who},{where},{stance}\n" for second, who, where, stance in rows)
    path = file(tmp_path_factory.mktemp("own"), HEADER + body)
    if all(stance == "withdrawn" for *_, stance in rows):
        with pytest.raises(TraceError, match="no usable row"):
            traces.read(path, skip_bad=True)
        return
    trace = traces.read(path, skip_bad=True)
    check_tree(trace.consultation.draft.draft())
    assert len(trace.consultation.actions) + len(trace.bad_rows) == len(rows)
    assert sum(it.total for it in trace.received.values()) == sum(it != "withdrawn" for *_, it in rows)
    standing: dict[tuple[str, str], str] = {}
    for _, who, where, stance in sorted(rows, key=lambda row: row[0]):
        if stance == "withdrawn":
            standing.pop((who, where), None)
        else:
            standing[who, where] = stance
    found = active(trace.consultation.actions).values()
    assert {(it.participant, it.provision): it.stance.value for it in found} == standing
    assert sum(it.total for it in trace.counted.values()) == len(standing)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(-12, 14), st.integers(0, 10**9))
def test_a_moment_means_the_same_in_every_zone(
    tmp_path_factory: pytest.TempPathFactory, start: datetime, zone: int, later_us: int
) -> None:
    assume(1970 <= start.year < 9000)
    sign = "-" if zone < 0 else "+"
    local = (start + timedelta(microseconds=later_us, hours=zone)).replace(tzinfo=None)
    rows = f"{start.isoformat()},a,,agree\n{local.isoformat()}{sign}{abs(zone):02}:00,b,,agree\n"
    trace = traces.read(file(tmp_path_factory.mktemp("zone"), HEADER + rows))
    assert trace.times_s == (0.0, later_us / 1_000_000)


def test_the_how_to_lists_exactly_the_columns_that_are_read() -> None:
    page = (SAMPLE.parents[1] / "replay-a-polis-export.md").read_text(encoding="utf-8")
    section = page.split("## A CSV of your own")[1].split("##")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)
    assert tuple(listed) == (*own.COLUMNS, *own.WORDS)
