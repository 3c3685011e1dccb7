"""Deadlines of the law for those who open a consultation over HTTP."""

from datetime import datetime
from functools import cache

from consultation.law import deadlines, table
from consultation.law.rows import Step
from consultation.law.table import Law, LawError
from consultation.service.desk import timestamp
from consultation.service.problems import Problem
from consultation.web.models import OpeningIn


@cache
def law() -> Law:
    """The tables that are shipped, read once."""
    return table.shipped()


def posting(asked: OpeningIn, now: datetime) -> tuple[str, list[str]]:
    """The last second of a posting that starts now, and what it rests on that nobody has verified.

    Raises Problem(422) where both a deadline and an instrument are given, or the law has no such row.
    """
    if not asked.instrument:
        return asked.closes, []
    if asked.closes:
        detail = "give a deadline, or the instrument whose posting the law sets, not both"
        raise Problem(422, "malformed", "Malformed", detail)
    try:
        found = deadlines.deadline(law(), asked.instrument, asked.procedure, Step.POSTING, now)
    except LawError as error:
        raise Problem(422, "no-duration", "No such duration", str(error)) from error
    return timestamp(found.end), list(found.unverified)
