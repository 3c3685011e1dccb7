"""The recount reaches the numbers of a publication alone, and no forged one passes."""

import ast
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from consultation.core import canonical, merkle
from consultation.core.summary import SummaryError
from consultation.export import labels, publication, recount
from consultation.export.publication import PublicationError, publish
from tests.consultation.export.publications import Story, entry, stories, write

SCRIPT = files("consultation.export").joinpath("recount.py").read_text(encoding="utf-8")


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    """As a stranger runs it: in the folder, with a Python that finds nothing of ours."""
    command = [sys.executable, "-I", "-X", "utf8", "recount.py"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def agrees(folder: Path) -> bool:
    return all(found == claimed for _, found, claimed in recount.recount(folder))


def long_story() -> Story:
    """Seven opinions: one superseded, one withdrawn, one excluded, one erased before the close, one after."""
    story = Story()
    for _ in range(6):
        story.give()
    story.give(instead_of=0)
    story.end("withdrawn", 1)
    story.end("erased", 2)
    story.end("erased", 1)
    story.stranger()
    story.act("closed")
    story.end("excluded", 3)
    story.act("reconciled")
    story.end("erased", 4)
    return story


def test_the_script_is_short_and_imports_nothing_of_ours() -> None:
    assert len(SCRIPT.splitlines()) <= 60
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SCRIPT))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported <= sys.stdlib_module_names


def test_a_stranger_reaches_the_same_numbers_and_is_told_what_is_left_to_check(tmp_path: Path) -> None:
    table = long_story().publish(tmp_path)
    assert (table.header.received, table.header.counted) == (7, 3)
    ran = run(tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "ĐÚNG | received, counted, excluded, in rows | [7, 3, 1, 3] | [7, 3, 1, 3]" in ran.stdout
    assert "SAI" not in ran.stdout
    assert "người giữ biên nhận hoặc kiểm toán viên" in ran.stdout
    assert "Whether a row is what its commitment hides is for the holder or an auditor" in ran.stdout


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(stories())
def test_any_lawful_course_is_counted_as_by_hand(tmp_path: Path, story: Story) -> None:
    table = story.publish(tmp_path)
    lines = {what: (found, claimed) for what, found, claimed in recount.recount(tmp_path)}
    assert all(found == claimed for found, claimed in lines.values()), lines
    size, root = len(story.entries), merkle.root_of(map(merkle.leaf_hash, story.entries)).hex()
    assert lines["entries, root, breaches"][0] == [size, root, 0]
    numbers = [len(story.leaves), story.counted, story.excluded, story.counted]
    assert lines["received, counted, excluded, in rows"][0] == numbers
    assert table.published == story.counted


Change = Callable[[Story], None]
NOBODY = "00" * 32


@pytest.mark.parametrize(
    "forge",
    [
        lambda story: story.entries.append(entry("withdrawn", {"pseudonym": NOBODY, "withdraws": "44" * 32})),
        lambda story: story.entries.append(
            entry("withdrawn", {"pseudonym": NOBODY, "withdraws": story.leaves[1]})
        ),
        lambda story: story.entries.append(
            entry("excluded", {"pseudonym": NOBODY, "excludes": story.leaves[5], "reason": "spoken"})
        ),
        lambda story: story.entries.insert(
            1, entry("excluded", {"pseudonym": NOBODY, "excludes": story.leaves[5], "reason": "spoken"})
        ),
        lambda story: story.give(),
        lambda story: story.entries.append(entry("reconciled", {"received": 7, "counted": 4, "excluded": 1})),
        lambda story: story.entries.append(entry("responded", {"table": "55" * 32})),
    ],
    ids=["ends nothing", "ends twice", "late exclusion", "before it came", "late opinion", "other numbers",
         "other table"],
)  # fmt: skip
def test_a_ledger_that_says_something_else_is_found(tmp_path: Path, forge: Change) -> None:
    """The head covers the forged entries, the table does not know of them."""
    story = long_story()
    table = story.table()
    story.entries.append(entry("responded", {"table": table.digest()}))
    forge(story)
    write(tmp_path, story.entries, table)
    assert not agrees(tmp_path)


def cut(data: bytes) -> bytes:
    return data[: data.rindex(b"\n", 0, -1) + 1]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (publication.ENTRIES, cut),
        (publication.ENTRIES, lambda data: data[:-1]),
        (publication.ENTRIES, lambda data: data.replace(b'"commitment":"00', b'"commitment":"10', 1)),
        (publication.ENTRIES, lambda data: b"\n".join([*data.split(b"\n")[1::-1], *data.split(b"\n")[2:]])),
        (publication.HEAD, lambda data: data.replace(b'"size":', b'"size":1')),
        (publication.HEAD, lambda data: canonical.encode({"size": 15, "root": "66" * 32})),
        (publication.SUMMARY_JSON, lambda data: data.replace(b'"counted":3', b'"counted":4')),
        (publication.SUMMARY_JSON, lambda data: data.replace(b'"stance":"agree"', b'"stance":"disagree"', 1)),
        (publication.SUMMARY_JSON, lambda data: data.replace(b'"spoken":1', b'"spoken":2')),
        (publication.SUMMARY_JSON, lambda data: data.replace(b'"issuer":"', b'"issuer":"x', 1)),
    ],
)
def test_one_changed_file_is_found(tmp_path: Path, name: str, change: Callable[[bytes], bytes]) -> None:
    long_story().publish(tmp_path)
    assert agrees(tmp_path)
    before = (tmp_path / name).read_bytes()
    after = change(before)
    assert after != before
    (tmp_path / name).write_bytes(after)
    assert not agrees(tmp_path)


