"""Admission: every event at every stage, who may sign it, and what may be superseded or withdrawn."""

import copy
from collections.abc import Mapping

import pytest

from consultation.core import merkle
from consultation.core.admission import AdmitAll, AdmitByRules, Stage, rule
from consultation.core.events import (
    Abandoned,
    Appraised,
    Approved,
    Certified,
    Closed,
    Drafted,
    Erased,
    Event,
    Excluded,
    Extended,
    Kind,
    Opened,
    OpinionGiven,
    Promulgated,
    Reconciled,
    Redacted,
    Responded,
    Revised,
    Revoked,
    Rotated,
    SecondRound,
    Summarised,
    Withdrawn,
)
from tests.consultation.core.samples import NAME, SERVICE, SERVICE_KEY, STRANGER, UNIT, digest, entry

_FIRST = OpinionGiven(digest(10), "", digest(11))
_FIRST_LEAF = merkle.leaf_hash(entry(_FIRST)).hex()
_UNIT_KEY = bytes(UNIT.verify_key).hex()
_DEADLINE = "2026-11-23T16:59:59Z"
_EVENTS: Mapping[Kind, Event] = {
    Kind.DRAFTED: Drafted(digest(1)),
    Kind.REVISED: Revised(digest(4), 2, ""),
    Kind.APPROVED: Approved(digest(1)),
    Kind.OPENED: Opened((SERVICE_KEY,)),
    Kind.EXTENDED: Extended(_DEADLINE),
    Kind.OPINION: OpinionGiven(digest(20), "", digest(21)),
    Kind.WITHDRAWN: Withdrawn(digest(10), _FIRST_LEAF),
    Kind.ERASED: Erased(digest(10), _FIRST_LEAF),
    Kind.CLOSED: Closed(1, 1),
    Kind.EXCLUDED: Excluded(digest(10), _FIRST_LEAF, "spoken"),
    Kind.RECONCILED: Reconciled(1, 1, 0),
    Kind.SUMMARISED: Summarised(digest(2)),
    Kind.RESPONDED: Responded(digest(5), 1),
    Kind.CERTIFIED: Certified(digest(3), 1),
    Kind.REVOKED: Revoked(digest(6), 1),
    Kind.REDACTED: Redacted(digest(60), digest(61)),
    Kind.APPRAISED: Appraised(digest(7)),
    Kind.SECOND_ROUND: SecondRound("vong-hai"),
    Kind.PROMULGATED: Promulgated(digest(8)),
    Kind.ABANDONED: Abandoned("no-longer-needed"),
    Kind.ROTATED: Rotated(_UNIT_KEY, (SERVICE_KEY, digest(9))),
}
_TO_APPRAISAL: tuple[Event, ...] = (
    Drafted(digest(1)),
    Approved(digest(1)),
    Opened((SERVICE_KEY,)),
    _FIRST,
    Closed(1, 1),
    Reconciled(1, 1, 0),
    Summarised(digest(2)),
    Responded(digest(5), 1),
    Certified(digest(3), 1),
    Appraised(digest(7)),
)
_WAYS: Mapping[Stage | None, tuple[Event, ...]] = {
    None: (),
    Stage.DRAFT: _TO_APPRAISAL[:1],
    Stage.APPROVED: _TO_APPRAISAL[:2],
    Stage.OPEN: _TO_APPRAISAL[:4],
    Stage.CLOSED: _TO_APPRAISAL[:5],
    Stage.RECONCILED: _TO_APPRAISAL[:6],
    Stage.SUMMARISED: _TO_APPRAISAL[:7],
    Stage.RESPONDED: _TO_APPRAISAL[:8],
    Stage.PUBLISHED: _TO_APPRAISAL[:9],
    Stage.APPRAISAL: _TO_APPRAISAL,
    Stage.SECOND_ROUND: (*_TO_APPRAISAL, _EVENTS[Kind.SECOND_ROUND]),
    Stage.PROMULGATED: (*_TO_APPRAISAL, _EVENTS[Kind.PROMULGATED]),
    Stage.ABANDONED: (*_TO_APPRAISAL[:4], _EVENTS[Kind.ABANDONED]),
}
_ANY = {Kind.ABANDONED, Kind.ROTATED}
_ALLOWED: Mapping[Stage | None, set[Kind]] = {
    None: {Kind.DRAFTED},
    Stage.DRAFT: {Kind.REVISED, Kind.APPROVED, *_ANY},
    Stage.APPROVED: {Kind.REVISED, Kind.OPENED, *_ANY},
    Stage.OPEN: {
        Kind.REVISED,
        Kind.EXTENDED,
        Kind.OPINION,
        Kind.WITHDRAWN,
        Kind.ERASED,
        Kind.CLOSED,
        *_ANY,
    },
    Stage.CLOSED: {Kind.ERASED, Kind.EXCLUDED, Kind.RECONCILED, *_ANY},
    Stage.RECONCILED: {Kind.ERASED, Kind.SUMMARISED, *_ANY},
    Stage.SUMMARISED: {Kind.ERASED, Kind.RESPONDED, *_ANY},
    Stage.RESPONDED: {Kind.ERASED, Kind.CERTIFIED, Kind.REDACTED, *_ANY},
    Stage.PUBLISHED: {Kind.REDACTED, Kind.ERASED, Kind.RESPONDED, Kind.REVOKED, Kind.APPRAISED, *_ANY},
    Stage.APPRAISAL: {Kind.REDACTED, Kind.ERASED, Kind.REVOKED, Kind.SECOND_ROUND, Kind.PROMULGATED, *_ANY},
    Stage.SECOND_ROUND: {Kind.REDACTED, Kind.ERASED, Kind.REVOKED, Kind.ROTATED},
    Stage.PROMULGATED: {Kind.REDACTED, Kind.ERASED, Kind.REVOKED, Kind.ROTATED},
    Stage.ABANDONED: {Kind.ERASED, Kind.ROTATED},
}


