"""Anonymity sets: cases with known answers, a slow twin, and what every join must keep to."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workloads.reidentification.towns import (
    ANN,
    BOB,
    CAM,
    DAN,
    EVE,
    NINE,
    Joined,
    act,
    designs,
    idle,
    joined,
    morning,
    people_of,
    published,
    town,
    towns,
)
from workloads.reidentification import join
from workloads.reidentification.designs import CARELESS, DESIGN, DESIGNS, Design, Grain, Pseudonym, Table
from workloads.reidentification.people import Login, Roster, Town


def test_under_the_design_everybody_of_the_hour_is_a_candidate() -> None:
    everybody = frozenset({ANN, BOB, CAM, DAN})
    assert joined(morning(), DESIGN) == Joined((everybody, everybody, everybody))


def test_the_unit_leaves_those_of_the_unit_who_were_there_in_the_hour() -> None:
    found = joined(morning(), replace(DESIGN, unit=True))
    assert found == Joined((frozenset({ANN, BOB}), frozenset({ANN, BOB}), frozenset({CAM, DAN})))


def test_the_minute_leaves_those_who_were_there_in_that_minute() -> None:
    found = joined(morning(), replace(DESIGN, window=Grain.MINUTE))
    assert found == Joined((frozenset({ANN, DAN}), frozenset({BOB, CAM}), frozenset({CAM})))


def test_the_careless_design_singles_out_all_three() -> None:
    found = joined(morning(), CARELESS)
    assert found == Joined((frozenset({ANN}), frozenset({BOB}), frozenset({CAM})))


def test_small_lots_tell_the_time_that_the_envelope_does_not() -> None:
    by_lot = joined(morning(), replace(DESIGN, lot=Grain.MINUTE))
    assert by_lot == joined(morning(), replace(DESIGN, window=Grain.MINUTE))


def test_a_window_of_a_day_takes_in_whoever_came_an_hour_later() -> None:
    found = joined(morning(), replace(DESIGN, window=Grain.DAY, lot=Grain.DAY))
    assert found.of[0] == {ANN, BOB, CAM, DAN, EVE}


def test_an_opinion_changed_later_is_only_of_those_who_were_there_both_times() -> None:
    changed = [act(ANN, NINE + 10, standing=False), act(BOB, NINE + 20, 1), act(ANN, NINE + 130)]
    logins = [
        (ANN, NINE + 5, NINE + 12),
        (BOB, NINE + 15, NINE + 30),
        (ANN, NINE + 125, NINE + 140),
        (CAM, NINE + 121, NINE + 170),
    ]
    found = joined(town(changed, [0, 0, 0], logins), DESIGN)
    assert found == Joined((frozenset({ANN}), frozenset({ANN, BOB}), frozenset({ANN})))


def test_one_pseudonym_joins_what_one_said_on_two_provisions() -> None:
    said = [act(ANN, NINE + 10, 0), act(BOB, NINE + 20, 1), act(ANN, NINE + 70, 2), act(CAM, NINE + 70, 3)]
    logins = [
        (ANN, NINE + 5, NINE + 80),
        (BOB, NINE + 15, NINE + 30),
        (DAN, NINE + 15, NINE + 30),
        (CAM, NINE + 65, NINE + 80),
    ]
    place = town(said, [0, 0, 0, 0], logins)
    apart = joined(place, DESIGN)
    assert apart.of[0] == {ANN, BOB, DAN}
    assert apart.of[2] == {ANN, CAM}
    together = joined(place, replace(DESIGN, pseudonym=Pseudonym.PERSON))
    assert together.of[0] == together.of[2] == {ANN}
    assert together.of[1] == {BOB, DAN}, "Ann has a pseudonym already, and Bob has one of his own"
    assert together.of[3] == {CAM}


@pytest.mark.parametrize(
    ("design", "left"),
    [
        (DESIGN, {ANN, BOB}),
        (replace(DESIGN, provision=True), {BOB}),
        (replace(DESIGN, table=Table.ENTRY), {BOB}),
    ],
    ids=["provision closed", "provision in the envelope", "provision in a row that names the entry"],
)
def test_who_has_spoken_on_a_provision_has_not_given_the_other_opinion_on_it(
    design: Design, left: set[int]
) -> None:
    said = [act(ANN, NINE + 10), act(BOB, NINE + 70)]
    logins = [(ANN, NINE + 5, NINE + 12), (ANN, NINE + 65, NINE + 75), (BOB, NINE + 65, NINE + 75)]
    assert joined(town(said, [0, 0], logins), design) == Joined((frozenset({ANN}), frozenset(left)))


def slow(place: Town, design: Design) -> list[set[int]]:
    """Every person asked about every entry: were you there, of that unit, and so for all the linked ones?"""
    view = published(place, design).view
    people = range(len(place.roster.units))

    def fits(person: int, position: int) -> bool:
        entry = view.entries[position]
        span = view.spans[entry.span]
        minutes = range(span.first_min, span.last_min + 1)
        there = any(
            login.person == person and login.first_min < minutes.stop and login.last_min >= minutes.start
            for login in place.logins
        )
        return there and entry.unit in (None, place.roster.units[person])

    return [
        {
            person
            for person in people
            if all(fits(person, other) for other, it in enumerate(view.entries) if it.link == entry.link)
        }
        for entry in view.entries
    ]


@given(towns(), designs)
def test_the_join_finds_whom_asking_everybody_finds(place: Town, design: Design) -> None:
    view = published(place, design).view
    fast = [people_of(people) for people in join.candidates(view, place.roster, place.logins)]
    assert fast == slow(place, design)


@given(towns(), designs)
def test_an_author_is_always_among_the_candidates(place: Town, design: Design) -> None:
    for item, people in zip(place.acts, joined(place, design).of, strict=True):
        assert item.person in people


def coarser(design: Design) -> list[Design]:
    """The design with one thing less shown. A window of 20 people is not coarser than a day, nor finer."""
    order = [Grain.MINUTE, Grain.TEN_MINUTES, Grain.HOUR, Grain.DAY]
    found = []
    if design.unit:
        found.append(replace(design, unit=False))
    if design.provision:
        found.append(replace(design, provision=False))
    if design.table is not Table.CONTENT:
        found.append(replace(design, table=Table.CONTENT))
    if design.pseudonym is Pseudonym.PERSON:
        found.append(replace(design, pseudonym=Pseudonym.PERSON_AND_PROVISION))
    if design.time in order[:3]:
        found += [replace(design, window=grain, lot=grain) for grain in order[order.index(design.time) + 1 :]]
        found.append(replace(design, window=Grain.CROWD, lot=Grain.CROWD))
    return found


@given(towns(), designs)
def test_showing_one_thing_less_never_shrinks_a_set(place: Town, design: Design) -> None:
    shown = joined(place, design)
    for less in coarser(design):
        for before, after in zip(shown.of, joined(place, less).of, strict=True):
            assert before <= after, less


@given(towns(), designs, st.data())
def test_idle_logins_never_shrink_a_set(place: Town, design: Design, data: st.DataObject) -> None:
    known = len(place.roster.units)
    more = tuple(Login(*login) for login in data.draw(idle(known + 2)))
    busier = Town(place.acts, Roster((*place.roster.units, 0, 1)), (*place.logins, *more))
    for before, after in zip(joined(place, design).of, joined(busier, design).of, strict=True):
        assert before <= after


@given(towns(), designs, st.integers())
def test_the_order_within_a_lot_changes_nothing(place: Town, design: Design, seed: int) -> None:
    sizes = []
    for shuffle in (1, seed):
        view = published(place, design, shuffle).view
        found = join.candidates(view, place.roster, place.logins)
        sizes.append(sorted(people.bit_count() for people in found))
    assert sizes[0] == sizes[1]


LEAKS = [
    ("the envelope names the unit", replace(DESIGN, unit=True)),
    ("the envelope has the minute", replace(DESIGN, window=Grain.MINUTE)),
    ("a lot is handed over every minute", replace(DESIGN, lot=Grain.MINUTE)),
    ("a lot is handed over every ten minutes", replace(DESIGN, lot=Grain.TEN_MINUTES)),
    ("the pseudonym is keyed by person alone", replace(DESIGN, pseudonym=Pseudonym.PERSON)),
]


@pytest.mark.parametrize("leaky", [design for _, design in LEAKS], ids=[why for why, _ in LEAKS])
def test_a_design_that_leaks_is_caught_by_more_people_alone(leaky: Design) -> None:
    """Five people one after another in an hour; the first again in the next, where a sixth is idle."""
    acts = [act(person, NINE + 2 + 12 * person, person) for person in range(5)]
    acts.append(act(0, NINE + 75, 5))
    logins = [(it.person, it.minute - 1, it.minute + 3) for it in acts]
    place = town(acts, [0, 1, 2, 3, 0, 0], [*logins, (5, NINE + 70, NINE + 90)])
    assert joined(place, DESIGN).alone() == 0
    assert joined(place, leaky).alone() > 0


def test_the_ladder_has_the_design_first_and_one_change_at_a_time() -> None:
    assert DESIGNS[0] == DESIGN == Design("design")
    assert len({design.name for design in DESIGNS}) == len(DESIGNS)
    for design in DESIGNS:
        parts = (design.window, design.lot, design.pseudonym, design.unit, design.provision, design.table)
        plain = (DESIGN.window, DESIGN.lot, DESIGN.pseudonym, False, False, Table.CONTENT)
        changed = sum(1 for own, usual in zip(parts, plain, strict=True) if own != usual)
        assert changed == 1 or not design.name.startswith("+"), design.name
