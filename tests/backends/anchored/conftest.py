"""Anchored ledgers over the memory ledger, which stands in for any that offers inclusion proofs."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.anchored import Anchored
from backends.anchored.deployment import AnchoredDeployment
from backends.memory import BACKEND as MEMORY
from backends.ports import Backend, Option, Setting
from consultation.core.ledger import Ledger, Refusal, Settled, Ticket

ORIGIN = "anchored.example/ledger"
OPERATOR = SigningKey(b"operator of the anchored ledger.")
OVER_MEMORY = Anchored("memory-anchored", MEMORY)
QUICK: dict[str, Option] = {"batch_age_s": 0.02}

Deploy = Callable[..., AnchoredDeployment]


def setting(folder: Path, admission: str = "all", **options: Option) -> Setting:
    return Setting(folder, OPERATOR, ORIGIN, admission, {**QUICK, **options})


@pytest.fixture
def deploy(tmp_path: Path) -> Iterator[Deploy]:
    """Deploys in the test's folder, with options; all are stopped at the end."""
    running: list[AnchoredDeployment] = []

    def start(admission: str = "all", over: Backend = MEMORY, **options: Option) -> AnchoredDeployment:
        anchored = Anchored(f"{over.name}-anchored", over)
        running.append(anchored.deploy(setting(tmp_path / "ledger", admission, **options)))
        return running[-1]

    yield start
    for deployment in running:
        deployment.stop()


def tickets(ledger: Ledger, entries: list[bytes]) -> list[Ticket]:
    """Append; none may be refused."""
    found = []
    for answer in ledger.append(entries):
        assert not isinstance(answer, Refusal), answer
        found.append(answer)
    return found


def indexes(ledger: Ledger, entries: list[bytes]) -> list[int]:
    """Append, and every entry must settle."""
    waiting = tickets(ledger, entries)
    found: dict[bytes, int] = {}
    while missing := [ticket for ticket in waiting if ticket.leaf not in found]:
        for ticket, answer in zip(missing, ledger.settle(missing, timeout_s=30), strict=True):
            if isinstance(answer, Settled):
                found[ticket.leaf] = answer.index
    return [found[ticket.leaf] for ticket in waiting]
