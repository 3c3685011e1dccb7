"""Sessions, units, idle logins and the busiest days: what is drawn is drawn as it is said to be."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workloads.reidentification.towns import ANN, BOB, NINE, act, towns
from tests.workloads.test_traces import COMMENTS, VOTES, comment, export, vote
from workloads.consultations import Stance
from workloads.reidentification import people
from workloads.reidentification.people import DAY_MIN, Login, Town
from workloads.traces import TraceError


def test_acts_half_an_hour_apart_are_one_session_and_a_minute_more_makes_two() -> None:
    acts = [act(ANN, NINE), act(ANN, NINE + 30), act(BOB, NINE + 5), act(ANN, NINE + 61)]
    assert people.sessions(acts) == (
        Login(ANN, NINE - 1, NINE + 35),
        Login(ANN, NINE + 60, NINE + 66),
        Login(BOB, NINE + 4, NINE + 10),
    )


@given(towns())
def test_everybody_was_logged_in_whenever_they_gave_an_opinion(place: Town) -> None:
    logins = people.sessions(place.acts)
    for item in place.acts:
        assert any(it.person == item.person and it.first_min < item.minute < it.last_min for it in logins)


def test_the_same_seed_gives_the_same_town_and_another_seed_another() -> None:
    acts = [act(person, NINE + 7 * person) for person in range(60)]
    assert people.settle(acts, 40, 2, 1) == people.settle(acts, 40, 2, 1)
    assert people.settle(acts, 40, 2, 1) != people.settle(acts, 40, 2, 2)


@given(towns(), st.integers(1, 5), st.integers(0, 3), st.integers(0, 3))
def test_more_idle_logins_are_added_to_those_there_were(
    place: Town, units: int, rate: int, more: int
) -> None:
    few, many = (people.settle(place.acts, units, it, 1) for it in (rate, rate + more))
    assert many.logins[: len(few.logins)] == few.logins
    assert many.roster.units[: len(few.roster.units)] == few.roster.units
    own = len(people.sessions(place.acts))
    assert len(many.logins) == own * (1 + rate + more)
    assert all(0 <= unit < units for unit in many.roster.units)


def test_idle_people_log_in_on_the_days_of_the_consultation_at_times_when_others_do() -> None:
    acts = [act(ANN, NINE), act(ANN, NINE + 3 * DAY_MIN), act(BOB, NINE + 9 * DAY_MIN)]
    place = people.settle(acts, 3, 200, 1)
    idle = place.logins[3:]
    assert {login.first_min // DAY_MIN for login in idle} == set(range(10))
    assert {login.first_min % DAY_MIN for login in idle} == {NINE - 1}
    assert len({login.person for login in idle}) == len(idle) == 600
    assert not {login.person for login in idle} & {ANN, BOB}


def test_units_are_as_uneven_as_it_says() -> None:
    sizes = Counter(people.settle([act(it, NINE) for it in range(40_000)], 40, 0, 1).roster.units)
    weights = [1 / k**0.8 for k in range(1, 41)]
    for unit, weight in enumerate(weights):
        assert sizes[unit] == pytest.approx(40_000 * weight / sum(weights), rel=0.2)


@pytest.mark.parametrize(("units", "rate"), [(0, 0), (1, -1)])
def test_a_town_that_cannot_be_is_refused(units: int, rate: int) -> None:
    with pytest.raises(ValueError, match=f"found 1 acts, {units} units, {rate} idle logins"):
        people.settle([act(ANN, NINE)], units, rate, 1)
    with pytest.raises(ValueError, match="found 0 acts"):
        people.settle([], 1, 0, 1)


def test_the_busiest_days_are_kept_and_what_they_do_not_see_superseded_stands() -> None:
    acts = [
        act(3, 0, standing=False),
        act(5, DAY_MIN, standing=False),
        act(7, DAY_MIN + 1, stance=Stance.DISAGREE),
        act(5, DAY_MIN + 2, 1),
        act(5, 9 * DAY_MIN, stance=Stance.DISAGREE),
    ]
    kept = people.busiest(acts, 1)
    assert kept == (
        act(0, DAY_MIN),
        act(1, DAY_MIN + 1, stance=Stance.DISAGREE),
        act(0, DAY_MIN + 2, 1),
    )
    assert [len(people.busiest(acts, days)) for days in (2, 9, 10)] == [4, 4, 5]
    with pytest.raises(ValueError, match="found 0 days"):
        people.busiest(acts, 0)


def test_an_export_is_read_with_its_minutes_and_what_was_superseded(tmp_path: Path) -> None:
    votes = vote(3_600_000, 0, 7, 1) + vote(3_719_999, 1, 8, 0) + vote(7_260_000, 0, 7, -1)
    acts = people.read(export(tmp_path, COMMENTS + comment(0, 1, 1) + comment(1), VOTES + votes))
    assert acts == (
        act(0, 60, standing=False),
        act(1, 61, 1, Stance.NO_OPINION),
        act(0, 121, 0, Stance.DISAGREE),
    )


def test_a_broken_export_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(TraceError, match="is not there"):
        people.read(tmp_path / "absent")
