"""The signed database against what it could be at best: a bare loop over the same rows, and the same hashes.

Each pair is measured back to back, and either goes first every other time, so that a busy machine hurts both.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import perf_counter

import pytest
from nacl.signing import SigningKey

from backends.ports import Option, Setting
from backends.signed_db import BACKEND, chain
from backends.signed_db.deployment import SignedDbDeployment
from backends.signed_db.places import FILE_NAME
from consultation.core import merkle
from tests.bench import driver
from tests.bench.bench_ledgers import Benchmark
from tests.bench.conftest import ENTRY_BYTES, ROWS
from tests.bench.peers.signed_db.bare import BareLoop
from tests.bench.rows import Row, compare
from tests.conformance.entries import AnyBytes

ORIGIN = "bench.example/ledger"
OPERATOR = SigningKey(b"operator of the signed-db bench.")
MILLION = 1_000_000
PAIRS = 15
PAIR_ROWS = 4_096
AUDITS = 7
POSTGRESQL_PAIRS = 7
SLICES, SLICE_ROWS = 5, 20_000
WRITING_GOAL, AUDIT_GOAL = 0.8, 0.5
BARE = "the same lists signed and inserted by a bare loop, one commit a list"

Add = Callable[[Row], None]
Measure = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Written:
    """A ledger, a file with the same rows for the bare loop to go on with, and entries new to both."""

    deployment: SignedDbDeployment
    copy: Path
    source: AnyBytes

    def lists(self, size: int) -> list[list[bytes]]:
        """What one measurement writes, in lists of `size`."""
        return [[self.source.new(ENTRY_BYTES) for _ in range(size)] for _ in range(PAIR_ROWS // size)]


def written(folder: Path, rows: int, **options: Option) -> Iterator[Written]:
    deployment = BACKEND.deploy(Setting(folder, OPERATOR, ORIGIN, "all", options))
    try:
        ledger, source = deployment.connect(), AnyBytes()
        for _ in range(rows // 10_000):
            ledger.append([source.new(ENTRY_BYTES) for _ in range(10_000)])
        if rows:
            deployment.stop()  # nothing of it is left in the write-ahead log
            shutil.copy(folder / FILE_NAME, folder / "bare.db")
            deployment.restart()
        yield Written(deployment, folder / "bare.db", source)
    finally:
        deployment.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """Filled through the port, which takes most of a minute."""
    yield from written(tmp_path_factory.mktemp("million"), MILLION)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    yield from written(tmp_path_factory.mktemp("empty"), 0)


@pytest.fixture
def add(request: pytest.FixtureRequest) -> Add:
    return request.config.stash[ROWS].append


def in_turn(
    benchmark: Benchmark, pairs: int, ours: Measure, peer: Measure
) -> tuple[list[float], list[float]]:
    """So many pairs, after one that is not counted."""
    found: tuple[list[float], list[float]] = ([], [])
    measures = (ours, peer)

    def once() -> None:
        first = len(found[0]) % 2
        for who in (first, 1 - first):
            found[who].append(measures[who]())

    benchmark.pedantic(once, rounds=pairs, warmup_rounds=1)
    return found[0][1:], found[1][1:]


def measure_writing(benchmark: Benchmark, add: Add, on: Written, size: int, name: str) -> None:
    """One list in flight on either side: the batch is the list. Entries are made outside the measurement."""
    benchmark.group = "rates: see the table below"
    ledger, bare = on.deployment.connect(), BareLoop(on.copy, ORIGIN, OPERATOR)

    try:
        ours, peer = in_turn(
            benchmark,
            PAIRS,
            lambda: driver.throughput(ledger, on.lists(size), in_flight=1),
            lambda: bare.rate(on.lists(size)),
        )
    finally:
        bare.close()
    add(compare(name, "entries/s", ours, peer, peer_name=BARE, goal=WRITING_GOAL))


@pytest.mark.parametrize("size", [64, 512])
def bench_durable_rows(benchmark: Benchmark, empty: Written, add: Add, size: int) -> None:
    name = f"signed-db: durable rows through the port, lists of {size}"
    measure_writing(benchmark, add, empty, size, name)


@pytest.mark.parametrize("size", [64, 512])
def bench_durable_rows_after_a_million(benchmark: Benchmark, million: Written, add: Add, size: int) -> None:
    """The index by leaf hash no longer fits where it did, for both."""
    name = f"signed-db: durable rows over 1,000,000, lists of {size}"
    measure_writing(benchmark, add, million, size, name)


def bench_audit_a_million(benchmark: Benchmark, million: Written, add: Add) -> None:
    """Read every entry through the port, chain them again, hold the result against the signed head."""
    benchmark.group = "rates: see the table below"
    ledger, verifier = million.deployment.connect(), BACKEND.verifier(million.deployment.pins())
    head = ledger.head()
    in_memory = list(ledger.scan(0, head.size))

    def ours() -> float:
        begin_s = perf_counter()
        verifier.check_replay(ledger.scan(0, head.size), head)
        return head.size / (perf_counter() - begin_s)

    def hashing() -> float:
        begin_s = perf_counter()
        merkle.root_of(map(merkle.leaf_hash, in_memory))
        return head.size / (perf_counter() - begin_s)

    audited, hashed = in_turn(benchmark, AUDITS, ours, hashing)
    name = f"signed-db: audit of {head.size:,} entries, chain and head"
    peer_name = "hashing the same tree (RFC 6962) in memory"
    add(compare(name, "entries/s", audited, hashed, peer_name=peer_name, goal=AUDIT_GOAL))


def bench_every_signature(benchmark: Benchmark, million: Written, add: Add) -> None:
    """Every row's own signature, 100,000 rows in five parts: the proof asked of the port, and verified."""
    benchmark.group = "rates: see the table below"
    ledger, verifier = million.deployment.connect(), BACKEND.verifier(million.deployment.pins())
    head, public = ledger.head(), OPERATOR.verify_key
    start = count(0, SLICE_ROWS)

    def ours() -> float:
        first = next(start)
        begin_s = perf_counter()
        for index, entry in enumerate(ledger.scan(first, first + SLICE_ROWS), first):
            verifier.check_inclusion(entry, index, head, ledger.prove_inclusion(index, head))
        return SLICE_ROWS / (perf_counter() - begin_s)

    def verifying() -> float:
        messages = [chain.row_message(ORIGIN, index, bytes(32)) for index in range(SLICE_ROWS)]
        signed = [OPERATOR.sign(message) for message in messages]
        begin_s = perf_counter()
        for each in signed:
            public.verify(each)
        return SLICE_ROWS / (perf_counter() - begin_s)

    checked, verified = in_turn(benchmark, SLICES, ours, verifying)
    name = f"signed-db: every row's signature, {SLICES * SLICE_ROWS:,} rows through the port"
    add(compare(name, "entries/s", checked, verified, peer_name="as many signatures verified"))


@pytest.mark.parametrize(("standby", "where"), [(False, "one server"), (True, "a synchronous standby")])
def bench_postgresql(
    benchmark: Benchmark,
    empty: Written,
    add: Add,
    tmp_path_factory: pytest.TempPathFactory,
    standby: bool,
    where: str,
) -> None:
    """PostgreSQL 18 on the same disk; a standby's disk is the same one too, so two syncs share it."""
    benchmark.group = "rates: see the table below"
    folder = tmp_path_factory.mktemp("postgresql")
    setting = Setting(folder, OPERATOR, ORIGIN, "all", {"database": "postgresql", "standby": standby})
    deployment = BACKEND.deploy(setting)
    sqlite, postgresql = empty.deployment.connect(), deployment.connect()

    try:
        ours, peer = in_turn(
            benchmark,
            POSTGRESQL_PAIRS,
            lambda: driver.throughput(postgresql, empty.lists(512), in_flight=1),
            lambda: driver.throughput(sqlite, empty.lists(512), in_flight=1),
        )
    finally:
        deployment.stop()
    name = f"signed-db on PostgreSQL, {where}: durable rows, lists of 512"
    add(compare(name, "entries/s", ours, peer, peer_name="signed-db on SQLite"))