def at(stage: Stage | None) -> AdmitByRules:
    """Rules over a consultation that has come to `stage`; where open, with one opinion."""
    rules = AdmitByRules()
    for event in _WAYS[stage]:
        assert rules.admit(entry(event)) is None
    process = rules.state.processes.get(NAME)
    assert (process.stage if process else None) is stage
    return rules


def opened() -> AdmitByRules:
    rules = AdmitByRules()
    for event in _TO_APPRAISAL[:3]:
        assert rules.admit(entry(event)) is None
    return rules


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("stage", [None, *Stage])
def test_an_event_is_admitted_at_its_stage_alone(stage: Stage | None, kind: Kind) -> None:
    rules = at(stage)
    before = copy.deepcopy(rules.state)
    again = (stage, kind) == (Stage.PUBLISHED, Kind.RESPONDED)
    event = Responded(digest(5), 2) if again else _EVENTS[kind]
    checked = rules.check(entry(event))
    assert rules.state == before, "a check changes nothing"
    refused = rules.admit(entry(event))
    assert checked == refused
    assert (refused is None) == (kind in _ALLOWED[stage]), refused
    assert (rules.state == before) == (refused is not None)


@pytest.mark.parametrize("kind", Kind)
def test_only_the_key_that_may_sign_an_event_is_heard(kind: Kind) -> None:
    stage = next(stage for stage, kinds in _ALLOWED.items() if kind in kinds)
    rules = at(stage)
    right = SERVICE if kind in (Kind.OPINION, Kind.WITHDRAWN, Kind.ERASED) else UNIT
    wrong = [key for key in (SERVICE, UNIT, STRANGER) if key is not right]
    for key in wrong if kind is not Kind.DRAFTED else []:
        refused = rules.admit(entry(_EVENTS[kind], key))
        assert refused is not None
        assert "key is" in refused
    assert rules.admit(entry(_EVENTS[kind], right)) is None


