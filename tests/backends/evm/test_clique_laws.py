"""The ledger laws over geth with Clique and one signer: those that a chain can break.

Blocks come once a second. Laws that only ask the client, which is the same as over anvil, are left to that.
What four signers add is in `test_clique`.
"""

from collections.abc import Iterator

import pytest

from backends.evm import BACKEND
from consultation.core.ledger import Head
from tests.backends.evm.conftest import clique
from tests.conformance.entries import AnyBytes
from tests.conformance.harness import Harness
from tests.conformance.laws import Law, appending, breaking, proving, reading

pytestmark = pytest.mark.node

LAWS: list[Law] = [
    reading.law_3_an_empty_ledger_has_a_head_and_nothing_else,
    appending.law_1_threads_that_race_with_the_same_bytes_share_an_index,
    appending.law_8_a_refused_entry_is_not_appended,
    appending.law_8_an_unknown_ticket_stays_pending,
    appending.law_8_answers_come_in_input_order,
    reading.law_3_indexes_are_dense_from_zero,
    reading.law_3_nothing_exists_past_the_head,
    reading.law_5_heads_never_shrink,
    proving.law_6_a_damaged_proof_is_refused,
    proving.law_6_a_forged_head_is_refused,
    proving.law_6_a_proof_fits_no_forged_head,
    proving.law_6_a_proof_fits_one_entry,
    proving.law_7_a_damaged_proof_is_refused,
    proving.law_7_a_forked_head_is_refused,
    proving.law_7_any_two_heads_prove_the_older_a_prefix,
    breaking.law_6_a_head_of_another_ledger_is_refused,
    # What it leaves is a forged ledger, which goes on as any other; last of those that share one history.
    breaking.law_7_a_history_rewritten_and_signed_again_is_no_continuation,
    breaking.law_8_a_stalled_ledger_loses_and_doubles_nothing,
    breaking.law_10_counters_grow_across_a_restart,
    breaking.law_10_health_never_raises_without_the_node,
]


def named(law: Law) -> str:
    return law.__name__


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory, stranger: tuple[Head, list[bytes]]) -> Iterator[Harness]:
    deployment = clique(tmp_path_factory.mktemp("one"), 1)
    yield Harness(deployment, BACKEND.verifier, AnyBytes(), lambda: stranger)
    deployment.stop()


@pytest.mark.parametrize("law", LAWS, ids=named)
def test_a_law_holds_with_one_signer(one: Harness, law: Law) -> None:
    law(one)
