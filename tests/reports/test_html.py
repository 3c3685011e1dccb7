"""The reports as files: offline, the same bytes, and every number tied to the run."""

import hashlib
import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

import reports
from reports.page import KINDS
from reports.pointer import Absent, resolve
from reports.run import Run
from reports.texts import LANGUAGES, Language
from simulations import predict
from tests.reports import synthetic
from tests.reports.pages import LOADING, Reader
from tests.reports.pages import read as read_page


def read(run_dir: Path, language: Language) -> Reader:
    return read_page(run_dir / f"report.{language}.html")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_loads_nothing_from_anywhere(built: Path, language: Language) -> None:
    for tag, attributes in read(built, language).tags:
        assert tag not in ("script", "iframe", "link", "object", "embed", "base", "form"), tag
        for name in LOADING & set(attributes):
            value = attributes[name]
            assert value.startswith(("#", "data:image/svg+xml;base64,")) or value in (
                "report.vi.html",
                "report.en.html",
            )
    text = (built / f"report.{language}.html").read_text(encoding="utf-8")
    assert "http://" not in text
    assert "https://" not in text
    assert "url(" not in text
    assert "@import" not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_figures_load_nothing_and_carry_no_date(built: Path, language: Language) -> None:
    for path in sorted((built / "figures").glob(f"*.{language}.svg")):
        text = path.read_text(encoding="utf-8")
        assert "<image" not in text
        assert "dc:date" not in text
        assert not re.search(r'href="(?!#)', text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reference_leads_to_a_value_of_the_run(built: Path, language: Language) -> None:
    run = Run(built)
    references = [
        attributes["data-ref"] for _, attributes in read(built, language).tags if "data-ref" in attributes
    ]
    assert len(references) > 300
    for reference in references:
        assert not isinstance(resolve(run, reference), Absent), reference


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_shown_is_the_recorded_one_as_people_write_it(built: Path, language: Language) -> None:
    run = Run(built)
    numbers = read(built, language).numbers
    assert len(numbers) > 200
    for reference, value, shown in numbers:
        recorded = resolve(run, reference)
        if isinstance(recorded, list | dict):
            continue  # a count over a list: its sentence is tested below
        assert isinstance(recorded, int | float)
        assert float(value) == recorded
        assert shown in {write(float(recorded), language) for write in KINDS.values()}, reference


def test_counts_over_the_attacks_are_right(built: Path) -> None:
    text = "".join(read(built, "en").text)
    assert "merkle-log detected 18 of 18 tries" in text
    assert "cometbft detected 18 of 18 tries" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_report_says_its_language_and_describes_its_pictures(built: Path, language: Language) -> None:
    tags = read(built, language).tags
    assert next(attributes["lang"] for tag, attributes in tags if tag == "html") == language
    pictures = [attributes for tag, attributes in tags if tag == "img"]
    assert len(pictures) == 5
    assert all(len(picture["alt"]) > 40 for picture in pictures)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_verdict_and_its_conditions_are_in_the_report(built: Path, language: Language) -> None:
    text = "".join(read(built, language).text)
    assert Run(built).verdict.line[language] in text
    assert reports.verdict_line(built, language) in text


def test_cells_of_the_matrix_carry_words_and_symbols_beside_colours(built: Path) -> None:
    text = "".join(read(built, "vi").text)
    assert text.count("✓phát hiện") + text.count("✗không phát hiện") > 50


def test_access_tokens_of_the_scenario_are_not_in_a_report(built: Path) -> None:
    for path in built.glob("report.*.html"):
        assert "never-shown-in-a-report" not in path.read_text(encoding="utf-8")


def test_building_again_gives_the_same_bytes_and_tells_each_step(built: Path) -> None:
    def digests() -> dict[str, str]:
        files = [path for path in built.rglob("*") if path.is_file()]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = digests()
    told: list[str] = []
    predict.write(built)
    reports.build(built, told.append)
    assert digests() == before
    assert (told[0], told[-1]) == ("summary.json", "report.vi.html, report.en.html")


def test_derived_files_are_listed_with_their_digests(built: Path) -> None:
    files = json.loads((built / "derived.json").read_text())["files"]
    measured = set(Run(built).manifest.files)
    there = {path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file()}
    assert set(files) == there - measured - {"manifest.json", "derived.json"}
    for name, digest in files.items():
        assert hashlib.sha256((built / name).read_bytes()).hexdigest() == digest


def test_a_ledger_that_was_not_measured_is_shown_with_its_reason(tmp_path: Path) -> None:
    run_dir = synthetic.write(tmp_path / "run", unmeasured=["cometbft", "evm"], seconds=6.0)
    reports.build(run_dir)
    text = "".join(read(run_dir, "en").text)
    assert "its node could not be built: no compiler" in text
    assert "This run has no simulation." in text
    vi = "".join(read(run_dir, "vi").text)
    assert "không dựng được nút: no compiler" in vi
    console = Console(width=160, record=True, file=io.StringIO())
    console.print(reports.table(run_dir, "en"))
    assert "not measured" in console.export_text()


def test_a_run_without_any_measured_ledger_still_makes_a_report(tmp_path: Path) -> None:
    run_dir = synthetic.write(tmp_path / "run", unmeasured=list(synthetic.PLOTS))
    reports.build(run_dir)
    assert Run(run_dir).verdict.overall == "not-enough-evidence"


def test_one_rate_and_one_repeat_make_a_report(tmp_path: Path) -> None:
    run_dir = synthetic.write(tmp_path / "run", rates=(50.0,), repeats=1, seconds=10.0)
    predict.write(run_dir)
    reports.build(run_dir)
    assert "only one offered rate was run" in "".join(read(run_dir, "en").text)


def test_the_terminal_table_has_a_row_for_each_ledger(built: Path) -> None:
    assert reports.table(built).row_count == len(synthetic.PLOTS)
