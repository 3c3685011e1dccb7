"""Deadlines: days counted as the law counts, in Vietnam's time, by the row in force on the first day."""

import ast
import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.law import deadlines, table
from consultation.law.deadlines import COUNTING, Deadline, day_off, deadline, extend, find, revise
from consultation.law.rows import Procedure, Step
from consultation.law.table import Law, LawError

HERE = files("consultation.law")
DURATIONS, HOLIDAYS = (
    HERE.joinpath(name).read_text(encoding="utf-8") for name in ("durations.toml", "holidays.toml")
)
CHAIRMAN = "quyet-dinh-chu-tich-ubnd-tinh"
FIRST = datetime(2025, 7, 2, tzinfo=UTC)
SHIPPED = table.shipped()
STARTS = st.integers(0, 690 * 24 * 60).map(lambda it: FIRST + timedelta(minutes=it))


def law(*changes: tuple[str, str]) -> Law:
    """The shipped law with something exchanged in `durations.toml`, wherever it stands."""
    text = DURATIONS
    for found, other in changes:
        assert found in text
        text = text.replace(found, other)
    return table.read(text, HOLIDAYS)


WORKING = law(('day_kind = "calendar"', 'day_kind = "working"'), ("2025-07-01", "2025-01-01"))


def utc(year: int, month: int, day: int, hour: int = 1, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=UTC)


def posting(of: Law, start: datetime) -> Deadline:
    return deadline(of, CHAIRMAN, Procedure.NORMAL, Step.POSTING, start)


def test_a_posting_of_ten_days_ends_with_the_tenth_day_after_it() -> None:
    found = posting(SHIPPED, utc(2026, 3, 2, 1))
    assert found.end == utc(2026, 3, 12, 16, 59, 59)
    assert found.end.tzinfo is UTC
    assert found.local().isoformat() == "2026-03-12T23:59:59+07:00"
    assert found.unverified == (COUNTING,)
    assert found.row.mandatory == ()


def test_the_day_of_the_start_is_vietnams_not_utcs() -> None:
    late, midnight = utc(2026, 3, 2, 16, 59, 59), utc(2026, 3, 2, 17)
    assert posting(SHIPPED, late).local().date() == date(2026, 3, 12)
    assert posting(SHIPPED, midnight).local().date() == date(2026, 3, 13)
    elsewhere = midnight.astimezone(timezone(timedelta(hours=-8)))
    assert posting(SHIPPED, elsewhere) == posting(SHIPPED, midnight)
    assert posting(SHIPPED, elsewhere).start.tzinfo is UTC


def test_agencies_have_seven_days_and_three_when_simplified() -> None:
    start = utc(2026, 3, 2, 1)
    days = [
        (
            deadline(SHIPPED, CHAIRMAN, procedure, Step.AGENCY_REPLY, start).local().date() - date(2026, 3, 2)
        ).days
        for procedure in (Procedure.NORMAL, Procedure.SIMPLIFIED)
    ]
    assert days == [7, 3]


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (utc(2026, 3, 2, 1), date(2026, 3, 16), "two weekends"),
        (utc(2026, 2, 9, 1), date(2026, 3, 2), "Tết and three weekends"),
        (utc(2025, 4, 18, 1), date(2025, 5, 6), "30/4, 1/5 and 2/5 off; Saturday 26/4 worked"),
        (utc(2026, 8, 24, 1), date(2026, 9, 10), "31/8 to 2/9"),
        (utc(2025, 12, 26, 1), date(2026, 1, 12), "the new year, 2/1 in exchange for Saturday 10/1"),
    ],
)
def test_working_days_skip_weekends_and_holidays(start: datetime, end: date, why: str) -> None:
    assert posting(WORKING, start).local().date() == end, why


def test_a_deadline_says_which_unverified_rows_it_rests_on() -> None:
    assert posting(WORKING, utc(2026, 2, 9, 1)).unverified == (COUNTING,), "Tết 2026 has a source"
    assert posting(WORKING, utc(2025, 4, 18, 1)).unverified == (
        COUNTING,
        "2025-04-26: Làm bù cho ngày 02/5/2025",
        "2025-05-02: Nghỉ hoán đổi dịp 30/4 và 1/5",
    )
    committee = deadline(SHIPPED, "quyet-dinh-ubnd-tinh", Procedure.NORMAL, Step.POSTING, utc(2026, 3, 2, 1))
    assert committee.unverified == (str(committee.row), COUNTING)


def test_how_days_are_counted_is_data() -> None:
    start = utc(2026, 3, 4, 1)
    assert posting(SHIPPED, start).local().date() == date(2026, 3, 14), "a Saturday"
    rolling = law(("ends_on_working_day = false", "ends_on_working_day = true"))
    assert posting(rolling, start).local().date() == date(2026, 3, 16)
    assert posting(rolling, utc(2026, 3, 2, 1)) == posting(SHIPPED, utc(2026, 3, 2, 1))
    first = law(("start_day_counts = false", "start_day_counts = true"))
    assert posting(first, start).local().date() == date(2026, 3, 13)


def test_a_period_that_goes_on_past_days_off_says_whose_word_that_is() -> None:
    rolling = law(("ends_on_working_day = false", "ends_on_working_day = true"))
    found = posting(rolling, utc(2026, 8, 21, 1))
    assert found.local().date() == date(2026, 9, 3)
    assert [it[:10] for it in found.unverified if it != COUNTING] == ["2026-08-31", "2026-09-01"]


