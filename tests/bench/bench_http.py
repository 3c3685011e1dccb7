"""How many opinions a second one service process takes over HTTP: validated, durable, receipt signed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from consultation.web.access import Role
from tests.bench.conftest import ROWS
from tests.bench.rows import compare
from tests.served import CONSULTATION, TOKENS, Served, served

_NUMBER, _CONNECTIONS, _ROUNDS = 2000, 64, 3
_LOAD = Path(__file__).with_name("http_load.py")
GOAL_PER_S = 400.0


@pytest.fixture
def services(tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    """One over the signed database, and one over memory beside it."""
    with served(tmp_path / "ours", "signed-db") as ours, served(tmp_path / "peer", "memory") as peer:
        yield ours, peer


@pytest.mark.benchmark(group="http submit, 2,000 opinions")
def bench_submit(
    benchmark: BenchmarkFixture, services: tuple[Served, Served], request: pytest.FixtureRequest
) -> None:
    words = count()
    found: list[dict[str, float]] = []
    beside: list[dict[str, float]] = []

    def load(service: Served, seen: list[dict[str, float]]) -> None:
        address = [service.url, TOKENS[Role.CITIZEN], CONSULTATION, "dieu-2"]
        much = [str(_NUMBER), str(_CONNECTIONS), f"round{next(words)}"]
        command = [sys.executable, str(_LOAD), *address, *much]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        seen.append(json.loads(done.stdout))

    def before() -> tuple[tuple[Served, list[dict[str, float]]], dict[str, object]]:
        load(services[1], beside)
        return (services[0], found), {}

    benchmark.pedantic(load, setup=before, rounds=_ROUNDS, warmup_rounds=1)  # type: ignore[no-untyped-call]  # it has no types
    ours, peer = ([one["per_s"] for one in seen[1:]] for seen in (found, beside))
    name = f"http: accepted with signed-db, {_CONNECTIONS} connections"
    request.config.stash[ROWS].append(compare(name, "opinions/s", ours, peer, bound=GOAL_PER_S))
    benchmark.extra_info |= {"opinions": _NUMBER, "connections": _CONNECTIONS, **found[-1]}
