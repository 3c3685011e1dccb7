"""The laws over every registered ledger, on real nodes; what a law asks stands in its function in `laws`."""

import pytest

from tests.conformance.harness import Harness
from tests.conformance.laws import appending, metering, proving, reading


@pytest.mark.admissions("rules")
def test_law_1_the_same_bytes_keep_their_index_after_the_close(harness: Harness) -> None:
    appending.law_1_the_same_bytes_keep_their_index_after_the_close(harness)


@pytest.mark.admissions("all", "rules")
def test_law_1_the_same_bytes_settle_at_the_same_index(harness: Harness) -> None:
    appending.law_1_the_same_bytes_settle_at_the_same_index(harness)


def test_law_1_threads_that_race_with_the_same_bytes_share_an_index(harness: Harness) -> None:
    appending.law_1_threads_that_race_with_the_same_bytes_share_an_index(harness)


@pytest.mark.admissions("all", "rules")
def test_law_2_a_settled_entry_is_read_back_at_its_index(harness: Harness) -> None:
    reading.law_2_a_settled_entry_is_read_back_at_its_index(harness)


def test_law_2_any_bytes_are_read_back_as_they_were(harness: Harness) -> None:
    reading.law_2_any_bytes_are_read_back_as_they_were(harness)


def test_law_3_a_bad_range_is_rejected(harness: Harness) -> None:
    reading.law_3_a_bad_range_is_rejected(harness)


def test_law_3_indexes_are_dense_from_zero(harness: Harness) -> None:
    reading.law_3_indexes_are_dense_from_zero(harness)


def test_law_3_nothing_exists_past_the_head(harness: Harness) -> None:
    reading.law_3_nothing_exists_past_the_head(harness)


def test_law_4_an_entry_appended_after_another_settled_comes_after_it(harness: Harness) -> None:
    appending.law_4_an_entry_appended_after_another_settled_comes_after_it(harness)


def test_law_5_a_head_commits_to_exactly_the_entries_it_covers(harness: Harness) -> None:
    reading.law_5_a_head_commits_to_exactly_the_entries_it_covers(harness)


def test_law_5_heads_never_shrink(harness: Harness) -> None:
    reading.law_5_heads_never_shrink(harness)


def test_law_6_a_damaged_proof_is_refused(harness: Harness) -> None:
    proving.law_6_a_damaged_proof_is_refused(harness)


def test_law_6_a_forged_head_is_refused(harness: Harness) -> None:
    proving.law_6_a_forged_head_is_refused(harness)


def test_law_6_a_proof_fits_no_forged_head(harness: Harness) -> None:
    proving.law_6_a_proof_fits_no_forged_head(harness)


def test_law_6_a_proof_fits_one_entry(harness: Harness) -> None:
    proving.law_6_a_proof_fits_one_entry(harness)


def test_law_6_an_index_past_the_head_has_no_proof(harness: Harness) -> None:
    proving.law_6_an_index_past_the_head_has_no_proof(harness)


def test_law_7_a_damaged_proof_is_refused(harness: Harness) -> None:
    proving.law_7_a_damaged_proof_is_refused(harness)


def test_law_7_a_forked_head_is_refused(harness: Harness) -> None:
    proving.law_7_a_forked_head_is_refused(harness)


def test_law_7_any_two_heads_prove_the_older_a_prefix(harness: Harness) -> None:
    proving.law_7_any_two_heads_prove_the_older_a_prefix(harness)


@pytest.mark.admissions("all", "rules")
def test_law_8_a_refused_entry_is_not_appended(harness: Harness) -> None:
    appending.law_8_a_refused_entry_is_not_appended(harness)


@pytest.mark.admissions("rules")
def test_law_8_an_entry_against_the_rules_is_not_appended(harness: Harness) -> None:
    appending.law_8_an_entry_against_the_rules_is_not_appended(harness)


def test_law_8_an_unknown_ticket_stays_pending(harness: Harness) -> None:
    appending.law_8_an_unknown_ticket_stays_pending(harness)


def test_law_8_answers_come_in_input_order(harness: Harness) -> None:
    appending.law_8_answers_come_in_input_order(harness)


def test_law_8_settle_answers_once_something_is_decided(harness: Harness) -> None:
    appending.law_8_settle_answers_once_something_is_decided(harness)


@pytest.mark.admissions("all", "rules")
def test_law_8_threads_do_not_disturb_each_other(harness: Harness) -> None:
    appending.law_8_threads_do_not_disturb_each_other(harness)


def test_law_9_unsupported_is_raised_exactly_where_the_traits_omit(harness: Harness) -> None:
    proving.law_9_unsupported_is_raised_exactly_where_the_traits_omit(harness)


@pytest.mark.admissions("all", "rules")
def test_law_10_counters_only_grow(harness: Harness) -> None:
    metering.law_10_counters_only_grow(harness)


def test_law_10_health_never_raises(harness: Harness) -> None:
    metering.law_10_health_never_raises(harness)
