"""The desk: what it takes, what it refuses with nothing stored, and receipts that hold."""

import gc
import tracemalloc
import unicodedata
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consultation.core import canonical, receipt, records
from consultation.core.admission import Stage
from consultation.core.drafts import Draft, DraftVersion, Opinion, Provision, Stance
from consultation.core.events import Kind, OpinionGiven, Withdrawn
from consultation.service.desk import Submission
from consultation.service.live import Live, Standing, load
from consultation.service.problems import Problem
from tests.consultation.service.conftest import QUICK
from tests.consultation.service.rig import DRAFT, KEYS, NAME, WAIT_S, Rig, submission

_SERVICE_KEY = bytes(KEYS.service.verify_key).hex()


def refused(rig: Rig, wanted: Submission) -> Problem:
    """Submit what must be refused; nothing may be stored of it."""
    before = rig.stored()
    standing = dict(rig.desk.live[NAME].standing)
    with pytest.raises(Problem) as problem:
        rig.desk.submit(wanted).result(WAIT_S)
    assert rig.stored() == before
    assert rig.desk.live[NAME].standing == standing
    assert wanted.key not in {"", None}
    return problem.value


def test_a_receipt_is_signed_and_names_the_entry_that_comes_on_the_ledger(rig: Rig) -> None:
    answer = rig.give("a")
    promise = receipt.verify(answer.receipt, _SERVICE_KEY)
    assert promise.consultation == NAME
    assert promise.opinion == answer.opinion
    assert promise.accepted == "2026-11-23T10:30:00Z"
    assert promise.within_s == 3600
    rig.settled()
    assert rig.leaves(Kind.OPINION) == [promise.leaf]
    operation = rig.service.operation(NAME, promise.leaf)
    assert operation is not None
    assert (operation["state"], operation["position"]) == ("settled", 3)


def test_the_same_key_and_body_give_the_same_receipt_also_after_a_restart_and_after_the_close(
    rig: Rig,
) -> None:
    first = rig.give("a")
    again = rig.give("a")
    assert (again.again, again.receipt) == (True, first.receipt)
    rig.restart()
    again = rig.give("a")
    assert (again.again, again.receipt) == (True, first.receipt)
    rig.office.close(NAME)
    again = rig.give("a")
    assert (again.again, again.receipt) == (True, first.receipt)
    assert rig.count("opinions") == 1


def test_the_same_key_with_another_body_is_refused(rig: Rig) -> None:
    rig.give("a", key="k")
    assert refused(rig, submission("a", key="k", text="Khác.")).status == 409
    assert refused(rig, submission("a", provision="dieu-2", key="k")).slug == "idempotency-key-reused"


def test_a_key_is_somebodys_own(rig: Rig) -> None:
    first, second = rig.give("a", key="k"), rig.give("b", key="k")
    assert first.opinion != second.opinion
    assert not second.again


def test_a_second_opinion_says_what_it_supersedes(rig: Rig) -> None:
    first = rig.give("a")
    stands = refused(rig, submission("a", key="2"))
    assert (stands.slug, stands.extra) == ("opinion-stands", {"opinion": first.opinion})
    assert refused(rig, submission("a", supersedes="0" * 32)).slug == "not-standing"
    assert refused(rig, submission("a", provision="dieu-2", supersedes=first.opinion)).slug == "not-standing"
    assert refused(rig, submission("b", supersedes=first.opinion)).slug == "not-standing"
    second = rig.give("a", supersedes=first.opinion)
    assert refused(rig, submission("a", supersedes=first.opinion, key="3")).slug == "not-standing"
    rig.settled()
    event = records.parse(rig.entries(Kind.OPINION)[1]).event
    assert isinstance(event, OpinionGiven)
    assert event.supersedes == first.receipt["leaf"]
    assert rig.leaves(Kind.OPINION)[1] == second.receipt["leaf"]


def test_an_opinion_is_taken_back_by_whoever_gave_it_and_once(rig: Rig) -> None:
    first = rig.give("a")
    with pytest.raises(Problem, match="no standing opinion"):
        rig.take_back("b", first.opinion)
    back = rig.take_back("a", first.opinion)
    assert rig.take_back("a", first.opinion).receipt == back.receipt, "the same key"
    with pytest.raises(Problem, match="no standing opinion"):
        rig.take_back("a", first.opinion, key="another key")
    rig.settled()
    event = records.parse(rig.entries(Kind.WITHDRAWN)[0]).event
    assert isinstance(event, Withdrawn)
    assert event.withdraws == first.receipt["leaf"]
    third = rig.give("a", key="afresh")
    assert third.opinion != first.opinion


def test_an_unknown_provision_is_refused_with_the_nearest_right_one(rig: Rig) -> None:
    problem = refused(rig, submission("a", provision="dieu-l"))
    assert problem.status == 422
    assert "did you mean 'dieu-" in problem.detail
    assert len(refused(rig, submission("a", provision="x" * 5000)).detail) < 400
    assert rig.give("a", provision="").opinion, "the whole draft"


def test_an_opinion_that_is_too_long_is_refused(rig: Rig) -> None:
    problem = refused(rig, submission("a", text="ý" * 20_001))
    assert "20001 characters, at most 20000" in problem.detail
    assert rig.give("a", text="ý" * 20_000).opinion


