"""The overall verdict: every sentence can be reached, and what is missing is never guessed."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from reports.decide import Decision, Findings, decide, turns
from reports.derived import Answer
from reports.rules import read_rules
from reports.schemes import wuest_gervais

NO_CHAIN = {"state": True, "several_writers": True, "trusted_third_party": True}
CHAIN = {
    "state": True,
    "several_writers": True,
    "trusted_third_party": False,
    "writers_known": True,
    "writers_trusted": False,
    "public_verifiability": True,
}


def findings(
    *,
    log: Answer = "yes",
    chain: Answer = "yes",
    covers: Answer = "yes",
    costs_more: Answer = "yes",
    context: Mapping[str, bool] | None = None,
    measured: bool = True,
) -> Findings:
    return Findings(
        others=["log"],
        chains=["chain"] if measured else [],
        meets={"log": log, "chain": chain} if measured else {"log": log},
        covers={("log", "chain"): covers} if measured else {},
        gaps={("log", "chain"): 0 if covers == "yes" else 1} if measured else {},
        costs_more={("log", "chain"): costs_more} if measured else {},
        context=NO_CHAIN if context is None else context,
    )


CASES: list[tuple[Findings, Decision]] = [
    (findings(), Decision("chain-not-justified", "log", "chain")),
    (findings(context=CHAIN), Decision("schemes-disagree", "log", "chain")),
    (findings(covers="no"), Decision("trade-off", "log", "chain")),
    (findings(covers="no", costs_more="no"), Decision("chain-justified", "log", "chain")),
    (
        findings(covers="no", costs_more="not enough evidence"),
        Decision("trade-off-cost-open", "log", "chain"),
    ),
    (findings(chain="no"), Decision("chain-falls-short", "log", "chain")),
    (findings(log="no"), Decision("only-chain-passes", chain="chain")),
    (findings(log="no", chain="no"), Decision("none-passes")),
    (findings(measured=False), Decision("not-enough-evidence", missing="no-chain")),
    (findings(log="not enough evidence"), Decision("not-enough-evidence", missing="no-candidate")),
    (findings(chain="not enough evidence"), Decision("not-enough-evidence", missing="no-candidate")),
    (findings(covers="not enough evidence"), Decision("not-enough-evidence", missing="attacks")),
    (findings(context={}), Decision("not-enough-evidence", missing="context")),
]


@pytest.mark.parametrize(("given", "expected"), CASES, ids=lambda case: getattr(case, "overall", ""))
def test_a_verdict_follows_from_its_findings(given: Findings, expected: Decision) -> None:
    assert decide(given) == expected


def test_every_verdict_that_has_a_sentence_is_reached() -> None:
    assert {expected.overall for _, expected in CASES} == set(read_rules().verdicts)


def test_every_clause_for_what_is_missing_is_reached() -> None:
    reached = {expected.missing for _, expected in CASES if expected.missing}
    assert reached == set(read_rules().clauses) - {"cost"}


def test_a_second_candidate_that_covers_the_chain_is_enough() -> None:
    given = Findings(
        others=["db", "log"],
        chains=["chain"],
        meets={"db": "yes", "log": "yes", "chain": "yes"},
        covers={("db", "chain"): "no", ("log", "chain"): "yes"},
        gaps={("db", "chain"): 3, ("log", "chain"): 0},
        costs_more={("db", "chain"): "yes", ("log", "chain"): "yes"},
        context=NO_CHAIN,
    )
    assert decide(given) == Decision("chain-not-justified", "log", "chain")


def test_a_candidate_of_which_too_little_is_known_keeps_the_verdict_open() -> None:
    given = Findings(
        others=["db", "log"],
        chains=["chain"],
        meets={"db": "yes", "log": "not enough evidence", "chain": "yes"},
        covers={("db", "chain"): "no", ("log", "chain"): "yes"},
        gaps={("db", "chain"): 3, ("log", "chain"): 0},
        costs_more={("db", "chain"): "yes", ("log", "chain"): "yes"},
        context=NO_CHAIN,
    )
    assert decide(given) == Decision("not-enough-evidence", missing="no-candidate")


def test_a_trade_off_is_set_against_the_candidate_that_lacks_least() -> None:
    given = Findings(
        others=["db", "log"],
        chains=["chain"],
        meets={"db": "yes", "log": "yes", "chain": "yes"},
        covers={("db", "chain"): "no", ("log", "chain"): "no"},
        gaps={("db", "chain"): 4, ("log", "chain"): 2},
        costs_more={("db", "chain"): "yes", ("log", "chain"): "yes"},
        context=NO_CHAIN,
    )
    assert decide(given) == Decision("trade-off", "log", "chain")


def test_each_turn_named_does_turn_the_verdict() -> None:
    found = {(turn.change, turn.overall) for turn in turns(findings())}
    assert ("covers.no", "trade-off") in found
    assert ("meets.no", "only-chain-passes") in found
    assert ("meets.no", "chain-falls-short") in found
    assert all(overall != "chain-not-justified" for _, overall in found)


def test_cost_alone_does_not_turn_a_verdict_that_does_not_rest_on_it() -> None:
    assert not any(turn.change.startswith("costs_more") for turn in turns(findings()))
    dear = findings(covers="no")
    assert ("costs_more.no", "chain-justified") in {(turn.change, turn.overall) for turn in turns(dear)}


@pytest.mark.parametrize(
    ("changed", "advice"),
    [
        ({}, "public permissioned"),
        ({"public_verifiability": False}, "private permissioned"),
        ({"writers_trusted": True}, "no blockchain"),
        ({"writers_known": False}, "permissionless"),
        ({"trusted_third_party": True}, "no blockchain"),
        ({"several_writers": False}, "no blockchain"),
        ({"state": False}, "no blockchain"),
    ],
)
def test_the_scheme_of_wuest_and_gervais(changed: Mapping[str, bool], advice: str) -> None:
    assert wuest_gervais({**CHAIN, **changed}).advice == advice


@pytest.mark.parametrize("question", sorted(CHAIN))
def test_a_question_without_an_answer_ends_in_not_enough_evidence(question: str) -> None:
    context = {name: value for name, value in CHAIN.items() if name != question}
    walk = wuest_gervais(context)
    assert walk.advice == "not enough evidence"
    assert walk.asked[-1] == question


def test_a_question_that_is_not_reached_need_not_be_answered() -> None:
    assert wuest_gervais({"state": True, "several_writers": False}).advice == "no blockchain"


def test_findings_are_not_changed_by_asking_what_would_turn_them() -> None:
    given = findings()
    kept = replace(given)
    turns(given)
    assert given == kept
