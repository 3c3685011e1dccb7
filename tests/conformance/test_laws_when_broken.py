"""The laws that restart, kill -9 and stall a ledger, each over every one, on deployments of their own."""

import pytest

from tests.conformance.harness import Harness
from tests.conformance.laws import breaking, reading

pytestmark = pytest.mark.breakable


def test_law_3_an_empty_ledger_has_a_head_and_nothing_else(harness: Harness) -> None:
    """Stands first: the deployment is new, and nobody else's."""
    reading.law_3_an_empty_ledger_has_a_head_and_nothing_else(harness)


def test_law_1_the_same_bytes_keep_their_index_after_a_restart(harness: Harness) -> None:
    breaking.law_1_the_same_bytes_keep_their_index_after_a_restart(harness)


def test_law_2_a_restart_keeps_what_settled(harness: Harness) -> None:
    breaking.law_2_a_restart_keeps_what_settled(harness)


@pytest.mark.admissions("all", "rules")
def test_law_2_kill_9_keeps_what_settled(harness: Harness) -> None:
    breaking.law_2_kill_9_keeps_what_settled(harness)


def test_law_6_a_head_of_another_ledger_is_refused(harness: Harness) -> None:
    breaking.law_6_a_head_of_another_ledger_is_refused(harness)


def test_law_6_a_head_once_returned_verifies_without_the_node(harness: Harness) -> None:
    breaking.law_6_a_head_once_returned_verifies_without_the_node(harness)


def test_law_8_a_stalled_ledger_loses_and_doubles_nothing(harness: Harness) -> None:
    breaking.law_8_a_stalled_ledger_loses_and_doubles_nothing(harness)


def test_law_10_counters_grow_across_a_restart(harness: Harness) -> None:
    breaking.law_10_counters_grow_across_a_restart(harness)


def test_law_10_health_never_raises_without_the_node(harness: Harness) -> None:
    breaking.law_10_health_never_raises_without_the_node(harness)


def test_law_7_a_history_rewritten_and_signed_again_is_no_continuation(harness: Harness) -> None:
    """Stands last: what it leaves behind is a forged ledger."""
    breaking.law_7_a_history_rewritten_and_signed_again_is_no_continuation(harness)
