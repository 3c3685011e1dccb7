"""What the attacker sees of a town under a design: entries in the ledger's order, and the published table.

The truth is kept apart (`Truth`), so that a join cannot use it by mistake: it reads a `View` alone.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random

from workloads.consultations import Stance
from workloads.reidentification.designs import CROWD_PEOPLE, Design, Grain, Pseudonym, Table
from workloads.reidentification.people import DAY_MIN, Act, Roster

_WIDTH_MIN = {Grain.MINUTE: 1, Grain.TEN_MINUTES: 10, Grain.HOUR: 60, Grain.DAY: DAY_MIN}


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes since 1970, both ends included."""

    first_min: int
    last_min: int


@dataclass(frozen=True, slots=True)
class Entry:
    """What is seen of one entry. `span` is a place in `View.spans`; None where the envelope says nothing.

    `link` is the same for entries under one pseudonym; `standing` says that no other entry supersedes it.
    """

    span: int
    link: int
    unit: int | None
    provision: int | None
    standing: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the published table. `entry` is a position on the ledger; None where the row names none."""

    provision: int
    stance: Stance
    unit: int | None
    entry: int | None


@dataclass(frozen=True, slots=True)
class View:
    """Everything published. `entries[i]` is the entry at position i; `spans` are apart, in order of time."""

    entries: tuple[Entry, ...]
    spans: tuple[Span, ...]
    table: tuple[Row, ...]
    certificates: int
    """As many as people took part; all alike, so that nothing can be joined with one."""


@dataclass(frozen=True, slots=True)
class Truth:
    """`acts[i]` is what the entry at position i came from."""

    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """A consultation recorded under a design: what the attacker sees, and what she does not."""

    design: Design
    view: View
    truth: Truth


def publish(acts: Sequence[Act], roster: Roster, design: Design, shuffle: Random) -> Publication:
    """Record these acts under `design`; `shuffle` orders the entries within a lot.

    Raises ValueError where there is no act.
    """
    if not acts:
        raise ValueError("found no act; a publication needs at least one")
    times = spans(design.time, acts)
    starts = [span.first_min for span in times]
    placed = [(bisect_right(starts, act.minute) - 1, shuffle.random(), act) for act in acts]
    placed.sort(key=lambda item: item[:2])
    links: dict[tuple[int, int | None], int] = {}
    entries = []
    for span, _, act in placed:
        whose = (act.person, None if design.pseudonym is Pseudonym.PERSON else act.provision)
        entries.append(
            Entry(
                span,
                links.setdefault(whose, len(links)),
                roster.units[act.person] if design.unit else None,
                act.provision if design.provision else None,
                act.standing,
            )
        )
    truth = Truth(tuple(act for _, _, act in placed))
    people = len({act.person for act in acts})
    view = View(tuple(entries), times, _table(truth.acts, roster, design.table), people)
    return Publication(design, view, truth)


def spans(grain: Grain, acts: Iterable[Act]) -> tuple[Span, ...]:
    """The stretches of time, in order, that are told apart and in which something was given."""
    if grain is Grain.CROWD:
        return _crowds(acts)
    width = _WIDTH_MIN[grain]
    return tuple(
        Span(slot * width, slot * width + width - 1) for slot in sorted({act.minute // width for act in acts})
    )


def _crowds(acts: Iterable[Act]) -> tuple[Span, ...]:
    """Hours joined until enough people are in them; too few at the end go with those before."""
    hours: dict[int, set[int]] = {}
    for act in acts:
        hours.setdefault(act.minute // 60, set()).add(act.person)
    found: list[Span] = []
    first, people = min(hours), set[int]()
    for hour in sorted(hours):
        people |= hours[hour]
        if len(people) >= CROWD_PEOPLE:
            found.append(Span(first * 60, hour * 60 + 59))
            first, people = hour + 1, set()
    if people:
        start = found.pop().first_min if found else first * 60
        found.append(Span(start, max(hours) * 60 + 59))
    return tuple(found)


def _table(acts: Sequence[Act], roster: Roster, shown: Table) -> tuple[Row, ...]:
    rows = [
        Row(
            act.provision,
            act.stance,
            roster.units[act.person] if shown is Table.UNIT else None,
            position if shown is Table.ENTRY else None,
        )
        for position, act in enumerate(acts)
        if act.standing
    ]
    return tuple(
        sorted(rows, key=lambda row: (row.provision, row.stance.value, row.unit or 0, row.entry or 0))
    )
