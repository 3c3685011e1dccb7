"""The bench's pages as files: offline, the same bytes, and every number tied to summary.json."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from reports.bench import rows
from reports.bench.build import build
from reports.bench.directory import Bench
from reports.errors import RunError
from reports.page import KINDS
from reports.pointer import Absent, resolve
from reports.run import Run
from reports.texts import LANGUAGES, Language
from tests.reports.bench import synthetic
from tests.reports.pages import LOADING, Reader
from tests.reports.pages import read as read_page


def read(folder: Path, language: Language) -> Reader:
    return read_page(folder / f"bench.{language}.html")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_loads_nothing_from_anywhere(bench: Path, language: Language) -> None:
    for tag, attributes in read(bench, language).tags:
        assert tag not in ("script", "iframe", "link", "object", "embed", "base", "form"), tag
        for name in LOADING & set(attributes):
            value = attributes[name]
            pages = ("bench.vi.html", "bench.en.html")
            assert value.startswith(("#", "data:image/svg+xml;base64,")) or value in pages
    text = (bench / f"bench.{language}.html").read_text(encoding="utf-8")
    for token in ("http://", "https://", "url(", "@import", "never-shown-in-a-report"):
        assert token not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reference_leads_to_a_value_of_the_bench(bench: Path, language: Language) -> None:
    run = Run(bench)
    references = [tag["data-ref"] for _, tag in read(bench, language).tags if "data-ref" in tag]
    assert len(references) > 200
    for reference in references:
        assert not isinstance(resolve(run, reference), Absent), reference


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_number_shown_is_the_recorded_one_as_people_write_it(whole: Path, language: Language) -> None:
    run = Run(whole)
    numbers = read(whole, language).numbers
    assert len(numbers) > 600
    for reference, value, shown in numbers:
        recorded = resolve(run, reference)
        assert isinstance(recorded, int | float)
        assert float(value) == recorded
        assert shown in {write(float(recorded), language) for write in KINDS.values()}, reference


def test_the_leading_table_is_the_time_to_each_level_with_a_dash_where_never_reached(whole: Path) -> None:
    reader = read(whole, "en")
    head = next(row for row in reader.rows if "Ledger" in row)
    assert head[1:] == [
        "Durable on one disk", "Durable on two failure domains", "Head signed",
        "No second history unless several collude", "Rules checked by others",
    ]  # fmt: skip
    assert reader.rows.index(head) == 0
    assert [cell.strip() for cell in reader.row("memory")[1:]] == ["–"] * 5
    signed = [cell.strip() for cell in reader.row("signed-db")[1:]]
    assert [cell == "–" for cell in signed] == [False, True, False, True, True]
    assert all("ms" in cell and "95%:" in cell for cell in signed if cell != "–")
    validated = [" ".join(cell.split()) for cell in reader.row("cometbft")]
    assert "more than two thirds of 4 validators" in validated[0]
    assert "parties that must collude: 3" in validated[0]
    assert "at 3 of the nodes" in validated[5]


@pytest.mark.parametrize(
    ("language", "caution"),
    [
        ("en", "proof of authority, no finality"),
        ("vi", "bằng chứng thẩm quyền (PoA), không có tính chung cuộc"),
    ],
)
def test_a_caution_stands_beside_every_row_of_its_ledger(
    whole: Path, language: Language, caution: str
) -> None:
    mine = [row for row in read(whole, language).rows if row and "evm-clique" in row[0]]
    assert len(mine) > 8
    assert all(caution in row[0] for row in mine if ".parquet" not in row[0])


def test_a_ledger_that_was_not_measured_is_shown_with_its_reason(whole: Path) -> None:
    assert "no compiler" in read(whole, "en").row("timestamped-head")[1]
    assert "chưa đo" in read(whole, "vi").row("timestamped-head")[1]


@pytest.mark.parametrize(
    ("language", "partial", "quick", "why"),
    [
        ("en", "PARTIAL", "A quick bench", "interrupted"),
        ("vi", "CHƯA ĐẦY ĐỦ", "Phép đo nhanh", "bị ngắt giữa chừng"),
    ],
)
def test_a_bench_that_ended_early_says_so_first_and_a_quick_one_too(
    whole: Path, cut_short: Path, language: Language, partial: str, quick: str, why: str
) -> None:
    text = "".join(read(cut_short, language).text)
    assert text.index(partial) < text.index(why) < text.index(quick)
    other = "".join(read(whole, language).text)
    assert partial not in other
    assert quick not in other


def test_windows_left_out_and_disturbed_are_listed_with_their_reasons(whole: Path) -> None:
    text = "".join(read(whole, "en").text)
    assert "the generator itself was 310 ms late for one of 100 operations" in text
    assert "the host took 12% of the processors' time" in text
    vi = "".join(read(whole, "vi").text)
    assert "chính bộ phát tải trễ 310 ms" in vi
    assert "máy chủ vật lý lấy mất 12%" in vi


def test_failures_stand_beside_throughput_and_zero_is_an_upper_bound(whole: Path) -> None:
    counts = Bench(whole).summary.ledgers["signed-db"].counts
    assert counts is not None
    assert counts.lost.n == 0
    row = next(
        row
        for row in read(whole, "en").rows
        if row and row[0].startswith("signed-db") and "at most" in row[-1]
    )
    assert " ".join(row[-1].split()).startswith("0 (at most 0.0")


def test_the_page_says_that_headroom_counts_and_over_which_demand(whole: Path) -> None:
    text = "".join(read(whole, "en").text)
    assert "Headroom is what counts, not rank." in text
    assert "in opinions a second: 1 (4.3 million opinions in 7 days nationwide (May 2025)" in text
    assert "tốc độ cao nhất" in "".join(read(whole, "vi").text)


def test_distance_is_shown_with_the_claim_beside_it(whole: Path) -> None:
    shown = read(whole, "en").rows
    claim = next(row for row in shown if row and row[0].startswith("NDAChain"))
    assert claim[1:] == ["5", "50 ms", "1.5 s", "–", "1,200"]
    ours = shown[shown.index(claim) - 1]
    assert (ours[0].strip(), ours[1], ours[2]) == ("cometbft-50ms", "5", "50 ms")


def test_the_claim_stands_only_beside_its_topology(whole: Path) -> None:
    summary = Bench(whole).summary
    found = rows.distant(summary)
    assert [row.name for row in found] == ["cometbft", "cometbft-50ms"]
    assert rows.claimed(summary, found)
    nearer = [replace(row, delay_s=0.01 if row.delay_s else None) for row in found]
    assert not rows.claimed(summary, nearer)
    near = {name: ledger for name, ledger in summary.ledgers.items() if name != "cometbft-50ms"}
    assert rows.distant(replace(summary, ledgers=near)) == []


def test_equal_terms_may_be_written_by_term_or_by_ledger(whole: Path) -> None:
    summary = Bench(whole).summary
    by_term = replace(summary, equal_terms={"entry_bytes": 512, "durability": {"evm": "none"}})
    by_ledger = replace(summary, equal_terms={"evm": {"durability": "none", "batch_age_s": 0.01}})
    assert rows.terms(by_term).common == {"entry_bytes": ["equal_terms", "entry_bytes"]}
    assert rows.terms(by_term).each == {"durability": {"evm": ["equal_terms", "durability", "evm"]}}
    assert rows.terms(by_ledger).each["batch_age_s"] == {"evm": ["equal_terms", "evm", "batch_age_s"]}


def test_the_floor_stands_in_the_same_tables(whole: Path) -> None:
    shown = [row for row in read(whole, "en").rows if row and row[0].startswith("load generator alone")]
    assert len(shown) == 4  # throughput and waiting times, at two rates


def test_building_again_gives_the_same_bytes_and_tells_each_step(cut_short: Path) -> None:
    def digests() -> dict[str, str]:
        files = [path for path in cut_short.rglob("*") if path.is_file()]
        return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}

    before = digests()
    told: list[str] = []
    build(cut_short, told.append)
    assert digests() == before
    assert told == ["summary.json", "figures", "bench.vi.html, bench.en.html"]


def test_derived_files_are_listed_with_their_digests(whole: Path) -> None:
    files = json.loads((whole / "derived.json").read_text())["files"]
    there = {path.relative_to(whole).as_posix() for path in whole.rglob("*") if path.is_file()}
    assert set(files) == there - set(Bench(whole).manifest.files) - {"manifest.json", "derived.json"}


def test_a_broken_directory_is_refused(tmp_path: Path) -> None:
    folder = synthetic.write(tmp_path / "bench", labels=("memory",), size=synthetic.SMALL)
    windows = folder / "windows.json"
    windows.write_text(windows.read_text().replace('"rate": 100.0', '"rate": 101.0', 1))
    with pytest.raises(RunError, match=r"windows\.json: its SHA-256 is"):
        build(folder)
    (folder / "manifest.json").unlink()
    with pytest.raises(RunError, match=r"manifest\.json: not found"):
        build(folder)
    assert not (folder / "bench.vi.html").exists()


def test_a_bench_of_which_nothing_was_measured_still_makes_a_page(tmp_path: Path) -> None:
    folder = synthetic.write(
        tmp_path / "bench", labels=(), unmeasured={"memory": "interrupted"}, partial="interrupted",
        size=synthetic.Size(starts=0, repeats=0),
    )  # fmt: skip
    build(folder)
    assert "Not a substitute" not in "".join(read(folder, "en").text)
    assert "interrupted" in "".join(read(folder, "en").text)
