"""What is wrong with each mutant, as small functions over a client's or a verifier's parts."""

import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Barrier, BrokenBarrierError, Event

from backends.memory.ledger import MAX_ENTRY_BYTES, Memory, MemoryDeployment
from consultation.core import merkle
from consultation.core.admission import rule
from consultation.core.errors import Overloaded, Rejected, Unavailable, Unsupported, VerificationError
from consultation.core.ledger import (
    Durability,
    Head,
    Health,
    Pending,
    Proof,
    Refusal,
    Root,
    Settled,
    Ticket,
    Usage,
)
from tests.conformance.broken import Checker, Client, Mutation

NOWHERE = Path("/nonexistent")
"""The memory ledger writes nothing."""


def a_strangers_head() -> tuple[Head, list[bytes]]:
    entry = b"an entry of another ledger"
    return Head(1, Root(merkle.leaf_hash(entry)), b""), [entry]


# Appending and settling


def appends_again(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        answers: list[Ticket | Refusal] = []
        for entry in entries:
            memory.index.pop(merkle.leaf_hash(entry), None)
            answers += client.append([entry])
        return answers

    return replace(client, append=append)


def knows_only_the_last_list(client: Client, memory: Memory) -> Client:
    kept: dict[bytes, int] = {}

    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        kept.update(memory.index)
        memory.index.clear()
        answers = client.append(entries)
        return answers

    return replace(client, append=append)


def asks_the_rules_first(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        refused = {entry: memory.admission.check(entry) for entry in entries}
        closed = {entry: why for entry, why in refused.items() if why and "while the consultation" in why}
        taken = iter(client.append([entry for entry in entries if entry not in closed]))
        return [Refusal(closed[entry] or "") if entry in closed else next(taken) for entry in entries]

    return replace(client, append=append)


def drops_the_rules(client: Client, memory: Memory) -> Client:
    memory.admission = rule("all")
    return client


def settles_without_keeping(client: Client, memory: Memory) -> Client:
    def scan(start: int, stop: int) -> Iterator[bytes]:
        return (entry for entry in client.scan(start, stop) if entry != memory.entries[-1])

    return replace(client, scan=scan)


def skips_an_index(client: Client, memory: Memory) -> Client:
    def settle(tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        found = client.settle(tickets, timeout_s=timeout_s)
        return [
            Settled(each.index + 1) if isinstance(each, Settled) and each.index else each for each in found
        ]

    return replace(client, settle=settle)


def puts_new_entries_first(client: Client, memory: Memory) -> Client:
    def settle(tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        found = client.settle(tickets, timeout_s=timeout_s)
        last = len(memory.entries) - 1
        return [Settled(last - each.index) if isinstance(each, Settled) else each for each in found]

    return replace(client, settle=settle)


def refuses_and_appends(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        answers = client.append(entries)
        for answer in answers:
            if isinstance(answer, Refusal):
                client.append([b"what was refused"])
        return answers

    return replace(client, append=append)


def cuts_large_entries(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        return client.append([entry[:MAX_ENTRY_BYTES] for entry in entries])

    return replace(client, append=append)


def refuses_whole_lists(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        if any(len(entry) > MAX_ENTRY_BYTES for entry in entries):
            return [Refusal("one of the entries is too large") for _ in entries]
        return client.append(entries)

    return replace(client, append=append)


def settles_unknown_tickets(client: Client, memory: Memory) -> Client:
    def settle(tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        found = client.settle(tickets, timeout_s=timeout_s)
        return [Settled(0) if isinstance(each, Pending) else each for each in found]

    return replace(client, settle=settle)


def answers_sorted(client: Client, memory: Memory) -> Client:
    def settle(tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        in_order = sorted(tickets, key=lambda ticket: ticket.leaf)
        return client.settle(in_order, timeout_s=timeout_s)

    return replace(client, settle=settle)


def waits_for_all(client: Client, memory: Memory) -> Client:
    never = Event()

    def settle(tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        found = client.settle(tickets, timeout_s=timeout_s)
        if any(isinstance(each, Pending) for each in found):
            never.wait(timeout_s)
        return found

    return replace(client, settle=settle)


def appends_without_a_lock(client: Client, memory: Memory) -> Client:
    """Two threads that meet between reading the size and writing the entry get the same index."""
    meeting = Barrier(2)

    def settle(tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        found = client.settle(tickets, timeout_s=timeout_s)
        try:
            met = meeting.wait(timeout=0.05)
        except BrokenBarrierError:
            meeting.reset()
            return found
        return [Settled(0) if isinstance(each, Settled) and met else each for each in found]

    return replace(client, settle=settle)


def says_overloaded_and_appends(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        stalled = memory.lock.locked()
        answers = client.append(entries)
        if stalled:
            raise Overloaded("the ledger is full for now: slow down, then retry")
        return answers

    return replace(client, append=append)


def raises_its_own_error(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        if memory.lock.locked():
            raise TimeoutError("database is locked")
        return client.append(entries)

    return replace(client, append=append)


# Reading


def strips_zeros(client: Client, memory: Memory) -> Client:
    return replace(client, scan=lambda start, stop: (each.rstrip(b"\0") for each in client.scan(start, stop)))


def scans_past_the_head(client: Client, memory: Memory) -> Client:
    def head() -> Head:
        found = client.head()
        size = max(0, found.size - 1)
        return Head(size, Root(memory.tree.root(size)), b"")

    return replace(client, head=head)


def scans_any_range(client: Client, memory: Memory) -> Client:
    return replace(client, scan=lambda start, stop: iter(memory.entries[start:stop]))


def has_no_empty_head(client: Client, memory: Memory) -> Client:
    def head() -> Head:
        if not memory.entries:
            raise Unavailable("nothing was appended yet")
        return client.head()

    return replace(client, head=head)


def shows_older_heads(client: Client, memory: Memory) -> Client:
    calls = count()

    def head() -> Head:
        found = client.head()
        size = found.size // 2 if next(calls) % 2 else found.size
        return Head(size, Root(memory.tree.root(size)), b"")

    return replace(client, head=head)


def counts_one_too_many(client: Client, memory: Memory) -> Client:
    return replace(client, head=lambda: replace(client.head(), size=memory.tree.size + 1))


def leaves_the_newest_out(client: Client, memory: Memory) -> Client:
    def head() -> Head:
        size = memory.tree.size
        return Head(size, Root(memory.tree.root(max(0, size - 1))), b"")

    return replace(client, head=head)


# Proving


def forgets_old_heads(client: Client, memory: Memory) -> Client:
    def prove_inclusion(index: int, head: Head) -> Proof:
        if head.size != memory.tree.size:
            raise Unavailable("the state of that head is pruned")
        return client.prove_inclusion(index, head)

    return replace(client, prove_inclusion=prove_inclusion)


def proves_past_the_head(client: Client, memory: Memory) -> Client:
    def prove_inclusion(index: int, head: Head) -> Proof:
        return client.prove_inclusion(index % head.size, head)

    return replace(client, prove_inclusion=prove_inclusion)


def proves_consistency_by_nothing(client: Client, memory: Memory) -> Client:
    def prove_consistency(old: Head, new: Head) -> Proof:
        client.prove_consistency(old, new)
        return Proof(b"")

    return replace(client, prove_consistency=prove_consistency)


def hides_consistency(client: Client, memory: Memory) -> Client:
    return replace(client, traits=replace(client.traits, consistency=False))


def lacks_inclusion(client: Client, memory: Memory) -> Client:
    def prove_inclusion(index: int, head: Head) -> Proof:
        raise Unsupported("this ledger proves no inclusion")

    return replace(client, prove_inclusion=prove_inclusion)


def says_vouched_for(client: Client, memory: Memory) -> Client:
    return replace(client, traits=replace(client.traits, parties=1))


# Verifying


def counts_at_replay(checker: Checker) -> Checker:
    def check_replay(entries: Iterable[bytes], head: Head) -> None:
        if len(list(entries)) != head.size:
            raise VerificationError("replay", "another number of entries")

    return replace(checker, check_replay=check_replay)


def accepts_every_inclusion(checker: Checker) -> Checker:
    return replace(checker, check_inclusion=lambda entry, index, head, proof: None)


def accepts_every_consistency(checker: Checker) -> Checker:
    return replace(checker, check_consistency=lambda old, new, proof: None)


def accepts_every_head(checker: Checker) -> Checker:
    return replace(checker, check_head=lambda head: None)


def ignores_the_index(checker: Checker) -> Checker:
    def check_inclusion(entry: bytes, index: int, head: Head, proof: Proof) -> None:
        for at in range(head.size):
            try:
                return checker.check_inclusion(entry, at, head, proof)
            except VerificationError:
                continue
        raise VerificationError("inclusion", "there is no index at which this holds")

    return replace(checker, check_inclusion=check_inclusion)


def ignores_the_rest(checker: Checker) -> Checker:
    def check_inclusion(entry: bytes, index: int, head: Head, proof: Proof) -> None:
        whole = Proof(proof.data[: len(proof.data) // 32 * 32])
        checker.check_inclusion(entry, index, head, whole)

    return replace(checker, check_inclusion=check_inclusion)


def ignores_the_root(checker: Checker) -> Checker:
    def check_inclusion(entry: bytes, index: int, head: Head, proof: Proof) -> None:
        try:
            checker.check_inclusion(entry, index, head, proof)
        except VerificationError as error:
            if "does not lead" not in error.message:
                raise

    return replace(checker, check_inclusion=check_inclusion)


def raises_index_errors(checker: Checker) -> Checker:
    def check_inclusion(entry: bytes, index: int, head: Head, proof: Proof) -> None:
        if index >= head.size:
            raise IndexError(index)
        checker.check_inclusion(entry, index, head, proof)

    return replace(checker, check_inclusion=check_inclusion)


def asks_the_network(checker: Checker) -> Checker:
    def check_inclusion(entry: bytes, index: int, head: Head, proof: Proof) -> None:
        with ExitStack() as stack:
            stack.enter_context(socket.socket())
        checker.check_inclusion(entry, index, head, proof)

    return replace(checker, check_inclusion=check_inclusion)


def ignores_the_older_root(checker: Checker) -> Checker:
    def check_consistency(old: Head, new: Head, proof: Proof) -> None:
        try:
            checker.check_consistency(old, new, proof)
        except VerificationError as error:
            if "older root" not in error.message:
                raise

    return replace(checker, check_consistency=check_consistency)


# Metering


def counts_each_client() -> Mutation:
    def mutate(client: Client, memory: Memory) -> Client:
        before = client.usage()

        def usage() -> Usage:
            now = client.usage()
            return replace(now, handed_over_bytes=now.handed_over_bytes - before.handed_over_bytes)

        return replace(client, usage=usage)

    return mutate


def takes_back_refused_bytes(client: Client, memory: Memory) -> Client:
    def append(entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        answers = client.append(entries)
        for entry, answer in zip(entries, answers, strict=True):
            if isinstance(answer, Refusal):
                memory.handed_over_bytes -= min(len(entry), memory.handed_over_bytes)
        return answers

    return replace(client, append=append)


def raises_in_health(client: Client, memory: Memory) -> Client:
    def health() -> Health:
        found = client.health()
        if not found.ok:
            raise Rejected("this client is closed")
        return found

    return replace(client, health=health)


# Restarting


def says_durable(client: Client, memory: Memory) -> Client:
    return replace(client, traits=replace(client.traits, durability=Durability.PROCESS))


def keep(deployment: MemoryDeployment) -> None:
    """A kill that harms nothing."""


def forget_the_index(memory: Memory) -> None:
    memory.index.clear()


def lose_the_last(memory: Memory) -> None:
    lost = memory.entries.pop()
    del memory.index[merkle.leaf_hash(lost)]
    memory.tree = merkle.Tree(map(merkle.leaf_hash, memory.entries))


def reset_the_counters(memory: Memory) -> None:
    memory.handed_over_bytes = 0
