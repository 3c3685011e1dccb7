"""Reconciliation: every opinion received is counted, or excluded with a reason code.

The rules are those of the Ministry of Justice for the consultation on the constitution in May 2025, which
were made so that nobody is counted twice: words merely spoken at a meeting, an official's own opinion where
the unit's is sent, and what another body reports (VNeID by another ministry, the central bodies by their own
line) are not added. The rules are functions of facts alone. No order of opinions and no opinion that was
superseded or withdrawn changes what is decided about another one.

How the counted ones of several units are added up is in `aggregation`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class ReasonCode(StrEnum):
    """Why an opinion is not counted, in the order of the rules; kebab case, as on the ledger."""

    NOT_AUTHENTIC = "not-authentic"
    """It could not be confirmed that the named author gave it."""
    SPOKEN = "spoken"
    """Words at a meeting that were not handed in or signed in minutes."""
    REPORTED_ELSEWHERE = "reported-elsewhere"
    """Another body reports it in its own total."""
    PERSONAL_COPY = "personal-copy"
    """An official's own opinion, where the unit's opinion is sent."""
    DUPLICATE_SHEET = "duplicate-sheet"
    """The same sheet of paper was entered more than once."""


class Author(StrEnum):
    """In whose name an opinion is given."""

    PERSON = "person"
    OFFICIAL = "official"
    """An official in person, in the internal round of the unit."""
    UNIT = "unit"
    """A unit, signed by its head."""


class Fate(StrEnum):
    """What its author has done with an opinion since."""

    STANDING = "standing"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Source:
    """The facts about one opinion of a consultation that decide whether it counts."""

    id: str
    """Its leaf hash, hex; names it in the 'excluded' event."""
    provision: str
    author: Author
    unit: str = ""
    """The unit that speaks, or to which the official belongs; the unit that took the sheet in; or empty."""
    fate: Fate = Fate.STANDING
    written: bool = True
    """Handed in, typed, or in signed minutes; False for words merely spoken."""
    authentic: bool = True
    reported_by: str = ""
    """The other body whose total holds it already, or empty."""
    sheet: str = ""
    """Number of the sheet of paper that it was entered from, unique within the unit that took it in."""


class SourcesError(ValueError):
    """Two sources have one id and say different things."""


def reconcile(sources: Iterable[Source]) -> Mapping[str, ReasonCode]:
    """The reason for every standing opinion of one consultation that is not counted, by id.

    All other standing ones are counted. Raises SourcesError where one id has two sets of facts; the same
    facts twice are one opinion.
    """
    standing = [one for one in unique(sources).values() if one.fate is Fate.STANDING]
    sent = {one.unit for one in standing if one.author is Author.UNIT and _is_sent(one)}
    reasons: dict[str, ReasonCode] = {}
    first: dict[tuple[str, str, str], str] = {}
    for source in standing:  # in order of ids: of two entries of a sheet the smaller id is kept
        reason = _own_reason(source, sent)
        if reason is None and source.sheet:
            kept = first.setdefault((source.unit, source.sheet, source.provision), source.id)
            reason = None if kept == source.id else ReasonCode.DUPLICATE_SHEET
        if reason is not None:
            reasons[source.id] = reason
    return reasons


def unique(sources: Iterable[Source]) -> Mapping[str, Source]:
    """Sources by id, in the order of ids. Raises SourcesError where one id has two sets of facts."""
    found: dict[str, Source] = {}
    for source in sources:
        if found.setdefault(source.id, source) != source:
            raise SourcesError(
                f"the opinion {source.id[:16]!r} comes with two different sets of facts: give it once"
            )
    return {name: found[name] for name in sorted(found)}


def _is_sent(source: Source) -> bool:
    """A unit's opinion that another body reports is sent all the same: its officials' copies stay out."""
    return source.authentic and source.written


def _own_reason(source: Source, sent: set[str]) -> ReasonCode | None:
    if not source.authentic:
        return ReasonCode.NOT_AUTHENTIC
    if not source.written:
        return ReasonCode.SPOKEN
    if source.reported_by:
        return ReasonCode.REPORTED_ELSEWHERE
    if source.author is Author.OFFICIAL and source.unit in sent:
        return ReasonCode.PERSONAL_COPY
    return None
