"""The whole campaign over ledgers that need no node: every attack really staged, every outcome computed."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter

from pilot import attack
from reports.shapes import RiskCell
from tests.workloads.attacks.sites import ACTS, OPINIONS, case, run_keys, silent

LEDGERS = ("memory", "signed-db")


@pytest.fixture(scope="module", params=LEDGERS)
def cells(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[RiskCell]:
    """A campaign's cells as `risk.json` is read by the reports."""
    name = str(request.param)
    folder = tmp_path_factory.mktemp(name)
    found = attack.campaign(case(name), name, folder / "attacked", run_keys(folder), silent)
    assert [path.name for path in folder.iterdir()] == ["keys.json"], "a campaign takes its folder away"
    return TypeAdapter(list[RiskCell]).validate_python(found)


def test_every_attack_is_staged_once_in_each_store_and_seen_by_each_defender(cells: list[RiskCell]) -> None:
    places = {(cell.threat, cell.store, cell.defender) for cell in cells}
    assert len(places) == len(cells) == 3 * 2 * 3
    assert all(cell.staged and cell.outcome != "not measured" for cell in cells)


def test_the_victim_and_an_auditor_with_a_kept_head_detect_every_attack(cells: list[RiskCell]) -> None:
    checked = [cell for cell in cells if cell.defender != "another validator or witness"]
    for cell in checked:
        assert cell.outcome == "detected", cell
        assert cell.detected_by, cell
        assert cell.evidence, cell
        assert (cell.seconds or 0) > 0, cell


def test_nobody_else_has_a_part_in_a_ledger_of_the_operator_alone(cells: list[RiskCell]) -> None:
    others = [cell for cell in cells if cell.defender == "another validator or witness"]
    assert {cell.outcome for cell in others} == {"not applicable"}


def test_only_the_kept_head_shows_a_rewritten_ledger(cells: list[RiskCell]) -> None:
    """With every key in one department, a first-time auditor is shown a history without a flaw."""
    cell = one(cells, "rewrite", "ledger", "auditor with pins")
    assert cell.detected_by == "kept-head"
    assert "without it would have found nothing" in cell.evidence


def test_losses_are_counted(cells: list[RiskCell]) -> None:
    lost = {(cell.store, cell.threat): cell.lost for cell in cells}
    assert lost == {
        ("service", "edit"): 1,
        ("service", "delete"): 1,
        ("service", "rewrite"): OPINIONS,
        ("ledger", "edit"): 1,
        ("ledger", "delete"): 1,
        ("ledger", "rewrite"): ACTS,
    }
    assert {cell.duplicated for cell in cells} == {0}


def test_what_was_staged_names_the_place(cells: list[RiskCell]) -> None:
    for cell in cells:
        assert "one department" in cell.staged
        assert ("sqlite" in cell.staged) == (cell.store == "service"), cell.staged


def test_a_campaign_that_cannot_begin_gives_cells_with_the_reason() -> None:
    found = TypeAdapter(list[RiskCell]).validate_python(attack.not_measured("evm-anchored", "no node"))
    assert len(found) == 18
    assert {(cell.outcome, cell.evidence, cell.mode) for cell in found} == {
        ("not measured", "no node", "anchored")
    }


def test_where_not_even_the_consultation_runs_the_cells_say_why(tmp_path: Path) -> None:
    blocked = tmp_path / "attacked"
    blocked.write_text("a file where a folder should be")
    said: list[str] = []
    found = attack.campaign(case("signed-db"), "signed-db", blocked, run_keys(tmp_path), said.append)
    cells = TypeAdapter(list[RiskCell]).validate_python(found)
    assert {cell.outcome for cell in cells} == {"not measured"}
    assert all("attacked" in cell.evidence for cell in cells)
    assert len(said) == 1


def one(cells: list[RiskCell], threat: str, store: str, defender: str) -> RiskCell:
    found = [cell for cell in cells if (cell.threat, cell.store, cell.defender) == (threat, store, defender)]
    assert len(found) == 1
    return found[0]
