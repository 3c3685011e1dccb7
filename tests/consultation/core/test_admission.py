"""Admission: every event at every stage, who may sign it, and what may be superseded or withdrawn."""

import copy
from collections.abc import Mapping

import pytest

from consultation.core import merkle
from consultation.core.admission import AdmitAll, AdmitByRules, Stage, rule
from consultation.core.records import (
    Certified,
    Closed,
    Drafted,
    Event,
    Kind,
    Opened,
    OpinionGiven,
    Summarised,
    Withdrawn,
)
from tests.consultation.core.samples import NAME, SERVICE, SERVICE_KEY, STRANGER, UNIT, digest, entry

_FIRST = OpinionGiven(digest(10), "", digest(11))
_FIRST_LEAF = merkle.leaf_hash(entry(_FIRST)).hex()
_EVENTS: Mapping[Kind, Event] = {
    Kind.DRAFTED: Drafted(digest(1)),
    Kind.OPENED: Opened((SERVICE_KEY,)),
    Kind.OPINION: OpinionGiven(digest(20), "", digest(21)),
    Kind.WITHDRAWN: Withdrawn(digest(10), _FIRST_LEAF),
    Kind.CLOSED: Closed(1, 1),
    Kind.SUMMARISED: Summarised(digest(2)),
    Kind.CERTIFIED: Certified(digest(3), 1),
}
_WAY: tuple[Event, ...] = (
    Drafted(digest(1)),
    Opened((SERVICE_KEY,)),
    _FIRST,
    Closed(1, 1),
    Summarised(digest(2)),
    Certified(digest(3), 1),
)
_ALLOWED: Mapping[Stage | None, set[Kind]] = {
    None: {Kind.DRAFTED},
    Stage.DRAFT: {Kind.OPENED},
    Stage.OPEN: {Kind.OPINION, Kind.WITHDRAWN, Kind.CLOSED},
    Stage.CLOSED: {Kind.SUMMARISED},
    Stage.SUMMARISED: {Kind.CERTIFIED},
    Stage.PUBLISHED: set(),
}
_STEPS = {None: 0, Stage.DRAFT: 1, Stage.OPEN: 3, Stage.CLOSED: 4, Stage.SUMMARISED: 5, Stage.PUBLISHED: 6}


def at(stage: Stage | None) -> AdmitByRules:
    """Rules over a consultation that has come to `stage`; where open, with one opinion."""
    rules = AdmitByRules()
    for event in _WAY[: _STEPS[stage]]:
        assert rules.admit(entry(event)) is None
    process = rules.state.processes.get(NAME)
    assert (process.stage if process else None) is stage
    return rules


def opened() -> AdmitByRules:
    rules = AdmitByRules()
    assert rules.admit(entry(Drafted(digest(1)))) is None
    assert rules.admit(entry(Opened((SERVICE_KEY,)))) is None
    return rules


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("stage", [None, *Stage])
def test_an_event_is_admitted_at_its_stage_alone(stage: Stage | None, kind: Kind) -> None:
    rules = at(stage)
    before = copy.deepcopy(rules.state)
    checked = rules.check(entry(_EVENTS[kind]))
    assert rules.state == before, "a check changes nothing"
    refused = rules.admit(entry(_EVENTS[kind]))
    assert checked == refused
    assert (refused is None) == (kind in _ALLOWED[stage]), refused
    assert (rules.state == before) == (refused is not None)


@pytest.mark.parametrize("kind", Kind)
def test_only_the_key_that_may_sign_an_event_is_heard(kind: Kind) -> None:
    stage = next(stage for stage, kinds in _ALLOWED.items() if kind in kinds)
    rules = at(stage)
    right = SERVICE if kind in (Kind.OPINION, Kind.WITHDRAWN) else UNIT
    wrong = [key for key in (SERVICE, UNIT, STRANGER) if key is not right]
    for key in wrong if kind is not Kind.DRAFTED else []:
        refused = rules.admit(entry(_EVENTS[kind], key))
        assert refused is not None
        assert "key is" in refused
    assert rules.admit(entry(_EVENTS[kind], right)) is None


def test_whoever_lays_the_draft_open_is_the_unit() -> None:
    rules = AdmitByRules()
    assert rules.admit(entry(Drafted(digest(1)), STRANGER)) is None
    assert rules.admit(entry(Opened((SERVICE_KEY,)), UNIT)) is not None
    assert rules.admit(entry(Opened((SERVICE_KEY,)), STRANGER)) is None


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
