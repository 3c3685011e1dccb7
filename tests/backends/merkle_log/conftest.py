"""Logs of a test's own, with real witnesses where the test is about them."""

import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.merkle_log import BACKEND
from backends.merkle_log.deployment import MerkleLogDeployment
from backends.nodes.errors import NodeUnavailable
from backends.nodes.toolchain import ensure
from backends.ports import Option, Setting
from consultation.core.ledger import Head, Ledger
from tests.backends.appender import settle

ORIGIN = "pilot.example/ledger"
OPERATOR = SigningKey(sha256(b"operator").digest())
LATE_S = 30.0
"""When a test gives up waiting for what must come."""

Deploy = Callable[..., MerkleLogDeployment]


@pytest.fixture(scope="session")
def omniwitness() -> Path:
    """The binary, built where it is missing; skips where it cannot be had, except in CI."""
    try:
        return ensure("omniwitness")
    except NodeUnavailable as error:
        if os.environ.get("CI", "").lower() in ("1", "true"):
            raise
        pytest.skip(f"not measured: {error}")


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """Deploys over one folder, the next after the former has stopped; everything is stopped at the end."""
    made: list[MerkleLogDeployment] = []

    def make(admission: str = "all", **options: Option) -> MerkleLogDeployment:
        for former in made:
            former.stop()
        deployment = BACKEND.deploy(Setting(tmp_path / "log", OPERATOR, ORIGIN, admission, options))
        made.append(deployment)
        return deployment

    yield make
    for deployment in made:
        deployment.stop()


@pytest.fixture
def alone(deploy: Deploy) -> MerkleLogDeployment:
    """A log for which the operator alone vouches."""
    return deploy(witnesses=0, batch_age_s=0.0)


@pytest.fixture
def witnessed(deploy: Deploy, omniwitness: Path) -> MerkleLogDeployment:
    """A log with four real witnesses, three of which must cosign."""
    return deploy()


def entries_named(name: str, n: int) -> list[bytes]:
    return [f"{name} {number}".encode() for number in range(n)]


def grow(ledger: Ledger, name: str, n: int) -> Head:
    """Append `n` new entries in one list, wait until they have settled, and return the head after that."""
    settle(ledger, entries_named(name, n))
    return ledger.head()
