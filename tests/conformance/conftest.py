"""Every registered ledger, for real: once for the laws that only add, once for those that break it."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends import registry
from backends.ports import Backend, LedgerDeployment, Setting
from consultation.core.ledger import Head
from tests.conformance.availability import deployed
from tests.conformance.entries import AnyBytes, Opinions
from tests.conformance.harness import Harness


@dataclass(frozen=True, slots=True)
class Case:
    """A ledger under an admission; `breakable` deployments are nobody else's."""

    name: str
    admission: str
    breakable: bool

    def __str__(self) -> str:
        return self.name if self.admission == "all" else f"{self.name}-{self.admission}"


@dataclass(frozen=True, slots=True)
class Deployer:
    """Deploys ledgers, each with a folder and an operator of its own; remembers a head of each backend."""

    folder: Callable[[str], Path]
    heads: dict[str, tuple[Head, list[bytes]]]
    ci: bool

    def deploy(self, backend: Backend, label: str, admission: str) -> LedgerDeployment:
        operator = SigningKey(sha256(f"operator of {label}".encode()).digest())
        setting = Setting(self.folder(label), operator, "conformance.example/ledger", admission)
        return deployed(lambda: backend.deploy(setting), ci=self.ci)

    def remember(self, name: str, deployment: LedgerDeployment) -> None:
        ledger = deployment.connect()
        head = ledger.head()
        self.heads[name] = head, list(ledger.scan(0, head.size))
        ledger.close()

    def stranger(self, backend: Backend) -> tuple[Head, list[bytes]]:
        """A head of the other deployment of this backend; one is made where that has not run."""
        if backend.name not in self.heads:
            deployment = self.deploy(backend, f"{backend.name}-stranger", "all")
            try:
                source = AnyBytes()
                harness = Harness(deployment, backend.verifier, source, lambda: self.stranger(backend))
                harness.settle_all([source.new(64)])
                self.remember(backend.name, deployment)
            finally:
                deployment.stop()
        return self.heads[backend.name]


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")


@pytest.fixture(scope="session")
def deployer(tmp_path_factory: pytest.TempPathFactory) -> Deployer:
    return Deployer(lambda label: tmp_path_factory.mktemp(label), {}, in_ci())


@pytest.fixture(scope="session")
def harness(request: pytest.FixtureRequest, deployer: Deployer) -> Iterator[Harness]:
    """One ledger, deployed once for all tests that ask for the same case."""
    case: Case = request.param
    backend = registry.backend(case.name)
    label = f"{case}{'-breakable' if case.breakable else ''}"
    deployment = deployer.deploy(backend, label, case.admission)
    try:
        source = AnyBytes() if case.admission == "all" else Opinions()
        yield Harness(deployment, backend.verifier, source, lambda: deployer.stranger(backend))
        if not case.breakable and case.admission == "all":
            deployer.remember(case.name, deployment)
    finally:
        deployment.stop()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The markers say on which cases a law is tested; without them: any bytes, and not to be broken."""
    if "harness" not in metafunc.fixturenames:
        return
    marker = metafunc.definition.get_closest_marker("admissions")
    breakable = metafunc.definition.get_closest_marker("breakable") is not None
    admissions = marker.args if marker else ("all",)
    cases = [Case(name, admission, breakable) for admission in admissions for name in registry.names()]
    metafunc.parametrize(
        "harness",
        [
            pytest.param(case, marks=[pytest.mark.node] if case.name != "memory" else [], id=str(case))
            for case in cases
        ],
        indirect=True,
        scope="session",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "admissions(*names): under which admissions a law is tested")
    config.addinivalue_line("markers", "breakable: the law restarts, kills or stalls its deployment")
