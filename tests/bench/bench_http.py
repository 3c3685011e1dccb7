"""How many opinions a second one service process takes over HTTP: validated, durable, receipt signed.

Beside it, on the same disk and interleaved with it, the same server answers a constant after the same one-row
commit: see `peers/constant`. Rows and answers of the peer are of the size that is found in the service's own
files after the first load.
"""

import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from backends.nodes.process import NodeProcess
from consultation.web.access import Role
from tests.bench.bench_ledgers import Benchmark
from tests.bench.conftest import ROWS
from tests.bench.rows import compare
from tests.served import CONSULTATION, TOKENS, Served

NUMBER, _CONNECTIONS, _ROUNDS = 2000, 64, 5
_HERE = Path(__file__).parent
_WRITTEN: Mapping[str, tuple[str, ...]] = {
    "store.sqlite": ("opinions", "outbox", "answers"),
    "vault.sqlite": ("persons",),
    "keys.sqlite": ("keys",),
}
"""Tables that get a row for an opinion of somebody new, by the file they are in."""
GOAL = 0.4
BOUND_PER_S = 400.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Bytes, without the indexes: what the peer is started with."""

    row: int
    """Of all that is stored for one opinion."""
    answer: int


def load(url: str, word: str) -> dict[str, float]:
    """What the client says of one load whose participants are all new."""
    address = [url, TOKENS[Role.CITIZEN], CONSULTATION, "dieu-2"]
    command = [sys.executable, str(_HERE / "http_load.py"), *address, str(NUMBER), str(_CONNECTIONS), word]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, float] = json.loads(done.stdout)
    return found


def sizes(folder: Path) -> Sizes:
    """Of what the service over this folder has stored and answered, on average."""
    row = answer = 0.0
    for file, tables in _WRITTEN.items():
        place = f"file:{folder / 'service' / file}?mode=ro"
        with closing(sqlite3.connect(place, uri=True)) as connection:
            for table in tables:
                names = [column[1] for column in connection.execute(f"PRAGMA table_info({table})")]
                size = " + ".join(f"coalesce(length(CAST({name} AS BLOB)), 0)" for name in names)
                [(stored,)] = connection.execute(f"SELECT avg({size}) FROM {table}")
                row += stored
            if "answers" in tables:
                [(answer,)] = connection.execute("SELECT avg(length(receipt)) FROM answers")
    return Sizes(round(row), round(answer))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Served]:
    """Over the signed database, which takes any bytes from its service, as where ledgers are measured: the
    service has checked, and signed, what it hands over.
    """
    ours = Served(tmp_path / "ours", "signed-db", admission="all")
    try:
        ours.start()
        ours.open()
        yield ours
    finally:
        ours.process.terminate(20)


@pytest.fixture
def peer(tmp_path: Path, service: Served) -> Iterator[str]:
    """The address of the constant server; the service has been warmed up before it."""
    load(service.url, "warm")
    found = sizes(service.folder)
    folder = tmp_path / "peer"
    folder.mkdir()
    argv = [
        sys.executable,
        "-m",
        "tests.bench.peers.constant",
        str(folder),
        str(found.row),
        str(found.answer),
    ]
    process = NodeProcess("constant server", argv, cwd=_HERE.parents[1], log=folder / "log")
    try:
        process.start()
        process.wait_ready((folder / "address.json").exists, timeout_s=60)
        url: str = json.loads((folder / "address.json").read_text())["url"]
        load(url, "warm")
        yield url
    finally:
        process.terminate(20)


@pytest.mark.benchmark(group="http submit, 2,000 opinions")
def bench_submit(benchmark: Benchmark, service: Served, peer: str, request: pytest.FixtureRequest) -> None:
    ours: list[dict[str, float]] = []
    beside: list[dict[str, float]] = []

    def before() -> tuple[tuple[str], dict[str, object]]:
        beside.append(load(peer, f"round{len(beside)}"))
        return (f"round{len(ours)}",), {}

    def submit(word: str) -> None:
        ours.append(load(service.url, word))

    benchmark.pedantic(submit, setup=before, rounds=_ROUNDS)
    rates = [[one["per_s"] for one in seen] for seen in (ours, beside)]
    name = f"HTTP submit on signed-db: validated, stored, receipt signed; {_CONNECTIONS} connections"
    row = compare(
        name,
        "opinions/s",
        *rates,
        peer_name="constant after a one-row commit",
        goal=GOAL,
        bound=BOUND_PER_S,
    )
    request.config.stash[ROWS].append(row)
    benchmark.extra_info |= {"opinions": NUMBER, "connections": _CONNECTIONS, **ours[-1]}
