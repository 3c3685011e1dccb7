"""Rules and verdict on invented runs: from files to answers."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from reports import cost, protocol_text, summary, verdict
from reports.derived import Ruling, Verdict
from reports.errors import RunError
from reports.pointer import resolve
from reports.rules import RULES, read_rules
from reports.run import Run
from tests.reports import synthetic

Cell = dict[str, synthetic.Json]


def judged(run_dir: Path) -> Verdict:
    summary.write(run_dir)
    cost.write(run_dir)
    verdict.write(run_dir)
    return Run(run_dir).verdict


def ruling(found: Verdict, rule: str, ledger: str) -> Ruling:
    return next(item for item in found.rulings if (item.rule, item.ledger) == (rule, ledger))


def attacked(run_dir: Path, change: Callable[[Cell], None]) -> None:
    """Change cells of risk.json."""
    cells = json.loads((run_dir / "risk.json").read_text())
    for cell in cells:
        change(cell)
    synthetic.dump(run_dir / "risk.json", cells)


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    return synthetic.write(tmp_path / "run")


def test_the_invented_run_is_judged_by_what_it_holds(built: Path) -> None:
    found = Run(built).verdict
    assert found.overall == "chain-not-justified"
    assert found.subjects == {"best": "merkle-log", "chain": "cometbft"}
    assert ruling(found, "rewriting-seen", "signed-db").answer == "no"
    assert ruling(found, "rewriting-seen", "merkle-log").answer == "yes"


def test_every_fact_that_a_rule_used_stands_in_the_run_with_that_value(built: Path) -> None:
    run = Run(built)
    facts = [fact for item in run.verdict.rulings for fact in item.facts]
    facts += [fact for scheme in run.verdict.schemes for step in scheme.steps for fact in step.facts]
    assert len(facts) > 100
    for fact in facts:
        assert resolve(run, fact.ref) == fact.value, fact.ref


def shifted(run_dir: Path, ledger: str, **later_s: float) -> None:
    """Move columns of a ledger's observations by so many seconds."""
    path = run_dir / "observations" / f"{ledger}.parquet"
    table = pq.read_table(path)
    for name, seconds in later_s.items():
        moved = pc.add(table.column(name), seconds)
        table = table.set_column(table.schema.get_field_index(name), name, moved)
    pq.write_table(table, path)


@pytest.mark.parametrize(
    ("late_s", "wait_s", "answer"),
    [(0.0, 0.0, "yes"), (0.0, 6.0, "no"), (1.0, 0.0, "yes"), (1.0, 6.0, "not enough evidence")],
)
def test_a_limit_is_broken_only_where_the_generator_kept_its_schedule(
    run_dir: Path, late_s: float, wait_s: float, answer: str
) -> None:
    shifted(run_dir, "signed-db", sent=late_s, final=wait_s, provable=wait_s)
    found = ruling(judged(run_dir), "timely", "signed-db")
    assert found.answer == answer
    kept = "summary.json#/ledgers/signed-db/rates/1/kept"
    assert found.missing == ([kept] if answer == "not enough evidence" else [])


def test_without_a_chain_of_several_nodes_nothing_is_concluded(tmp_path: Path) -> None:
    found = judged(synthetic.write(tmp_path / "run", unmeasured=["cometbft"]))
    assert found.overall == "not-enough-evidence"
    assert found.not_judged["cometbft"] == "not-measured"
    assert "nhiều nút" in found.line["vi"]


def test_one_node_supports_no_sentence_about_chains(built: Path) -> None:
    found = Run(built).verdict
    assert found.not_judged == {"memory": "floor", "evm": "one-node", "evm-anchored": "one-node"}
    assert "evm" not in found.line["en"]
    assert not any("evm" in item.ledger for item in found.rulings if item.rule.startswith("chain-"))


def test_attacks_that_were_not_measured_leave_the_verdict_open(run_dir: Path) -> None:
    def unmeasured(cell: Cell) -> None:
        if cell["ledger"] == "merkle-log":
            cell["outcome"] = "not measured"

    attacked(run_dir, unmeasured)
    found = judged(run_dir)
    assert ruling(found, "rewriting-seen", "merkle-log").answer == "not enough evidence"
    assert ruling(found, "rewriting-seen", "merkle-log").missing
    assert found.overall == "not-enough-evidence"


