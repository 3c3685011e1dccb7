"""What is seen: lots, windows and rows; and that the model sees what real entries and certificates show."""

from dataclasses import fields, replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from consultation.core import certificate, commitment, records
from consultation.core.certificate import Claims, Consulted, Issuance
from consultation.core.events import OpinionGiven, Withdrawn
from consultation.core.issuer import Issuer
from consultation.core.multikey import Ed25519Method
from consultation.core.status_list import StatusEntry
from tests.workloads.reidentification.towns import (
    ANN,
    BOB,
    CAM,
    NINE,
    act,
    designs,
    morning,
    published,
    town,
    towns,
)
from workloads.consultations import Stance
from workloads.reidentification.designs import CROWD_PEOPLE, DESIGN, Design, Grain, Table
from workloads.reidentification.people import Roster, Town
from workloads.reidentification.views import Row, Span, publish, spans


def test_an_entry_shows_neither_unit_nor_provision_under_the_design() -> None:
    view = published(morning(), DESIGN).view
    assert {(entry.unit, entry.provision) for entry in view.entries} == {(None, None)}
    assert view.spans == (Span(NINE, NINE + 59),)
    assert view.certificates == 3


def test_the_table_is_sorted_by_content_whatever_the_order_on_the_ledger() -> None:
    tables = {published(morning(), DESIGN, seed).view.table for seed in range(9)}
    assert tables == {
        (
            Row(0, Stance.AGREE, None, None),
            Row(1, Stance.DISAGREE, None, None),
            Row(2, Stance.AGREE, None, None),
        )
    }
    ledgers = {published(morning(), DESIGN, seed).truth for seed in range(9)}
    assert len(ledgers) > 1, "a lot is shuffled"


@given(towns(), designs)
def test_each_act_is_one_entry_in_a_span_around_it_and_spans_are_ordered(place: Town, design: Design) -> None:
    publication = published(place, design)
    view = publication.view
    assert sorted(publication.truth.acts, key=lambda it: it.minute) == list(place.acts)
    for entry, item in zip(view.entries, publication.truth.acts, strict=True):
        span = view.spans[entry.span]
        assert span.first_min <= item.minute <= span.last_min
    assert all(before.last_min < after.first_min for before, after in pairwise(view.spans))
    assert all(before.span <= after.span for before, after in pairwise(view.entries))
    assert len(view.table) == sum(1 for item in place.acts if item.standing)


@given(towns(), designs)
def test_a_row_names_an_entry_only_where_the_design_says_so(place: Town, design: Design) -> None:
    publication = published(place, design)
    for row in publication.view.table:
        assert (row.entry is not None) == (design.table is Table.ENTRY)
        assert (row.unit is not None) == (design.table is Table.UNIT)
        if row.entry is not None:
            origin = publication.truth.acts[row.entry]
            assert (origin.provision, origin.stance) == (row.provision, row.stance)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 3000)), min_size=1, max_size=80))
def test_a_window_of_twenty_people_has_twenty_people_or_all(who_and_when: list[tuple[int, int]]) -> None:
    acts = [act(person, minute) for person, minute in who_and_when]
    found = spans(Grain.CROWD, acts)
    enough = min(CROWD_PEOPLE, len({it.person for it in acts}))
    for span in found:
        assert span.first_min % 60 == (span.last_min + 1) % 60 == 0
        inside = {it.person for it in acts if span.first_min <= it.minute <= span.last_min}
        assert len(inside) >= enough
    covering = [span for it in acts for span in found if span.first_min <= it.minute <= span.last_min]
    assert len(covering) == len(acts)


def test_nothing_cannot_be_published() -> None:
    with pytest.raises(ValueError, match="found no act"):
        publish([], Roster(()), DESIGN, Random(1))


def test_an_envelope_has_no_field_that_the_model_does_not_know() -> None:
    """Whoever adds a field to an entry comes by here, and asks what it shows."""
    assert [it.name for it in fields(records.Record)] == ["consultation", "window", "event", "key"]
    assert [it.name for it in fields(OpinionGiven)] == ["pseudonym", "supersedes", "commitment"]
    assert [it.name for it in fields(Withdrawn)] == ["pseudonym", "withdraws"]


def test_real_entries_show_what_the_model_shows() -> None:
    """Ann changes her mind and Bob speaks on another provision in the same hour, Cam an hour later."""
    acts = [
        act(ANN, NINE, standing=False),
        act(BOB, NINE + 3, 1),
        act(ANN, NINE + 9, 0, Stance.DISAGREE),
        act(BOB, NINE + 70, 0),
        act(CAM, NINE + 71, 1),
    ]
    place = town(acts, [0, 0, 0], [(it.person, it.minute - 1, it.minute + 1) for it in acts])
    publication = published(place, DESIGN)
    service = SigningKey(b"service ".ljust(32))
    entries, latest = [], dict[tuple[int, int], str]()
    for number, origin in enumerate(publication.truth.acts):
        person, provision = bytes([origin.person]).ljust(32), str(origin.provision)
        said = commitment.commit(
            {"provision": provision, "stance": origin.stance.value}, bytes([number]).ljust(32)
        )
        name = commitment.pseudonym(person, "draft", provision)
        before = latest.get((origin.person, origin.provision), "")
        latest[origin.person, origin.provision] = f"{number:064x}"
        window = f"1970-01-01T{origin.minute // 60:02d}Z"
        event = OpinionGiven(name, before, said)
        entries.append(records.verify(records.sign("draft", window, event, service)))
    names = [it.event.pseudonym for it in entries if isinstance(it.event, OpinionGiven)]
    view = publication.view
    for one, real_one, name in zip(view.entries, entries, names, strict=True):
        for other, real_other, other_name in zip(view.entries, entries, names, strict=True):
            assert (one.link == other.link) == (name == other_name)
            assert (one.span == other.span) == (real_one.window == real_other.window)
    assert {it.key for it in entries} == {bytes(service.verify_key).hex()}


def test_certificates_differ_in_their_id_signature_and_a_place_that_is_drawn() -> None:
    said = Consulted("draft", "Dự thảo", "Luật", 1, "0" * 64, "1970-01-01T09Z", "1970-01-01T10Z", "portal")
    claims = Claims(said, 3, 3, {"agree": 3}, "1" * 64)
    issuer = Issuer("did:web:unit.example", "Sở")
    method = Ed25519Method(issuer.method, SigningKey(b"unit".ljust(32)))
    one, other = (
        certificate.issue(
            issuer,
            claims,
            Issuance(f"urn:uuid:{it}", "1970-01-02T00:00:00Z", StatusEntry("https://unit.example/s", it)),
            method,
        )
        for it in (1, 2)
    )
    assert {name for name in one if one[name] != other[name]} == {"id", "proof", "credentialStatus"}


def test_a_span_of_a_design_is_the_finer_of_window_and_lot() -> None:
    order = list(Grain)
    for window in Grain:
        for lot in Grain:
            finer = order[min(order.index(window), order.index(lot))]
            assert replace(DESIGN, window=window, lot=lot).time is finer
