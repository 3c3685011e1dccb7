"""Ethereum: anchoring against the Merkle log, and what an entry of its own costs on one node and on four.

Anchoring waits for a block, so 32 lists of 1,000 are under way at once, on the Merkle log too; both have
synced an entry before it settles. The Merkle log has its defaults: 3 of 4 witnesses, batches of 10 ms. anvil
makes a block every 0.25 s, its default; the signers every second, Clique's least, and three more must follow.
Figures of Clique are of proof of authority, without finality; those of anvil of one node, without consensus.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from backends.ports import Options
from consultation.core.merkle import leaf_hash, root_of
from tests.bench import driver
from tests.bench.bench_ledgers import REPEATS, Benchmark
from tests.bench.conftest import ROWS, Measured, deploy
from tests.bench.rows import Row, compare

pytestmark = pytest.mark.timeout(600)  # four signers on a busy machine are slow

GOAL = 0.5
ALONE = 10
AUDITED = 10_000
CLIQUE: Options = {"node": "geth", "signers": 4}
NOTE = "(4 Clique signers: proof of authority, no finality)"


@dataclass(frozen=True, slots=True)
class Load:
    """How one ledger is driven: its list size, lists under way, lists in all."""

    size: int
    in_flight: int
    lists: int


ANCHORING = Load(1_000, 32, 96)
ANCHORING_ON_CLIQUE = Load(1_000, 80, 160)
PER_ENTRY = Load(100, 16, 20)
PER_ENTRY_ON_CLIQUE = Load(100, 12, 12)


@dataclass(frozen=True, slots=True)
class Bench:
    """Deploys what a comparison needs, once for the module, and takes its rows."""

    deployed: Callable[[str, bool], Measured]
    add: Callable[[Row], None]


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    running: dict[tuple[str, bool], Measured] = {}
    with ExitStack() as stack:

        def deployed(name: str, clique: bool) -> Measured:
            if (name, clique) not in running:
                folder: Path = tmp_path_factory.mktemp(name)
                running[name, clique] = deploy(name, "all", folder, CLIQUE if clique else None)
                stack.callback(running[name, clique].deployment.stop)
            return running[name, clique]

        yield Bench(deployed, request.config.stash[ROWS].append)


def rate(measured: Measured, load: Load) -> float:
    return driver.throughput(measured.ledger, measured.lists(load.lists, load.size), load.in_flight)


def told(load: Load) -> str:
    return f"lists of {load.size:,}, {load.in_flight} in flight"


def side_by_side(
    benchmark: Benchmark, ours: Callable[[], float], peer: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """The peer, then ours, as often as there are repeats."""
    found: tuple[list[float], list[float]] = [], []

    def once() -> None:
        found[1].append(peer())
        found[0].append(ours())

    benchmark.pedantic(once, rounds=REPEATS)
    return found


def bench_anchored_rate(benchmark: Benchmark, bench: Bench) -> None:
    """Settled entries a second, batches of 1,000 anchored each by one transaction."""
    benchmark.group = "rates: see the table below"
    ours, peer = bench.deployed("evm-anchored", False), bench.deployed("merkle-log", False)
    found = side_by_side(benchmark, lambda: rate(ours, ANCHORING), lambda: rate(peer, ANCHORING))
    what = f"evm-anchored (anvil): settled, {told(ANCHORING)}"
    bench.add(compare(what, "entries/s", *found, peer_name="merkle-log", goal=GOAL))


def bench_anchored_latency(benchmark: Benchmark, bench: Bench) -> None:
    """What that rate is bought with: one entry alone waits for its batch's age, and for a block."""
    benchmark.group = "latencies: see the table below"
    ours, peer = bench.deployed("evm-anchored", False), bench.deployed("merkle-log", False)
    found = side_by_side(benchmark, lambda: alone_ms(ours, ALONE), lambda: alone_ms(peer, ALONE))
    what = "evm-anchored (anvil): settled p50, one entry at a time"
    bench.add(compare(what, "ms", *found, peer_name="merkle-log"))


