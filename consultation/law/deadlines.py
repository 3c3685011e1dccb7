"""Counts deadlines from the law's tables: no file, no clock, no number of days of its own.

A period ends with its last day, at 23:59:59 in Vietnam. An instant is kept in UTC and shown in Vietnam's
time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from consultation.law.rows import DayKind, Duration, FixedHoliday, Procedure, SpecialDay, Step
from consultation.law.table import SATURDAY, Law, LawError

ZONE = "Asia/Ho_Chi_Minh"
END_OF_DAY = time(23, 59, 59)
COUNTING = "how days are counted: whether the first counts, and whether the last may be a day off"
"""What every deadline rests on until somebody has looked it up."""
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last instant of a step, by the row of the law that it follows from; both instants in UTC.

    `unverified` says what it rests on that nobody has looked up yet: show it wherever the deadline is shown.
    """

    start: datetime
    end: datetime
    row: Duration
    unverified: tuple[str, ...] = ()

    def local(self) -> datetime:
        """The end in Vietnam's time."""
        return self.end.astimezone(ZoneInfo(ZONE))


def deadline(law: Law, instrument: str, procedure: Procedure, step: Step, start: datetime) -> Deadline:
    """When a step that starts at an instant ends, by the row in force on the day of the start in Vietnam.

    Raises LawError when there is no such row, or the holidays of the years in question are not known.
    """
    first = _local_day(start)
    row = find(law, instrument, procedure, step, first)
    before = first - _DAY if law.durations.counting.start_day_counts else first
    return _counted(law, row, start, before, row.days)


def extend(law: Law, old: Deadline, days: int) -> Deadline:
    """The deadline so many days later, counted on from its last day in its row's kind of days.

    Raises LawError.
    """
    if days < 1:
        raise LawError(f"an extension is of at least 1 day, found {days}")
    made = _counted(law, old.row, old.start, _local_day(old.end), days)
    unverified = tuple(dict.fromkeys(old.unverified + made.unverified))
    return Deadline(made.start, made.end, made.row, unverified)


def revise(law: Law, old: Deadline, start: datetime) -> Deadline:
    """The deadline of a new version, from its own notice and by the law in force then.

    Never earlier than the one already promised. Raises LawError.
    """
    made = deadline(law, old.row.instrument, old.row.procedure, old.row.step, start)
    return made if made.end >= old.end else Deadline(made.start, old.end, made.row, made.unverified)


def find(law: Law, instrument: str, procedure: Procedure, step: Step, day: date) -> Duration:
    """The row in force on a day. Raises LawError that lists what there is."""
    rows = law.durations.duration
    for row in rows:
        if (row.instrument, row.procedure, row.step) == (instrument, procedure, step) and row.in_force(day):
            return row
    near = [str(row) for row in rows if row.instrument == instrument]
    there = "; ".join(near) if near else f"instruments {', '.join(sorted({row.instrument for row in rows}))}"
    raise LawError(f"no duration for {instrument}, {procedure}, {step} in force on {day}; there is: {there}")


def day_off(law: Law, day: date) -> tuple[bool, tuple[str, ...]]:
    """Whether nobody works on a day, and which unverified rows that rests on.

    Raises LawError for a year that the holidays are not known of.
    """
    table = law.holidays
    if not table.first_year <= day.year <= table.last_year:
        raise LawError(
            f"the holidays of {day.year} are not known; add them to holidays.toml, "
            f"which is for {table.first_year} to {table.last_year}"
        )
    rows = list(_holidays_on(law, day))
    exchanged = [row for row in table.worked if row.date == day]
    weekend = day.weekday() >= SATURDAY
    off = bool(rows) or (weekend and not exchanged)
    told_by = exchanged or ([] if weekend else rows)
    return off, tuple(f"{day}: {row.name}" for row in told_by if row.verified is not True)


def _holidays_on(law: Law, day: date) -> Iterator[FixedHoliday | SpecialDay]:
    yield from (row for row in law.holidays.fixed if (row.month, row.day) == (day.month, day.day))
    yield from (row for row in law.holidays.day_off if row.date == day)


def _counted(law: Law, row: Duration, start: datetime, before: date, days: int) -> Deadline:
    """The deadline so many days after the day `before`."""
    counting = law.durations.counting
    unverified = [] if row.verified is True else [str(row)]
    if counting.verified is not True:
        unverified.append(COUNTING)
    day, counted = before, 0
    try:
        if row.day_kind is DayKind.CALENDAR:
            day, counted = before + timedelta(days=days), days
        while counted < days:
            day += _DAY
            off, doubtful = day_off(law, day)
            unverified += doubtful
            counted += not off
        while counting.ends_on_working_day and (last := day_off(law, day))[0]:
            unverified += last[1]
            day += _DAY
        end = datetime.combine(day, END_OF_DAY, ZoneInfo(ZONE)).astimezone(UTC)
    except OverflowError:
        raise LawError(f"{days} days after {before} are past the end of the calendar") from None
    return Deadline(start.astimezone(UTC), end, row, tuple(unverified))


def _local_day(instant: datetime) -> date:
    if instant.tzinfo is None:
        raise LawError(f"an instant has a time zone, found {instant}; give it in UTC")
    try:
        return instant.astimezone(ZoneInfo(ZONE)).date()
    except OverflowError:
        raise LawError(f"{instant} is no time in Vietnam; give a year from 2 to 9998") from None
