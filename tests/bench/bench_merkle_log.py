"""The Merkle log against Tessera's POSIX storage, both alone: same disk, entries, flight, batch age.

Tessera is driven in process by a Go program of ours, as the port is driven in process by this one. It is
given the queue that suits it best: a batch is taken when all that are in flight have come (its default of
256, and our 64, were slower for it). Its driver refuses to publish checkpoints more often than every 100 ms,
and 512 in flight would then wait for it most of the time. So the goal is held against less than what ours
does: Tessera's entries count when they are integrated and durable, ours when a signed checkpoint that covers
them is durable too. What Tessera does to that later moment is a row without a goal.
"""

from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.merkle_log.deployment import BACKEND, MerkleLogDeployment
from backends.nodes.errors import NodeUnavailable
from backends.nodes.toolchain import ensure
from backends.ports import Options, Setting
from tests.bench import driver
from tests.bench.bench_ledgers import Benchmark
from tests.bench.conftest import ENTRY_BYTES, ROWS
from tests.bench.peers import tessera
from tests.bench.rows import Row, compare
from tests.conformance.entries import AnyBytes

IN_FLIGHT = 512
LIST = 64
ENTRIES = 51_200
PAIRS = 9
BATCH_AGE_S = 0.01
SLOW_ENTRIES = 5_120
"""To where Tessera's checkpoint covers them: it comes ten times a second."""
LOAD = "512 in flight, 10 ms batches, fsync on"


@pytest.fixture(scope="module")
def peer() -> Path:
    try:
        return ensure("tessera")
    except NodeUnavailable as error:
        pytest.skip(f"not measured: {error}")


def alone(folder: Path) -> MerkleLogDeployment:
    """A log for which the operator alone vouches, as for Tessera's here."""
    options: Options = {"witnesses": 0, "batch_age_s": BATCH_AGE_S}
    operator = SigningKey(sha256(b"merkle-log").digest())
    return BACKEND.deploy(Setting(folder, operator, "bench.example/ledger", "all", options))


def bench_against_tessera(
    benchmark: Benchmark,
    peer: Path,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Durable entries a second, one caller, lists of 64; the first pair warms both up and does not count."""
    benchmark.group = "rates: see the table below"
    deployment = alone(tmp_path / "ours")
    ledger, source = deployment.connect(), AnyBytes()
    ours, integrated, published = list[float](), list[float](), list[float]()

    def other(until: tessera.Until, entries: int) -> float:
        said = tessera.drive(
            peer,
            tmp_path / until,
            until,
            entries=entries,
            in_flight=IN_FLIGHT,
            entry_bytes=ENTRY_BYTES,
            batch_age_s=BATCH_AGE_S,
            batch_size=IN_FLIGHT,
        )
        assert said.published_size % entries == 0, "an entry was lost or stands twice"
        return said.entries_per_s

    def once() -> None:
        integrated.append(other("integrated", ENTRIES))
        lists = [[source.new(ENTRY_BYTES) for _ in range(LIST)] for _ in range(ENTRIES // LIST)]
        ours.append(driver.throughput(ledger, lists, IN_FLIGHT // LIST))
        published.append(other("published", SLOW_ENTRIES))

    try:
        once()
        for figures in (ours, integrated, published):
            figures.clear()
        benchmark.pedantic(once, rounds=PAIRS)
        name, peer_name = f"merkle-log alone, published, {LOAD}", "Tessera POSIX, "
        row = compare(name, "entries/s", ours, integrated, peer_name=peer_name + "integrated", goal=1.0)
        later = compare(name, "entries/s", ours, published, peer_name=peer_name + "published")
        request.config.stash[ROWS] += [row, later]
        with capsys.disabled():
            explain(row, deployment)
    finally:
        deployment.stop()


def explain(row: Row, deployment: MerkleLogDeployment) -> None:
    """Where the publisher's time went, if the goal was missed."""
    if row.met:
        return
    stages = asdict(deployment.stages())
    batches = stages.pop("batches")
    each = ", ".join(
        f"{what.removesuffix('_s')} {1_000 * spent / batches:.2f}" for what, spent in stages.items()
    )
    print(f"\nmerkle-log, {batches} batches, ms in each: {each}")
