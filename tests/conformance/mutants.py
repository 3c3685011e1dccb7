"""Deliberately broken ledgers, each with the laws that must catch it.

A mutant is the memory ledger with one thing wrong. Every law has at least one; a law without a mutant
would be a test that nothing shows to be able to fail.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from backends.memory.ledger import BACKEND, Memory, MemoryDeployment
from backends.ports import Setting
from tests.conformance import broken, mutations
from tests.conformance.broken import OPERATOR, Broken, Checker, Client
from tests.conformance.entries import AnyBytes, Opinions
from tests.conformance.harness import Harness


def _same(client: Client, _memory: Memory) -> Client:
    return client


def _same_checker(checker: Checker) -> Checker:
    return checker


def _nothing(_memory: Memory) -> None:
    """A restart that leaves everything as it is."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One broken ledger and the laws that must not hold for it."""

    caught_by: tuple[str, ...]
    client: broken.Mutation = _same
    checker: broken.CheckerMutation = _same_checker
    on_restart: Callable[[Memory], None] = _nothing
    on_kill: Callable[[MemoryDeployment], None] | None = None
    admission: str = "all"

    def harness(self) -> Harness:
        inner = BACKEND.deploy(Setting(mutations.NOWHERE, OPERATOR, "mutant.example", self.admission))
        deployment = Broken(inner, self.client, self.on_restart, self.on_kill)
        source = AnyBytes() if self.admission == "all" else Opinions()
        return Harness(
            deployment,
            broken.verifier(self.checker),
            source,
            mutations.a_strangers_head,
            patience_s=0.3,
            prompt_s=0.3,
        )


_M = mutations

