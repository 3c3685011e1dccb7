"""The law's tables: what ships, and what is refused with its line and row."""

import re
from dataclasses import fields
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core.canonical import nfc
from consultation.law import table
from consultation.law.rows import UNVERIFIED, DayKind, Duration, FixedHoliday, Procedure, SpecialDay, Step
from consultation.law.table import DURATIONS, HOLIDAYS, LawError


def text_of(name: str) -> str:
    return files("consultation.law").joinpath(name).read_text(encoding="utf-8")


DURATIONS_TEXT, HOLIDAYS_TEXT = text_of(DURATIONS), text_of(HOLIDAYS)
CHAIRMAN = "quyet-dinh-chu-tich-ubnd-tinh"


def test_the_rows_with_a_source_are_those_of_the_issue() -> None:
    rows = [row for row in table.shipped().durations.duration if row.verified is True]
    assert [(row.instrument, row.procedure, row.step, row.days) for row in rows] == [
        (CHAIRMAN, Procedure.NORMAL, Step.POSTING, 10),
        (CHAIRMAN, Procedure.NORMAL, Step.AGENCY_REPLY, 7),
        (CHAIRMAN, Procedure.SIMPLIFIED, Step.AGENCY_REPLY, 3),
        ("chinh-sach", Procedure.NORMAL, Step.AGENCY_REPLY, 15),
        ("lenh-quyet-dinh-chu-tich-nuoc", Procedure.NORMAL, Step.POSTING, 20),
    ]
    assert all(row.source for row in rows)
    assert {row.day_kind for row in rows} == {DayKind.CALENDAR}
    four = ("so-tai-chinh", "so-noi-vu", "so-tu-phap", "so-khoa-hoc-cong-nghe")
    assert [row.mandatory for row in rows] == [(), four, four, (), ()]
    assert "51a" in rows[0].basis
    assert "64/2025/QH15, Điều 30" in rows[3].basis


def test_every_other_row_says_that_it_is_not_verified() -> None:
    law = table.shipped()
    assert sum(row.verified == UNVERIFIED for row in law.durations.duration) == 4
    special: list[FixedHoliday | SpecialDay] = [
        *law.holidays.fixed,
        *law.holidays.day_off,
        *law.holidays.worked,
    ]
    for row in special:
        assert row.verified is True or row.verified == UNVERIFIED
        assert bool(row.source) == (row.verified is True)


def test_the_lunar_days_of_2025_to_2027_are_dates() -> None:
    holidays = table.shipped().holidays
    assert (holidays.first_year, holidays.last_year) == (2025, 2027)
    new_year = {2025: date(2025, 1, 29), 2026: date(2026, 2, 17), 2027: date(2027, 2, 8)}
    hung = {2025: date(2025, 4, 7), 2026: date(2026, 4, 27), 2027: date(2027, 4, 16)}
    days = {row.date: row.name for row in holidays.day_off}
    for year in (2025, 2026, 2027):
        assert days[new_year[year]].startswith("Tết Nguyên đán")
        assert "Hùng Vương" in days[hung[year]]
    fixed = {(row.month, row.day) for row in holidays.fixed}
    assert fixed == {(1, 1), (4, 30), (5, 1), (9, 2)}


def test_the_files_are_composed() -> None:
    assert nfc(DURATIONS_TEXT + HOLIDAYS_TEXT) == DURATIONS_TEXT + HOLIDAYS_TEXT


def line_of(text: str, needle: str, count: int) -> int:
    """The line of the n-th row of a table, counted another way than the reader does."""
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if line == needle]
    return lines[count - 1]


@pytest.mark.parametrize(
    ("found", "other", "row", "said"),
    [
        ("days = 10", 'days = "mười"', 1, "key 'days': found 'mười'; Input should be a valid integer"),
        ("days = 10", "days = 0", 1, "key 'days': found '0'; .*greater than or equal to 1"),
        ("days = 10", "days = 10.0", 1, "key 'days'"),
        ("days = 7", "dayz = 7", 2, "key 'dayz'; there is no such key"),
        ("days = 7\n", "", 2, "key 'days'; it is needed"),
        (
            'procedure = "simplified"',
            'procedure = "rut gon"',
            3,
            "found 'rut gon'; .*'normal' or 'simplified'",
        ),
        ('step = "posting"', 'step = "nghi"', 1, "key 'step': found 'nghi'; .*'posting' or 'agency_reply'"),
        ('day_kind = "calendar"', 'day_kind = "lunar"', 1, "'calendar' or 'working'"),
        ("verified = true", 'verified = "có"', 1, "key 'verified': found 'có'; .*'chưa kiểm chứng'"),
        ("verified = true", "verified = false", 1, "key 'verified'"),
        ("in_force_from = 2025-07-01", 'in_force_from = "2025-07-01"', 1, "valid date"),
        ("in_force_from = 2025-07-01", "in_force_from = 2025-07-01\nin_force_until = 2025-06-30", 1, "on$"),
        (
            '"so-noi-vu", "so-tu-phap"',
            '"so-noi-vu", "so-x"',
            2,
            "key 'mandatory': found 'so-x'; allowed are so-tai",
        ),
        (
            f'instrument = "{CHAIRMAN}"',
            'instrument = "thong-tu"',
            1,
            "found 'thong-tu'; allowed are quyet-dinh",
        ),
        (
            'procedure = "simplified"',
            'procedure = "normal"',
            3,
            "in force at once; end one of them: .*7 calendar",
        ),
    ],
)
def test_a_malformed_duration_is_refused_with_its_line_and_row(
    found: str, other: str, row: int, said: str
) -> None:
    place = DURATIONS_TEXT.index(found)
    text = DURATIONS_TEXT[:place] + other + DURATIONS_TEXT[place + len(found) :]
    line = line_of(text, "[[duration]]", row)
    with pytest.raises(
        LawError, match=rf"^durations\.toml line {line}, \[\[duration\]\] row {row}\b.*{said}"
    ):
        table.read(text, HOLIDAYS_TEXT)


