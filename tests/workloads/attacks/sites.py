"""Sites as the pilot composes them, over any ledger, with small attacks."""

from pathlib import Path

from pilot import keys, scenario
from pilot.attack import Site
from pilot.keys import RunKeys
from pilot.scenario import Scenario
from pilot.world import SystemChance

OPINIONS = 8
ACTS = OPINIONS + 1
"""Receipts: one for each opinion, and one for the withdrawal."""


def case(ledger: str) -> Scenario:
    """A scenario with one ledger."""
    values: dict[str, object] = {
        "name": "attacked",
        "tokens": {role: f"{role}-of-a-test" for role in ("citizen", "officer", "operator", "auditor")},
        "attacks": {"opinions": OPINIONS},
        "service": {"batch_age_s": 0.01},
        "ledgers": {ledger: {}},
    }
    return scenario.parse(values, "a test")


def run_keys(folder: Path) -> RunKeys:
    return keys.make(folder / "keys.json", SystemChance())


def site(ledger: str, folder: Path) -> Site:
    return Site(case(ledger), ledger, folder / ledger, run_keys(folder))


def silent(_: str) -> None:
    """Says nothing."""
