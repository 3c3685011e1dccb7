"""Anchor mode against the Merkle log: the same lists, as many in flight, both synced before anything settles.

What anchoring waits for is the chain's block (0.25 s by default), so 32 lists of 1,000 are under way at once,
on both; the Merkle log has its defaults: 3 of 4 witnesses, batches of 10 ms.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

import pytest

from tests.bench import driver
from tests.bench.bench_ledgers import REPEATS, Benchmark
from tests.bench.conftest import ROWS, Measured, deploy
from tests.bench.rows import Row, compare

GOAL = 0.5
LIST = 1_000
IN_FLIGHT = 32
LISTS = 96
ALONE = 10


@dataclass(frozen=True, slots=True)
class Anchoring:
    """The two ledgers side by side."""

    ours: Measured
    peer: Measured
    add: Callable[[Row], None]


@pytest.fixture(scope="module")
def anchoring(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Anchoring]:
    ours = deploy("evm-anchored", "all", tmp_path_factory.mktemp("evm-anchored"))
    try:
        peer = deploy("merkle-log", "all", tmp_path_factory.mktemp("merkle-log"))
        try:
            yield Anchoring(ours, peer, request.config.stash[ROWS].append)
        finally:
            peer.deployment.stop()
    finally:
        ours.deployment.stop()


def rate(measured: Measured) -> float:
    return driver.throughput(measured.ledger, measured.lists(LISTS, LIST), IN_FLIGHT)


def bench_anchored_rate(benchmark: Benchmark, anchoring: Anchoring) -> None:
    """Settled entries a second, batches of 1,000 anchored each by one transaction."""
    benchmark.group = "rates: see the table below"
    ours: list[float] = []
    peer: list[float] = []

    def once() -> None:
        peer.append(rate(anchoring.peer))
        ours.append(rate(anchoring.ours))

    benchmark.pedantic(once, rounds=REPEATS)
    what = f"evm-anchored (anvil): settled, lists of {LIST:,}, {IN_FLIGHT} in flight"
    anchoring.add(compare(what, "entries/s", ours, peer, peer_name="merkle-log", goal=GOAL))


def bench_anchored_latency(benchmark: Benchmark, anchoring: Anchoring) -> None:
    """What that rate is bought with: one entry alone waits for its batch's age, and for a block."""
    benchmark.group = "latencies: see the table below"
    ours: list[float] = []
    peer: list[float] = []

    def once() -> None:
        for found, measured in ((peer, anchoring.peer), (ours, anchoring.ours)):
            found.append(1_000 * median(driver.latencies(measured.ledger, measured.entries(ALONE), 10.0)))

    benchmark.pedantic(once, rounds=REPEATS)
    what = "evm-anchored (anvil): settled p50, one entry at a time"
    anchoring.add(compare(what, "ms", ours, peer, peer_name="merkle-log"))
