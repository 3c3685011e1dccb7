"""Erasure: at every stage, through every crash, once; and every proof of others as it was."""

from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import pytest

from consultation.core import bundle as bundles
from consultation.core import canonical, merkle, receipt, records, summary_file, tally
from consultation.core.admission import Process, Stage
from consultation.core.bundle import Pins
from consultation.core.drafts import Outcome
from consultation.core.events import (
    Certified,
    Closed,
    Erased,
    Event,
    Excluded,
    Kind,
    OpinionGiven,
    Reconciled,
    Redacted,
    Responded,
    Summarised,
)
from consultation.core.multikey import Ed25519Key
from consultation.core.reconciliation import ReasonCode
from consultation.core.summary import State, Summary
from consultation.core.trust import PinnedKey
from consultation.service import schema
from consultation.service.acts import Acts
from consultation.service.erasure import Erasing
from consultation.service.problems import Problem
from consultation.service.schema import SEALED
from consultation.service.table import Response
from pilot.host import make_verifier
from tests.consultation.service.conftest import QUICK, MakeRig
from tests.consultation.service.rig import KEYS, NAME, Fault, Rig, StoreFaults, submission

ANSWERED = [Response(Outcome.ACCEPTED)]

VICTIM = "nguyen-van-a"
STAGES = (
    Stage.OPEN,
    Stage.CLOSED,
    Stage.RECONCILED,
    Stage.SUMMARISED,
    Stage.RESPONDED,
    Stage.PUBLISHED,
)
HASTY = replace(QUICK, event_timeout_s=1.5)
"""For a ledger that stands still: nothing is to be waited for."""


def given(rig: Rig) -> None:
    """Four opinions of the victim's: one superseded, one withdrawn, two that stand; and a bystander's."""
    first = rig.give(VICTIM, text="Lần một.")
    rig.give(VICTIM, supersedes=first.opinion, text="Lần hai.")
    rig.give(VICTIM, "dieu-2", text="Sẽ rút.")
    back = rig.desk.live[NAME].standing[rig.handle(VICTIM), "dieu-2"]
    rig.take_back(VICTIM, back.opinion)
    rig.give(VICTIM, "dieu-3", text="Ở lại.")
    rig.give("b", text="Của người khác.")


def process(rig: Rig) -> Process:
    rig.settled()
    return tally.replay(rig.entries()).processes[NAME]


def check_erased(rig: Rig, opinions: int = 4) -> None:
    """Nothing of the victim is left, each entry has its one tombstone, and the bystander is as before."""
    erased = [row for row in rig.store.rows(schema.OPINIONS) if row["erased"]]
    assert len(erased) == opinions
    for row in erased:
        assert (row["handle"], row["erased"]) == ("", "told")
        assert [row[column] for column in SEALED] == [b""] * 4
    assert rig.vault.person(NAME, VICTIM) is None
    assert rig.vault.erasing() == []
    tombs = [records.parse(entry).event for entry in rig.entries(Kind.ERASED)]
    told = Counter(event.erases for event in tombs if isinstance(event, Erased))
    assert told == Counter(str(row["leaf"]) for row in erased), "each once"
    assert [kept.opinion.text for kept in rig.desk.reader.opinions(NAME) if not kept.erased] == [
        "Của người khác."
    ]
    assert rig.count("answers") == 1


def at_stage(rig: Rig, stage: Stage) -> None:
    steps: list[tuple[Stage, Callable[[], object]]] = [
        (Stage.CLOSED, lambda: rig.office.close(NAME)),
        (Stage.RECONCILED, lambda: rig.office.reconcile(NAME, {})),
        (Stage.SUMMARISED, lambda: rig.office.summarise(NAME)),
        (Stage.RESPONDED, lambda: rig.office.respond(NAME, ANSWERED)),
        (Stage.PUBLISHED, lambda: rig.office.publish(NAME)),
    ]
    for reached, step in steps[STAGES.index(rig.desk.live[NAME].stage) : STAGES.index(stage)]:
        step()
        assert rig.desk.live[NAME].stage is reached


