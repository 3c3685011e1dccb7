"""The join: for each entry everybody who is consistent with what is seen of it, exactly.

A set of people is a whole number whose bit i is person i, so that an intersection over twenty thousand
people is one instruction of the interpreter. The slow twin in the tests asks every person about every entry.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence

from workloads.reidentification.people import Login, Roster
from workloads.reidentification.views import Span, View


def candidates(view: View, roster: Roster, logins: Iterable[Login]) -> list[int]:
    """For each entry, in the ledger's order, the set of people who may have given it.

    Somebody may when they belong to the unit shown, if one is, and were logged in at some minute of the
    entry's span; and so for every entry under the same pseudonym.
    """
    present = logged_in(view.spans, logins)
    units = members(roster)
    alone: dict[tuple[int, int | None], int] = {}
    linked: dict[int, int] = {}
    for entry in view.entries:
        seen = (entry.span, entry.unit)
        if seen not in alone:
            alone[seen] = present[entry.span] & (units.get(entry.unit, 0) if entry.unit is not None else -1)
        linked[entry.link] = linked.get(entry.link, -1) & alone[seen]
    return [linked[entry.link] for entry in view.entries]


def logged_in(spans: Sequence[Span], logins: Iterable[Login]) -> list[int]:
    """For each span the people who were logged in at some minute of it. Spans are apart and in order."""
    people: list[set[int]] = [set() for _ in spans]
    ends = [span.last_min for span in spans]
    for login in logins:
        place = bisect_left(ends, login.first_min)
        while place < len(spans) and spans[place].first_min <= login.last_min:
            people[place].add(login.person)
            place += 1
    return [set_of(part) for part in people]


def members(roster: Roster) -> dict[int, int]:
    """The set of people of each unit that has any."""
    found: dict[int, list[int]] = defaultdict(list)
    for person, unit in enumerate(roster.units):
        found[unit].append(person)
    return {unit: set_of(people) for unit, people in found.items()}


def set_of(people: Iterable[int]) -> int:
    """These people as a set."""
    places = list(people)
    bits = bytearray(max(places, default=0) // 8 + 1)
    for place in places:
        bits[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(bits, "little")