def test_a_verified_row_without_a_source_is_refused() -> None:
    text = re.sub(r'^source = "trac.*$', 'source = ""', DURATIONS_TEXT, count=1, flags=re.MULTILINE)
    with pytest.raises(
        LawError, match=r"row 1: verified without a source; name one, or say verified = 'chưa"
    ):
        table.read(text, HOLIDAYS_TEXT)
    counting = re.sub(
        r'source = """.*?"""\nverified = "[^"]*"', "verified = true", DURATIONS_TEXT, flags=re.DOTALL
    )
    with pytest.raises(LawError, match=r"\[counting\]: verified without a source"):
        table.read(counting, HOLIDAYS_TEXT)


@pytest.mark.parametrize(
    ("found", "other", "said"),
    [
        ("date = 2025-01-28", "date = 2025-01-27", r"\[\[day_off\]\] row 2: found 2025-01-27 twice"),
        ("date = 2025-04-26", "date = 2025-04-25", r"\[\[worked\]\] row 1: found 2025-04-25, no weekend"),
        ("date = 2025-01-27", "date = 2024-01-27", r"found 2024-01-27; the table is for 2025 to 2027"),
        ("month = 4", "month = 2", r"\[\[fixed\]\] row 2: found month 2, day 30; no such date"),
        ("month = 4", "month = 13", r"\[\[fixed\]\] row 2, key 'month': found '13'"),
        ("first_year = 2025", 'first_year = "x"', "holidays.toml, key 'first_year'"),
    ],
)
def test_a_malformed_holiday_is_refused(found: str, other: str, said: str) -> None:
    assert found in HOLIDAYS_TEXT
    with pytest.raises(LawError, match=said):
        table.read(DURATIONS_TEXT, HOLIDAYS_TEXT.replace(found, other, 1))


def test_rows_of_different_times_may_follow_each_other() -> None:
    first = "in_force_from = 2025-07-01"
    place = DURATIONS_TEXT.index("[[duration]]")
    end = DURATIONS_TEXT.index("[[duration]]", place + 1)
    row = DURATIONS_TEXT[place:end]
    ended = DURATIONS_TEXT.replace(first, f"{first}\nin_force_until = 2026-06-30", 1)
    later = row.replace(first, "in_force_from = 2026-07-01").replace("days = 10", "days = 12")
    rows = table.read(ended + later, HOLIDAYS_TEXT).durations.duration
    assert [it.days for it in rows if it.instrument == CHAIRMAN and it.step is Step.POSTING] == [10, 12]
    with pytest.raises(LawError, match="in force at once"):
        table.read(ended + later.replace("2026-07-01", "2026-06-30"), HOLIDAYS_TEXT)


LINES = st.sampled_from([*DURATIONS_TEXT.splitlines(), *HOLIDAYS_TEXT.splitlines(), "x = [[[[", "[counting]"])
NOISE = st.lists(LINES | st.text(max_size=20), max_size=25).map("\n".join)


@given(NOISE, NOISE)
def test_any_text_is_a_table_or_a_named_error(durations: str, holidays: str) -> None:
    for one, other in ((durations, HOLIDAYS_TEXT), (DURATIONS_TEXT, holidays), (durations, holidays)):
        try:
            table.read(one, other)
        except LawError:
            continue


def test_deeply_nested_toml_is_refused() -> None:
    with pytest.raises(LawError, match="nested too deeply"):
        table.read("x = " + "[" * 100_000, HOLIDAYS_TEXT)


def test_the_page_on_durations_says_what_ships() -> None:
    page = (Path(__file__).parents[3] / "docs" / "reference" / "durations.md").read_text(encoding="utf-8")
    rows = [
        f"| `{it.instrument}` | `{it.procedure}` | `{it.step}` | {it.days} | {it.basis} | "
        f"{'true' if it.verified is True else it.verified} |"
        for it in table.shipped().durations.duration
    ]
    assert re.findall(r"^\| `[a-z-]+` \| `(?:normal|simplified)` \|.*$", page, re.MULTILINE) == rows
    keys = re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`[^|]*) \| [^|]* \|$", page, re.MULTILINE)))
    assert set(keys) == {field.name for field in fields(Duration)}
