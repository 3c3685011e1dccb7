"""The unit's acts: after a crash, an hour, a ledger that does not answer, each event is there once."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from threading import Event, Timer

import pytest

from consultation.core import bundle as bundles
from consultation.core import canonical, merkle, records, tally
from consultation.core.admission import Stage
from consultation.core.bundle import Pins
from consultation.core.checkpoint import TlogProof
from consultation.core.drafts import Draft, DraftVersion, Outcome
from consultation.core.errors import OutcomeUnknown, Unavailable
from consultation.core.events import Certified, Closed, Kind, Responded
from consultation.core.multikey import Ed25519Key
from consultation.core.people import Channel
from consultation.core.reconciliation import ReasonCode
from consultation.core.status_list import StatusEntry
from consultation.core.summary import Moderation, State
from consultation.core.trust import PinnedKey
from consultation.service import origin
from consultation.service.desk import Outgoing
from consultation.service.origin import Origin
from consultation.service.problems import Problem
from consultation.service.store import Changes
from consultation.service.table import Response
from pilot.host import make_verifier
from tests.consultation.service.conftest import QUICK, MakeRig
from tests.consultation.service.rig import DRAFT, KEYS, NAME, Fault, Rig, submission

ACTS = [
    Kind.DRAFTED,
    Kind.APPROVED,
    Kind.OPENED,
    Kind.CLOSED,
    Kind.RECONCILED,
    Kind.SUMMARISED,
    Kind.RESPONDED,
    Kind.CERTIFIED,
]
RESPONSES = [
    Response(Outcome.EXPLAINED, "Giữ như dự thảo."),
    Response(Outcome.ACCEPTED, "Tiếp thu.", "dieu-1"),
]


def certify(rig: Rig) -> None:
    """Everything after the opening."""
    first = rig.give("a")
    rig.give("a", supersedes=first.opinion)
    second = rig.give("b")
    rig.take_back("b", second.opinion)
    rig.give("c", provision="")
    assert rig.office.close(NAME) == (4, 2)
    assert rig.office.reconcile(NAME, {}) == (4, 2, 0)
    rig.office.summarise(NAME)
    rig.office.respond(NAME, RESPONSES)
    assert rig.office.publish(NAME) == 3


def pins(rig: Rig) -> Pins:
    return Pins(
        {KEYS.issuer.method: PinnedKey(Ed25519Key(bytes(KEYS.unit.verify_key)))},
        {rig.backend.name: rig.deployment.pins()},
    )


def verified(rig: Rig, participant: str) -> bool:
    links = list(bundles.verify(rig.office.certificate(NAME, participant), pins(rig), make_verifier))
    return all(link.ok for link in links)


def closing(make_rig: MakeRig) -> Rig:
    """A close has begun, and waits for an opinion that the ledger does not take."""
    rig = make_rig(settings=replace(QUICK, event_timeout_s=0.15)).opened()
    rig.settled()
    rig.ledger.running.clear()
    rig.give("a")
    with pytest.raises(Problem, match="still wait for the ledger"):
        rig.office.close(NAME)
    return rig


@pytest.mark.parametrize("ledger", ["memory", "signed-db"])
def test_a_consultation_goes_from_draft_to_certificates(make_rig: MakeRig, ledger: str) -> None:
    rig = make_rig(ledger).opened()
    certify(rig)
    assert all(verified(rig, participant) for participant in "abc")
    kinds = [records.parse(entry).kind for entry in rig.entries()]
    assert Counter(kinds) == {**dict.fromkeys(ACTS, 1), Kind.OPINION: 4, Kind.WITHDRAWN: 1}
    process = tally.replay(rig.entries()).processes[NAME]
    assert (process.stage, process.received, process.counted) == (Stage.PUBLISHED, 4, 2)
    with pytest.raises(Problem, match="no certificate of this participant 'd'"):
        rig.office.certificate(NAME, "d")


def test_a_certificate_carries_what_the_ledger_says(rig: Rig) -> None:
    rig.clock.pass_an_hour()
    certify(rig)
    value = canonical.decode(rig.office.certificate(NAME, "a").credential)
    assert isinstance(value, dict)
    subject = value["credentialSubject"]
    assert isinstance(subject, dict)
    assert isinstance(subject["consultation"], dict)
    assert isinstance(subject["result"], dict)
    windows = {records.parse(entry).kind: records.parse(entry).window for entry in rig.entries(*ACTS)}
    assert subject["consultation"]["opened"] == windows[Kind.OPENED] == "2026-11-23T10Z"
    assert subject["consultation"]["closed"] == windows[Kind.CLOSED] == "2026-11-23T11Z"
    assert subject["consultation"]["draft"] == DraftVersion(1, DRAFT).digest()
    assert subject["result"]["received"] == 4
    assert subject["result"]["stances"] == {
        "agree": 0,
        "agree_with_comments": 0,
        "disagree": 2,
        "no_opinion": 0,
    }
    responded = records.parse(rig.entries(Kind.RESPONDED)[0]).event
    assert isinstance(responded, Responded)
    assert subject["result"]["summary"] == responded.table


def test_a_certificates_place_in_tree_and_list_is_drawn_and_the_same_in_both(make_rig: MakeRig) -> None:
    people = [f"nguoi-{number:02}" for number in range(12)]
    rig = make_rig().opened()
    for person in people:
        rig.give(person)
    rig.office.close(NAME)
    rig.office.reconcile(NAME, {})
    rig.office.summarise(NAME)
    rig.office.respond(NAME, RESPONSES)
    rig.office.publish(NAME)
    places = []
    for person in people:
        bundle = rig.office.certificate(NAME, person)
        value = canonical.decode(bundle.credential)
        assert isinstance(value, dict)
        entry = StatusEntry.parse(value["credentialStatus"])
        assert entry.index == TlogProof.parse(bundle.proof).index
        assert verified(rig, person)
        places.append(entry.index)
    assert sorted(places) == list(range(12))
    assert places != sorted(places), "an index would tell whose it is"
    assert places != sorted(places, reverse=True)


def redo(act: Callable[[], object], again: Callable[[], None]) -> int:
    """Do an act until it is done, `again` after each failure; the number of failures."""
    for failures in range(20):
        try:
            act()
        except Problem as problem:
            if problem.slug in ("wrong-stage", "exists"):
                return failures  # done before, and only the answer was lost
            if problem.status != 503:
                raise
            again()
        else:
            return failures
    raise AssertionError("an act that is redone comes to an end")


def acts(rig: Rig) -> list[Callable[[], object]]:
    # The rig's own members change with a restart: they are looked up when an act is done.
    spoken: dict[str, ReasonCode] = {}
    return [
        lambda: rig.office.draft(NAME, DRAFT),
        lambda: rig.office.approve(NAME),
        lambda: rig.office.open(NAME),
        lambda: rig.give("a"),
        lambda: rig.give("b", provision="dieu-2"),
        lambda: spoken.update({rig.give("c").opinion: ReasonCode.SPOKEN}),
        lambda: rig.office.close(NAME),
        lambda: rig.office.reconcile(NAME, spoken),
        lambda: rig.office.summarise(NAME),
        lambda: rig.office.respond(NAME, RESPONSES),
        lambda: rig.office.publish(NAME),
    ]


def check_whole(rig: Rig) -> None:
    """Each act once, each opinion once, the store and the ledger of one mind, certificates that hold."""
    kinds = Counter(records.parse(entry).kind for entry in rig.entries())
    assert kinds == {**dict.fromkeys(ACTS, 1), Kind.OPINION: 3, Kind.EXCLUDED: 1}
    assert len(set(rig.entries())) == len(rig.entries())
    process = tally.replay(rig.entries()).processes[NAME]
    live = rig.desk.consultation(NAME)
    assert process.stage is live.stage is Stage.PUBLISHED
    windows = {records.parse(entry).kind: records.parse(entry).window for entry in rig.entries(*ACTS)}
    assert (live.opened, live.closed) == (windows[Kind.OPENED], windows[Kind.CLOSED])
    assert all(verified(rig, participant) for participant in "abc")
    assert process.counted == len(live.standing) == 2


@pytest.mark.parametrize("persisted", [False, True], ids=["failed", "failed but persisted"])
def test_a_crash_at_any_commit_leaves_an_act_that_can_be_done_again(
    make_rig: MakeRig, *, persisted: bool
) -> None:
    fault = Fault(OSError("the disk is gone"), persisted=persisted)
    number, tripped = 0, True
    while tripped:
        rig = make_rig()
        rig.faults.commits = deque([None] * number + [fault])

        def crash(rig: Rig = rig) -> None:
            rig.clock.pass_an_hour()
            rig.restart()

        for act in acts(rig):
            redo(act, crash)
        tripped = not rig.faults.commits
        rig.faults.commits.clear()
        rig.settled()
        check_whole(rig)
        number += 1
    assert number > 10, "every commit of the process was tried"


@pytest.mark.parametrize("at", range(11))
@pytest.mark.parametrize("persisted", [False, True], ids=["lost", "lost but persisted"])
def test_a_ledger_that_does_not_answer_at_an_act_leaves_it_to_be_done_again(
    make_rig: MakeRig, at: int, *, persisted: bool
) -> None:
    rig = make_rig(settings=replace(QUICK, event_timeout_s=0.15))
    failures = 0
    for number, act in enumerate(acts(rig)):
        if number == at:
            silent = Fault(OutcomeUnknown("no answer"), persisted=persisted)
            rig.ledger.appends = deque([silent] * 1000)
            rig.ledger.settles = deque([Fault(Unavailable("no answer"))] * 1000)

        def go_on() -> None:
            rig.ledger.appends.clear()
            rig.ledger.settles.clear()
            rig.clock.pass_an_hour()

        failures += redo(act, go_on)
    rig.settled()
    check_whole(rig)
    assert failures >= 1, "of the act, or, since an opinion waits for no ledger, of the close"


@pytest.mark.parametrize("begun", [False, True], ids=["queued", "begun"])
def test_an_act_that_the_store_takes_too_long_for_is_on_the_ledger_once_when_done_again(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch, *, begun: bool
) -> None:
    rig = make_rig(settings=replace(QUICK, event_timeout_s=0.3))
    rig.office.draft(NAME, DRAFT)
    go_on, queue = Event(), rig.desk.queue

    def slow(name: str, outgoing: Outgoing, request: str, changes: Changes) -> None:
        queue(name, outgoing, request, changes)
        assert go_on.wait(20)

    if begun:
        monkeypatch.setattr(rig.desk, "queue", slow)
    else:
        rig.desk.writer.put(lambda _: go_on.wait(20))
    with pytest.raises(Problem, match="the store has not confirmed this") as refused:
        rig.office.approve(NAME)
    assert refused.value.status == 503
    rig.clock.pass_an_hour()  # done again, it would have other bytes
    Timer(0.1, go_on.set).start()
    redo(lambda: rig.office.approve(NAME), lambda: None)
    rig.settled()
    assert len(rig.entries(Kind.APPROVED)) == 1


def test_once_closing_nothing_is_taken_though_the_ledger_does_not_answer_and_the_service_restarts(
    make_rig: MakeRig,
) -> None:
    rig = closing(make_rig)
    for _ in range(2):
        with pytest.raises(Problem, match="is closing") as refused:
            rig.give("b")
        assert refused.value.extra == {"stage": "closing"}
        rig.restart()
    rig.clock.pass_an_hour()
    assert rig.office.close(NAME) == (1, 1)
    event = records.parse(rig.entries(Kind.CLOSED)[0]).event
    assert event == Closed(1, 1)


def test_a_close_does_not_wait_for_another_consultations_opinions(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(QUICK, event_timeout_s=3.0)).opened()
    rig.office.draft("viec-khac", DRAFT)
    rig.office.approve("viec-khac")
    rig.office.open("viec-khac")
    rig.give("a")
    rig.settled()
    numbers = count()
    stopped = Event()

    def talk() -> None:
        person = submission(f"x{next(numbers)}")
        future = rig.desk.submit(replace(person, consultation="viec-khac"))
        future.add_done_callback(lambda _: None if stopped.is_set() else talk())

    talk()
    assert rig.office.close(NAME) == (1, 1)
    stopped.set()
    assert next(numbers) > 1, "it went on all the while"


def test_an_act_at_the_wrong_stage_is_refused_and_records_nothing(rig: Rig) -> None:
    rig.settled()
    before = rig.entries()
    wrong: list[Callable[[], object]] = [
        lambda: rig.office.approve(NAME),
        lambda: rig.office.open(NAME),
        lambda: rig.office.reconcile(NAME, {}),
        lambda: rig.office.summarise(NAME),
        lambda: rig.office.respond(NAME, []),
        lambda: rig.office.publish(NAME),
        lambda: rig.office.appraise(NAME, "0" * 64),
        lambda: rig.office.ask_again(NAME, "vong-hai"),
        lambda: rig.office.promulgate(NAME, "0" * 64),
        lambda: rig.office.draft(NAME, DRAFT),
        lambda: rig.office.close("khong-co"),
    ]
    for act in wrong:
        with pytest.raises(Problem):
            act()
    assert rig.entries() == before
    rig.office.close(NAME)
    with pytest.raises(Problem, match="no standing opinion 'khong-co'"):
        rig.office.reconcile(NAME, {"khong-co": ReasonCode.SPOKEN})
    rig.office.reconcile(NAME, {})
    rig.office.summarise(NAME)
    with pytest.raises(Problem, match="found 'dieu-9'"):
        rig.office.respond(NAME, [Response(Outcome.EXPLAINED, "?", "dieu-9")])
    with pytest.raises(Problem, match="is summarised"):
        rig.office.close(NAME)


def test_a_summary_has_every_standing_opinion_and_no_participant(rig: Rig) -> None:
    rig.give("nguyen-van-a", text="Phí chợ quá cao.")
    back = rig.give("tran-thi-b", text="Rút lại.")
    rig.take_back("tran-thi-b", back.opinion)
    rig.office.close(NAME)
    rig.office.reconcile(NAME, {})
    rig.office.summarise(NAME)
    summary = rig.office.respond(NAME, RESPONSES)
    assert (summary.header.received, summary.header.counted) == (2, 1)
    written = summary.encode().decode()
    assert "Phí chợ quá cao." in written
    for word in ("Rút lại.", "nguyen-van-a", "tran-thi-b"):
        assert word not in written


def test_a_consultation_without_opinions_can_be_certified_too(rig: Rig) -> None:
    assert rig.office.close(NAME) == (0, 0)
    assert rig.office.reconcile(NAME, {}) == (0, 0, 0)
    rig.office.summarise(NAME)
    rig.office.respond(NAME, [])
    assert rig.office.publish(NAME) == 0


def test_all_ledgers_get_the_same_tree_of_certificates(make_rig: MakeRig) -> None:
    roots = set()
    for ledger in ("memory", "signed-db"):
        rig = make_rig(ledger).opened()
        certify(rig)
        event = records.parse(rig.entries(Kind.CERTIFIED)[0]).event
        assert isinstance(event, Certified)
        roots.add(event.checkpoint)
    assert len(roots) == 1


def test_a_draft_is_laid_open_in_nfc_with_its_digest(rig: Rig) -> None:
    leaf = rig.leaves(Kind.DRAFTED)[0]
    assert merkle.leaf_hash(rig.entries(Kind.DRAFTED)[0]).hex() == leaf
    draft = Draft("Quyết định", "Sở", DRAFT.provisions)
    rig.office.draft("hai", draft)
    assert rig.desk.consultation("hai").draft == draft.normalised()
    rig.restart()
    assert rig.desk.consultation("hai").draft == draft.normalised()


def to_publication(rig: Rig) -> None:
    """From the close, with nothing excluded."""
    rig.office.close(NAME)
    rig.office.reconcile(NAME, {})
    rig.office.summarise(NAME)
    rig.office.respond(NAME, RESPONSES)
    rig.office.publish(NAME)


def test_an_excluded_opinion_is_received_and_not_counted_and_not_in_the_table(rig: Rig) -> None:
    rig.give("a", text="Được tính.")
    spoken = rig.give("b", text="Chỉ nói miệng.")
    rig.office.close(NAME)
    assert rig.office.reconcile(NAME, {spoken.opinion: ReasonCode.SPOKEN}) == (2, 1, 1)
    summary = rig.office.summarise(NAME)
    assert (summary.header.received, summary.header.counted) == (2, 1)
    assert "Chỉ nói miệng." not in summary.encode().decode()
    process = tally.replay(rig.entries()).processes[NAME]
    assert (process.received, process.counted, process.excluded) == (2, 1, 1)
    rig.restart()
    assert list(rig.desk.live[NAME].standing) == [(rig.handle("a"), "dieu-1")]


def test_a_draft_is_revised_before_approval_and_while_open_and_every_version_is_kept(rig: Rig) -> None:
    second = replace(DRAFT, title="Dự thảo lần hai")
    assert rig.office.revise(NAME, second, "2026-12-01T16:59:59Z") == 2
    with pytest.raises(Problem, match="the one that stands"):
        rig.office.revise(NAME, second, "2026-12-01T16:59:59Z")
    for _ in range(2):
        live = rig.desk.consultation(NAME)
        assert (live.version, live.draft, live.closes) == (2, second.normalised(), "2026-12-01T16:59:59Z")
        rig.restart()
    rig.office.draft("khac", DRAFT)
    rig.office.approve("khac")
    rig.office.revise("khac", second)
    assert rig.desk.consultation("khac").stage is Stage.DRAFT, "approval is of a version"
    rig.office.approve("khac")
    assert tally.replay(rig.entries()).processes["khac"].draft == DraftVersion(2, second).digest()


def test_a_deadline_binds_the_desk_the_close_and_the_ledger(make_rig: MakeRig) -> None:
    rig = make_rig()
    rig.office.draft(NAME, DRAFT)
    rig.office.approve(NAME)
    closes = "2026-11-23T10:59:59Z"
    rig.office.open(NAME, closes)
    rig.give("a")
    with pytest.raises(Problem, match="is open until") as early:
        rig.office.close(NAME)
    assert early.value.extra == {"closes": closes}
    rig.clock.pass_an_hour()
    with pytest.raises(Problem, match="were taken until") as late:
        rig.give("b")
    assert late.value.slug == "deadline-passed"
    with pytest.raises(Problem, match="the deadline is"):
        rig.office.extend(NAME, closes)
    rig.office.extend(NAME, "2026-11-23T12:59:59Z")
    rig.give("b")
    rig.clock.pass_an_hour()
    rig.clock.pass_an_hour()
    assert rig.office.close(NAME) == (2, 2)


@pytest.mark.parametrize("end", ["second round", "promulgated", "abandoned"])
def test_after_the_publication_the_draft_goes_on_to_its_end(rig: Rig, end: str) -> None:
    rig.give("a")
    to_publication(rig)
    rig.office.appraise(NAME, "0" * 64)
    if end == "second round":
        rig.office.ask_again(NAME, "vong-hai")
        with pytest.raises(Problem, match="does not announce"):
            rig.office.draft("vong-ba", DRAFT, NAME)
        rig.office.draft("vong-hai", DRAFT, NAME)
        expected = Stage.SECOND_ROUND
    elif end == "promulgated":
        rig.office.promulgate(NAME, "1" * 64)
        expected = Stage.PROMULGATED
    else:
        rig.office.abandon(NAME, "no-longer-needed")
        expected = Stage.ABANDONED
    rig.restart()
    assert rig.desk.consultation(NAME).stage is expected
    assert tally.replay(rig.entries()).processes[NAME].stage is expected


def test_a_changed_response_supersedes_every_certificate_and_the_old_ones_say_so(rig: Rig) -> None:
    rig.give("a")
    rig.give("b")
    to_publication(rig)
    old = rig.office.certificate(NAME, "a")
    rig.clock.pass_an_hour()
    rig.office.respond(NAME, [Response(Outcome.EXPLAINED, "Giải trình lại.")])
    assert rig.desk.consultation(NAME).stage is Stage.RESPONDED
    assert rig.office.publish(NAME) == 2
    new = rig.office.certificate(NAME, "a")
    assert new.credential != old.credential
    assert verified(rig, "a")
    assert verified(rig, "b")
    later = replace(old, status=rig.office.status(NAME, 1))
    links = list(bundles.verify(later, pins(rig), make_verifier))
    assert (links[-1].name, links[-1].ok) == ("status", False)
    kinds = [records.parse(entry).kind for entry in rig.entries()]
    assert kinds[-3:] == [Kind.RESPONDED, Kind.CERTIFIED, Kind.REVOKED]
    for missing in (0, 3):
        with pytest.raises(Problem, match="no edition of certificates"):
            rig.office.status(NAME, missing)


def test_the_same_responses_again_are_another_act_and_another_edition(rig: Rig) -> None:
    rig.give("a")
    to_publication(rig)
    rig.office.respond(NAME, RESPONSES)
    assert rig.office.publish(NAME) == 1
    assert verified(rig, "a")
    editions = [records.parse(entry).event for entry in rig.entries(Kind.RESPONDED)]
    assert [event.edition for event in editions if isinstance(event, Responded)] == [1, 2]


def test_a_table_stays_as_it_was_published_until_the_changed_one_is(rig: Rig) -> None:
    rig.give("a")
    to_publication(rig)
    before = rig.office.table(NAME)
    rig.office.respond(NAME, [Response(Outcome.EXPLAINED, "Giải trình lại.")])
    assert rig.office.table(NAME) == before
    rig.office.publish(NAME)
    assert {row.answer for row in rig.office.table(NAME).rows} == {"Giải trình lại."}


def test_a_draft_is_given_up_after_every_opinion_that_was_accepted_before(make_rig: MakeRig) -> None:
    rig = make_rig(settings=replace(QUICK, event_timeout_s=0.15)).opened()
    rig.settled()
    rig.ledger.running.clear()
    receipts = [rig.give(person).receipt["leaf"] for person in "abc"]
    with pytest.raises(Problem, match="still wait for the ledger"):
        rig.office.abandon(NAME, "no-longer-needed")
    with pytest.raises(Problem, match="is closing"):
        rig.give("d")
    rig.ledger.running.set()
    rig.settled()
    rig.office.abandon(NAME, "no-longer-needed")
    assert set(rig.leaves(Kind.OPINION)) == set(receipts)
    assert rig.desk.consultation(NAME).stage is Stage.ABANDONED


def test_a_close_that_has_begun_is_not_moved_away_from(make_rig: MakeRig) -> None:
    rig = closing(make_rig)
    with pytest.raises(Problem, match="is being closed"):
        rig.office.extend(NAME, "2027-01-01T00:00:00Z")
    with pytest.raises(Problem, match="is being closed"):
        rig.office.revise(NAME, replace(DRAFT, title="Khác"), "2027-01-01T00:00:00Z")
    rig.ledger.running.set()
    rig.settled()
    assert rig.office.close(NAME) == (1, 1)


def test_what_an_official_takes_out_takes_nothing_else_out(rig: Rig) -> None:
    sheet = Origin(channel=Channel.PAPER, unit="phuong-1", sheet="7")
    both = [rig.desk.submit(replace(submission(person), origin=sheet)).result(20).opinion for person in "ab"]
    for out in both:
        counted = origin.excluded(
            origin.origins(rig.store, NAME),
            [(place.opinion, "dieu-1", place.leaf.hex()) for place in rig.desk.live[NAME].standing.values()],
            {out: ReasonCode.DUPLICATE_SHEET},
        )
        assert counted == {out: ReasonCode.DUPLICATE_SHEET}, "the other entry of the sheet is counted"
    rig.office.close(NAME)
    assert rig.office.reconcile(NAME, {}) == (2, 1, 1), "by the rule, the sheet counts once"


def test_a_response_that_explains_nothing_or_names_no_row_is_refused(rig: Rig) -> None:
    rig.give("a")
    rig.office.close(NAME)
    rig.office.reconcile(NAME, {})
    rig.office.summarise(NAME)
    with pytest.raises(Problem, match="the answer is empty") as refused:
        rig.office.respond(NAME, [Response(Outcome.EXPLAINED)])
    assert refused.value.slug == "unanswered"
    with pytest.raises(Problem, match="no row has the key"):
        rig.office.respond(NAME, [Response(Outcome.ACCEPTED, key="0" * 64)])
    [row] = rig.office.rows(NAME)
    rig.office.respond(NAME, [Response(Outcome.ACCEPTED, key=row.key)])


def test_moderated_words_are_counted_and_not_shown(rig: Rig) -> None:
    rude = rig.give("a", text="Lời không nên đăng.").opinion
    rig.give("b", text="Lời đăng được.")
    rig.office.close(NAME)
    rig.office.reconcile(NAME, {})
    with pytest.raises(Problem, match="no counted opinion"):
        rig.office.summarise(NAME, {"khong-co": Moderation.INSULT})
    table = rig.office.summarise(NAME, {rude: Moderation.INSULT})
    assert (table.header.counted, table.published) == (2, 1)
    table = rig.office.respond(NAME, RESPONSES)
    assert b"kh\xc3\xb4ng n\xc3\xaan" not in table.encode()
    assert sorted(row.state for row in table.rows) == [State.MODERATED, State.SHOWN]