@pytest.mark.parametrize("stage", STAGES)
def test_all_that_a_participant_gave_is_erased_at_any_stage(rig: Rig, stage: Stage) -> None:
    given(rig)
    at_stage(rig, stage)
    before = process(rig)
    assert rig.service.erasure.erase(NAME, VICTIM) == Erasing(4, 0)
    check_erased(rig)
    after = process(rig)
    assert after.received == before.received == rig.store.received(NAME) == 5
    gone = 2 if stage in (Stage.OPEN, Stage.CLOSED) else 0
    assert (before.counted, after.counted) == (3, 3 - gone)
    if gone:
        assert len(rig.desk.live[NAME].standing) == after.counted
    at_stage(rig, Stage.PUBLISHED)
    assert process(rig).stage is Stage.PUBLISHED, "the process goes on over it"
    for column in ("summary", "responded"):
        assert said(rig, column) == +Counter({"Của người khác.": 1, State.WITHDRAWN: 2 - gone})
    rig.restart()
    check_erased(rig)


def test_erasing_again_or_nobody_erases_nothing(rig: Rig) -> None:
    given(rig)
    assert rig.service.erasure.erase(NAME, "khong-ai") == Erasing(0, 0)
    assert rig.service.erasure.erase(NAME, VICTIM).opinions == 4
    for _ in range(2):
        assert rig.service.erasure.erase(NAME, VICTIM) == Erasing(0, 0)
        rig.restart()
    check_erased(rig)
    with pytest.raises(Problem, match="no consultation"):
        rig.service.erasure.erase("khong-co", VICTIM)


def test_whoever_was_erased_may_speak_again_and_is_somebody_else(rig: Rig) -> None:
    before = rig.give(VICTIM)
    rig.service.erasure.erase(NAME, VICTIM)
    again = rig.give(VICTIM)
    assert not again.again, "the same key and body: the digests of the first are nobody's"
    assert again.opinion != before.opinion
    rig.settled()
    events = [records.parse(entry).event for entry in rig.entries(Kind.OPINION)]
    assert len({event.pseudonym for event in events if isinstance(event, OpinionGiven)}) == 2
    assert rig.office.close(NAME) == (2, 1)


def test_nothing_is_taken_from_somebody_while_they_are_erased(rig: Rig) -> None:
    given(rig)
    person = rig.vault.person(NAME, VICTIM)
    assert person is not None
    rig.desk.writer.put(lambda _: rig.vault.mark(person)).result(20)
    with pytest.raises(Problem, match="being erased"):
        rig.give(VICTIM, "dieu-2")
    rig.restart()
    rig.settled()
    check_erased(rig)


def test_a_tombstone_waits_for_an_amendment_that_is_on_its_way(make_rig: MakeRig) -> None:
    rig = make_rig(settings=HASTY).opened()
    rig.settled()
    rig.ledger.running.clear()
    given(rig)
    assert rig.service.erasure.erase(NAME, VICTIM) == Erasing(4, 4)
    assert rig.vault.person(NAME, VICTIM) is None, "what is destroyed does not wait for the ledger"
    rig.ledger.running.set()
    rig.settled()
    check_erased(rig)
    states = Counter(row["state"] for row in rig.service.operations(NAME))
    assert set(states) == {"settled"}, "none was refused"


def test_an_amendment_that_the_ledger_refuses_brings_back_nothing_that_was_erased(
    make_rig: MakeRig,
) -> None:
    rig = make_rig(settings=HASTY).opened()
    first = rig.give(VICTIM)
    rig.settled()
    rig.ledger.running.clear()
    second = rig.give(VICTIM, supersedes=first.opinion)
    bad = second.receipt["leaf"]
    rig.ledger.late = lambda entry: "not by our rules" if merkle.leaf_hash(entry).hex() == bad else ""
    rig.service.erasure.erase(NAME, VICTIM)
    rig.ledger.running.set()
    rig.settled()
    assert rig.desk.live[NAME].standing == {}
    assert rig.office.close(NAME) == (1, 0), "which the ledger checks against what it holds"


