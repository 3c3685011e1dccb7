"""Any order of appends, reads, proofs, restarts and kills, compared with a model that is a list."""

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from backends import registry
from consultation.core.ledger import Head, Refusal, Settled
from tests.conformance.conftest import Deployer
from tests.conformance.entries import AnyBytes
from tests.conformance.harness import Harness, accepts, refuses

# Nothing is drawn that depends on how long the ledger is: its past may be another one at every example.
numbers = st.integers(0, 9_999)
entries = st.binary(max_size=2) | st.binary(max_size=200)


class AgainstAList(RuleBasedStateMachine):
    """The ledger may have a past: the model begins with what a scan finds."""

    def __init__(self, harness: Harness) -> None:
        super().__init__()
        self.harness = harness
        self.model = harness.all_entries()
        self.heads: list[Head] = []

    @rule(batch=st.lists(entries, max_size=6))
    def append(self, batch: list[bytes]) -> None:
        """New entries take the next indexes in some order, known ones keep theirs."""
        before = len(self.model)
        indexes = self.harness.settle_all(batch)
        new = {entry: index for entry, index in zip(batch, indexes, strict=True) if entry not in self.model}
        for entry, index in zip(batch, indexes, strict=True):
            assert index == (new[entry] if entry in new else self.model.index(entry))
        assert sorted(new.values()) == list(range(before, before + len(new)))
        self.model += sorted(new, key=lambda entry: new[entry])

    @rule(entry=entries)
    def append_between_two_that_are_too_large(self, entry: bytes) -> None:
        large = bytes(self.harness.traits.max_entry_bytes + 1)
        first, middle, last = self.harness.decide([large, entry, large])
        assert isinstance(first, Refusal)
        assert isinstance(last, Refusal)
        assert isinstance(middle, Settled)
        if middle.index == len(self.model):
            self.model.append(entry)
        assert self.model[middle.index] == entry

    @rule(at=numbers, length=st.integers(0, 20))
    def scan(self, at: int, length: int) -> None:
        start = at % (len(self.model) + 3)
        stop = start + length
        assert list(self.harness.ledger.scan(start, stop)) == self.model[start:stop]

    @rule()
    def keep_the_head(self) -> None:
        head = self.harness.ledger.head()
        accepts(partial(self.harness.verifier.check_replay, self.model, head), "the replay of the model")
        self.heads.append(head)

    @precondition(lambda self: self.heads and self.harness.traits.inclusion)
    @rule(at=numbers, of=numbers)
    def prove_an_entry_under_a_kept_head(self, at: int, of: int) -> None:
        head = self.heads[of % len(self.heads)]
        if not head.size:
            return
        index = at % head.size
        proof = self.harness.ledger.prove_inclusion(index, head)
        check = self.harness.verifier.check_inclusion
        accepts(partial(check, self.model[index], index, head, proof), "the proof of an entry")
        refuses(partial(check, self.model[index] + b"!", index, head, proof), "the proof of another entry")

    @precondition(lambda self: self.heads and self.harness.traits.consistency)
    @rule(one=numbers, another=numbers)
    def prove_a_kept_head_a_prefix(self, one: int, another: int) -> None:
        pair = [self.heads[number % len(self.heads)] for number in (one, another)]
        older, newer = sorted(pair, key=lambda head: head.size)
        proof = self.harness.ledger.prove_consistency(older, newer)
        accepts(partial(self.harness.verifier.check_consistency, older, newer, proof), "consistency")

    @rule()
    def connect_anew(self) -> None:
        self.harness.ledger.close()
        self.harness.connect()

    @precondition(lambda self: self.harness.durable)
    @rule(kill=st.booleans())
    def restart(self, kill: bool) -> None:
        self.harness.after_restart(kill=kill)

    @invariant()
    def the_head_has_the_models_size(self) -> None:
        assert self.harness.ledger.head().size == len(self.model)
        assert self.harness.ledger.usage().entries == len(self.model)


def test_the_memory_ledger_behaves_like_a_list(deployer: Deployer) -> None:
    backend = registry.backend("memory")

    def machine() -> AgainstAList:
        deployment = deployer.deploy(backend, "stateful", "all")
        return AgainstAList(Harness(deployment, backend.verifier, AnyBytes(), no_stranger))

    run_machine(machine, settings(max_examples=60, stateful_step_count=30))


@pytest.mark.node
@pytest.mark.parametrize(("name", "examples"), [("signed-db", 20), ("merkle-log", 4)])
def test_a_ledger_on_disk_behaves_like_a_list(deployer: Deployer, name: str, examples: int) -> None:
    """One deployment for all examples, since each begins from what it finds."""
    backend = registry.backend(name)
    deployment = deployer.deploy(backend, f"{name}-stateful", "all")
    try:

        def machine() -> AgainstAList:
            return AgainstAList(Harness(deployment, backend.verifier, AnyBytes(), no_stranger))

        run_machine(machine, settings(max_examples=examples, stateful_step_count=20))
    finally:
        deployment.stop()


def run_machine(machine: Callable[[], AgainstAList], chosen: settings) -> None:
    # Any factory will do, says Hypothesis's manual; its annotation asks for a class.
    run_state_machine_as_test(machine, settings=chosen)  # type: ignore[arg-type]


def no_stranger() -> tuple[Head, list[bytes]]:
    raise AssertionError("no law about strangers is run here")
