"""Nobody used twice: known cases, and a twin that tries every assignment."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from tests.workloads.reidentification.towns import people_of
from workloads.reidentification.distinct import possible


def sets(*people: set[int]) -> dict[int, int]:
    return {link: sum(1 << person for person in some) for link, some in enumerate(people)}


def left(candidates: dict[int, int], owners: dict[int, int]) -> list[set[int]]:
    return [people_of(people) for people in possible(candidates, owners).values()]


def test_whoever_is_alone_under_one_pseudonym_is_out_of_all_others() -> None:
    assert left(sets({0}, {0, 1}, {1, 2}), {0: 0, 1: 1, 2: 2}) == [{0}, {1}, {2}]


def test_two_who_may_exchange_stay_and_drive_out_a_third() -> None:
    assert left(sets({0, 1}, {0, 1}, {0, 1, 2}), {0: 0, 1: 1, 2: 2}) == [{0, 1}, {0, 1}, {2}]


def test_a_circle_of_three_stays_whole() -> None:
    assert left(sets({0, 1}, {1, 2}, {2, 0}), {0: 0, 1: 1, 2: 2}) == [{0, 1}, {1, 2}, {0, 2}]


def test_somebody_whom_nobody_has_lets_a_whole_chain_move() -> None:
    chain = sets({0, 1}, {1, 2}, {2, 3})
    assert left(chain, {0: 0, 1: 1, 2: 2}) == [{0, 1}, {1, 2}, {2, 3}]


def test_a_chain_that_ends_is_told_from_one_that_goes_on() -> None:
    assert left(sets({0, 1}, {1}, {2, 3}), {0: 0, 1: 1, 2: 2}) == [{0}, {1}, {2, 3}]


def slow(candidates: dict[int, int]) -> dict[int, set[int]]:
    links = list(candidates)
    found: dict[int, set[int]] = {link: set() for link in links}
    for worlds in product(*(people_of(candidates[link]) for link in links)):
        if len(set(worlds)) == len(worlds):
            for link, person in zip(links, worlds, strict=True):
                found[link].add(person)
    return found


@st.composite
def groups(draw: st.DrawFn) -> tuple[dict[int, int], dict[int, int]]:
    """Up to five pseudonyms over eight people, each with its owner among the candidates."""
    owners = draw(st.lists(st.integers(0, 7), min_size=1, max_size=5, unique=True))
    others = st.sets(st.integers(0, 7), max_size=3)
    return sets(*({owner} | draw(others) for owner in owners)), dict(enumerate(owners))


@given(groups())
def test_it_leaves_whom_trying_every_assignment_leaves(group: tuple[dict[int, int], dict[int, int]]) -> None:
    candidates, owners = group
    assert {link: people_of(people) for link, people in possible(candidates, owners).items()} == slow(
        candidates
    )


@given(groups())
def test_it_does_not_depend_on_the_assignment_it_starts_from(
    group: tuple[dict[int, int], dict[int, int]],
) -> None:
    candidates, owners = group
    worlds = product(*(people_of(candidates[link]) for link in candidates))
    for world in worlds:
        if len(set(world)) == len(world):
            assert possible(candidates, dict(zip(candidates, world, strict=True))) == possible(
                candidates, owners
            )
            return
