"""The bulk CSV of regulations.gov: comments as opinions, days spread, broken rows named."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workloads import traces
from workloads.consultations import ActionKind, Stance
from workloads.traces import Count, Kind, TraceError

SAMPLE = Path(__file__).parents[2] / "docs" / "how-to" / "sample-trace" / "regulations.csv"
HEADER = (
    "Document ID,Agency ID,Docket ID,Document Type,Posted Date,Is Withdrawn?,Title,"
    "Comment on Document ID,Received Date,Comment\n"
)
HOUR_S = 3600.0


def row(
    id: str,
    received: str = "2025-04-21T00:00Z",
    posted: str = "2025-05-01T04:00Z",
    kind: str = "Public Submission",
    about: str = "D-1",
    withdrawn: str = "false",
) -> str:
    return f"{id},EPA,EPA-1,{kind},{posted},{withdrawn},Title of {id},{about},{received},words of {id}\n"


def file(folder: Path, *rows: str) -> Path:
    path = folder / "bulk.csv"
    path.write_text(HEADER + "".join(rows), encoding="utf-8")
    return path


def test_the_sample_in_the_documentation_is_read_as_it_says() -> None:
    trace = traces.read(SAMPLE)
    assert trace.kind is traces.kind_of(SAMPLE) is Kind.REGULATIONS
    draft = trace.consultation.draft
    assert (draft.title, draft.issuer) == ("DEMO-2025-0001", "DEMO")
    assert [(it.id, it.label) for it in draft.provisions] == [
        ("DEMO-2025-0001-0001", "Hours of Street Markets")
    ]
    actions = trace.consultation.actions
    assert [it.key for it in actions] == ["row-3", "row-4", "row-5"]
    assert {(it.kind, it.stance) for it in actions} == {(ActionKind.SUBMIT, Stance.NO_OPINION)}
    assert actions[0].text == "Please let the morning market open at four."
    # The 18th at noon, and the 21st at 6 and at 18 o'clock.
    assert trace.times_s == (0.0, 66 * HOUR_S, 78 * HOUR_S)
    assert trace.received == trace.counted == {"DEMO-2025-0001-0001": Count(0, 0, 3)}
    assert trace.remarks == (
        "comments have no stance: each is recorded as no opinion, with its text",
        "3 comments tell the day alone and are spread evenly over its 24 hours",
        "1 withdrawn comments were left out",
    )
    told = repr(trace.consultation)
    assert "Example" not in told, "names of commenters are not read"


def test_a_time_of_day_is_kept_and_a_missing_receipt_falls_back_to_the_posting(tmp_path: Path) -> None:
    exact, posted = row("A", "2025-04-21T13:30Z"), row("B", "", "2025-04-22T04:00Z")
    trace = traces.read(file(tmp_path, exact, posted, row("C", "2025-04-21")))
    assert [it.participant for it in trace.consultation.actions] == ["C", "A", "B"]
    assert trace.times_s == (0.0, 1.5 * HOUR_S, 24 * HOUR_S)
    assert "2 comments tell the day alone" in trace.remarks[1]
    assert "1 comments have no Received Date and stand on the day they were posted" in trace.remarks


def test_a_comment_on_no_document_speaks_of_the_whole_docket(tmp_path: Path) -> None:
    trace = traces.read(file(tmp_path, row("A", about="")))
    assert [it.id for it in trace.consultation.draft.provisions] == ["docket"]
    assert trace.received == {"docket": Count(0, 0, 0), "": Count(0, 0, 1)}


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (row("B", "04/26/2025"), "Received Date is '04/26/2025'; allowed is ISO 8601 such as"),
        (row("B", "", ""), "Posted Date is ''; allowed is ISO 8601"),
        (row(""), "Document ID is empty"),
        (row("A"), "Document ID 'A' is on line 2 already"),
        (row("B" * 65), "Document ID has 65 characters; allowed are 64"),
        ("B,EPA\n", "2 fields; the header names 10"),
    ],
)
def test_a_broken_row_is_named_by_line_and_reason(tmp_path: Path, broken: str, reason: str) -> None:
    path = file(tmp_path, row("A"), broken, row("C"))
    with pytest.raises(TraceError) as caught:
        traces.read(path)
    (found,) = caught.value.rows
    assert str(found).startswith("bulk.csv line 3: ")
    assert reason in str(found)
    trace = traces.read(path, skip_bad=True)
    assert trace.bad_rows == caught.value.rows
    assert len(trace.consultation.actions) == 2


def test_a_file_without_a_comment_or_a_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="no usable comment"):
        traces.read(file(tmp_path, row("A", kind="Rule")), skip_bad=True)
    short = tmp_path / "short.csv"
    short.write_text("Document ID,Docket ID,Comment on Document ID\n", encoding="utf-8")
    with pytest.raises(TraceError, match="no column Agency ID, Document Type, Title, Received Date"):
        traces.read(short)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=40))
def test_a_day_keeps_its_number_and_its_order_and_is_evenly_full(
    tmp_path_factory: pytest.TempPathFactory, days: list[int]
) -> None:
    rows = [row(f"A{place}", f"2025-04-{day:02}T04:00Z") for place, day in enumerate(days)]
    trace = traces.read(file(tmp_path_factory.mktemp("days"), *rows))
    seconds = [trace.start_ms / 1000 + at - 1_743_465_600 for at in trace.times_s]  # from 1 April, UTC
    by_day = {
        day: [at - (day - 1) * 86_400 for at in seconds if at // 86_400 == day - 1] for day in set(days)
    }
    for day, times in by_day.items():
        share = 86_400 / days.count(day)
        assert times == pytest.approx([share * (place + 0.5) for place in range(days.count(day))], abs=0.01)
        mine = [f"A{place}" for place, found in enumerate(days) if found == day]
        order = [it.participant for it in trace.consultation.actions if it.participant in mine]
        assert order == mine
