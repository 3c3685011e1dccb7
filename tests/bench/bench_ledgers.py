"""Append, settle, prove, verify and audit for every registered ledger, and rates against the memory ledger.

The first five are pytest-benchmark's own table; the rest are rows of `ratios.json`, each repeated with a
measurement of memory between two of ours, so that a busy machine hurts both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter
from typing import Protocol

from consultation.core.ledger import Head
from tests.bench import driver
from tests.bench.conftest import Measured, Pair
from tests.bench.rows import compare

LIST = 100
AUDITED = 1_000
REPEATS = 5


class Benchmark(Protocol):
    """What is used of pytest-benchmark's fixture, which has no types."""

    group: str
    extra_info: dict[str, object]

    def pedantic(
        self,
        target: object,
        *,
        setup: object = None,
        rounds: int = 1,
        iterations: int = 1,
        warmup_rounds: int = 0,
    ) -> object: ...


@dataclass(frozen=True, slots=True)
class Load:
    """How a ledger is driven for its rate."""

    list_size: int
    in_flight: int
    """Lists handed over and not yet settled."""
    lists: int
    bound: float | None
    """Entries a second."""


DEFAULT = Load(100, 8, 20, None)
LOADS: Mapping[str, Load] = {
    "memory": Load(100, 1, 200, None),
    "signed-db": Load(100, 4, 200, 5_000.0),
    "merkle-log": Load(100, 16, 200, 5_000.0),
    "cometbft": Load(100, 8, 20, 400.0),
    "evm": Load(100, 8, 10, 200.0),
    "evm-anchored": Load(1_000, 4, 8, None),
}


def bench_append(benchmark: Benchmark, pair: Pair) -> None:
    """One list of 100 handed over; what was handed over before has settled."""
    benchmark.group = "append, a list of 100"
    ours = pair.ours

    def setup() -> tuple[tuple[list[bytes]], dict[str, object]]:
        driver.settle_all(ours.ledger, ours.ledger.append(ours.entries(1)))
        return (ours.entries(LIST),), {}

    benchmark.pedantic(ours.ledger.append, setup=setup, rounds=10)


def bench_settle(benchmark: Benchmark, pair: Pair) -> None:
    """From a list of 100 handed over to all of it settled."""
    benchmark.group = "append and settle, a list of 100"
    ours = pair.ours

    def setup() -> tuple[tuple[list[bytes]], dict[str, object]]:
        return (ours.entries(LIST),), {}

    def settle(entries: list[bytes]) -> None:
        driver.settle_all(ours.ledger, ours.ledger.append(entries))

    benchmark.pedantic(settle, setup=setup, rounds=10)


def grown(measured: Measured) -> Head:
    """The head of at least so many entries as an audit reads here."""
    head = measured.ledger.head()
    if head.size < AUDITED:
        lists = measured.lists((AUDITED - head.size) // LIST + 1, LIST)
        driver.throughput(measured.ledger, lists, 4)
        head = measured.ledger.head()
    return head


def bench_prove(benchmark: Benchmark, pair: Pair) -> None:
    """One inclusion proof, asked of the ledger."""
    benchmark.group = "prove inclusion"
    head = grown(pair.ours)
    benchmark.pedantic(lambda: pair.ours.ledger.prove_inclusion(head.size // 3, head), rounds=50)


def bench_verify(benchmark: Benchmark, pair: Pair) -> None:
    """One head and inclusion proof, checked offline."""
    benchmark.group = "verify head and inclusion"
    head = grown(pair.ours)
    index = head.size // 3
    [entry] = pair.ours.ledger.scan(index, index + 1)
    proof = pair.ours.ledger.prove_inclusion(index, head)
    benchmark.pedantic(lambda: pair.ours.verifier.check_inclusion(entry, index, head, proof), rounds=50)


def audit(measured: Measured, head: Head) -> None:
    measured.verifier.check_replay(measured.ledger.scan(0, head.size), head)


def bench_audit(benchmark: Benchmark, pair: Pair) -> None:
    """All entries read and replayed against the head."""
    benchmark.group = "audit, 1,000 entries or more"
    head = grown(pair.ours)
    benchmark.pedantic(audit, setup=lambda: ((pair.ours, head), {}), rounds=3)


def bench_rate(benchmark: Benchmark, pair: Pair) -> None:
    measure_rate(benchmark, pair, "")


def bench_rate_under_the_rules(benchmark: Benchmark, ruled_pair: Pair) -> None:
    measure_rate(benchmark, ruled_pair, ", signatures and rules checked")


def measure_rate(benchmark: Benchmark, pair: Pair, under: str) -> None:
    """Settled entries a second, one caller, lists in flight as the load says."""
    benchmark.group = "rates: see the table below"
    load, memory = LOADS.get(pair.name, DEFAULT), LOADS["memory"]
    ours: list[float] = []
    peer: list[float] = []

    def once() -> None:
        peer.append(driver.throughput(pair.peer.ledger, pair.peer.lists(20, LIST), memory.in_flight))
        lists = pair.ours.lists(load.lists, load.list_size)
        ours.append(driver.throughput(pair.ours.ledger, lists, load.in_flight))

    benchmark.pedantic(once, rounds=REPEATS)
    what = f"{pair.name}: settled, lists of {load.list_size}, {load.in_flight} in flight{under}"
    pair.add(compare(what, "entries/s", ours, peer, bound=load.bound))


def bench_latency(benchmark: Benchmark, pair: Pair) -> None:
    """One entry after the other: from append to settled, the median of each repeat."""
    benchmark.group = "latencies: see the table below"
    ours: list[float] = []
    peer: list[float] = []

    def once() -> None:
        peer.append(1_000 * median(driver.latencies(pair.peer.ledger, pair.peer.entries(50), 3.0)))
        ours.append(1_000 * median(driver.latencies(pair.ours.ledger, pair.ours.entries(50), 3.0)))

    benchmark.pedantic(once, rounds=REPEATS)
    pair.add(compare(f"{pair.name}: settled p50, one entry at a time", "ms", ours, peer))


def bench_verify_and_audit_rates(benchmark: Benchmark, pair: Pair) -> None:
    """Offline verification of a proof, and an audit's entries a second."""
    benchmark.group = "rates: see the table below"
    verify: dict[str, list[float]] = {"ours": [], "peer": []}
    audited: dict[str, list[float]] = {"ours": [], "peer": []}

    def once() -> None:
        for who, measured in (("peer", pair.peer), ("ours", pair.ours)):
            head = grown(measured)
            begin_s = perf_counter()
            audit(measured, head)
            audited[who].append(head.size / (perf_counter() - begin_s))
            [entry] = measured.ledger.scan(0, 1)
            proof = measured.ledger.prove_inclusion(0, head)
            begin_s = perf_counter()
            for _ in range(20):
                measured.verifier.check_inclusion(entry, 0, head, proof)
            verify[who].append(1_000 * (perf_counter() - begin_s) / 20)

    benchmark.pedantic(once, rounds=REPEATS)
    pair.add(
        compare(
            f"{pair.name}: verify head and inclusion offline",
            "ms",
            verify["ours"],
            verify["peer"],
            bound=10.0,
        )
    )
    pair.add(compare(f"{pair.name}: audit", "entries/s", audited["ours"], audited["peer"]))
