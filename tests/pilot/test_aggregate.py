"""`pilot aggregate`: the example of its page, and files that are wrong."""

import json
import re
from pathlib import Path

import pytest

from tests.pilot.conftest import ROOT, pilot

PAGE = (ROOT / "docs/how-to/add-up-reports.md").read_text(encoding="utf-8")


@pytest.fixture
def example(tmp_path: Path) -> Path:
    """The file that the page shows."""
    block = re.search(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    path = tmp_path / "reports.toml"
    path.write_text(block[1], encoding="utf-8")
    return path


def test_the_pages_example_comes_to_what_the_page_says(example: Path) -> None:
    ended = pilot("aggregate", example, "--json")
    assert ended.status == 0, ended.err
    found = json.loads(ended.out)
    total = found["total"]
    assert (total["received"], total["counted"], total["withdrawn"]) == (562, 60, 2)
    assert total["excluded"]["reported-elsewhere"] == 500
    assert found["units"]["so-noi-vu"]["own"]["counted"] == 30
    assert found["inside"] == {"ben-thanh-1": "so-noi-vu-1"}
    for number in ("counts 60, not 90", "received 562"):
        assert number in " ".join(PAGE.split())


def test_the_table_names_units_in_vietnamese_under_the_one_they_report_to(example: Path) -> None:
    lines = pilot("aggregate", example).out.splitlines()
    rows = [line for line in lines if line.startswith("│")]
    assert [row.split("│")[1].rstrip() for row in rows] == [
        " Thành phố Hồ Chí Minh",
        "   Sở Nội vụ",
        "     Phường Sài Gòn",
    ]
    assert lines[-1] == "ben-thanh-1: not here on its own; its figures stay inside so-noi-vu-1"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("counted = 60", "counted = 20", "the report 'so-noi-vu-1' has fewer of some kind"),
        ("counted = 60", "counted = -1", "reports.1.counted: Input should be greater than or equal to 0"),
        ("counted = 60", "counted = 6.5", "reports.1.counted: Input should be a valid integer"),
        ("counted = 60", "counteed = 60", "reports.1: unknown key 'counteed'; did you mean 'counted'?"),
        ("counted = 60", "counted = ", "not TOML"),
        ('unit = "tp"', 'unit = "hue"', "there is no unit 'hue'"),
        ("reported-elsewhere = 500", "elsewhere = 500", "Input should be 'not-authentic', 'spoken'"),
        ('parent = "tp"\n', "", "parent"),
    ],
)
def test_a_wrong_file_gives_no_total_and_says_where(example: Path, old: str, new: str, told: str) -> None:
    text = example.read_text(encoding="utf-8")
    assert old in text
    example.write_text(text.replace(old, new), encoding="utf-8")
    ended = pilot("aggregate", example, "--json")
    assert (ended.status, ended.out) == (3, "")
    assert str(example) in ended.err
    assert told in ended.err


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    ended = pilot("aggregate", tmp_path / "none.toml")
    assert ended.status == 3
    assert "none.toml: cannot be read" in ended.err