DIGEST = "0" * 64


@pytest.mark.parametrize(
    ("stage", "event"),
    [
        (Stage.OPEN, Closed(5, 3)),
        (Stage.CLOSED, Reconciled(5, 3, 0)),
        (Stage.RECONCILED, Summarised(DIGEST)),
        (Stage.SUMMARISED, Responded(DIGEST, 1)),
        (Stage.RESPONDED, Certified(DIGEST, 2)),
        (Stage.PUBLISHED, Responded(DIGEST, 2)),
    ],
)
def test_an_act_that_has_its_event_and_not_its_stage_is_finished_first(
    rig: Rig, stage: Stage, event: Event
) -> None:
    given(rig)
    at_stage(rig, stage)
    Acts(rig.store, rig.desk, rig.service.batcher, KEYS.unit, rig.clock, QUICK).record(NAME, event)
    for _ in range(2):
        assert not erased_now(rig)
        rig.restart()
    assert rig.vault.person(NAME, VICTIM) is not None, "nothing has begun"


def test_an_exclusion_that_only_the_ledger_knows_is_finished_first(rig: Rig) -> None:
    given(rig)
    at_stage(rig, Stage.CLOSED)
    standing = rig.desk.live[NAME].standing[rig.handle(VICTIM), "dieu-3"]
    pseudonym = rig.desk.pseudonym(rig.desk.live[NAME], standing.opinion)
    acts = Acts(rig.store, rig.desk, rig.service.batcher, KEYS.unit, rig.clock, QUICK)
    acts.record(NAME, Excluded(pseudonym, standing.leaf.hex(), ReasonCode.SPOKEN))
    assert not erased_now(rig)
    rig.office.reconcile(NAME, {standing.opinion: ReasonCode.SPOKEN})
    assert erased_now(rig)
    check_erased(rig)
    assert (process(rig).counted, process(rig).excluded) == (2, 1)


def test_an_erasure_between_an_act_and_its_end_is_refused(make_rig: MakeRig) -> None:
    rig = make_rig(settings=HASTY).opened()
    given(rig)
    rig.settled()
    rig.ledger.running.clear()
    rig.give("c")
    with pytest.raises(Problem, match="still wait for the ledger"):
        rig.office.close(NAME)
    with pytest.raises(Problem, match="finish it, then erase") as refused:
        rig.service.erasure.erase(NAME, VICTIM)
    assert refused.value.slug == "act-unfinished"
    rig.ledger.running.set()
    rig.settled()
    rig.office.close(NAME)
    assert rig.service.erasure.erase(NAME, VICTIM).opinions == 4


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.RECONCILED, Stage.RESPONDED])
def test_an_erasure_never_strands_an_act_that_was_interrupted_at_any_commit(
    make_rig: MakeRig, stage: Stage
) -> None:
    number, tripped = 0, True
    while tripped:
        rig = make_rig().opened()
        given(rig)
        spoken = {rig.desk.live[NAME].standing[rig.handle("b"), "dieu-1"].opinion: ReasonCode.SPOKEN}
        acts: dict[Stage, Callable[[], object]] = {
            Stage.CLOSED: lambda rig=rig: rig.office.close(NAME),  # type: ignore[misc]
            Stage.RECONCILED: lambda rig=rig, out=spoken: rig.office.reconcile(NAME, out),  # type: ignore[misc]
            Stage.SUMMARISED: lambda rig=rig: rig.office.summarise(NAME),  # type: ignore[misc]
            Stage.RESPONDED: lambda rig=rig: rig.office.respond(NAME, ANSWERED),  # type: ignore[misc]
            Stage.PUBLISHED: lambda rig=rig: rig.office.publish(NAME),  # type: ignore[misc]
        }
        for reached, act in acts.items():
            if reached is stage:
                rig.settled()
                rig.faults.commits = deque([None] * number + [Fault(OSError("gone"))])
                with suppress(Problem):
                    act()
                tripped = not rig.faults.commits
                rig.faults.commits.clear()
                erased_now(rig)
            if rig.desk.live[NAME].stage is not reached:
                act()
        erased_now(rig)
        check_erased(rig)
        assert process(rig).stage is Stage.PUBLISHED
        assert process(rig).excluded == 1
        rig.stop()
        number += 1
    assert number > 2


