"""Ledgers to be measured, each with a memory ledger beside it, and the table at the end.

Run by `tox run -e bench`; with BENCH_OUT=FOLDER it also writes FOLDER/ratios.json.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends import registry
from backends.ports import LedgerDeployment, Options, Setting
from consultation.core.ledger import AdmissionBy, Ledger, Verifier
from tests.bench import driver, rows
from tests.bench.rows import Row
from tests.conformance.availability import deployed
from tests.conformance.entries import AnyBytes, Opinions, Source

ENTRY_BYTES = 512
ROWS = pytest.StashKey[list[Row]]()


@dataclass(frozen=True, slots=True)
class Measured:
    """A connected ledger with a source of entries for it."""

    deployment: LedgerDeployment
    ledger: Ledger
    verifier: Verifier
    source: Source

    def entries(self, n: int) -> list[bytes]:
        return [self.source.new(ENTRY_BYTES) for _ in range(n)]

    def lists(self, n: int, size: int) -> list[list[bytes]]:
        return [self.entries(size) for _ in range(n)]


@dataclass(frozen=True, slots=True)
class Pair:
    """A ledger and its peer in the same run: a memory ledger under the same admission."""

    name: str
    admission: str
    ours: Measured
    peer: Measured
    add: Callable[[Row], None]


def deploy(name: str, admission: str, folder: Path, options: Options | None = None) -> Measured:
    backend = registry.backend(name)
    operator = SigningKey(sha256(name.encode()).digest())
    setting = Setting(folder, operator, "bench.example/ledger", admission, options or {})
    deployment = deployed(lambda: backend.deploy(setting), ci=False)
    source = AnyBytes() if admission == "all" else Opinions("bench")
    measured = Measured(deployment, deployment.connect(), backend.verifier(deployment.pins()), source)
    for entry in source.preparation:
        driver.settle_all(measured.ledger, measured.ledger.append([entry]))
    return measured


@pytest.fixture(scope="session", params=registry.names())
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Every ledger under any bytes."""
    yield from _pair(request, tmp_path_factory, request.param, "all")


@pytest.fixture(scope="session", params=[name for name in registry.names() if name != "memory"])
def ruled_pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Ledgers whose validators check signatures and rules for themselves, which costs."""
    yield from _pair(request, tmp_path_factory, request.param, "rules")


def _pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, name: str, admission: str
) -> Iterator[Pair]:
    ours = deploy(name, admission, tmp_path_factory.mktemp(name))
    try:
        if admission == "rules" and ours.ledger.traits.admission is not AdmissionBy.VALIDATORS:
            pytest.skip(f"the service alone enforces the rules of {name}: measured under any bytes")
        peer = deploy("memory", admission, tmp_path_factory.mktemp("memory"))
        yield Pair(name, admission, ours, peer, request.config.stash[ROWS].append)
    finally:
        ours.deployment.stop()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[ROWS] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    found = config.stash[ROWS]
    if not found:
        return
    terminalreporter.section("ratios, each within this run")
    # What has to be reached comes first.
    for line in rows.table(sorted(found, key=lambda row: row.met is None)):
        terminalreporter.write_line(line)
    folder = os.environ.get("BENCH_OUT", "")
    if folder:
        terminalreporter.write_line(f"written: {rows.write(found, Path(folder))}")
