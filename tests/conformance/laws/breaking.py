"""Laws whose test restarts, kills or stalls the ledger: parts of 1, 2, 6, 8 and 10."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from functools import partial
from time import monotonic
from types import UnionType

from backends.ports import Rewrite
from consultation.core.errors import LedgerError, OutcomeUnknown, Overloaded, Unavailable, VerificationError
from consultation.core.ledger import Pending, Refusal, Settled, Ticket
from tests.conformance.harness import Harness, accepts, refuses
from tests.conformance.laws.metering import grows, healthy


def law_1_the_same_bytes_keep_their_index_after_a_restart(harness: Harness) -> None:
    """Where the ledger forgets, the bytes stand once again; where it keeps, at the index they had."""
    entries = harness.entries(4)
    before = harness.settle_all(entries)
    harness.after_restart(kill=False)
    after = harness.settle_all(entries)
    if harness.durable:
        assert after == before, f"before the restart at {before}, now at {after}"
    found = harness.all_entries()
    assert all(found.count(entry) == 1 for entry in entries), "the same bytes stand twice after a restart"


def law_2_a_restart_keeps_what_settled(harness: Harness) -> None:
    """Where the traits promise anything: entries, indexes, heads, and the ledger goes on from there."""
    survives(harness, kill=False)


def law_2_kill_9_keeps_what_settled(harness: Harness) -> None:
    """Every process is killed right after the answer, twice in a row; nothing had time to be tidied up."""
    survives(harness, kill=True)
    survives(harness, kill=True)


def survives(harness: Harness, *, kill: bool) -> None:
    entries = harness.entries(9)
    indexes = harness.settle_all(entries)
    head = harness.ledger.head() if harness.durable else None
    harness.after_restart(kill=kill)
    if head is not None:
        for entry, index in zip(entries, indexes, strict=True):
            found = list(harness.ledger.scan(index, index + 1))
            assert found == [entry], f"settled at {index} was {entry[:40]!r}, there is {found!r:.80}"
        now = harness.ledger.head()
        assert now.size >= head.size, f"the head shrank from {head.size} to {now.size}"
        accepts(
            partial(harness.verifier.check_replay, list(harness.ledger.scan(0, head.size)), head),
            "the replay of a head from before",
        )
        if harness.traits.consistency:
            proof = harness.ledger.prove_consistency(head, now)
            accepts(
                partial(harness.verifier.check_consistency, head, now, proof), "growth across the restart"
            )
    size = harness.ledger.head().size
    fresh = harness.settle_all(harness.entries(3))
    assert sorted(fresh) == list(range(size, size + 3)), f"after {size} entries came {fresh}"
    head = harness.ledger.head()
    replay = partial(harness.verifier.check_replay, harness.all_entries(), head)
    accepts(replay, "the replay after the restart")


def law_6_a_head_once_returned_verifies_without_the_node(harness: Harness) -> None:
    """Proofs and heads kept from before hold while every process is dead; pins went through JSON."""
    history = harness.history()
    kept = []
    for head in history.heads:
        index = head.size - 1
        if harness.traits.inclusion:
            kept.append((history.entries[index], index, head, harness.ledger.prove_inclusion(index, head)))
    verifier = harness.new_verifier()
    harness.ledger.close()
    harness.deployment.kill()
    try:
        for head in history.heads:
            accepts(partial(verifier.check_head, head), f"the head of {head.size} entries")
            accepts(partial(verifier.check_replay, history.entries[: head.size], head), "its replay")
        for entry, index, head, proof in kept:
            accepts(partial(verifier.check_inclusion, entry, index, head, proof), f"the proof of {index}")
    finally:
        harness.after_restart(kill=False)


def law_6_a_head_of_another_ledger_is_refused(harness: Harness) -> None:
    """The same backend, run by somebody else with other keys: what it vouches for is nothing here."""
    if not harness.traits.parties:
        return
    head, entries = harness.stranger()
    refuses(partial(harness.verifier.check_head, head), "the head of another ledger")
    refuses(partial(harness.verifier.check_replay, entries, head), "the replay of another ledger")


def law_7_a_history_rewritten_and_signed_again_is_no_continuation(harness: Harness) -> None:
    """The operator forges one old entry, with every key he has; a kept head shows it. Breaks the ledger."""
    history = harness.history()
    kept = history.newest
    middle = kept.size // 2
    forged = [*history.entries[:middle], b"forged", *history.entries[middle + 1 :]]
    verifier = harness.new_verifier()
    harness.ledger.close()
    if not harness.deployment.tamper(Rewrite(forged)).done:
        return  # something stronger than a kept head refused it
    try:
        ledger = harness.connect()
        head = ledger.head()
        found = list(ledger.scan(0, head.size))
        proof = ledger.prove_consistency(kept, head) if harness.traits.consistency else None
    except (LedgerError, VerificationError):
        return  # it does not run over what was forged, or its client saw it
    if found != history.entries:
        refuses(
            partial(verifier.check_replay, found[: kept.size], kept), "a forged history under a kept head"
        )
        if proof is not None:
            refuses(partial(verifier.check_consistency, kept, head, proof), "a forged head after a kept one")


def law_8_a_stalled_ledger_loses_and_doubles_nothing(harness: Harness) -> None:
    """Entries handed over in a stall are pending, refused together, or doubtful; afterwards each stands once.

    A call may also wait for the end of the stall. After Overloaded or Unavailable the entries must not be
    there until somebody appends them again.
    """
    settled, stalled = harness.entries(2), harness.entries(3)
    tickets = [answer for answer in harness.ledger.append(settled) if isinstance(answer, Ticket)]
    harness.await_all(tickets)
    before = harness.ledger.head().size
    said_no = False
    with ThreadPoolExecutor(2) as pool:
        harness.deployment.pause()
        try:
            asked = pool.submit(settle_within, harness, tickets, Settled | Pending)
            handed = pool.submit(harness.ledger.append, stalled)
            done = finished(handed, 1.0)
            asked.result(timeout=harness.prompt_s + 10)
            healthy(harness.ledger)
            if done and handed.exception() is None:
                waiting = [answer for answer in handed.result() if isinstance(answer, Ticket)]
                assert len(waiting) == 3, f"good entries were refused during a stall: {handed.result()}"
                settle_within(harness, waiting, Pending)
        finally:
            harness.deployment.resume()
        try:
            handed.result(timeout=harness.patience_s)
        except (Overloaded, Unavailable):
            said_no = True
        except OutcomeUnknown:
            pass
        except Exception as error:
            raise AssertionError(f"a stalled ledger raised {error!r}") from error
    marker = harness.entries(1)
    harness.settle_all(marker)
    if said_no:
        found = list(harness.ledger.scan(before, harness.ledger.head().size))
        assert not set(stalled) & set(found), "Overloaded or Unavailable, yet the entries stand"
    again = harness.settle_all(stalled)
    assert len(set(again)) == 3
    harness.settle_all(harness.entries(1))
    found = list(harness.ledger.scan(before, harness.ledger.head().size))
    assert all(found.count(entry) == 1 for entry in (*stalled, *marker)), "an entry stands twice, or never"
    assert len(found) == 5, f"after the stall stand {len(found)} new entries, not 5"


def settle_within(harness: Harness, tickets: list[Ticket], allowed: type | UnionType) -> None:
    """During a stall `settle` ends at its timeout: with an answer that is allowed, or Unavailable."""
    before_s = monotonic()
    try:
        for answer in harness.ledger.settle(tickets, timeout_s=0.3):
            assert isinstance(answer, allowed), f"during the stall settle answered {answer}"
    except Unavailable:
        pass
    assert monotonic() - before_s < 0.3 + harness.prompt_s, "settle overran its timeout in a stall"


def finished(future: "Future[Sequence[Ticket | Refusal]]", timeout_s: float) -> bool:
    """Whether the call ends within the time given, with or without an exception."""
    try:
        future.exception(timeout=timeout_s)
    except NotYet:
        return False
    return True


def law_10_counters_grow_across_a_restart(harness: Harness) -> None:
    """Where anything is kept, so are the counters, softly or by kill -9."""
    readings = [harness.ledger.usage()]
    for kill in (False, True):
        harness.settle_all(harness.entries(3))
        readings.append(harness.ledger.usage())
        harness.after_restart(kill=kill)
        readings.append(harness.ledger.usage())
    if harness.durable:
        grows(readings)


def law_10_health_never_raises_without_the_node(harness: Harness) -> None:
    """Nor do a closed client, a killed and a stopped ledger make it raise."""
    before = harness.ledger
    closed = harness.deployment.connect()
    closed.close()
    harness.deployment.kill()
    try:
        healthy(before)
        healthy(closed)
        harness.deployment.stop()
        harness.deployment.stop()
        healthy(before)
    finally:
        harness.after_restart(kill=False)
    assert healthy(harness.ledger).ok, "restarted and not well"
