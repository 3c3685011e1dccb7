"""A recorded consultation keeps the rate that it is replayed at, also where long gaps are cut."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilot import scenario, schedule
from tests.pilot.conftest import SMALL
from workloads.consultations import Action, ActionKind, Stance

CASE = scenario.read(SMALL)


def actions(n: int) -> list[Action]:
    return [Action(ActionKind.SUBMIT, f"p{i}", "", Stance.AGREE, "", "", "", key=f"k{i}") for i in range(n)]


@given(st.lists(st.floats(0.001, 1e6), min_size=40, max_size=80), st.floats(5.0, 500.0))
def test_a_trace_is_offered_at_the_rate_that_it_is_labelled_with(gaps_s: list[float], rate: float) -> None:
    times_s = [sum(gaps_s[:i]) for i in range(len(gaps_s) + 1)]
    load = CASE.load.model_copy(update={"rates": (rate,)})
    case = CASE.model_copy(update={"load": load})
    due = [item.due_s for item in schedule.of_trace(case, actions(len(times_s)), times_s)]
    assert due[-1] - due[0] == pytest.approx(len(times_s) / rate, rel=0.01)
    assert all(later - earlier <= 1.0 + 1e-9 for earlier, later in pairwise(due))


def test_votes_that_came_all_at_once_stay_at_once() -> None:
    due = schedule.of_trace(CASE, actions(3), [7.0, 7.0, 7.0])
    assert len({item.due_s for item in due if item.rate == due[0].rate}) == 1
