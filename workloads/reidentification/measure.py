"""One design attacked in one town: how large the sets are, for opinions and for people, in numbers.

All figures are a census of the town, not a sample of it, so quantiles need no minimum of observations. A
quantile is the smallest size that at least this share of the sets does not exceed.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from workloads.reidentification import distinct, join, stances
from workloads.reidentification.designs import Design
from workloads.reidentification.people import Act, Town
from workloads.reidentification.views import Publication, spans

QUIET_PEOPLE = 5
"""An hour is quiet when fewer people than this give an opinion in it."""
SMALL = 5
"""Sets below this are small: the least size of a cell that the project publishes."""
_PER_DECADE = (10, 12, 14, 16, 18, 20, 25, 30, 35, 40, 50, 60, 70, 80, 90)


@dataclass(frozen=True, slots=True)
class Spread:
    """Sizes of `n` anonymity sets. `alone` have size 1, `small` are below 5; all zero where `n` is."""

    n: int
    alone: int
    small: int
    smallest: int
    p5: int
    median: int
    p95: int


@dataclass(frozen=True, slots=True)
class Step:
    """So many of the opinions are in a set of at most this size."""

    size: int
    opinions: int


@dataclass(frozen=True, slots=True)
class Finding:
    """What the attack came to. An opinion is an entry, superseded ones included; each has its set.

    A person's set is the smallest of those of their opinions. `quiet` and `busy` part the opinions by the
    hour in which they were given. Of `standing` opinions the stance of `learnt` was learnt; it would be that
    of `unanimous` by the totals alone. `held_min` is how long half of the opinions wait at most until their
    lot is handed over, `held_p95_min` nineteen in twenty.
    """

    design: str
    opinions: Spread
    people: Spread
    quiet: Spread
    busy: Spread
    standing: int
    learnt: int
    unanimous: int
    held_min: int
    held_p95_min: int
    curve: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class _Sized:
    """An opinion and the number of candidates for its author."""

    act: Act
    size: int


def attack(town: Town, publication: Publication) -> Finding:
    """Join what was published of the town's acts with what the attacker has of the town, and measure."""
    design, view, truth = publication.design, publication.view, publication.truth
    found = distinct.separate(publication, join.candidates(view, town.roster, town.logins))
    sized = [_Sized(act, people.bit_count()) for act, people in zip(truth.acts, found, strict=True)]
    learnt = stances.learnt(view, truth, town.roster, found)
    quiet = quiet_hours(town.acts)
    held = _held(town.acts, design)
    sizes = [item.size for item in sized]
    return Finding(
        design.name,
        spread(sizes),
        spread(_smallest_of_each_person(sized)),
        spread(item.size for item in sized if item.act.minute // 60 in quiet),
        spread(item.size for item in sized if item.act.minute // 60 not in quiet),
        len(learnt),
        sum(learnt),
        stances.unanimous(view.table),
        _quantile(held, 0.5),
        _quantile(held, 0.95),
        _curve(sizes),
    )


def quiet_hours(acts: Iterable[Act]) -> frozenset[int]:
    """The hours (since 1970) with somebody and fewer than `QUIET_PEOPLE` in them."""
    people: dict[int, set[int]] = {}
    for act in acts:
        people.setdefault(act.minute // 60, set()).add(act.person)
    return frozenset(hour for hour, some in people.items() if len(some) < QUIET_PEOPLE)


def spread(sizes: Iterable[int]) -> Spread:
    """The distribution of these sizes."""
    ordered = sorted(sizes)
    if not ordered:
        return Spread(0, 0, 0, 0, 0, 0, 0)
    return Spread(
        len(ordered),
        sum(1 for size in ordered if size == 1),
        sum(1 for size in ordered if size < SMALL),
        ordered[0],
        _quantile(ordered, 0.05),
        _quantile(ordered, 0.5),
        _quantile(ordered, 0.95),
    )


def _quantile(ordered: Sequence[int], share: float) -> int:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def _smallest_of_each_person(sized: Iterable[_Sized]) -> list[int]:
    smallest: dict[int, int] = {}
    for item in sized:
        person = item.act.person
        smallest[person] = min(item.size, smallest.get(person, item.size))
    return list(smallest.values())


def _held(acts: Sequence[Act], design: Design) -> list[int]:
    """How many whole minutes each act waits for the end of its lot, ascending."""
    ends = [span.last_min for span in spans(design.lot, acts)]
    return sorted(ends[bisect_left(ends, act.minute)] - act.minute for act in acts)


def _curve(sizes: Iterable[int]) -> tuple[Step, ...]:
    """How many sizes are at most 1, 2, ... 10, 12, ... up to the largest, fifteen in each power of ten."""
    ordered = sorted(sizes)
    marks = [*range(1, 10), *(step * 10**power for power in range(7) for step in _PER_DECADE)]
    last = next((place for place, mark in enumerate(marks) if mark >= ordered[-1]), len(marks) - 1)
    return tuple(Step(mark, bisect_right(ordered, mark)) for mark in marks[: last + 1])
