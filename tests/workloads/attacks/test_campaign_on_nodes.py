"""The whole campaign over ledgers with real nodes; what is expected differs by who vouches for a head."""

import os

import pytest
from pydantic import TypeAdapter

from backends import registry
from backends.nodes.toolchain import NodeUnavailable, ensure
from pilot import attack
from reports.shapes import RiskCell
from tests.workloads.attacks.sites import ACTS, case, run_keys, silent

pytestmark = pytest.mark.node

HOLDER, AUDITOR, PARTY = "certificate holder", "auditor with pins", "another validator or witness"
Expected = dict[tuple[str, str], tuple[str, str]]

WITNESSES: Expected = {
    ("ledger", "edit"): ("not detected", ""),
    ("ledger", "delete"): ("not detected", ""),
    ("ledger", "rewrite"): ("detected", "refusal"),
}
VALIDATORS: Expected = {
    ("ledger", threat): ("detected", "own-copy") for threat in ("edit", "delete", "rewrite")
}
NOBODY: Expected = {
    (store, threat): ("not applicable", "")
    for store in ("service", "ledger")
    for threat in ("edit", "delete", "rewrite")
}
NOT_THEIRS: Expected = {("service", threat): ("not detected", "") for threat in ("edit", "delete", "rewrite")}


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("ledger", "parties", "rewrite_shown_by"),
    [
        ("merkle-log", {**NOT_THEIRS, **WITNESSES}, "ledger-head"),
        ("cometbft", {**NOT_THEIRS, **VALIDATORS}, "ledger-head"),
        ("evm", NOBODY, "kept-head"),
        ("evm-anchored", NOBODY, "kept-head"),
    ],
)
def test_every_attack_is_staged_on_real_nodes_and_seen_by_whom_it_should(
    ledger: str, parties: Expected, rewrite_shown_by: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for node in registry.backend(ledger).nodes(registry.backend(ledger).options):
        try:
            ensure(node)
        except NodeUnavailable as error:
            if os.environ.get("CI", "").lower() in ("1", "true"):
                raise
            pytest.skip(f"not measured: {error}")
    folder = tmp_path_factory.mktemp("campaign")
    found = attack.campaign(case(ledger), ledger, folder / "attacked", run_keys(folder), silent)
    cells = TypeAdapter(list[RiskCell]).validate_python(found)
    assert {cell.mode for cell in cells} == {"anchored" if ledger == "evm-anchored" else "per entry"}
    assert len({(cell.store, cell.threat, cell.defender) for cell in cells}) == len(cells) == 18

    not_measured = [cell.evidence for cell in cells if cell.outcome == "not measured"]
    assert not not_measured
    for defender in (HOLDER, AUDITOR):
        assert {cell.outcome for cell in cells if cell.defender == defender} == {"detected"}
    others = {
        (cell.store, cell.threat): (cell.outcome, cell.detected_by)
        for cell in cells
        if cell.defender == PARTY
    }
    assert others == parties

    rewritten = next(
        cell for cell in cells if (cell.store, cell.threat, cell.defender) == ("ledger", "rewrite", AUDITOR)
    )
    assert rewritten.detected_by == rewrite_shown_by
    assert ("without it would have found nothing" in rewritten.evidence) == (rewrite_shown_by == "kept-head")
    assert rewritten.lost == ACTS
    if ledger == "cometbft":
        assert "the true history of 17 entries was read from validator 1" in rewritten.evidence
