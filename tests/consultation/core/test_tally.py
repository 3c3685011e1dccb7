"""The tally: what replay finds is what was done, whatever the order between people."""

from collections import Counter
from dataclasses import dataclass
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consultation.core import merkle, tally
from consultation.core.admission import Stage
from consultation.core.drafts import Opinion, Stance
from consultation.core.errors import VerificationError
from consultation.core.events import (
    Approved,
    Certified,
    Closed,
    Drafted,
    Opened,
    OpinionGiven,
    Reconciled,
    Responded,
    Summarised,
    Withdrawn,
)
from consultation.core.tally import Counts
from tests.consultation.core.samples import NAME, SERVICE_KEY, STRANGER, digest, entry

_HEAD = [entry(Drafted(digest(1))), entry(Approved(digest(1))), entry(Opened((SERVICE_KEY,)))]


@dataclass(frozen=True, slots=True)
class Person:
    """What one pseudonym does: True gives (or amends), False withdraws what stands."""

    number: int
    acts: tuple[bool, ...]

    def entries(self) -> list[bytes]:
        made: list[bytes] = []
        stands = ""
        for word, gives in enumerate(self.acts):
            if gives:
                made.append(entry(OpinionGiven(digest(self.number), stands, digest(1000 + word))))
                stands = merkle.leaf_hash(made[-1]).hex()
            elif stands:
                made.append(entry(Withdrawn(digest(self.number), stands)))
                stands = ""
        return made

    def counts(self) -> Counts:
        """By a slow way of its own: walk through the acts."""
        received = superseded = withdrawn = 0
        stands = False
        for gives in self.acts:
            if gives:
                received += 1
                superseded += stands
                stands = True
            elif stands:
                withdrawn += 1
                stands = False
        return Counts(received, int(stands), superseded, withdrawn)


crowds = st.lists(st.lists(st.booleans(), max_size=5), max_size=5).map(
    lambda acts: [Person(number + 1, tuple(one)) for number, one in enumerate(acts)]
)


def interleave(lists: list[list[bytes]], rng: Random) -> list[bytes]:
    """One list that keeps the order within each."""
    left = [list(one) for one in lists if one]
    mixed = []
    while left:
        chosen = rng.choice(left)
        mixed.append(chosen.pop(0))
        left = [one for one in left if one]
    return mixed


def counts(entries: list[bytes]) -> Counts:
    return tally.counts(tally.replay([*_HEAD, *entries]).processes[NAME])


@given(crowds, st.randoms(use_true_random=False))
def test_the_counts_are_those_of_a_walk_through_and_do_not_depend_on_the_order_between_people(
    crowd: list[Person], rng: Random
) -> None:
    found = counts(interleave([one.entries() for one in crowd], rng))
    expected = [one.counts() for one in crowd]
    assert found == Counts(
        sum(one.received for one in expected),
        sum(one.counted for one in expected),
        sum(one.superseded for one in expected),
        sum(one.withdrawn for one in expected),
    )
    assert found.received == found.counted + found.superseded + found.withdrawn


@given(crowds, st.randoms(use_true_random=False))
def test_to_give_and_withdraw_leaves_what_counts_as_it_was(crowd: list[Person], rng: Random) -> None:
    mixed = interleave([one.entries() for one in crowd], rng)
    passing = Person(99, (True, False)).entries()
    before, after = counts(mixed), counts(interleave([mixed, passing], rng))
    assert after.counted == before.counted
    assert (after.received, after.withdrawn) == (before.received + 1, before.withdrawn + 1)


def test_a_whole_consultation_is_replayed_to_its_end() -> None:
    entries = [*_HEAD, *Person(1, (True, True)).entries(), *Person(2, (True, False)).entries()]
    entries += [entry(Closed(3, 1)), entry(Reconciled(3, 1, 0)), entry(Summarised(digest(2)))]
    entries += [entry(Responded(digest(4), 1)), entry(Certified(digest(3), 2))]
    process = tally.replay(entries).processes[NAME]
    assert process.stage is Stage.PUBLISHED
    assert tally.counts(process) == Counts(3, 1, 1, 1)
    assert (process.summary, process.checkpoint) == (digest(2), digest(3))


@pytest.mark.parametrize(
    "bad",
    [
        b"junk",
        entry(OpinionGiven(digest(1), "", digest(2)), STRANGER),
        entry(Closed(9, 9)),
        entry(Drafted(digest(1))),
    ],
)
def test_a_breach_of_the_rules_is_named_with_its_place(bad: bytes) -> None:
    with pytest.raises(VerificationError, match="entry 3: ") as refused:
        tally.replay([*_HEAD, bad])
    assert refused.value.link == "admission"


def test_an_entry_that_stands_twice_is_a_breach() -> None:
    given_, taken = Person(1, (True, False)).entries()
    for twice in ([given_, given_], [given_, taken, taken]):
        with pytest.raises(VerificationError):
            tally.replay([*_HEAD, *twice])


opinions = st.lists(
    st.builds(Opinion, st.text(max_size=3), st.sampled_from(["", "a", "b"]), st.sampled_from(Stance))
)


@given(opinions, st.randoms(use_true_random=False))
def test_stances_are_counted_in_any_order(standing: list[Opinion], rng: Random) -> None:
    found = tally.totals(standing)
    shuffled = list(standing)
    rng.shuffle(shuffled)
    assert tally.totals(shuffled).to_json() == found.to_json()
    assert dict(found.overall()) == {one: Counter(op.stance for op in standing)[one] for one in Stance}
    for provision, stances in found.by_provision.items():
        assert sum(stances.values()) == sum(one.provision == provision for one in standing)