def test_whoever_lays_the_draft_open_is_the_unit() -> None:
    rules = AdmitByRules()
    assert rules.admit(entry(Drafted(digest(1)), STRANGER)) is None
    assert rules.admit(entry(Approved(digest(1)), UNIT)) is not None
    assert rules.admit(entry(Approved(digest(1)), STRANGER)) is None


def given(pseudonym: int, supersedes: str, word: int) -> bytes:
    return entry(OpinionGiven(digest(pseudonym), supersedes, digest(word)))


def test_a_second_opinion_names_the_one_that_stands_and_only_that_one() -> None:
    rules = opened()
    first = given(1, "", 1)
    leaf = merkle.leaf_hash(first).hex()
    assert rules.admit(first) is None
    assert "stands already" in str(rules.admit(given(1, "", 2)))
    assert "not the one that stands" in str(rules.admit(given(1, digest(99), 2)))
    second = given(1, leaf, 2)
    assert rules.admit(second) is None
    assert "not the one that stands" in str(rules.admit(given(1, leaf, 3)))
    assert "not the one that stands" in str(rules.admit(given(2, leaf, 3))), "of somebody else"
    process = rules.state.processes[NAME]
    assert (process.received, process.counted, process.superseded) == (2, 1, 1)


def test_a_withdrawal_names_the_opinion_that_stands_and_ends_it() -> None:
    rules = opened()
    first = given(1, "", 1)
    leaf = merkle.leaf_hash(first).hex()
    assert "no standing opinion" in str(rules.admit(entry(Withdrawn(digest(1), leaf))))
    assert rules.admit(first) is None
    assert "no standing opinion" in str(rules.admit(entry(Withdrawn(digest(1), digest(9)))))
    assert "no standing opinion" in str(rules.admit(entry(Withdrawn(digest(2), leaf))))
    assert rules.admit(entry(Withdrawn(digest(1), leaf))) is None
    assert "no standing opinion" in str(rules.admit(entry(Withdrawn(digest(1), leaf))))
    assert "not the one that stands" in str(rules.admit(given(1, leaf, 2)))
    assert rules.admit(given(1, "", 3)) is None
    process = rules.state.processes[NAME]
    assert (process.received, process.counted, process.withdrawn) == (2, 1, 1)


@pytest.mark.parametrize("said", [Closed(0, 1), Closed(1, 0), Closed(2, 1), Closed(0, 0)])
def test_a_close_says_what_the_ledger_holds(said: Closed) -> None:
    rules = at(Stage.OPEN)
    assert "the ledger holds 1 and 1" in str(rules.admit(entry(said)))
    assert rules.admit(entry(Closed(1, 1))) is None


def numbers(rules: AdmitByRules) -> tuple[int, int, int, int, int, int]:
    process = rules.state.processes[NAME]
    return (
        process.received,
        process.counted,
        process.superseded,
        process.withdrawn,
        process.excluded,
        process.erased,
    )


def test_an_exclusion_names_an_opinion_that_stands_and_takes_it_out_of_the_count() -> None:
    rules = at(Stage.CLOSED)
    assert "no standing opinion" in str(rules.admit(entry(Excluded(digest(10), digest(99), "spoken"))))
    assert "no standing opinion" in str(rules.admit(entry(Excluded(digest(9), _FIRST_LEAF, "spoken"))))
    excluded = entry(_EVENTS[Kind.EXCLUDED])
    assert rules.admit(excluded) is None
    assert "no standing opinion" in str(rules.admit(excluded))
    assert numbers(rules) == (1, 0, 0, 0, 1, 0)
    assert "0 excluded, the ledger holds 1" in str(rules.admit(entry(Reconciled(1, 1, 0))))
    assert "the ledger holds 1 and 0" in str(rules.admit(entry(Reconciled(1, 1, 1))))
    assert rules.admit(entry(Reconciled(1, 0, 1))) is None