def erased_now(rig: Rig) -> bool:
    try:
        rig.service.erasure.erase(NAME, VICTIM)
    except Problem as problem:
        if problem.slug != "act-unfinished":
            raise
        return False
    return True


@pytest.mark.parametrize("persisted", [False, True], ids=["failed", "failed but persisted"])
@pytest.mark.parametrize(
    ("stage", "restarts"), [(Stage.OPEN, True), (Stage.OPEN, False), (Stage.SUMMARISED, True)]
)
def test_a_crash_at_any_commit_of_any_file_is_finished_by_the_next_start_or_call(
    make_rig: MakeRig, stage: Stage, *, restarts: bool, persisted: bool
) -> None:
    number, tripped = 0, True
    while tripped:
        rig = make_rig().opened()
        given(rig)
        at_stage(rig, stage)
        rig.settled()
        everywhere = StoreFaults(rig.store.engine, rig.vault.keys, rig.vault.identities)
        everywhere.commits = deque([None] * number + [Fault(OSError("gone"), persisted=persisted)])
        try:
            rig.service.erasure.erase(NAME, VICTIM)
        except (Problem, OSError):
            if restarts:
                rig.restart()
                finished = rig.vault.person(NAME, VICTIM) is None
                assert finished or number == 0, "what was begun is finished by the start alone"
            rig.service.erasure.erase(NAME, VICTIM)
        tripped = not everywhere.commits
        everywhere.commits.clear()
        rig.settled()
        check_erased(rig)
        at_stage(rig, Stage.PUBLISHED)
        assert process(rig).stage is Stage.PUBLISHED
        rig.stop()
        number += 1
    assert number > 4, "mark, empty, key, name, tombstones"


@pytest.mark.parametrize("ledger", ["memory", "signed-db"])
def test_every_other_proof_holds_after_an_erasure(make_rig: MakeRig, ledger: str) -> None:
    rig = make_rig(ledger).opened()
    given(rig)
    mine = rig.give("c", text="Có biên nhận.")
    rig.settled()
    leaf = str(mine.receipt["leaf"])
    index = rig.leaves().index(leaf)
    kept_head = rig.ledger.head()
    kept_proof = rig.ledger.prove_inclusion(index, kept_head)
    at_stage(rig, Stage.PUBLISHED)
    bundle = rig.office.certificate(NAME, "c")
    victims = rig.office.certificate(NAME, VICTIM)
    rig.service.erasure.erase(NAME, VICTIM)
    rig.settled()

    unit = PinnedKey(Ed25519Key(bytes(KEYS.unit.verify_key)))
    pins = Pins({KEYS.issuer.method: unit}, {rig.backend.name: rig.deployment.pins()})
    for one in (bundle, victims, rig.office.certificate(NAME, "c")):
        assert all(link.ok for link in bundles.verify(one, pins, make_verifier))
    verifier, head, entries = rig.backend.verifier(rig.deployment.pins()), rig.ledger.head(), rig.entries()
    receipt.verify(mine.receipt, bytes(KEYS.service.verify_key).hex())
    entry = entries[index]
    verifier.check_inclusion(entry, index, kept_head, kept_proof)
    verifier.check_inclusion(entry, index, head, rig.ledger.prove_inclusion(index, head))
    verifier.check_replay(entries, head)
    verifier.check_replay(entries[: kept_head.size], kept_head)
    tally.replay(entries)
    with pytest.raises(Problem, match="no certificate of this participant"):
        rig.office.certificate(NAME, VICTIM)
    opened = rig.service.openings.open(NAME, leaf, "text", "auditor", "Đối chiếu.")
    assert opened["value"] == "Có biên nhận."


