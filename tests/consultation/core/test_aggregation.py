"""The tree: nothing is added twice, no order matters, every number is a sum of leaves."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import aggregation
from consultation.core.aggregation import Figures, Report, ReportError, aggregate
from consultation.core.people import Level, PeopleError, Unit, Units
from consultation.core.reconciliation import Author, Fate, ReasonCode, Source, SourcesError

UNITS = Units(
    [
        Unit("tp", "Thành phố Hồ Chí Minh", Level.CITY),
        Unit("so", "Sở Nội vụ", Level.DEPARTMENT, "tp"),
        Unit("p1", "Phường Sài Gòn", Level.COMMUNE, "so"),
        Unit("p2", "Phường Bến Thành", Level.COMMUNE, "so"),
        Unit("p3", "Xã Cần Giờ", Level.COMMUNE, "tp"),
    ]
)
NAMES = [unit.id for unit in UNITS]


def counted(number: int) -> Figures:
    return Figures(counted=number)


def test_a_departments_total_holds_its_communes_and_is_not_added_to_them() -> None:
    wards = [Report("r1", "p1", counted(30)), Report("r2", "p2", counted(20))]
    department = Report("r3", "so", counted(60), ("r1", "r2"))
    tree = aggregate(UNITS, [*wards, department])
    assert tree.total == counted(60)
    assert tree.nodes["so"].own == counted(10)
    assert tree.nodes["p1"].total == counted(30)


def test_a_total_that_two_reports_hold_is_added_once() -> None:
    campaign = Report("x", "p3", counted(40))
    both = [Report("a", "p1", counted(100), ("x",)), Report("b", "p2", counted(50), ("x",))]
    assert aggregate(UNITS, [*both, campaign]).total == counted(110)


def test_a_report_names_what_is_inside_at_any_depth_without_taking_it_away_twice() -> None:
    inner = Report("a", "p1", counted(5))
    middle = Report("b", "so", counted(7), ("a",))
    for contains in (("b",), ("a", "b")):
        outer = Report("c", "tp", counted(10), contains)
        assert aggregate(UNITS, [outer, middle, inner]).total == counted(10)


@pytest.mark.parametrize(
    ("reports", "message"),
    [
        ([Report("a", "p1", counted(5)), Report("b", "so", counted(4), ("a",))], "'b' has fewer"),
        (
            [Report("a", "p1", counted(5), ("b",)), Report("b", "p2", counted(5), ("a",))],
            "contain each other",
        ),
        ([Report("a", "p1", counted(5), ("a",))], "contain each other"),
        ([Report("a", "p1", counted(5)), Report("a", "p1", counted(6))], "twice with different content"),
        ([Report("a", "p1", counted(-1))], "no counts"),
        ([Report("a", "p1", counted(2**53))], "no counts"),
        ([Report("a", "p1", Figures(excluded=(1,)))], "no counts"),
    ],
)
def test_reports_that_cannot_be_added_up_are_named(reports: list[Report], message: str) -> None:
    with pytest.raises(ReportError, match=message):
        aggregate(UNITS, reports)


def test_a_report_of_an_unknown_unit_is_refused() -> None:
    with pytest.raises(PeopleError, match="'so-y-te'"):
        aggregate(UNITS, [Report("a", "so-y-te", counted(1))])


figures = st.builds(
    Figures,
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(0, 9),
    st.tuples(*(st.integers(0, 3) for _ in ReasonCode)),
)


@st.composite
def families(draw: st.DrawFn) -> list[tuple[Report, Figures]]:
    """Reports with what each gathered itself; each may hold some that came before, and so all these hold."""
    found: list[tuple[Report, Figures]] = []
    inside: list[frozenset[int]] = []
    for at in range(draw(st.integers(0, 6))):
        own = draw(figures)
        direct = draw(st.sets(st.integers(0, at - 1))) if at else set()
        held = frozenset(direct).union(*(inside[other] for other in direct))
        total = own
        for other in held:
            total = total.plus(found[other][1])
        unit = draw(st.sampled_from(NAMES))
        contains = tuple(f"r{other}" for other in sorted(direct))
        found.append((Report(f"r{at}", unit, total, contains), own))
        inside.append(held)
    return found


def total(parts: Iterable[Figures]) -> Figures:
    result = Figures()
    for part in parts:
        result = result.plus(part)
    return result


@given(families())
def test_every_number_is_the_sum_of_the_leaves_below_it(family: list[tuple[Report, Figures]]) -> None:
    tree = aggregate(UNITS, (report for report, _ in family))
    assert {part.report: part.figures for part in tree.parts} == {report.id: own for report, own in family}
    for name, node in tree.nodes.items():
        below = set(UNITS.below(name))
        assert node.total == total(own for report, own in family if report.unit in below)
        assert node.own == total(own for report, own in family if report.unit == name)
        assert node.total.received == (
            node.total.counted
            + node.total.superseded
            + node.total.withdrawn
            + sum(node.total.excluded_for(reason) for reason in ReasonCode)
        )


@given(families(), st.randoms(use_true_random=False))
def test_no_order_and_no_repetition_changes_the_tree(
    family: list[tuple[Report, Figures]], rng: Random
) -> None:
    reports = [report for report, _ in family]
    again = [*reports, *rng.sample(reports, k=len(reports) // 2)]
    rng.shuffle(again)
    assert aggregate(UNITS, again) == aggregate(UNITS, reports)


@given(figures, figures)
def test_a_report_that_comes_in_beside_one_that_holds_it_leaves_the_citys_total(
    inner: Figures, own: Figures
) -> None:
    late = Report("a", "p1", inner)
    outer = Report("b", "so", own.plus(inner), ("a",))
    assert aggregate(UNITS, [outer]).total == aggregate(UNITS, [outer, late]).total


def test_a_report_over_single_opinions_counts_each_once_by_its_fate_and_reason() -> None:
    said = Source("1", "dieu-1", Author.PERSON)
    sources = [
        said,
        said,
        replace(said, id="2", fate=Fate.SUPERSEDED),
        replace(said, id="3", fate=Fate.WITHDRAWN),
        replace(said, id="4", written=False),
        replace(said, id="5", fate=Fate.WITHDRAWN, written=False),
    ]
    report = aggregation.report_of("r", "p1", sources)
    assert report.figures == Figures(1, 1, 2, aggregation.excluded({ReasonCode.SPOKEN: 1}))
    assert report.figures.received == 5
    assert report.figures.excluded_for(ReasonCode.SPOKEN) == 1
    with pytest.raises(SourcesError):
        aggregation.report_of("r", "p1", [said, replace(said, written=False)])


@given(st.integers(0, 5), st.randoms(use_true_random=False))
def test_to_give_and_withdraw_leaves_the_tally(people: int, rng: Random) -> None:
    sources = [Source(str(at), "dieu-1", Author.PERSON) for at in range(people)]
    passing = Source("x", "dieu-1", Author.PERSON, fate=Fate.WITHDRAWN)
    mixed = [*sources, passing]
    rng.shuffle(mixed)
    before = aggregation.report_of("r", "p1", sources).figures
    after = aggregation.report_of("r", "p1", mixed).figures
    assert after == replace(before, withdrawn=before.withdrawn + 1)
