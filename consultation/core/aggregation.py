"""The aggregation tree: what communes and departments report, added up to the city, nothing twice.

A report says what a unit has gathered, as figures that include every report named in `contains`: those of a
department's communes, a total on paper that may stand in two reports. A report's *own part* is what is left
when the own parts of all that it contains, at any depth, are taken away. The own parts are the leaves of the
tree: they overlap nowhere, and every number is a sum of them. So a report that comes in beside one that
contains it moves figures down to where they arose, and the city's total stays as it was.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from consultation.core.canonical import MAX_INTEGER
from consultation.core.people import Units
from consultation.core.reconciliation import Fate, ReasonCode, Source, reconcile, unique

_REASONS = tuple(ReasonCode)


class ReportError(ValueError):
    """A report cannot be added up; says which one and why."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Opinions: received = counted + superseded + withdrawn + all the excluded ones."""

    counted: int = 0
    superseded: int = 0
    withdrawn: int = 0
    excluded: tuple[int, ...] = (0,) * len(_REASONS)
    """Per reason code, in the order of `ReasonCode`."""

    @property
    def received(self) -> int:
        return sum(self._numbers())

    def excluded_for(self, reason: ReasonCode) -> int:
        return self.excluded[_REASONS.index(reason)]

    def _numbers(self) -> tuple[int, ...]:
        return (self.counted, self.superseded, self.withdrawn, *self.excluded)

    def plus(self, other: "Figures", times: int = 1) -> "Figures":
        """The sum; with `times` -1 the difference, whose numbers may be negative."""
        pairs = zip(self._numbers(), other._numbers(), strict=True)
        counted, superseded, withdrawn, *excluded = (mine + times * its for mine, its in pairs)
        return Figures(counted, superseded, withdrawn, tuple(excluded))

    def is_sound(self) -> bool:
        """Every number is a count."""
        numbers = self._numbers()
        return len(self.excluded) == len(_REASONS) and all(0 <= number <= MAX_INTEGER for number in numbers)


def excluded(reasons: Mapping[ReasonCode, int]) -> tuple[int, ...]:
    """The numbers as `Figures.excluded` keeps them."""
    return tuple(reasons.get(reason, 0) for reason in _REASONS)


@dataclass(frozen=True, slots=True)
class Report:
    """What one unit says it has gathered."""

    id: str
    unit: str
    figures: Figures
    contains: tuple[str, ...] = ()
    """Ids of reports whose figures are inside these; those that never come in on their own stay inside."""


def report_of(name: str, unit: str, sources: Iterable[Source]) -> Report:
    """The report over opinions one by one. Raises SourcesError."""
    opinions = unique(sources)
    reasons = reconcile(opinions.values())
    fates = [source.fate for source in opinions.values()]
    tallies = {reason: sum(one is reason for one in reasons.values()) for reason in ReasonCode}
    standing = fates.count(Fate.STANDING)
    figures = Figures(
        standing - len(reasons),
        fates.count(Fate.SUPERSEDED),
        fates.count(Fate.WITHDRAWN),
        excluded(tallies),
    )
    return Report(name, unit, figures)


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf of the tree: the own part of one report."""

    report: str
    unit: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Node:
    """One unit: what its own reports bring, and that with everything below it."""

    unit: str
    own: Figures
    total: Figures
    children: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tree:
    """Figures per unit, and the leaves that they are sums of."""

    root: str
    nodes: Mapping[str, Node]
    parts: tuple[Part, ...]

    @property
    def total(self) -> Figures:
        return self.nodes[self.root].total


def aggregate(units: Units, reports: Iterable[Report]) -> Tree:
    """Add reports up, in whatever order they come. Raises ReportError, or PeopleError for an unknown unit."""
    given = _by_id(units, reports)
    parts: dict[str, Figures] = {}
    inside: dict[str, frozenset[str]] = {}
    contained = {name: [one for one in given[name].contains if one in given] for name in sorted(given)}
    for name in _contained_first(contained):
        report, direct = given[name], contained[name]
        inside[name] = frozenset(direct).union(*(inside[other] for other in direct))
        left = report.figures
        for other in inside[name]:
            left = left.plus(parts[other], -1)
        if not left.is_sound():
            raise ReportError(
                f"the report {name!r} has fewer of some kind than the {len(inside[name])} that it contains: "
                f"{report.figures.received} received against "
                f"{sum(parts[other].received for other in inside[name])}; ask {report.unit!r} for its figures"
            )
        parts[name] = left
    leaves = tuple(Part(name, given[name].unit, parts[name]) for name in sorted(given))
    return Tree(units.root, _add_up(units, leaves), leaves)


def _by_id(units: Units, reports: Iterable[Report]) -> dict[str, Report]:
    found: dict[str, Report] = {}
    for report in reports:
        units.unit(report.unit)
        if not report.figures.is_sound():
            raise ReportError(f"the figures of the report {report.id!r} are no counts from 0 to 2^53 - 1")
        if found.setdefault(report.id, report) != report:
            raise ReportError(
                f"the report {report.id!r} comes twice with different content: keep the right one"
            )
    return found


def _contained_first(contained: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Ids such that a report stands after all that it contains. Raises ReportError at a circle."""
    try:
        return list(TopologicalSorter(contained).static_order())
    except CycleError as error:
        one, other = error.args[1][:2]
        raise ReportError(f"the reports {one!r} and {other!r} contain each other: one must not") from error


def _add_up(units: Units, parts: Iterable[Part]) -> dict[str, Node]:
    own = {unit.id: Figures() for unit in units}
    for part in parts:
        own[part.unit] = own[part.unit].plus(part.figures)
    nodes: dict[str, Node] = {}
    for name in reversed(list(units.below(units.root))):  # children before their parent
        total = own[name]
        for child in units.children(name):
            total = total.plus(nodes[child].total)
        nodes[name] = Node(name, own[name], total, units.children(name))
    return nodes