def test_cells_that_are_absent_are_not_taken_for_an_answer(run_dir: Path) -> None:
    cells = [cell for cell in json.loads((run_dir / "risk.json").read_text()) if cell["ledger"] != "cometbft"]
    synthetic.dump(run_dir / "risk.json", cells)
    found = judged(run_dir)
    assert ruling(found, "changes-seen", "cometbft").answer == "not enough evidence"
    assert found.overall == "not-enough-evidence"


def test_an_undetected_attack_turns_the_rule_and_the_verdict(run_dir: Path) -> None:
    def unseen(cell: Cell) -> None:
        if cell["ledger"] == "merkle-log" and cell["threat"] == "rewrite":
            cell["outcome"] = "not detected"

    attacked(run_dir, unseen)
    found = judged(run_dir)
    assert ruling(found, "rewriting-seen", "merkle-log").answer == "no"
    assert found.overall == "only-chain-passes"


def test_what_the_chain_alone_detects_makes_it_a_trade_off(run_dir: Path) -> None:
    def unseen(cell: Cell) -> None:
        if cell["ledger"] == "merkle-log" and cell["defender"] == "certificate holder":
            cell["outcome"] = "not detected"

    attacked(run_dir, unseen)
    found = judged(run_dir)
    assert found.overall == "trade-off"
    assert found.subjects == {"best": "merkle-log", "chain": "cometbft"}
    added = [resolve(Run(run_dir), place) for place in found.adds["cometbft / merkle-log"]]
    assert added == ["detected"] * 6
    assert (
        "người giữ giấy chứng nhận phát hiện việc sửa ý kiến, việc xóa ý kiến và việc viết"
        in found.line["vi"]
    )


def test_a_lost_opinion_breaks_exactly_once(run_dir: Path) -> None:
    raw = json.loads((run_dir / "raw.json").read_text())
    raw["ledgers"]["merkle-log"]["counts"]["lost"] = 1
    synthetic.dump(run_dir / "raw.json", raw)
    found = judged(run_dir)
    assert ruling(found, "exactly-once", "merkle-log").answer == "no"
    assert found.overall != "chain-not-justified"


def test_a_quantile_that_the_run_cannot_support_is_not_enough_evidence(tmp_path: Path) -> None:
    """At 40 operations a second for 3 x 4 s, fewer than 100 observations lie beyond the 90 % quantile."""
    found = judged(synthetic.write(tmp_path / "run", rates=(20.0, 40.0), seconds=4.0))
    timely = ruling(found, "timely", "merkle-log")
    assert timely.answer == "not enough evidence"
    assert timely.missing == ["summary.json#/ledgers/merkle-log/rates/1/latency/final/p90/value"]
    assert found.overall == "not-enough-evidence"


def test_a_context_that_is_not_declared_is_not_guessed(tmp_path: Path) -> None:
    found = judged(synthetic.write(tmp_path / "run", scenario='name = "synthetic"\n'))
    assert found.schemes[0].result == "not enough evidence"
    assert found.overall == "not-enough-evidence"


def test_a_context_that_points_to_a_chain_disagrees_with_the_measurements(tmp_path: Path) -> None:
    scenario = synthetic.SCENARIO.replace("trusted_third_party = true", "trusted_third_party = false")
    found = judged(synthetic.write(tmp_path / "run", scenario=scenario))
    assert found.schemes[0].result == "public permissioned"
    assert found.overall == "schemes-disagree"


def test_a_protocol_that_names_the_rules_fixes_them_before_the_run(tmp_path: Path, built: Path) -> None:
    assert not Run(built).verdict.fixed_before_run
    assert judged(synthetic.write(tmp_path / "run", protocol=protocol_text())).fixed_before_run


def test_the_protocol_states_every_rule_in_both_languages() -> None:
    text = protocol_text()
    for rule in (*read_rules().rules, *read_rules().run_rules):
        assert rule.vi in text
        assert rule.en in text


def test_a_requirement_that_is_no_rule_is_named(tmp_path: Path) -> None:
    text = RULES.read_text(encoding="utf-8").replace('"changes-seen", "rewriting-seen"]', '"change-seen"]')
    (tmp_path / "rules.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match="found 'change-seen'; allowed: "):
        read_rules(tmp_path / "rules.toml")