def test_a_struck_row_stays_in_the_table_and_counts(rig: Rig) -> None:
    given(rig)
    at_stage(rig, Stage.SUMMARISED)
    before = table_of(rig, "summary")
    rig.service.erasure.erase(NAME, VICTIM)
    after = table_of(rig, "summary")
    assert (after.header, after.provisions) == (before.header, before.provisions)
    assert len(before.rows) == len(after.rows) == 3
    assert said(rig, "summary") == {State.WITHDRAWN: 2, "Của người khác.": 1}
    rig.settled()
    [event] = [records.parse(one).event for one in rig.entries(Kind.REDACTED)]
    assert event == Redacted(after.digest(), "")
    assert process(rig).summary == after.digest() != before.digest()


def table_of(rig: Rig, column: str) -> Summary:
    row = rig.store.row(schema.CONSULTATIONS, id=NAME) or {}
    return summary_file.decode(str(row[column]).encode())


def said(rig: Rig, column: str) -> Counter[str]:
    """What is shown of the opinions in a table: their words, or that these are gone."""
    found: Counter[str] = Counter()
    for row in table_of(rig, column).rows:
        found[row.text or row.state] += row.size
    return found


def test_a_late_submission_in_the_same_group_is_erased_with_the_others(rig: Rig) -> None:
    rig.give(VICTIM)
    futures = [rig.desk.submit(submission(VICTIM, name)) for name in ("dieu-2", "dieu-3")]
    assert rig.service.erasure.erase(NAME, VICTIM).opinions == 3
    assert all(future.done() for future in futures)


def test_only_words_that_nobody_else_says_are_struck(rig: Rig) -> None:
    voices = {
        VICTIM: "Cùng một lời.",
        "b": "Cùng một lời.",
        "c": "",
        "d": "Lời riêng.",
    }
    for person, text in voices.items():
        rig.give(person, text=text)
    rig.give(VICTIM, provision="dieu-2", text="")
    rig.give("b", provision="dieu-2", text="")
    rig.give(VICTIM, provision="dieu-3", text="Chỉ mình tôi nói.")
    at_stage(rig, Stage.RESPONDED)
    before = table_of(rig, "responded")
    rig.service.erasure.erase(NAME, VICTIM)
    after = table_of(rig, "responded")
    changed = set(after.rows) - set(before.rows)
    assert [(row.provision, row.state, row.size) for row in changed] == [("dieu-3", State.WITHDRAWN, 1)]
    assert after.published == before.published - 1


def test_several_erasures_leave_the_ledger_with_the_last_tables_digest(make_rig: MakeRig) -> None:
    rig = make_rig(settings=HASTY).opened()
    for person in "abcde":
        rig.give(person, text=f"Lời của {person}.")
    at_stage(rig, Stage.RESPONDED)
    rig.settled()
    rig.ledger.running.clear()
    for person in "abcd":
        assert rig.service.erasure.erase(NAME, person).waiting == 1
    rig.ledger.running.set()
    rig.settled()
    assert process(rig).table == table_of(rig, "responded").digest()
    assert said(rig, "responded") == {State.WITHDRAWN: 4, "Lời của e.": 1}


def test_certificates_that_were_prepared_before_an_erasure_are_made_again(make_rig: MakeRig) -> None:
    rig = make_rig(settings=HASTY).opened()
    given(rig)
    at_stage(rig, Stage.RESPONDED)
    rig.settled()
    rig.faults.commits = deque([None, Fault(OSError("gone"))])  # certificates are kept, their event is not
    with pytest.raises(Problem):
        rig.office.publish(NAME)
    rig.faults.commits.clear()
    rig.service.erasure.erase(NAME, VICTIM)
    rig.settled()
    assert rig.office.publish(NAME) == 1, "without the one who was erased"
    value = canonical.decode(rig.office.certificate(NAME, "b").credential)
    assert isinstance(value, dict)
    subject = value["credentialSubject"]
    assert isinstance(subject, dict)
    assert isinstance(subject["result"], dict)
    assert subject["result"]["summary"] == rig.office.table(NAME).digest()
