"""What is learnt of answers: known cases, and that nothing is called learnt which some other world denies."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations, product

from hypothesis import given

from tests.workloads.reidentification.towns import (
    ANN,
    BOB,
    CAM,
    NINE,
    act,
    designs,
    morning,
    people_of,
    published,
    town,
    towns,
)
from workloads.consultations import Stance
from workloads.reidentification import distinct, join, stances
from workloads.reidentification.designs import CARELESS, DESIGN, Design, Pseudonym, Table
from workloads.reidentification.people import Act, Town
from workloads.reidentification.views import Publication, Row


def learnt(place: Town, design: Design) -> dict[Act, bool]:
    publication = published(place, design)
    view, truth = publication.view, publication.truth
    found = distinct.separate(publication, join.candidates(view, place.roster, place.logins))
    standing = [item for item, entry in zip(truth.acts, view.entries, strict=True) if entry.standing]
    return dict(zip(standing, stances.learnt(view, truth, place.roster, found), strict=True))


def test_who_is_singled_out_has_still_said_nothing_while_the_table_names_no_entry() -> None:
    assert not any(learnt(morning(), CARELESS).values())


def test_a_row_that_names_its_entry_tells_what_everybody_alone_has_said() -> None:
    assert all(learnt(morning(), replace(CARELESS, table=Table.ENTRY)).values())


def test_a_row_that_names_its_entry_tells_nothing_of_two_who_differ() -> None:
    said = [act(ANN, NINE + 1), act(BOB, NINE + 2, stance=Stance.DISAGREE)]
    place = town(said, [0, 0], [(ANN, NINE, NINE + 9), (BOB, NINE, NINE + 9)])
    assert not any(learnt(place, replace(DESIGN, table=Table.ENTRY)).values())


def test_a_row_that_names_its_entry_keeps_what_one_said_on_two_provisions_apart() -> None:
    said = [act(ANN, NINE + 1), act(ANN, NINE + 2, 1, Stance.DISAGREE)]
    place = town(said, [0], [(ANN, NINE, NINE + 9)])
    assert all(learnt(place, replace(DESIGN, table=Table.ENTRY)).values())
    assert not any(learnt(place, DESIGN).values())


def test_two_who_cannot_be_told_apart_and_agree_have_no_secret() -> None:
    said = [act(ANN, NINE + 1), act(BOB, NINE + 2), act(CAM, NINE + 200, stance=Stance.DISAGREE)]
    logins = [(ANN, NINE, NINE + 9), (BOB, NINE, NINE + 9), (CAM, NINE + 199, NINE + 201)]
    place = town(said, [0, 0, 0], logins)
    assert all(learnt(place, replace(DESIGN, table=Table.ENTRY)).values())
    assert not any(learnt(place, DESIGN).values())


def test_a_table_by_unit_tells_what_a_unit_of_one_mind_has_said() -> None:
    said = [act(ANN, NINE + 1), act(BOB, NINE + 2, stance=Stance.DISAGREE), act(CAM, NINE + 3)]
    place = town(said, [0, 1, 1], [(it.person, NINE, NINE + 9) for it in said])
    found = learnt(place, replace(DESIGN, table=Table.UNIT))
    assert [found[item] for item in said] == [True, False, False]


def test_a_consultation_of_one_mind_has_no_secrets_under_any_design() -> None:
    said = [act(ANN, NINE + 1), act(BOB, NINE + 2, 1)]
    place = town(said, [0, 1], [(it.person, NINE, NINE + 9) for it in said])
    assert all(learnt(place, DESIGN).values())


def test_rows_on_provisions_of_one_mind_are_counted() -> None:
    def row(provision: int, stance: Stance) -> Row:
        return Row(provision, stance, None, None)

    mixed = [row(1, Stance.AGREE), row(1, Stance.DISAGREE)]
    assert stances.unanimous([row(0, Stance.AGREE), row(0, Stance.AGREE), *mixed]) == 2


def worlds(place: Town, publication: Publication) -> Iterator[tuple[dict[int, int], dict[int, Row]]]:
    """Every way in which all could have been: each link's owner, and each standing entry's row.

    Nobody has two pseudonyms, or two on one provision.
    """
    view = publication.view
    one_each = publication.design.pseudonym is Pseudonym.PERSON
    found = join.candidates(view, place.roster, place.logins)
    owners = {entry.link: people_of(people) for entry, people in zip(view.entries, found, strict=True)}
    standing = [position for position, entry in enumerate(view.entries) if entry.standing]
    for chosen in product(*owners.values()):
        owner = dict(zip(owners, chosen, strict=True))
        for rows in permutations(view.table):
            world = dict(zip(standing, rows, strict=True))
            taken = {
                (owner[view.entries[position].link], None if one_each else row.provision)
                for position, row in world.items()
            }
            links = {view.entries[it].link for it in standing}
            if len(taken) == len(links) and all(
                row.entry in (None, position)
                and view.entries[position].provision in (None, row.provision)
                and row.unit in (None, place.roster.units[owner[view.entries[position].link]])
                for position, row in world.items()
            ):
                yield owner, world


@given(towns(acts=4, provisions=2, minutes=130), designs)
def test_what_is_learnt_holds_in_every_world_that_fits(place: Town, design: Design) -> None:
    """In each world that makes the author the owner of an entry, the entry has its true stance."""
    publication = published(place, design)
    view, truth = publication.view, publication.truth
    found = distinct.separate(publication, join.candidates(view, place.roster, place.logins))
    standing = [position for position, entry in enumerate(view.entries) if entry.standing]
    known = stances.learnt(view, truth, place.roster, found)
    for owner, world in worlds(place, publication):
        for position, certain in zip(standing, known, strict=True):
            author, stance = truth.acts[position].person, truth.acts[position].stance
            if certain and owner[view.entries[position].link] == author:
                assert world[position].stance is stance
