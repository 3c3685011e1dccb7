"""A run's consultation out of each kind of recording: what it is called, and what is said beside it."""

from pathlib import Path

import pytest

from pilot import source
from pilot.errors import InputError

SAMPLES = Path(__file__).parents[2] / "docs" / "how-to" / "sample-trace"


def polis(folder: Path) -> Path:
    (folder / "comments.csv").write_text("comment-id,agrees,disagrees,comment-body\n0,1,1,Có\n")
    (folder / "votes.csv").write_text("timestamp,comment-id,voter-id,vote\n1,0,7,-1\n9,0,7,1\n")
    return folder


def test_a_polis_export_says_whether_its_own_columns_agree(tmp_path: Path) -> None:
    found = source.recorded(polis(tmp_path), skip_bad=False)
    assert found.name == f"Polis export {tmp_path.name}"
    assert (found.received, found.counted) == (2, 1)
    assert found.remarks == (
        "received agreements and disagreements are what the export's own columns say",
        "received: 1 agreements, 1 disagreements, 0 passes",
        "counted after superseding: 1 agreements, 0 disagreements, 0 passes",
    )


def test_a_csv_of_opinions_counts_agreements_with_comments_apart_and_has_nothing_to_agree_with() -> None:
    found = source.recorded(SAMPLES / "opinions.csv", skip_bad=False)
    assert found.name == "CSV of opinions opinions.csv"
    assert (found.received, found.counted) == (5, 3), "a withdrawal is no opinion"
    assert len(found.consultation.actions) == 6
    assert found.remarks == (
        "received: 1 agreements, 2 with comments, 1 disagreements, 1 passes",
        "counted after superseding: 1 agreements, 1 with comments, 0 disagreements, 1 passes",
    )


def test_the_csv_of_regulations_gov_says_what_was_done_to_its_days() -> None:
    found = source.recorded(SAMPLES / "regulations.csv", skip_bad=False)
    assert found.name == "regulations.gov CSV regulations.csv"
    assert (found.received, found.counted) == (3, 3)
    assert "3 comments tell the day alone and are spread evenly over its 24 hours" in found.remarks


def test_broken_rows_are_an_input_error_or_counted(tmp_path: Path) -> None:
    path = tmp_path / "opinions.csv"
    path.write_text("time,participant,provision,stance\n1,a,,agree\n2,b,,yes\n")
    with pytest.raises(InputError, match="line 3: stance is 'yes'"):
        source.recorded(path, skip_bad=False)
    assert source.recorded(path, skip_bad=True).remarks[0] == "1 broken rows were passed over"
