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
from tests.served import CONSULTATION, TOKENS, Served, served

_NUMBER, _CONNECTIONS = 2000, 64
_LOAD = Path(__file__).with_name("http_load.py")


@pytest.fixture(params=["memory", "signed-db"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    with served(tmp_path, request.param) as running:
        yield running


@pytest.mark.benchmark(group="http submit")
def test_submit(benchmark: BenchmarkFixture, service: Served) -> None:
    words = count()
    found: list[dict[str, float]] = []

    def load() -> None:
        arguments = [
            service.url,
            TOKENS[Role.CITIZEN],
            CONSULTATION,
            "dieu-2",
            str(_NUMBER),
            str(_CONNECTIONS),
        ]
        command = [sys.executable, str(_LOAD), *arguments, f"round{next(words)}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))

    benchmark.pedantic(load, rounds=3, warmup_rounds=1)  # type: ignore[no-untyped-call]  # it has no types
    measured = sorted(found[1:], key=lambda one: one["per_s"])
    benchmark.extra_info |= {"opinions": _NUMBER, "connections": _CONNECTIONS, **measured[len(measured) // 2]}
    if service.ledger == "signed-db":
        assert measured[-1]["per_s"] >= 400, f"opinions a second: {[one['per_s'] for one in measured]}"
