"""A chain for the session, chains of a test's own, and whether anvil can be had here at all."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backends.evm import BACKEND
from backends.evm.deployment import EvmDeployment
from backends.nodes.errors import NodeUnavailable
from backends.nodes.toolchain import ensure
from backends.ports import Option, Setting
from consultation.core.ledger import Head, Ledger, Pending, Refusal, Settled, Ticket
from tests.backends.evm.tries import OPERATOR, ORIGIN
from tests.conformance.availability import deployed
from tests.conformance.conftest import in_ci

Deploy = Callable[..., EvmDeployment]
QUICK: dict[str, Option] = {"block_time_s": 0.05}


@pytest.fixture(scope="session")
def anvil_binary() -> Path:
    try:
        return ensure("anvil")
    except NodeUnavailable as error:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            raise
        pytest.skip(f"not measured: {error}")


@pytest.fixture(scope="session")
def shared_chain(anvil_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EvmDeployment]:
    """Tests add to it and do not break it."""
    folder = tmp_path_factory.mktemp("evm")
    deployment = BACKEND.deploy(Setting(folder, OPERATOR, ORIGIN, options=QUICK))
    yield deployment
    deployment.stop()


@pytest.fixture
def deploy(anvil_binary: Path, tmp_path: Path) -> Iterator[Deploy]:
    """Deploys in a folder below the test's, with options; all are stopped at the end."""
    running: list[EvmDeployment] = []

    def start(name: str = "ledger", admission: str = "all", **options: Option) -> EvmDeployment:
        setting = Setting(tmp_path / name, OPERATOR, ORIGIN, admission, {**QUICK, **options})
        running.append(BACKEND.deploy(setting))
        return running[-1]

    yield start
    for deployment in reversed(running):
        deployment.stop()


def clique(folder: Path, signers: int, **options: Option) -> EvmDeployment:
    """geth with so many signers; a skip where it cannot be had and this is not CI."""
    setting = Setting(folder, OPERATOR, ORIGIN, options={"node": "geth", "signers": signers, **options})
    found = deployed(lambda: BACKEND.deploy(setting), ci=in_ci())
    assert isinstance(found, EvmDeployment)
    return found


@pytest.fixture(scope="session")
def stranger(shared_chain: EvmDeployment) -> tuple[Head, list[bytes]]:
    """A head by the same operator, of another chain; and its entries."""
    ledger = shared_chain.connect()
    head = ledger.head()
    return head, list(ledger.scan(0, head.size))


def settle(ledger: Ledger, entries: list[bytes], timeout_s: float = 30.0) -> list[Settled | Refusal]:
    """Append and wait until every entry is decided, in order."""
    return await_all(ledger, list(ledger.append(entries)), timeout_s)


def await_all(
    ledger: Ledger, answers: list[Ticket | Refusal], timeout_s: float = 30.0
) -> list[Settled | Refusal]:
    """Wait until every ticket is decided, in order."""
    decided = {at: answer for at, answer in enumerate(answers) if isinstance(answer, Refusal | Settled)}
    found: dict[int, Settled | Refusal] = dict(decided)
    waiting = {at: answer for at, answer in enumerate(answers) if isinstance(answer, Ticket)}
    while waiting:
        outcomes = ledger.settle(list(waiting.values()), timeout_s=timeout_s)
        assert not all(isinstance(outcome, Pending) for outcome in outcomes), "nothing was decided in time"
        for at, outcome in zip(list(waiting), outcomes, strict=True):
            if not isinstance(outcome, Pending):
                found[at] = outcome
                del waiting[at]
    return [found[at] for at in range(len(answers))]


def indexes(ledger: Ledger, entries: list[bytes]) -> list[int]:
    """Append, and every entry must settle."""
    found = []
    for answer in settle(ledger, entries):
        assert isinstance(answer, Settled), answer
        found.append(answer.index)
    return found