MUTANTS: Mapping[str, Mutant] = {
    # Law 1
    "appends the same bytes again": Mutant(
        (
            "law_1_the_same_bytes_settle_at_the_same_index",
            "law_1_threads_that_race_with_the_same_bytes_share_an_index",
        ),
        _M.appends_again,
    ),
    "knows only what the last list held": Mutant(
        ("law_1_the_same_bytes_settle_at_the_same_index",), _M.knows_only_the_last_list
    ),
    "forgets at a restart which bytes it has": Mutant(
        ("law_1_the_same_bytes_keep_their_index_after_a_restart",),
        _M.says_durable,
        on_restart=_M.forget_the_index,
        on_kill=_M.keep,
    ),
    "asks the rules before its own index": Mutant(
        ("law_1_the_same_bytes_keep_their_index_after_the_close",), _M.asks_the_rules_first, admission="rules"
    ),
    # Law 2
    "settles what it does not keep": Mutant(
        ("law_2_a_settled_entry_is_read_back_at_its_index",), _M.settles_without_keeping
    ),
    "reads entries back without their trailing zeros": Mutant(
        ("law_2_any_bytes_are_read_back_as_they_were",), _M.strips_zeros
    ),
    "loses the newest entry at a restart": Mutant(
        ("law_2_a_restart_keeps_what_settled",), _M.says_durable, on_restart=_M.lose_the_last, on_kill=_M.keep
    ),
    "says that it survives a kill and does not": Mutant(
        ("law_2_kill_9_keeps_what_settled",), _M.says_durable
    ),
    # Law 3
    "skips an index": Mutant(("law_3_indexes_are_dense_from_zero",), _M.skips_an_index),
    "scans past its head": Mutant(("law_3_nothing_exists_past_the_head",), _M.scans_past_the_head),
    "has no head before the first entry": Mutant(
        ("law_3_an_empty_ledger_has_a_head_and_nothing_else",), _M.has_no_empty_head
    ),
    "takes a negative start for one from the end": Mutant(
        ("law_3_a_bad_range_is_rejected",), _M.scans_any_range
    ),
    # Law 4
    "puts new entries first": Mutant(
        ("law_4_an_entry_appended_after_another_settled_comes_after_it",), _M.puts_new_entries_first
    ),
    # Law 5
    "shows an older head now and then": Mutant(("law_5_heads_never_shrink",), _M.shows_older_heads),
    "counts an entry in the head that is not there": Mutant(
        ("law_5_a_head_commits_to_exactly_the_entries_it_covers",), _M.counts_one_too_many
    ),
    "leaves the newest entry out of the root": Mutant(
        ("law_5_a_head_commits_to_exactly_the_entries_it_covers",), _M.leaves_the_newest_out
    ),
    "checks the number of entries at replay, not the entries": Mutant(
        ("law_5_a_head_commits_to_exactly_the_entries_it_covers",), checker=_M.counts_at_replay
    ),
    # Law 6
    "accepts every inclusion proof": Mutant(
        (
            "law_6_a_proof_fits_one_entry",
            "law_6_a_damaged_proof_is_refused",
            "law_6_a_proof_fits_no_forged_head",
        ),
        checker=_M.accepts_every_inclusion,
    ),
    "ignores the index of a proof": Mutant(("law_6_a_proof_fits_one_entry",), checker=_M.ignores_the_index),
    "ignores what follows a proof": Mutant(
        ("law_6_a_damaged_proof_is_refused",), checker=_M.ignores_the_rest
    ),
    "computes the root from the proof alone": Mutant(
        ("law_6_a_proof_fits_no_forged_head",), checker=_M.ignores_the_root
    ),
    "raises IndexError at a forged proof": Mutant(
        ("law_6_a_proof_fits_one_entry",), checker=_M.raises_index_errors
    ),
    "proves under the newest head alone": Mutant(("law_6_a_proof_fits_one_entry",), _M.forgets_old_heads),
    "accepts an attestation that nobody gave": Mutant(
        ("law_6_a_forged_head_is_refused",), checker=_M.accepts_every_head
    ),
    "proves entries past the head": Mutant(
        ("law_6_an_index_past_the_head_has_no_proof",), _M.proves_past_the_head
    ),
    "asks the network while it verifies": Mutant(
        ("law_6_a_head_once_returned_verifies_without_the_node", "law_6_a_proof_fits_one_entry"),
        checker=_M.asks_the_network,
    ),
    "believes whoever ran the ledger": Mutant(
        ("law_6_a_head_of_another_ledger_is_refused",), _M.says_vouched_for
    ),
    # Law 7
    "accepts every consistency proof": Mutant(
        (
            "law_7_any_two_heads_prove_the_older_a_prefix",
            "law_7_a_damaged_proof_is_refused",
            "law_7_a_history_rewritten_and_signed_again_is_no_continuation",
        ),
        checker=_M.accepts_every_consistency,
    ),
    "takes the older root from the proof": Mutant(
        ("law_7_a_forked_head_is_refused",), checker=_M.ignores_the_older_root
    ),
    "gives empty consistency proofs": Mutant(
        ("law_7_any_two_heads_prove_the_older_a_prefix",), _M.proves_consistency_by_nothing
    ),
    # Law 8
    "refuses an entry and appends it": Mutant(
        ("law_8_a_refused_entry_is_not_appended",), _M.refuses_and_appends
    ),
    "cuts what is too large": Mutant(("law_8_a_refused_entry_is_not_appended",), _M.cuts_large_entries),
    "refuses the whole list for one entry": Mutant(
        ("law_8_a_refused_entry_is_not_appended",), _M.refuses_whole_lists
    ),
    "takes a record without its rules": Mutant(
        ("law_8_an_entry_against_the_rules_is_not_appended",), _M.drops_the_rules, admission="rules"
    ),
    "settles tickets that it never gave": Mutant(
        ("law_8_an_unknown_ticket_stays_pending",), _M.settles_unknown_tickets
    ),
    "answers in the order of its own": Mutant(("law_8_answers_come_in_input_order",), _M.answers_sorted),
    "waits for every ticket": Mutant(("law_8_settle_answers_once_something_is_decided",), _M.waits_for_all),
    "gives threads each other's indexes": Mutant(
        ("law_8_threads_do_not_disturb_each_other",), _M.appends_without_a_lock
    ),
    "says Overloaded and appends": Mutant(
        ("law_8_a_stalled_ledger_loses_and_doubles_nothing",), _M.says_overloaded_and_appends
    ),
    "raises its database's own error in a stall": Mutant(
        ("law_8_a_stalled_ledger_loses_and_doubles_nothing",), _M.raises_its_own_error
    ),
    # Law 9
    "does not declare what it offers": Mutant(
        ("law_9_unsupported_is_raised_exactly_where_the_traits_omit",), _M.hides_consistency
    ),
    "declares what it does not offer": Mutant(
        ("law_9_unsupported_is_raised_exactly_where_the_traits_omit",), _M.lacks_inclusion
    ),
    # Law 10
    "counts each client for itself": Mutant(("law_10_counters_only_grow",), _M.counts_each_client()),
    "takes back the bytes of what it refuses": Mutant(
        ("law_10_counters_only_grow",), _M.takes_back_refused_bytes
    ),
    "counts from zero after a restart": Mutant(
        ("law_10_counters_grow_across_a_restart",),
        _M.says_durable,
        on_restart=_M.reset_the_counters,
        on_kill=_M.keep,
    ),
    "raises when asked how it is after its close": Mutant(
        ("law_10_health_never_raises", "law_10_health_never_raises_without_the_node"), _M.raises_in_health
    ),
}
