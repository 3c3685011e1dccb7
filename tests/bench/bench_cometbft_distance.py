"""What distance costs: the validators talk through toxiproxy, so many milliseconds one way.

Five validators at 50 ms is the topology for which NDAChain, Vietnam's national chain, claims 1,200 tx/s and
1.5 s (July 2025, from the press: where its nodes stood, what a transaction held and when it counted as final
is not said). Ours are all on this one machine, share its processors, and check each entry's signature.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from statistics import median

import pytest
from nacl.signing import SigningKey

from backends import registry
from backends.cometbft.deployment import CometDeployment
from backends.ports import Setting
from consultation.core.ledger import Ledger
from tests.bench import driver
from tests.bench.bench_cometbft import alternating
from tests.bench.bench_ledgers import Benchmark
from tests.bench.conftest import ROWS
from tests.bench.peers import echo
from tests.bench.rows import Row, compare
from tests.conformance.availability import deployed
from tests.conformance.entries import Opinions

CLAIM = "claimed by NDAChain"
CLAIMED_PER_S = 1_200.0
CLAIMED_MS = 1_500.0
REPEATS, SAMPLES = 3, 8
LIST, IN_FLIGHT, LISTS = 100, 40, 60
"""More in flight than next door: a block takes half a second at 50 ms, and has to be filled meanwhile."""
TOPOLOGIES = [(4, 0), (4, 10), (4, 50), (5, 50)]


@dataclass(frozen=True, slots=True)
class Far:
    """Validators with so much between them, and a caller of the first."""

    name: str
    delay_ms: int
    deployment: CometDeployment
    ledger: Ledger
    source: Opinions
    add: Callable[[Row], None]

    def entries(self, n: int) -> list[bytes]:
        return [self.source.new(1) for _ in range(n)]


@pytest.fixture(scope="module", params=TOPOLOGIES, ids=lambda found: f"{found[0]}-at-{found[1]}-ms")
def far(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    validators, delay_ms = request.param
    options = {"validators": validators, "delay_ms": delay_ms}
    operator = SigningKey(sha256(b"distance").digest())
    folder = tmp_path_factory.mktemp("far")
    setting = Setting(folder, operator, "bench.example/ledger", "rules", options)
    deployment = deployed(lambda: registry.backend("cometbft").deploy(setting), ci=False)
    try:
        assert isinstance(deployment, CometDeployment)
        ledger, source = deployment.connect(), Opinions("distance")
        for entry in source.preparation:
            driver.settle_all(ledger, ledger.append([entry]))
        name = f"cometbft, {validators} validators at {delay_ms} ms each way"
        yield Far(name, delay_ms, deployment, ledger, source, request.config.stash[ROWS].append)
    finally:
        deployment.stop()


@pytest.mark.timeout(400)
def bench_distance(benchmark: Benchmark, far: Far, tmp_path: Path) -> None:
    """Commit and settled of one entry at a time, alternating; then the rate. Admission is 'rules'."""
    benchmark.group = "distance: see the table below"
    commits: list[float] = []
    settled: list[float] = []
    floor: list[float] = []
    rates: list[float] = []

    def once() -> None:
        floor.append(far.deployment.timeout_commit_ms + echo.round_ms(far.delay_ms, tmp_path))
        some, others = alternating(far.deployment, far.ledger, far.entries(2 * SAMPLES))
        commits.append(median(some))
        settled.append(median(others))
        rates.append(driver.throughput(far.ledger, [far.entries(LIST) for _ in range(LISTS)], IN_FLIGHT))

    benchmark.pedantic(once, rounds=REPEATS)
    floor_name = "block interval and one round"
    far.add(compare(f"{far.name}: commit p50", "ms", commits, floor, peer_name=floor_name))
    far.add(compare(f"{far.name}: settled p50", "ms", settled, [CLAIMED_MS] * REPEATS, peer_name=CLAIM))
    far.add(
        compare(
            f"{far.name}: committed, signatures and rules checked",
            "entries/s",
            rates,
            [CLAIMED_PER_S] * REPEATS,
            peer_name=CLAIM,
        )
    )
