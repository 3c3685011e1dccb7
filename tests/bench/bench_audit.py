"""An audit of a Merkle log of a million entries: read them, re-derive the root, check the head.

The peer hashes the same entries into the same tree, from memory: reading and parsing is what an audit adds.
It does so in parts that are read while its clock stands, so that neither holds a million entries at once; no
row is printed unless memory has been seen to stay flat.
"""

from collections.abc import Iterator
from itertools import islice
from time import perf_counter

import psutil
import pytest

from consultation.core import merkle
from consultation.core.ledger import Head
from tests.bench import driver
from tests.bench.bench_ledgers import Benchmark
from tests.bench.conftest import ENTRY_BYTES, ROWS, Measured, deploy
from tests.bench.rows import compare

ENTRIES = 1_000_000
LIST = 5_000
PART = 10_000
REPEATS = 7
GOAL = 0.5
MOST_GROWTH_BYTES = 64 << 20
"""A list of all entries would take 512 MB."""


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """A log with a million entries of 512 bytes, cosigned by its witnesses."""
    measured = deploy("merkle-log", "all", tmp_path_factory.mktemp("audited"))
    try:
        for _ in range(ENTRIES // LIST):
            driver.throughput(measured.ledger, measured.lists(1, LIST), 1)
        yield measured
    finally:
        measured.deployment.stop()


def hash_in_memory(measured: Measured, head: Head) -> float:
    """Seconds of hashing alone."""
    frontier, spent_s = merkle.Frontier(), 0.0
    entries = measured.ledger.scan(0, head.size)
    while part := list(islice(entries, PART)):
        begin_s = perf_counter()
        frontier.extend(map(merkle.leaf_hash, part))
        spent_s += perf_counter() - begin_s
    assert frontier.root() == head.root
    return spent_s


def bench_audit_a_million_entries(
    benchmark: Benchmark, filled: Measured, request: pytest.FixtureRequest
) -> None:
    """Entries a second through the port: `scan` into `check_replay`."""
    benchmark.group = "audits: see the table below"
    head = filled.ledger.head()
    assert (head.size, len(next(filled.ledger.scan(7, 8)))) == (ENTRIES, ENTRY_BYTES)
    ours: list[float] = []
    peer: list[float] = []
    process = psutil.Process()
    before_bytes = process.memory_info().rss
    grown_bytes = 0

    def once() -> None:
        nonlocal grown_bytes
        peer.append(ENTRIES / hash_in_memory(filled, head))
        begin_s = perf_counter()
        filled.verifier.check_replay(filled.ledger.scan(0, head.size), head)
        ours.append(ENTRIES / (perf_counter() - begin_s))
        grown_bytes = max(grown_bytes, process.memory_info().rss - before_bytes)

    benchmark.pedantic(once, rounds=REPEATS)
    assert grown_bytes < MOST_GROWTH_BYTES, f"an audit grew the process by {grown_bytes >> 20} MB"
    name = "merkle-log: audit, read, re-derive the root, check the head, 1,000,000 entries"
    peer_name = "hashing the same tree in memory"
    row = compare(name, "entries/s", ours, peer, peer_name=peer_name, goal=GOAL)
    request.config.stash[ROWS].append(row)
