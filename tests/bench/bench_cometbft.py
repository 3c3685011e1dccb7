"""The cometbft ledger beside its floor: the same nodes with the `kvstore` inside, which checks nothing.

Both are given lists of 100 entries, so many in flight, by one caller over JSON-RPC. Ours counts an entry
when it has settled, which takes a block more than the commit that counts for the peer. One call to `append`
packs its entries into one transaction, which is a property of the ledger and not of the load; the rows 'one
entry a transaction' do without it: then the node asks the application, in another process, about each entry
of a post before it reads the next, and the peer's, within itself.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from time import perf_counter

import pytest

from backends.cometbft import framing
from backends.cometbft.deployment import CometDeployment
from backends.cometbft.ledger import CometLedger
from consultation.core import merkle, records
from consultation.core.ledger import Ledger
from tests.bench import driver
from tests.bench.bench_ledgers import REPEATS, Benchmark
from tests.bench.conftest import ENTRY_BYTES, ROWS, Measured, Pair, deploy
from tests.bench.peers import echo, kvstore
from tests.bench.peers.kvstore import Kvstore
from tests.bench.peers.kvstore_rpc import commit_s
from tests.bench.rows import compare
from tests.conformance.entries import Opinions

LIST, IN_FLIGHT, LISTS, LISTS_ALONE = 100, 16, 60, 20
SAMPLES = 20
AUDITED = 100_000
GOAL_MS = 400.0
GOALS = {"all": 0.8, "rules": 0.65}
COMETBFT = pytest.mark.parametrize("pair", ["cometbft"], indirect=True, scope="session")
RULED = pytest.mark.parametrize("ruled_pair", ["cometbft"], indirect=True, scope="session")


def network_of(measured: Measured) -> CometDeployment:
    assert isinstance(measured.deployment, CometDeployment)
    return measured.deployment


@pytest.fixture(scope="module")
def built_in(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kvstore]:
    with kvstore.running(tmp_path_factory.mktemp("kvstore"), validators=4, timeout_commit_ms=50) as peer:
        yield peer


@COMETBFT
@pytest.mark.timeout(400)
def bench_rate_beside_kvstore(benchmark: Benchmark, pair: Pair, built_in: Kvstore) -> None:
    beside_kvstore(benchmark, pair, built_in)


@RULED
@pytest.mark.timeout(400)
def bench_rate_under_the_rules_beside_kvstore(
    benchmark: Benchmark, ruled_pair: Pair, built_in: Kvstore
) -> None:
    """Each of the four verifies every signature for itself, once: at the check, or else in the block.

    That alone is four times 60 us an entry, beside some 400 us for which both processors are busy with a
    transaction of the peer: an application that did nothing else could reach about 0.6 of it on two.
    """
    beside_kvstore(benchmark, ruled_pair, built_in)


def beside_kvstore(benchmark: Benchmark, pair: Pair, built_in: Kvstore) -> None:
    benchmark.group = "rates: see the table below"
    network = network_of(pair.ours)
    single = CometLedger(network.client(0), network.pinned, transaction_entries=1)
    packed: list[float] = []
    alone: list[float] = []
    peer: list[float] = []

    def once() -> None:
        transactions = [built_in.transactions(LIST, ENTRY_BYTES) for _ in range(LISTS)]
        peer.append(built_in.throughput(transactions, IN_FLIGHT))
        packed.append(driver.throughput(pair.ours.ledger, pair.ours.lists(LISTS, LIST), IN_FLIGHT))
        alone.append(driver.throughput(single, pair.ours.lists(LISTS_ALONE, LIST), IN_FLIGHT))

    benchmark.pedantic(once, rounds=REPEATS)
    single.close()
    what = f"cometbft, four validators, {ENTRY_BYTES} B entries, all committed, admission {pair.admission}"
    name = "the same nodes with kvstore"
    pair.add(compare(what, "entries/s", packed, peer, peer_name=name, goal=GOALS[pair.admission]))
    pair.add(compare(f"{what}, one entry a transaction", "entries/s", alone, peer, peer_name=name))


def alternating(
    network: CometDeployment, ledger: Ledger, entries: Sequence[bytes]
) -> tuple[list[float], list[float]]:
    """Milliseconds to the commit of every other entry, and to the settling of those between."""
    commits = []
    settled = []
    for one, other in zip(entries[::2], entries[1::2], strict=True):
        commits.append(1_000 * commit_s(network.nodes[0].rpc_port, framing.join([one])))
        settled += [1_000 * took_s for took_s in driver.latencies(ledger, [other], 60.0)]
    return commits, settled


@COMETBFT
def bench_commit(benchmark: Benchmark, pair: Pair, tmp_path: Path) -> None:
    """Commit and settled alternate, so both see the same machine.

    The peer is what no chain of this pace can go below while entries come one after the other: the interval
    between blocks, `timeout_commit`, and one round between two nodes, a byte there and back over loopback,
    measured in each repeat.
    """
    benchmark.group = "latencies: see the table below"
    network = network_of(pair.ours)
    commits: list[float] = []
    settled: list[float] = []
    floor: list[float] = []

    def once() -> None:
        floor.append(network.timeout_commit_ms + echo.round_ms(0, tmp_path))
        some, others = alternating(network, pair.ours.ledger, pair.ours.entries(2 * SAMPLES))
        commits.append(median(some))
        settled.append(median(others))

    benchmark.pedantic(once, rounds=REPEATS)
    name, goal = "block interval and one round", 0.67
    what = "cometbft, commit latency p50, tuned gossip"
    pair.add(compare(what, "ms", commits, floor, peer_name=name, goal=goal, bound=GOAL_MS))
    pair.add(compare("cometbft, settled p50, alternating with it", "ms", settled, floor, peer_name=name))


@pytest.fixture(scope="module")
def grown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """A ledger of its own with so many signed opinions and nothing else."""
    measured = deploy("cometbft", "all", tmp_path_factory.mktemp("audited"))
    source = Opinions("audited")
    try:
        for _ in range(AUDITED // 10_000):
            lists = [[source.new(1) for _ in range(250)] for _ in range(40)]
            driver.throughput(measured.ledger, lists, IN_FLIGHT)
        yield measured
    finally:
        measured.deployment.stop()


@pytest.mark.timeout(400)
def bench_audit_100_000(benchmark: Benchmark, grown: Measured, request: pytest.FixtureRequest) -> None:
    """All is read from one node, the root derived again and the head checked; then with every signature."""
    benchmark.group = "rates: see the table below"
    ledger, verifier = grown.ledger, grown.verifier
    head = ledger.head()
    entries = list(ledger.scan(0, head.size))
    audited: list[float] = []
    verified: list[float] = []
    hashed: list[float] = []

    def signed(scanned: Iterator[bytes]) -> Iterator[bytes]:
        for entry in scanned:
            records.verify(entry)
            yield entry

    def once() -> None:
        begin_s = perf_counter()
        assert merkle.root_of(map(merkle.leaf_hash, entries)) == head.root
        hashed.append(head.size / (perf_counter() - begin_s))
        begin_s = perf_counter()
        verifier.check_replay(ledger.scan(0, head.size), head)
        audited.append(head.size / (perf_counter() - begin_s))
        begin_s = perf_counter()
        verifier.check_replay(signed(ledger.scan(0, head.size)), head)
        verified.append(head.size / (perf_counter() - begin_s))

    benchmark.pedantic(once, rounds=REPEATS)
    name, add = "hashing the same tree in memory", request.config.stash[ROWS].append
    what = f"cometbft: audit of {head.size:,} entries: read, root, head"
    add(compare(what, "entries/s", audited, hashed, peer_name=name))
    add(compare(f"{what}, every signature checked", "entries/s", verified, hashed, peer_name=name))
