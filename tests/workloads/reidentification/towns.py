"""Small towns for the tests, made by hand or drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from hypothesis import strategies as st

from workloads.consultations import Stance
from workloads.reidentification import distinct, join
from workloads.reidentification.designs import Design, Grain, Pseudonym, Table
from workloads.reidentification.people import Act, Login, Roster, Town
from workloads.reidentification.views import Publication, publish

NINE = 9 * 60
"""Nine o'clock, as the tests count minutes."""
ANN, BOB, CAM, DAN, EVE = range(5)
STANCES = (Stance.AGREE, Stance.DISAGREE, Stance.NO_OPINION)


def act(
    person: int, minute: int, provision: int = 0, stance: Stance = Stance.AGREE, standing: bool = True
) -> Act:
    return Act(person, minute, provision, stance, standing)


def town(acts: Sequence[Act], units: Sequence[int], logins: Sequence[tuple[int, int, int]]) -> Town:
    return Town(tuple(acts), Roster(tuple(units)), tuple(Login(*login) for login in logins))


def morning() -> Town:
    """Five people of two units; Ann, Bob and Cam give an opinion each, Dan is idle in time and Eve too late.

    Ann and Bob are of unit 0, the others of unit 1. Ann and Dan are there at 9:10, Bob at 9:40 with Cam, who
    comes at 9:35, and Eve at 10:05.
    """
    return town(
        [act(ANN, NINE + 10), act(BOB, NINE + 40, 1, Stance.DISAGREE), act(CAM, NINE + 42, 2)],
        [0, 0, 1, 1, 1],
        [
            (ANN, NINE + 5, NINE + 12),
            (DAN, NINE + 8, NINE + 30),
            (CAM, NINE + 35, NINE + 50),
            (BOB, NINE + 38, NINE + 41),
            (EVE, NINE + 65, NINE + 70),
        ],
    )


def published(place: Town, design: Design, seed: int = 1) -> Publication:
    return publish(place.acts, place.roster, design, Random(seed))


def people_of(place: int) -> set[int]:
    return {bit for bit in range(place.bit_length()) if place >> bit & 1}


@dataclass(frozen=True, slots=True)
class Joined:
    """For every act, in the town's order, the people who may have made it."""

    of: tuple[frozenset[int], ...]

    def alone(self) -> int:
        return sum(1 for people in self.of if len(people) == 1)


def joined(place: Town, design: Design) -> Joined:
    publication = published(place, design)
    found = distinct.separate(publication, join.candidates(publication.view, place.roster, place.logins))
    by_act = dict(zip(publication.truth.acts, found, strict=True))
    return Joined(tuple(frozenset(people_of(by_act[item])) for item in place.acts))


@st.composite
def towns(draw: st.DrawFn, acts: int = 12, provisions: int = 3, minutes: int = 300) -> Town:
    """A few people, acts at minutes of their own within some hours, and logins that cover these."""
    count = draw(st.integers(1, 6))
    whens = draw(st.lists(st.integers(0, minutes), min_size=1, max_size=acts, unique=True))
    who = st.tuples(st.integers(0, count - 1), st.integers(0, provisions - 1), st.sampled_from(STANCES))
    made = [(NINE + minute, *draw(who)) for minute in sorted(whens)]
    last = {(person, provision): minute for minute, person, provision, _ in made}
    whole = [
        act(person, minute, provision, stance, last[person, provision] == minute)
        for minute, person, provision, stance in made
    ]
    spare = draw(st.integers(0, 3))
    units = draw(st.lists(st.integers(0, 2), min_size=count + spare, max_size=count + spare))
    logins = [
        (item.person, item.minute - draw(st.integers(0, 40)), item.minute + draw(st.integers(0, 40)))
        for item in whole
    ]
    return town(whole, units, [*logins, *draw(idle(count + spare))])


def idle(people: int) -> st.SearchStrategy[list[tuple[int, int, int]]]:
    """Logins in which nobody gave anything."""
    starts = st.integers(NINE - 60, NINE + 400)
    one = st.tuples(st.integers(0, people - 1), starts, st.integers(0, 90))
    return st.lists(one.map(lambda it: (it[0], it[1], it[1] + it[2])), max_size=6)


designs = st.builds(
    Design,
    name=st.just("drawn"),
    window=st.sampled_from(Grain),
    lot=st.sampled_from(Grain),
    pseudonym=st.sampled_from(Pseudonym),
    unit=st.booleans(),
    provision=st.booleans(),
    table=st.sampled_from(Table),
)
