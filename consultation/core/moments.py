"""Moments as texts of RFC 3339, and periods between two of them. There is no clock here."""

import re
from dataclasses import dataclass
from datetime import datetime

_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d)", re.ASCII)


def parse(text: str) -> datetime:
    """A moment with its offset. Raises ValueError."""
    if not _RFC_3339.fullmatch(text):
        raise ValueError(
            f"a moment reads '2026-11-23T10:11:12Z' or '...+07:00' (RFC 3339), found {text[:60]!r}"
        )
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"no such moment: {text[:60]!r}") from error


@dataclass(frozen=True, slots=True)
class Period:
    """From the first moment on and before the second; an empty text is no bound."""

    since: str = ""
    until: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError where a bound is no moment, or the period holds none."""
        bounds = [parse(text) for text in (self.since, self.until) if text]
        if len(bounds) == 2 and bounds[0] >= bounds[1]:
            raise ValueError(f"the period from {self.since} until {self.until} is empty")

    @property
    def bounded(self) -> bool:
        return bool(self.since or self.until)

    def holds(self, moment: str) -> bool:
        """Raises ValueError where `moment` is none."""
        at = parse(moment)
        return (not self.since or parse(self.since) <= at) and (not self.until or at < parse(self.until))

    def __str__(self) -> str:
        since = f"from {self.since}" if self.since else ""
        until = f"until before {self.until}" if self.until else ""
        return " ".join(filter(None, (since, until))) or "at any time"


ALWAYS = Period()
"""No bound either way."""