def test_the_script_ends_with_an_error_where_it_does_not_agree_or_cannot_read(tmp_path: Path) -> None:
    long_story().publish(tmp_path)
    path = tmp_path / publication.ENTRIES
    path.write_bytes(cut(path.read_bytes()))
    wrong = run(tmp_path)
    assert wrong.returncode == 1
    assert "SAI  | entries, root, breaches" in wrong.stdout
    (tmp_path / publication.HEAD).unlink()
    assert run(tmp_path).returncode == 1


def test_memory_does_not_grow_with_the_entries(tmp_path: Path) -> None:
    peaks = []
    for opinions in (500, 4_000):
        folder = tmp_path / str(opinions)
        story = Story()
        for _ in range(opinions):
            story.give()
        story.act("closed")
        story.act("reconciled")
        story.publish(folder)
        tracemalloc.start()
        assert agrees(folder)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]


# The writer


def test_a_folder_holds_what_was_published_and_nothing_half_done(tmp_path: Path) -> None:
    story = long_story()
    table = story.publish(tmp_path)
    names = {publication.ENTRIES, publication.HEAD, publication.SCRIPT, "summary.json", "summary.csv"}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert (tmp_path / publication.ENTRIES).read_bytes().split(b"\n") == [*story.entries, b""]
    assert (tmp_path / "summary.json").read_bytes() == table.encode()
    assert (tmp_path / publication.SCRIPT).read_text(encoding="utf-8") == SCRIPT


def test_no_entry_of_an_opinion_is_named_beside_its_row(tmp_path: Path) -> None:
    story = long_story()
    story.publish(tmp_path)
    for name in ("summary.json", "summary.csv"):
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert not any(leaf in text for leaf in story.leaves)
        assert "2026-11-23" not in text


@pytest.mark.parametrize("fewer", [1, -1])
def test_entries_that_are_not_those_of_the_head_leave_no_publication(tmp_path: Path, fewer: int) -> None:
    story = long_story()
    table = story.publish(tmp_path)
    root = merkle.root_of(map(merkle.leaf_hash, story.entries))
    given_entries = story.entries[:-1] if fewer == 1 else [entry("drafted", {}), *story.entries]
    with pytest.raises(PublicationError, match="take the entries that the head covers"):
        publish(tmp_path, given_entries, len(story.entries), root, table, labels.load())
    assert not (tmp_path / publication.HEAD).exists()
    assert not (tmp_path / publication.ENTRIES).exists()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("bad", [b"", b"two\nlines"])
def test_an_entry_that_fits_on_no_line_is_named(tmp_path: Path, bad: bytes) -> None:
    story = long_story()
    with pytest.raises(PublicationError, match="entry 1 is no canonical JSON on one line"):
        publish(tmp_path, [story.entries[0], bad], 2, bytes(32), story.table(), labels.load())
    assert not any(tmp_path.iterdir())


def test_a_table_without_all_its_answers_is_not_published(tmp_path: Path) -> None:
    story = long_story()
    with pytest.raises(SummaryError, match="no response"):
        write(tmp_path, story.entries, story.table().unanswered())
    assert not any(tmp_path.iterdir())
