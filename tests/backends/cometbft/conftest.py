"""A network of four real validators for the session, and whether the node can be had here at all."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from nacl.signing import SigningKey

from backends.cometbft.deployment import BACKEND, CometDeployment
from backends.nodes.errors import NodeUnavailable
from backends.nodes.toolchain import ensure
from backends.ports import Setting
from consultation.core.ledger import Ledger, Pending, Refusal, Settled
from tests.backends.cometbft.chain import digest

ORIGIN = "cometbft.example/ledger"


@pytest.fixture(scope="session")
def comet_binary() -> Path:
    try:
        return ensure("cometbft")
    except NodeUnavailable as error:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            raise
        pytest.skip(f"not measured: {error}")


def setting(folder: Path, admission: str = "all") -> Setting:
    return Setting(folder, SigningKey(digest("operator of cometbft")), ORIGIN, admission)


@pytest.fixture(scope="session")
def network(comet_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CometDeployment]:
    """Four validators under the rules; tests add to them and do not break them."""
    deployment = BACKEND.deploy(setting(tmp_path_factory.mktemp("network"), "rules"))
    yield deployment
    deployment.stop()


@pytest.fixture
def own_network(comet_binary: Path, tmp_path: Path) -> Iterator[CometDeployment]:
    """Four validators that a test may break."""
    deployment = BACKEND.deploy(setting(tmp_path))
    yield deployment
    deployment.stop()


def settle(ledger: Ledger, entries: list[bytes], timeout_s: float = 30.0) -> list[Settled | Refusal]:
    """Append and wait until every entry is decided, in order."""
    answers = list(ledger.append(entries))
    decided: dict[int, Settled | Refusal] = {}
    waiting = []
    for at, answer in enumerate(answers):
        if isinstance(answer, Refusal):
            decided[at] = answer
        else:
            waiting.append((at, answer))
    while waiting:
        outcomes = ledger.settle([ticket for _, ticket in waiting], timeout_s=timeout_s)
        assert not all(isinstance(outcome, Pending) for outcome in outcomes), "nothing was decided in time"
        for (at, _), outcome in zip(waiting, outcomes, strict=True):
            if not isinstance(outcome, Pending):
                decided[at] = outcome
        waiting = [(at, ticket) for at, ticket in waiting if at not in decided]
    return [decided[at] for at in range(len(entries))]


def within(true: Callable[[], bool]) -> None:
    """Wait for what other processes are about to do; each look asks the file system."""
    end_s = monotonic() + 30.0
    while not true():
        assert monotonic() < end_s, "it did not come"
