"""The laws over the other forms of the signed database: with a tree head, and on PostgreSQL with a standby.

`tests/conformance` runs them over every registered ledger with its default options; what a law asks stands in
its function there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.ports import LedgerDeployment, Option, Setting
from backends.signed_db import BACKEND
from consultation.core.ledger import Head
from tests.conformance.availability import deployed
from tests.conformance.conftest import in_ci
from tests.conformance.entries import AnyBytes, Opinions
from tests.conformance.harness import Harness
from tests.conformance.laws import BREAKING, FIRST, KEEPING, RULES_ONLY, Law, appending, breaking

ORIGIN = "conformance.example/ledger"
TREE: Mapping[str, Option] = {"tree_head": True}
STANDBY: Mapping[str, Option] = {"database": "postgresql", "standby": True, "busy_timeout_s": 0.5}
ALL: Sequence[Law] = (FIRST, *KEEPING, *BREAKING[1:])
UNDER_RULES: Sequence[Law] = (
    appending.law_1_the_same_bytes_settle_at_the_same_index,
    breaking.law_2_kill_9_keeps_what_settled,
    *RULES_ONLY,
)


@dataclass(frozen=True, slots=True)
class Case:
    """One deployment, and the laws that are held against it in this order."""

    name: str
    options: Mapping[str, Option]
    admission: str
    laws: Sequence[Law]


def cases() -> Iterator[Case]:
    yield Case("tree", TREE, "all", ALL)
    yield Case("standby", STANDBY, "all", ALL)
    yield Case("standby-rules", {**STANDBY, **TREE}, "rules", UNDER_RULES)


def deploy(folder: Path, key: str, options: Mapping[str, Option], admission: str) -> LedgerDeployment:
    setting = Setting(folder, SigningKey(sha256(key.encode()).digest()), ORIGIN, admission, options)
    return deployed(lambda: BACKEND.deploy(setting), ci=in_ci())


@pytest.fixture(scope="module")
def harness_of(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Case], Harness]]:
    """Deploys each case once, when it is first asked for."""
    made: dict[str, Harness] = {}

    def new(name: str) -> Path:
        return tmp_path_factory.mktemp(name) / "ledger"

    def harness(case: Case) -> Harness:
        if case.name not in made:
            deployment = deploy(new(case.name), case.name, case.options, case.admission)
            source = AnyBytes() if case.admission == "all" else Opinions()
            made[case.name] = Harness(deployment, BACKEND.verifier, source, lambda: stranger(case))
        return made[case.name]

    def stranger(case: Case) -> tuple[Head, list[bytes]]:
        """On SQLite in either case: heads do not tell where the rows are."""
        other = deploy(new("stranger"), "stranger", {"tree_head": "tree_head" in case.options}, "all")
        try:
            ledger = other.connect()
            ledger.append([b"theirs"])
            return ledger.head(), [b"theirs"]
        finally:
            other.stop()

    yield harness
    for each in made.values():
        each.deployment.stop()


@pytest.mark.node
@pytest.mark.parametrize(
    ("case", "law"),
    [pytest.param(case, law, id=f"{case.name}-{law.__name__}") for case in cases() for law in case.laws],
)
def test_the_laws_hold(harness_of: Callable[[Case], Harness], case: Case, law: Law) -> None:
    law(harness_of(case))
