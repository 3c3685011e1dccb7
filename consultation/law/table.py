"""Reads the law's tables from TOML and checks them before anybody counts with them.

A row is refused that has an unknown key, a word outside the list, or no source although it claims to be
verified; so are two rows in force at once for the same thing. What is wrong is named with its line, row and
key.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from itertools import combinations
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from consultation.law.rows import UNVERIFIED, Duration, Durations, FixedHoliday, Holidays, SpecialDay

DURATIONS = "durations.toml"
HOLIDAYS = "holidays.toml"
SATURDAY = 5
"""As `date.weekday` counts."""
_LEAP_YEAR = 2024
Parsed = TypeVar("Parsed", Durations, Holidays)


class LawError(ValueError):
    """A table cannot be read, or does not say what is asked; names the row and what is allowed."""


@dataclass(frozen=True, slots=True)
class Law:
    """Both tables."""

    durations: Durations
    holidays: Holidays


def shipped() -> Law:
    """The tables that come with the software."""
    here = files(__package__)
    return read(*(here.joinpath(name).read_text(encoding="utf-8") for name in (DURATIONS, HOLIDAYS)))


def read(durations: str, holidays: str) -> Law:
    """The tables from the text of the two files. Raises LawError."""
    law = Law(_parse(Durations, durations, DURATIONS), _parse(Holidays, holidays, HOLIDAYS))
    _check_durations(law.durations, durations)
    _check_holidays(law.holidays, holidays)
    return law


def _parse(kind: type[Parsed], text: str, name: str) -> Parsed:
    try:
        return TypeAdapter(kind).validate_python(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise LawError(f"{name} is no TOML: {error}") from None
    except ValidationError as error:
        # A mistyped key is missing too: what was typed says more than what was not.
        first = min(
            error.errors(include_url=False), key=lambda it: it["type"] != "unexpected_keyword_argument"
        )
        *place, key = first["loc"] or ("",)
        allowed = {"missing": "it is needed", "unexpected_keyword_argument": "there is no such key"}
        found = "" if first["type"] in allowed else f": found {str(first['input'])[:60]!r}"
        what = allowed.get(first["type"], first["msg"])
        raise LawError(f"{_where(text, name, place)}, key '{key}'{found}; {what}") from None
    except RecursionError:
        raise LawError(f"{name} is nested too deeply; expected tables of rows") from None


def _where(text: str, name: str, place: Sequence[int | str]) -> str:
    """'durations.toml line 41, [[duration]] row 2' for ('duration', 1)."""
    match place:
        case [str(table), int(index), *_]:
            starts = [found.start() for found in re.finditer(rf"^[ \t]*\[\[{table}\]\]", text, re.MULTILINE)]
            line = text.count("\n", 0, starts[index]) + 1 if index < len(starts) else 0
            file = f"{name} line {line}" if line else name
            return f"{file}, [[{table}]] row {index + 1}"
        case [str(table), *_]:
            return f"{name}, [{table}]"
    return name


def _check_durations(table: Durations, text: str) -> None:
    for index, row in enumerate(table.duration):
        where = _where(text, DURATIONS, ("duration", index))
        _check_source(row, where)
        _check_known(row.instrument, table.instruments, f"{where}, key 'instrument'")
        for agency in row.mandatory:
            _check_known(agency, table.agencies, f"{where}, key 'mandatory'")
        if row.in_force_until is not None and row.in_force_until < row.in_force_from:
            raise LawError(
                f"{where}: in force until {row.in_force_until}; allowed are days from {row.in_force_from} on"
            )
    if table.counting.verified is True and not table.counting.source:
        raise LawError(f"{DURATIONS}, [counting]: verified without a source; name one, or '{UNVERIFIED}'")
    for (_, first), (index, second) in combinations(enumerate(table.duration), 2):
        same = (first.instrument, first.procedure, first.step) == (
            second.instrument,
            second.procedure,
            second.step,
        )
        if same and (first.in_force(second.in_force_from) or second.in_force(first.in_force_from)):
            where = _where(text, DURATIONS, ("duration", index))
            raise LawError(f"{where} and an earlier row are in force at once; end one of them: {first}")


def _check_holidays(table: Holidays, text: str) -> None:
    for index, fixed in enumerate(table.fixed):
        where = _where(text, HOLIDAYS, ("fixed", index))
        _check_source(fixed, where)
        try:
            date(_LEAP_YEAR, fixed.month, fixed.day)
        except ValueError:
            raise LawError(f"{where}: found month {fixed.month}, day {fixed.day}; no such date") from None
    seen: set[date] = set()
    for name, rows in (("day_off", table.day_off), ("worked", table.worked)):
        for index, row in enumerate(rows):
            where = _where(text, HOLIDAYS, (name, index))
            _check_source(row, where)
            if not table.first_year <= row.date.year <= table.last_year:
                raise LawError(
                    f"{where}: found {row.date}; the table is for {table.first_year} to {table.last_year}"
                )
            if row.date in seen:
                raise LawError(f"{where}: found {row.date} twice; a day is off or worked, once")
            seen.add(row.date)
            if name == "worked" and row.date.weekday() < SATURDAY:
                raise LawError(f"{where}: found {row.date}, no weekend; others are worked without a row")


def _check_source(row: Duration | FixedHoliday | SpecialDay, where: str) -> None:
    if row.verified is True and not row.source:
        raise LawError(f"{where}: verified without a source; name one, or say verified = '{UNVERIFIED}'")


def _check_known(name: str, known: Iterable[str], where: str) -> None:
    if name not in known:
        raise LawError(f"{where}: found {name!r}; allowed are {', '.join(known)}")
