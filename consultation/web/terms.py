"""What the law asks of a posting over HTTP: how long it lasts, and which agencies have to be asked."""

from collections.abc import Collection
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo

from consultation.core import moments
from consultation.law import deadlines, table
from consultation.law.deadlines import ZONE, Deadline
from consultation.law.rows import Procedure, Step
from consultation.law.table import Law, LawError
from consultation.service.desk import timestamp
from consultation.service.problems import Problem
from consultation.web.models import InvitationIn, OpeningIn


@cache
def law() -> Law:
    """The tables that are shipped, read once."""
    return table.shipped()


def posting(asked: OpeningIn, invited: Collection[str], now: datetime) -> tuple[str, list[str]]:
    """The last second of a posting that starts now, and what it rests on that nobody has verified.

    With an instrument, the law's row is the least, and `invited` (ids of units) have to hold whoever must be
    asked. Raises Problem(409, 422).
    """
    if not asked.instrument:
        return _later(asked.closes, now), []
    found = _due(asked.instrument, asked.procedure, Step.POSTING, now)
    missing = _mandatory(asked.instrument, asked.procedure, found) - set(invited)
    if missing:
        names = ", ".join(sorted(law().durations.agencies[unit] for unit in missing))
        detail = f"the law has these asked, and they are not invited: {names} ({', '.join(sorted(missing))})"
        raise Problem(409, "not-invited", "Not everybody is asked", detail)
    return _at_least(asked.closes, timestamp(found.end)), list(found.unverified)


def again(instrument: str, procedure: str, closes: str, wished: str, now: datetime) -> tuple[str, list[str]]:
    """The deadline after a revision while open: by the law from now, never before the one promised."""
    if not instrument:
        return _later(wished, now) if wished else closes, []
    found = _due(instrument, Procedure(procedure), Step.POSTING, now)
    return _at_least(wished, max(closes, timestamp(found.end))), list(found.unverified)


def reply(asked: InvitationIn, now: datetime) -> tuple[str, list[str]]:
    """The last second for an invited agency's reply: given, or the law's. Raises Problem(422)."""
    if not asked.instrument:
        if not asked.due:
            detail = "an invitation has a due date, or names the instrument"
            raise Problem(422, "malformed", "Malformed", detail)
        return _later(asked.due, now), []
    found = _due(asked.instrument, asked.procedure, Step.AGENCY_REPLY, now)
    return _at_least(asked.due, timestamp(found.end)), list(found.unverified)


def local(moment: str) -> str:
    """A moment as people in Vietnam read it: '23:59 30/11/2026'; empty for none."""
    if not moment:
        return ""
    return moments.parse(moment).astimezone(ZoneInfo(ZONE)).strftime("%H:%M %d/%m/%Y")


def _due(instrument: str, procedure: Procedure, step: Step, now: datetime) -> Deadline:
    try:
        return deadlines.deadline(law(), instrument, procedure, step, now)
    except LawError as error:
        raise Problem(422, "no-duration", "No such duration", str(error)) from error


def _mandatory(instrument: str, procedure: Procedure, posted: Deadline) -> set[str]:
    """Whom the row of the agencies' reply names; nobody where there is no such row."""
    try:
        day = posted.start.astimezone(ZoneInfo(ZONE)).date()
        return set(deadlines.find(law(), instrument, procedure, Step.AGENCY_REPLY, day).mandatory)
    except LawError:
        return set()


def _at_least(wished: str, least: str) -> str:
    if wished and wished < least:
        detail = f"the law asks for {least} at least, found {wished}"
        raise Problem(422, "too-short", "Too short", detail, {"closes": least})
    return wished or least


def _later(moment: str, now: datetime) -> str:
    if moment and moment <= timestamp(now):
        detail = f"a deadline lies ahead; it is {timestamp(now)}, found {moment}"
        raise Problem(422, "malformed", "Malformed", detail)
    return moment
