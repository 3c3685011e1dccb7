"""Deadlines of the law for those who open a consultation over HTTP."""

from datetime import datetime
from functools import cache

from consultation.law import deadlines, table
from consultation.law.rows import Procedure, Step
from consultation.law.table import Law, LawError
from consultation.service.desk import timestamp
from consultation.service.problems import Problem
from consultation.web.models import InvitationIn, OpeningIn


@cache
def law() -> Law:
    """The tables that are shipped, read once."""
    return table.shipped()


def posting(asked: OpeningIn, now: datetime) -> tuple[str, list[str]]:
    """The last second of a posting that starts now, and what it rests on that nobody has verified.

    Raises Problem(422) where both a deadline and an instrument are given, or the law has no such row.
    """
    return _until(asked.closes, asked.instrument, asked.procedure, Step.POSTING, now)


def reply(asked: InvitationIn, now: datetime) -> tuple[str, list[str]]:
    """The last second for an invited agency's reply; one of them has to be given. Raises Problem(422)."""
    if not asked.due and not asked.instrument:
        raise Problem(422, "malformed", "Malformed", "an invitation has a due date, or names the instrument")
    return _until(asked.due, asked.instrument, asked.procedure, Step.AGENCY_REPLY, now)


def _until(
    given: str, instrument: str, procedure: Procedure, step: Step, now: datetime
) -> tuple[str, list[str]]:
    if not instrument:
        return given, []
    if given:
        detail = "give a date, or the instrument whose period the law sets, not both"
        raise Problem(422, "malformed", "Malformed", detail)
    try:
        found = deadlines.deadline(law(), instrument, procedure, step, now)
    except LawError as error:
        raise Problem(422, "no-duration", "No such duration", str(error)) from error
    return timestamp(found.end), list(found.unverified)
