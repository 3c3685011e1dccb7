"""Who is consulted and how: audiences, channels, the tree of units, invitations with their due dates.

The sets are closed. Their Vietnamese and English names are data, in `consultation/export/labels.toml`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from consultation.core.canonical import nfc
from consultation.core.events import ID

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)
MAX_NAME_CHARACTERS = 200


class PeopleError(ValueError):
    """A unit or an invitation is not as it must be; says which one, what was found and what is allowed."""


class Audience(StrEnum):
    """Whose voice an opinion is: Law 64/2025/QH15 and its decrees name these groups."""

    MANDATORY_UNIT = "mandatory_unit"
    AFFECTED_SUBJECT = "affected_subject"
    FATHERLAND_FRONT = "fatherland_front"
    ASSOCIATION = "association"
    EXPERT = "expert"
    PUBLIC = "public"


ORGANISATIONS = frozenset({Audience.MANDATORY_UNIT, Audience.FATHERLAND_FRONT, Audience.ASSOCIATION})
"""Audiences that speak as an organisation, under its name; of all others only the category is ever shown."""


class Channel(StrEnum):
    """How an opinion came: Decree 78/2025, article 2, and the ways of this platform."""

    WRITING = "writing"
    CONFERENCE = "conference"
    PORTAL = "portal"
    VNEID = "vneid"
    PAPER = "paper"
    """A sheet of paper that an official entered."""
    API = "api"


class Level(StrEnum):
    """Where a unit stands; a commune is also a ward or a special zone."""

    CITY = "city"
    DEPARTMENT = "department"
    COMMUNE = "commune"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that drafts, is consulted, or reports what it has gathered."""

    id: str
    name: str
    level: Level
    parent: str = ""
    """The id of the unit that it reports to; empty for the city alone."""


class Units:
    """The tree of units: one city at the root, departments and communes below it."""

    __slots__ = ("_children", "_units", "root")

    def __init__(self, units: Iterable[Unit]) -> None:
        """Raises PeopleError unless the units form one tree with a city at its root."""
        self._units = _by_id(units)
        self._children: Mapping[str, tuple[str, ...]] = _children(self._units)
        roots = [unit.id for unit in self if not unit.parent]
        if len(roots) != 1:
            raise PeopleError(
                f"exactly one unit, the city, has no parent; found {', '.join(roots[:5]) or 'none'}"
            )
        self.root = roots[0]  # all others hang below it: a level's parent is of a higher level

    def __iter__(self) -> Iterator[Unit]:
        return iter(self._units.values())

    def __contains__(self, unit: object) -> bool:
        return unit in self._units

    def unit(self, unit: str) -> Unit:
        """Raises PeopleError where there is no such unit."""
        try:
            return self._units[unit]
        except KeyError:
            raise PeopleError(f"there is no unit {unit!r} in the tree of {len(self._units)} units") from None

    def children(self, unit: str) -> tuple[str, ...]:
        """Ids of the units directly below, sorted."""
        return self._children.get(unit, ())

    def below(self, unit: str) -> Iterator[str]:
        """The unit and all below it, a parent before its children."""
        waiting = [unit]
        while waiting:
            at = waiting.pop()
            yield at
            waiting.extend(reversed(self.children(at)))


def _by_id(units: Iterable[Unit]) -> dict[str, Unit]:
    found: dict[str, Unit] = {}
    for unit in units:
        _check_unit(unit)
        if unit.id in found:
            raise PeopleError(f"the unit {unit.id!r} stands twice: an id names one unit")
        found[unit.id] = unit
    for unit in found.values():
        _check_parent(unit, found)
    return {name: found[name] for name in sorted(found)}


def _check_unit(unit: Unit) -> None:
    if not ID.fullmatch(unit.id):
        raise PeopleError(f"a unit's id must match {ID.pattern}, found {unit.id[:80]!r}")
    if not unit.name.strip() or len(unit.name) > MAX_NAME_CHARACTERS:
        raise PeopleError(
            f"the name of {unit.id!r} has 1 to {MAX_NAME_CHARACTERS} characters, found {len(unit.name)}"
        )
    if unit.name != nfc(unit.name):
        raise PeopleError(f"the name of {unit.id!r} is not in Unicode form NFC: normalise it first")


def _check_parent(unit: Unit, units: Mapping[str, Unit]) -> None:
    if unit.level is Level.CITY:
        if unit.parent:
            raise PeopleError(f"the city {unit.id!r} has no parent, found {unit.parent!r}")
        return
    if unit.parent not in units:
        raise PeopleError(f"the parent of {unit.id!r} is no unit of the tree: {unit.parent!r}")
    above = units[unit.parent].level
    if unit.level is Level.COMMUNE and above is Level.COMMUNE:
        raise PeopleError(f"the commune {unit.id!r} reports to a department or the city, not to a commune")
    if unit.level is Level.DEPARTMENT and above is not Level.CITY:
        raise PeopleError(f"the department {unit.id!r} reports to the city, found {unit.parent!r}")


def _children(units: Mapping[str, Unit]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for unit in units.values():  # in order of ids, so that lists of children are
        if unit.parent:
            found.setdefault(unit.parent, []).append(unit.id)
    return {parent: tuple(children) for parent, children in found.items()}


@dataclass(frozen=True, slots=True)
class Invitation:
    """Somebody is asked for an opinion by a date."""

    audience: Audience
    channel: Channel
    due: str
    """The last second of the term, RFC 3339 in UTC: '2026-11-23T16:59:59Z' is the end of a day in Vietnam."""
    unit: str = ""
    """A unit of the tree; or empty, and then a group is named."""
    group: str = ""
    """A group or an organisation outside the tree, in words; or empty."""


def check_invitation(invitation: Invitation, units: Units) -> None:
    """Raises PeopleError unless it addresses one unit or one group, in a way that its audience can answer."""
    if bool(invitation.unit) == bool(invitation.group.strip()):
        raise PeopleError(
            f"an invitation goes to a unit or to a group: name one of them, "
            f"found unit {invitation.unit!r} and group {invitation.group[:80]!r}"
        )
    if invitation.unit:
        units.unit(invitation.unit)
        if invitation.audience not in (Audience.MANDATORY_UNIT, Audience.FATHERLAND_FRONT):
            raise PeopleError(f"a unit is not invited as {invitation.audience.value}: name a group")
    elif invitation.audience is Audience.MANDATORY_UNIT:
        raise PeopleError(f"a mandatory unit is one of the tree, found the group {invitation.group[:80]!r}")
    if invitation.group != nfc(invitation.group) or len(invitation.group) > MAX_NAME_CHARACTERS:
        raise PeopleError(f"a group is named in form NFC with at most {MAX_NAME_CHARACTERS} characters")
    parse_time(invitation.due)


def parse_time(text: str) -> datetime:
    """An RFC 3339 time in UTC with whole seconds. Raises PeopleError."""
    try:
        if not _TIME.fullmatch(text):
            raise ValueError(text)
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise PeopleError(
            f"a due date is RFC 3339 in UTC such as 2026-11-23T16:59:59Z, found {text[:40]!r}"
        ) from None