def test_nothing_is_taken_before_the_opening_nor_after_the_close_nor_for_another_consultation(
    rig: Rig,
) -> None:
    rig.office.draft("viec-khac", DRAFT)
    opinion = Opinion("a", "dieu-1", Stance.AGREE)
    assert refused(rig, Submission("viec-khac", opinion, "", "k")).extra == {"stage": "draft"}
    assert refused(rig, Submission("khong-co", opinion, "", "k")).status == 404
    given = rig.give("a")
    rig.office.close(NAME)
    for wanted in (submission("b"), submission("a", supersedes=given.opinion)):
        assert refused(rig, wanted).extra == {"stage": "closed"}
    with pytest.raises(Problem, match="is closed"):
        rig.take_back("a", given.opinion)


def test_texts_are_kept_in_nfc_and_either_form_is_the_same_request(rig: Rig) -> None:
    composed = "Đề nghị sửa điều này: tiểu thương cần chỗ."
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    first = rig.desk.submit(submission("Hòa", text=decomposed, key="k")).result(WAIT_S)
    again = rig.desk.submit(submission("Hòa", text=composed, key="k")).result(WAIT_S)
    assert again.receipt == first.receipt
    other = rig.desk.submit(submission(unicodedata.normalize("NFD", "Hòa"), text=composed, key="k"))
    assert other.result(WAIT_S).again, "a name in another form is the same name"
    (kept,) = rig.desk.reader.opinions(NAME)
    assert (kept.opinion.text, kept.opinion.participant) == (composed, "Hòa")


def test_ids_of_provisions_are_the_same_in_either_form(rig: Rig) -> None:
    name = unicodedata.normalize("NFD", "điều-1")
    rig.office.draft("hai", Draft("Quyết định", "Sở", (Provision(name, "Điều 1", "Nội dung."),)))
    rig.office.approve("hai")
    rig.office.open("hai")
    opinion = Opinion("a", "điều-1", Stance.AGREE)
    assert rig.desk.submit(Submission("hai", opinion, "", "k")).result(WAIT_S).opinion
    rig.restart()
    assert list(rig.desk.live["hai"].provisions) == ["", "điều-1"]


def test_the_ledger_learns_nothing_of_what_was_said_or_who_said_it(rig: Rig) -> None:
    rig.give("nguyen-van-a", text="Tôi không đồng ý với mức phí này.")
    rig.settled()
    whole = b"".join(rig.entries())
    for word in ("nguyen-van-a", "phí", "disagree", "dieu-1", "10:30"):
        assert word.encode() not in whole
    value = canonical.decode(rig.entries(Kind.OPINION)[0])
    assert isinstance(value, dict)
    assert value["window"] == "2026-11-23T10Z"


acts = st.lists(
    st.tuples(st.sampled_from("ab"), st.sampled_from(["dieu-1", "dieu-2"]), st.booleans()), max_size=12
)


@settings(max_examples=15)
@given(acts)
def test_memory_is_always_what_a_restart_would_read(wanted: list[tuple[str, str, bool]]) -> None:
    with TemporaryDirectory() as folder:
        rig = Rig(Path(folder), "memory", QUICK)
        try:
            rig.opened()
            for number, (person, provision, gives) in enumerate(wanted):
                known = rig.vault.person(NAME, person)
                place = ("" if known is None else known.handle, provision)
                standing = rig.desk.live[NAME].standing.get(place)
                if gives:
                    rig.give(person, provision, standing.opinion if standing else "", key=str(number))
                elif standing:
                    rig.take_back(person, standing.opinion, key=str(number))
            live, read = rig.desk.live[NAME], load(rig.store)[NAME]
            assert live.standing == read.standing
            assert live.by_opinion == read.by_opinion
            assert rig.office.close(NAME) == (
                rig.store.received(NAME),
                len(read.standing),
            ), "and the ledger, which checks both numbers, agrees"
        finally:
            rig.stop()


def test_an_opinion_that_stands_takes_little_memory() -> None:
    number = 20_000
    gc.collect()
    tracemalloc.start()
    try:
        live = Live(NAME, DRAFT, Stage.OPEN)
        for n in range(number):
            provision = f"dieu-{n % 3 + 1}"
            live.stand(f"{n:032x}", provision, Standing(f"{n:032x}", n.to_bytes(32, "big")))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert used / number < 700, "bytes an opinion: a million of them would take 700 MB"


def test_an_opinion_is_bound_to_the_version_of_the_draft_on_which_it_was_given(rig: Rig) -> None:
    live, text = rig.desk.live[NAME], "Ý kiến."
    first = live.digest
    assert first == DraftVersion(1, DRAFT).digest()
    before = rig.give("a", text=text)
    more = (*DRAFT.provisions, Provision("dieu-4", "Điều 4", "Mới."))
    rig.office.revise(NAME, Draft(DRAFT.title, DRAFT.issuer, more))
    after = rig.give("b", provision="dieu-4")
    assert rig.give("a", text=text).receipt == before.receipt, "a retry is the same request on any version"
    versions = [rig.desk.reader.opinion(answer.opinion) for answer in (before, after)]
    assert [kept and kept.opinion.draft for kept in versions] == [first, live.digest]
    assert first != live.digest


def test_what_a_caller_says_of_the_version_is_not_taken(rig: Rig) -> None:
    opinion = Opinion("a", "dieu-1", Stance.AGREE, draft="0" * 64)
    given_on = rig.desk.submit(Submission(NAME, opinion, "", "k")).result(WAIT_S)
    kept = rig.desk.reader.opinion(given_on.opinion)
    assert kept is not None
    assert kept.opinion.draft == DraftVersion(1, DRAFT).digest()
    again = Submission(NAME, Opinion("a", "dieu-1", Stance.AGREE), "", "k")
    assert rig.desk.submit(again).result(WAIT_S).again
