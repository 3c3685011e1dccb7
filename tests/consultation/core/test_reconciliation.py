"""Counting without counting twice: each rule, and that neither order nor what was taken back matters."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core.reconciliation import Author, Fate, ReasonCode, Source, SourcesError, reconcile

Rules = Callable[[Iterable[Source]], Mapping[str, ReasonCode]]
UNIT = Source("u", "dieu-1", Author.UNIT, "so-tai-chinh")
COPY = Source("c", "dieu-2", Author.OFFICIAL, "so-tai-chinh")
PERSON = Source("p", "dieu-1", Author.PERSON)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (PERSON, None),
        (UNIT, None),
        (replace(PERSON, written=False), ReasonCode.SPOKEN),
        (replace(PERSON, authentic=False), ReasonCode.NOT_AUTHENTIC),
        (replace(PERSON, reported_by="bo-cong-an"), ReasonCode.REPORTED_ELSEWHERE),
        (replace(PERSON, written=False, authentic=False), ReasonCode.NOT_AUTHENTIC),
        (replace(PERSON, sheet="12"), None),
        (COPY, None),
    ],
)
def test_one_opinion_is_counted_or_excluded_by_its_own_facts(
    source: Source, reason: ReasonCode | None
) -> None:
    assert reconcile([source]).get(source.id) is reason


@pytest.mark.parametrize(
    ("unit", "excluded"),
    [
        (UNIT, True),
        (replace(UNIT, reported_by="cuc-thue"), True),  # it counts there, and its copies with it
        (replace(UNIT, unit="so-noi-vu"), False),
        (replace(UNIT, written=False), False),
        (replace(UNIT, authentic=False), False),
        (replace(UNIT, fate=Fate.WITHDRAWN), False),
        (replace(UNIT, fate=Fate.SUPERSEDED), False),
    ],
)
def test_an_officials_own_opinion_is_a_copy_where_the_units_is_sent(unit: Source, excluded: bool) -> None:
    reason = reconcile([COPY, unit, PERSON]).get("c")
    assert reason is (ReasonCode.PERSONAL_COPY if excluded else None)
    assert "p" not in reconcile([COPY, unit, PERSON])


def test_of_a_sheet_entered_twice_one_entry_counts_for_each_provision() -> None:
    sheet = replace(PERSON, unit="phuong-sai-gon", sheet="7")
    twice = [replace(sheet, id=name) for name in ("b", "a", "d")]
    others = [
        replace(sheet, id="e", provision="dieu-2"),
        replace(sheet, id="f", unit="xa-can-gio"),
        replace(sheet, id="g", sheet="8"),
    ]
    assert reconcile([*twice, *others]) == dict.fromkeys("bd", ReasonCode.DUPLICATE_SHEET)


def test_an_entry_that_does_not_count_leaves_the_sheet_to_the_next() -> None:
    sheet = replace(PERSON, unit="phuong-sai-gon", sheet="7")
    bad = replace(sheet, id="a", authentic=False)
    assert reconcile([bad, replace(sheet, id="b")]) == {"a": ReasonCode.NOT_AUTHENTIC}


def test_one_opinion_with_two_sets_of_facts_is_refused() -> None:
    assert reconcile([PERSON, PERSON]) == {}
    with pytest.raises(SourcesError, match="two different sets of facts"):
        reconcile([PERSON, replace(PERSON, written=False)])


names = st.sampled_from(["", "so-tai-chinh", "phuong-sai-gon"])
facts = st.builds(
    Source,
    st.just(""),
    st.sampled_from(["dieu-1", "dieu-2"]),
    st.sampled_from(Author),
    names,
    st.sampled_from(Fate),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["", "", "bo-cong-an"]),
    st.sampled_from(["", "1", "2"]),
)
crowds = st.lists(facts, max_size=8).map(
    lambda found: [replace(one, id=f"{at:02}") for at, one in enumerate(found)]
)


def by_hand(sources: list[Source]) -> dict[str, ReasonCode]:
    """The slow twin: every opinion is held against every other one."""
    found = {}
    standing = [one for one in sources if one.fate is Fate.STANDING]
    for one in standing:
        sent = any(
            other.author is Author.UNIT and other.unit == one.unit and other.authentic and other.written
            for other in standing
        )
        checks = {
            ReasonCode.NOT_AUTHENTIC: not one.authentic,
            ReasonCode.SPOKEN: not one.written,
            ReasonCode.REPORTED_ELSEWHERE: bool(one.reported_by),
            ReasonCode.PERSONAL_COPY: one.author is Author.OFFICIAL and sent,
        }
        reason = next((reason for reason, holds in checks.items() if holds), None)
        if reason:
            found[one.id] = reason
    left = [one for one in standing if one.id not in found and one.sheet]
    for one in left:
        rivals = [
            other.id
            for other in left
            if (other.unit, other.sheet, other.provision) == (one.unit, one.sheet, one.provision)
        ]
        if one.id != min(rivals):
            found[one.id] = ReasonCode.DUPLICATE_SHEET
    return found


@given(crowds)
def test_the_rules_are_those_of_the_slow_twin(sources: list[Source]) -> None:
    assert reconcile(sources) == by_hand(sources)


@given(crowds, st.randoms(use_true_random=False))
def test_no_order_changes_a_decision(sources: list[Source], rng: Random) -> None:
    shuffled = list(sources)
    rng.shuffle(shuffled)
    assert reconcile(shuffled) == reconcile(sources)


def unmoved_by_what_is_taken_back(rules: Rules, sources: list[Source], passing: Source) -> bool:
    """Give an opinion and take it back: nothing else is decided differently."""
    taken_back = replace(passing, id="99", fate=Fate.WITHDRAWN)
    return rules(sources) == rules([*sources, taken_back])


@given(crowds, facts)
def test_to_give_and_withdraw_changes_no_decision(sources: list[Source], passing: Source) -> None:
    assert unmoved_by_what_is_taken_back(reconcile, sources, passing)


def mutant(sources: Iterable[Source]) -> Mapping[str, ReasonCode]:
    """A rule that also asks what was taken back: a withdrawn opinion of a unit silences its officials."""
    found = list(sources)
    revived = [replace(one, fate=Fate.STANDING) for one in found]
    standing = {one.id for one in found if one.fate is Fate.STANDING}
    return {name: reason for name, reason in reconcile(revived).items() if name in standing}


def test_the_law_of_giving_and_withdrawing_kills_a_rule_that_breaks_it() -> None:
    assert not unmoved_by_what_is_taken_back(mutant, [COPY], UNIT)
    assert unmoved_by_what_is_taken_back(reconcile, [COPY], UNIT)


def test_reason_codes_have_the_form_that_the_ledger_takes() -> None:
    assert all(code.replace("-", "").isalpha() and code == code.lower() for code in ReasonCode)