@pytest.mark.parametrize("stage", [Stage.OPEN, Stage.CLOSED])
def test_an_opinion_erased_before_the_reconciliation_is_not_counted(stage: Stage) -> None:
    rules = at(stage)
    assert rules.admit(entry(_EVENTS[Kind.ERASED])) is None
    assert numbers(rules) == (1, 0, 0, 0, 0, 1)
    assert "erased already" in str(rules.admit(entry(_EVENTS[Kind.ERASED])))


def test_an_opinion_erased_after_the_reconciliation_stays_in_the_numbers() -> None:
    rules = at(Stage.RECONCILED)
    assert rules.admit(entry(_EVENTS[Kind.ERASED])) is None
    assert numbers(rules) == (1, 1, 0, 0, 0, 0)


def test_what_was_withdrawn_or_superseded_is_erased_once_and_by_its_own_pseudonym() -> None:
    rules = at(Stage.OPEN)
    second = given(10, _FIRST_LEAF, 12)
    assert rules.admit(second) is None
    assert rules.admit(entry(Withdrawn(digest(10), merkle.leaf_hash(second).hex()))) is None
    before = numbers(rules)
    for leaf in (_FIRST_LEAF, merkle.leaf_hash(second).hex()):
        assert "no opinion" in str(rules.admit(entry(Erased(digest(11), leaf))))
        assert rules.admit(entry(Erased(digest(10), leaf))) is None
        assert "erased already" in str(rules.admit(entry(Erased(digest(10), leaf))))
    assert numbers(rules) == before == (2, 0, 1, 1, 0, 0)
    assert rules.admit(given(10, "", 13)) is None, "whoever was erased may speak again while it is open"


def test_a_revision_counts_up_and_takes_the_approval_back() -> None:
    rules = at(Stage.APPROVED)
    assert "the next is not 3" in str(rules.admit(entry(Revised(digest(4), 3, ""))))
    assert "a deadline is set when" in str(rules.admit(entry(Revised(digest(4), 2, _DEADLINE))))
    assert rules.admit(entry(Revised(digest(4), 2, ""))) is None
    assert rules.state.processes[NAME].stage is Stage.DRAFT
    assert "not the one that stands" in str(rules.admit(entry(Approved(digest(1)))))
    assert rules.admit(entry(Approved(digest(4)))) is None


def until(closes: str) -> AdmitByRules:
    rules = AdmitByRules()
    for event in (*_TO_APPRAISAL[:2], Opened((SERVICE_KEY,), closes), _FIRST):
        assert rules.admit(entry(event)) is None
    return rules


def test_a_deadline_holds_for_opinions_and_for_the_close() -> None:
    rules = until(_DEADLINE)
    late = "2026-11-23T17Z"
    assert "the deadline was" in str(rules.admit(entry(OpinionGiven(digest(1), "", digest(2)), window=late)))
    assert "the deadline was" in str(rules.admit(entry(Withdrawn(digest(10), _FIRST_LEAF), window=late)))
    last = entry(OpinionGiven(digest(1), "", digest(2)), window="2026-11-23T16Z")
    assert rules.admit(last) is None, "the last hour is inside"
    assert "opinions are taken until" in str(rules.admit(entry(Closed(2, 2))))
    erased = entry(Erased(digest(10), _FIRST_LEAF), window=late)
    assert rules.admit(erased) is None, "erasure knows no deadline"
    assert rules.admit(entry(Closed(2, 1), window=late)) is None


def test_a_deadline_moves_only_away() -> None:
    rules = until(_DEADLINE)
    assert "past the deadline" in str(rules.admit(entry(Extended(_DEADLINE))))
    assert "before the old one" in str(rules.admit(entry(Revised(digest(4), 2, "2026-11-22T16:59:59Z"))))
    assert rules.admit(entry(Extended("2026-11-25T16:59:59Z"))) is None
    assert rules.admit(entry(Revised(digest(4), 2, "2026-12-05T16:59:59Z"))) is None
    process = rules.state.processes[NAME]
    assert (process.stage, process.version, process.closes) == (Stage.OPEN, 2, "2026-12-05T16:59:59Z")