def test_the_row_in_force_on_the_day_of_the_start_is_taken() -> None:
    row = DURATIONS[DURATIONS.index("[[duration]]") :]
    row = row[: row.index("[[duration]]", 1)]
    first = "in_force_from = 2025-07-01"
    changed = table.read(
        DURATIONS.replace(first, f"{first}\nin_force_until = 2026-06-30", 1)
        + row.replace(first, "in_force_from = 2026-07-01").replace("days = 10", "days = 12"),
        HOLIDAYS,
    )
    assert posting(changed, utc(2026, 6, 30, 16)).local().date() == date(2026, 7, 10)
    new = posting(changed, utc(2026, 6, 30, 17))
    assert (new.row.days, new.local().date()) == (12, date(2026, 7, 13))
    old = posting(changed, utc(2026, 6, 25, 1))
    assert revise(changed, old, utc(2026, 7, 2, 1)).row.days == 12, "a new version, by the law of its own day"


def test_without_a_row_the_error_lists_what_there_is() -> None:
    with pytest.raises(
        LawError, match=r"no duration for .*simplified, posting .* 2026-03-02; there is: .*10 calendar"
    ):
        deadline(SHIPPED, CHAIRMAN, Procedure.SIMPLIFIED, Step.POSTING, utc(2026, 3, 2, 1))
    with pytest.raises(LawError, match="there is: instruments chinh-sach, lenh-quyet"):
        find(SHIPPED, "thong-tu", Procedure.NORMAL, Step.POSTING, date(2026, 3, 2))
    with pytest.raises(LawError, match="in force on 2025-06-30"):
        posting(SHIPPED, utc(2025, 6, 30, 1))


def test_an_instant_without_a_zone_or_outside_the_calendar_is_refused() -> None:
    with pytest.raises(LawError, match="an instant has a time zone"):
        posting(SHIPPED, utc(2026, 3, 2).replace(tzinfo=None))
    for instant in (datetime.max.replace(tzinfo=UTC), utc(9999, 12, 30)):
        with pytest.raises(LawError, match=r"past the end of the calendar|no time in Vietnam"):
            posting(SHIPPED, instant)


def test_years_without_holidays_are_refused_and_not_guessed() -> None:
    with pytest.raises(LawError, match=r"the holidays of 2028 are not known; add them to holidays\.toml"):
        posting(WORKING, utc(2027, 12, 24, 1))
    assert posting(SHIPPED, utc(2027, 12, 24, 1)).local().date() == date(2028, 1, 3), (
        "calendar days need none"
    )


def test_an_extension_counts_on_from_the_last_day() -> None:
    old = posting(SHIPPED, utc(2026, 3, 2, 1))
    assert extend(SHIPPED, old, 5).local().date() == date(2026, 3, 17)
    assert (extend(SHIPPED, old, 5).start, extend(SHIPPED, old, 5).row) == (old.start, old.row)
    assert extend(WORKING, posting(WORKING, utc(2026, 3, 2, 1)), 5).local().date() == date(2026, 3, 23)
    with pytest.raises(LawError, match="at least 1 day, found 0"):
        extend(SHIPPED, old, 0)


def test_a_revised_version_has_its_own_full_time_and_takes_none_away() -> None:
    old = posting(SHIPPED, utc(2026, 3, 2, 1))
    assert revise(SHIPPED, old, utc(2026, 3, 9, 1)).local().date() == date(2026, 3, 19)
    extended = extend(SHIPPED, old, 30)
    kept = revise(SHIPPED, extended, utc(2026, 3, 9, 1))
    assert (kept.end, kept.start) == (extended.end, utc(2026, 3, 9, 1))


@given(STARTS)
def test_every_deadline_is_the_last_second_of_a_day_in_vietnam(start: datetime) -> None:
    for of in (SHIPPED, WORKING):
        found = posting(of, start)
        assert found.local().time() == time(23, 59, 59)
        assert found.local().utcoffset() == timedelta(hours=7)
        first = start.astimezone(ZoneInfo(deadlines.ZONE)).date()
        between = [first + timedelta(days=n) for n in range(1, (found.local().date() - first).days + 1)]
        counted = [day for day in between if of is SHIPPED or not day_off(of, day)[0]]
        assert len(counted) == found.row.days
        assert counted[-1] == between[-1]


@given(STARTS, STARTS, st.integers(1, 30))
def test_a_later_start_and_an_extension_never_end_earlier(one: datetime, other: datetime, days: int) -> None:
    early, late = sorted((one, other))
    for of in (SHIPPED, WORKING):
        assert posting(of, early).end <= posting(of, late).end
        assert extend(of, posting(of, early), days).end > posting(of, early).end
        assert revise(of, posting(of, early), late).end >= posting(of, early).end


def test_a_weekend_is_off_unless_it_is_worked() -> None:
    assert day_off(SHIPPED, date(2026, 3, 7)) == (True, ())
    assert day_off(SHIPPED, date(2025, 4, 26)) == (False, ("2025-04-26: Làm bù cho ngày 02/5/2025",))
    assert day_off(SHIPPED, date(2026, 4, 30)) == (True, ())
    assert day_off(SHIPPED, date(2026, 3, 9)) == (False, ())


def test_the_code_holds_no_number_of_days() -> None:
    days = {int(it) for it in re.findall(r"^days = (\d+)$", DURATIONS, re.MULTILINE)}
    assert len(days) > 3
    for name in ("deadlines.py", "table.py", "rows.py"):
        for node in ast.walk(ast.parse(HERE.joinpath(name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and type(node.value) is int:
                assert node.value not in days, f"{name} line {node.lineno}: {node.value}"