def alone_ms(measured: Measured, n: int) -> float:
    return 1_000 * median(driver.latencies(measured.ledger, measured.entries(n), 20.0))


def bench_anchored_on_clique(benchmark: Benchmark, bench: Bench) -> None:
    benchmark.group = "rates: see the table below"
    ours, peer = bench.deployed("evm-anchored", True), bench.deployed("evm-anchored", False)
    found = side_by_side(benchmark, lambda: rate(ours, ANCHORING_ON_CLIQUE), lambda: rate(peer, ANCHORING))
    what = f"evm-anchored {NOTE}: settled, {told(ANCHORING_ON_CLIQUE)}"
    bench.add(compare(what, "entries/s", *found, peer_name="on anvil"))


def bench_clique_rate(benchmark: Benchmark, bench: Bench) -> None:
    """A transaction for each entry; every signer's node runs them all."""
    benchmark.group = "rates: see the table below"
    ours, peer = bench.deployed("evm", True), bench.deployed("evm", False)
    found = side_by_side(benchmark, lambda: rate(ours, PER_ENTRY_ON_CLIQUE), lambda: rate(peer, PER_ENTRY))
    what = f"evm {NOTE}: settled, {told(PER_ENTRY_ON_CLIQUE)}"
    bench.add(compare(what, "entries/s", *found, peer_name="on anvil"))


def bench_clique_latency(benchmark: Benchmark, bench: Bench) -> None:
    """Some 1.5 s until a block that was built after it is sealed, and three periods more."""
    benchmark.group = "latencies: see the table below"
    ours, peer = bench.deployed("evm", True), bench.deployed("evm", False)
    found = side_by_side(benchmark, lambda: alone_ms(ours, 1), lambda: alone_ms(peer, 5))
    what = f"evm {NOTE}: settled, one entry at a time"
    bench.add(compare(what, "ms", *found, peer_name="on anvil"))


def bench_gas(benchmark: Benchmark, bench: Bench) -> None:
    """Gas an entry of 512 B: one transaction each, or one for a batch of 1,000."""
    benchmark.group = "gas: see the table below"
    ours, peer = bench.deployed("evm", False), bench.deployed("evm-anchored", False)
    found = side_by_side(benchmark, lambda: gas(ours, Load(100, 4, 4)), lambda: gas(peer, Load(1_000, 8, 8)))
    bench.add(compare("evm: gas an entry of 512 B", "gas", *found, peer_name="evm-anchored"))


def gas(measured: Measured, load: Load) -> float:
    before = measured.ledger.usage()
    rate(measured, load)
    after = measured.ledger.usage()
    return (after.gas - before.gas) / (after.entries - before.entries)


def bench_audit(benchmark: Benchmark, bench: Bench) -> None:
    """Every event read, the root derived anew, the head checked; beside it the same tree alone."""
    benchmark.group = "rates: see the table below"
    ours = bench.deployed("evm", False)
    missing = AUDITED - ours.ledger.head().size
    if missing > 0:
        rate(ours, Load(100, 16, missing // 100 + 1))
    head = ours.ledger.head()
    entries = list(ours.ledger.scan(0, head.size))

    def audit() -> float:
        begin_s = perf_counter()
        ours.verifier.check_head(head)
        ours.verifier.check_replay(ours.ledger.scan(0, head.size), head)
        return head.size / (perf_counter() - begin_s)

    def hash_alone() -> float:
        begin_s = perf_counter()
        assert root_of(map(leaf_hash, entries)) == head.root
        return head.size / (perf_counter() - begin_s)

    found = side_by_side(benchmark, audit, hash_alone)
    what = f"evm (anvil): audit of {head.size:,} entries: read, root derived, head checked"
    bench.add(compare(what, "entries/s", *found, peer_name="hashing alone"))
