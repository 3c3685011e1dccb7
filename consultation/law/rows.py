"""The rows of `durations.toml` and `holidays.toml`, as they stand in the files."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

UNVERIFIED = "chưa kiểm chứng"
Verified = Literal[True, "chưa kiểm chứng"]
"""True, and then with a source; or not looked up yet."""

_Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
_Words = Annotated[str, Field(min_length=1)]
_Days = Annotated[int, Field(ge=1, le=366, strict=True)]
_Year = Annotated[int, Field(ge=2000, le=2999, strict=True)]
_Date = Annotated[date, Field(strict=True)]
_Flag = Annotated[bool, Field(strict=True)]
_CONFIG = ConfigDict(extra="forbid")


class Procedure(StrEnum):
    """Thông thường, rút gọn."""

    NORMAL = "normal"
    SIMPLIFIED = "simplified"


class Step(StrEnum):
    """Đăng tải lấy ý kiến, at least so long; cơ quan được lấy ý kiến trả lời, within so long."""

    POSTING = "posting"
    AGENCY_REPLY = "agency_reply"


class DayKind(StrEnum):
    """Ngày; ngày làm việc."""

    CALENDAR = "calendar"
    WORKING = "working"


@dataclass(config=_CONFIG, frozen=True, slots=True)
class Duration:
    """How long a step lasts for an instrument and procedure, while a legal basis is in force (days
    inclusive).

    `mandatory` names the agencies that have to be asked.
    """

    instrument: _Slug
    procedure: Procedure
    step: Step
    days: _Days
    day_kind: DayKind
    basis: _Words
    in_force_from: _Date
    verified: Verified
    in_force_until: _Date | None = None
    mandatory: tuple[_Slug, ...] = ()
    source: str = ""

    def in_force(self, day: date) -> bool:
        return self.in_force_from <= day <= (self.in_force_until or date.max)

    def __str__(self) -> str:
        until = f" until {self.in_force_until}" if self.in_force_until else ""
        what = f"{self.instrument}, {self.procedure}, {self.step}"
        return f"{what}: {self.days} {self.day_kind} days, in force from {self.in_force_from}{until}"


@dataclass(config=_CONFIG, frozen=True, slots=True)
class Counting:
    """How days are counted: whether the first one counts, and whether a period may end on a day off."""

    start_day_counts: _Flag
    ends_on_working_day: _Flag
    verified: Verified
    source: str = ""


@dataclass(config=_CONFIG, frozen=True, slots=True)
class Durations:
    """The whole of `durations.toml`; instruments and agencies have their Vietnamese names."""

    counting: Counting
    instruments: Mapping[_Slug, _Words]
    agencies: Mapping[_Slug, _Words]
    duration: tuple[Duration, ...]


@dataclass(config=_CONFIG, frozen=True, slots=True)
class FixedHoliday:
    """A holiday on the same day of every year."""

    month: Annotated[int, Field(ge=1, le=12, strict=True)]
    day: Annotated[int, Field(ge=1, le=31, strict=True)]
    name: _Words
    verified: Verified
    source: str = ""


@dataclass(config=_CONFIG, frozen=True, slots=True)
class SpecialDay:
    """A day off of one year, by the lunar calendar or in exchange; or a weekend day that is worked."""

    date: _Date
    name: _Words
    verified: Verified
    source: str = ""


@dataclass(config=_CONFIG, frozen=True, slots=True)
class Holidays:
    """The whole of `holidays.toml`; outside of its years nobody knows the days off."""

    first_year: _Year
    last_year: _Year
    fixed: tuple[FixedHoliday, ...]
    day_off: tuple[SpecialDay, ...]
    worked: tuple[SpecialDay, ...] = ()