def test_a_redaction_has_the_digests_of_what_there_is() -> None:
    rules = at(Stage.SUMMARISED)
    assert "exactly where there is one" in str(rules.admit(entry(Redacted(digest(60), digest(61)))))
    assert rules.admit(entry(Redacted(digest(60), ""))) is None
    assert "has a digest" in str(rules.admit(entry(Responded("", 1))))
    assert rules.admit(entry(Responded(digest(5), 1))) is None
    assert "exactly where there is one" in str(rules.admit(entry(Redacted(digest(62), ""))))
    assert rules.admit(entry(Redacted(digest(62), digest(63)))) is None
    process = rules.state.processes[NAME]
    assert (process.stage, process.summary, process.table) == (Stage.RESPONDED, digest(62), digest(63))


def test_a_changed_response_leads_back_to_certificates() -> None:
    rules = at(Stage.PUBLISHED)
    assert "the next is not 1" in str(rules.admit(entry(Responded(digest(50), 1))))
    assert rules.admit(entry(Responded(digest(50), 2))) is None
    assert "is responded" in str(rules.admit(entry(_EVENTS[Kind.APPRAISED])))
    assert rules.admit(entry(Certified(digest(51), 1))) is None
    process = rules.state.processes[NAME]
    assert (process.table, process.checkpoint) == (digest(50), digest(51))


def test_a_second_round_is_the_one_that_was_announced_by_the_same_unit() -> None:
    rules = at(Stage.SECOND_ROUND)
    assert "does not announce" in str(rules.admit(entry(Drafted(digest(1), NAME), name="vong-ba")))
    assert "does not announce" in str(rules.admit(entry(Drafted(digest(1), "vong-khong"), name="vong-hai")))
    assert "not the one of the unit" in str(
        rules.admit(entry(Drafted(digest(1), NAME), STRANGER, name="vong-hai"))
    )
    assert rules.admit(entry(Drafted(digest(1), NAME), name="vong-hai")) is None


def test_after_a_rotation_only_the_new_keys_are_heard() -> None:
    rules = at(Stage.OPEN)
    new = bytes(STRANGER.verify_key).hex()
    assert rules.admit(entry(Rotated(new, (new,)))) is None
    opinion = _EVENTS[Kind.OPINION]
    assert "service keys" in str(rules.admit(entry(opinion)))
    assert rules.admit(entry(opinion, STRANGER)) is None
    assert "not the unit's" in str(rules.admit(entry(Closed(2, 2))))
    assert rules.admit(entry(Closed(2, 2), STRANGER)) is None


def test_consultations_do_not_touch_each_other() -> None:
    rules = at(Stage.OPEN)
    assert "no consultation 'other'" in str(rules.admit(entry(_FIRST, name="other")))
    assert rules.admit(entry(Drafted(digest(1)), name="other")) is None
    assert "is draft" in str(rules.admit(entry(_FIRST, name="other")))
    assert rules.state.processes[NAME].stage is Stage.OPEN


def test_what_is_no_record_is_refused_with_the_reason() -> None:
    rules = AdmitByRules()
    for junk in (b"", b"{}", b"\xff", entry(Drafted(digest(1)))[:-1] + b"]"):
        assert rules.check(junk)
        assert rules.admit(junk)
    assert not rules.state.processes
    everything = AdmitAll()
    assert everything.check(b"junk") is None
    assert everything.admit(b"junk") is None


def test_a_rule_is_asked_for_by_name() -> None:
    assert isinstance(rule("all"), AdmitAll)
    assert isinstance(rule("rules"), AdmitByRules)
    with pytest.raises(ValueError, match="found 'none'"):
        rule("none")
