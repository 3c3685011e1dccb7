"""The commit of CometBFT itself beside the port's 'settled', which waits for the next header too."""

import base64
import json
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import pytest

from backends.cometbft import framing
from backends.cometbft.deployment import CometDeployment
from tests.bench import driver
from tests.bench.bench_ledgers import REPEATS, Benchmark
from tests.bench.conftest import Measured, Pair
from tests.bench.rows import compare

SAMPLES = 20
GOAL_MS = 400.0


def commit_s(deployment: CometDeployment, entry: bytes) -> float:
    """Seconds until `broadcast_tx_commit` says that the entry's block is committed."""
    address = urlsplit(deployment.client(0).url)
    call = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "broadcast_tx_commit",
        "params": {"tx": base64.b64encode(framing.join([entry])).decode()},
    }
    connection = HTTPConnection(address.hostname or "", address.port, timeout=30)
    begin_s = perf_counter()
    connection.request("POST", "/", json.dumps(call), {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    took_s = perf_counter() - begin_s
    connection.close()
    assert answer["result"]["tx_result"].get("code", 0) == 0, answer
    return took_s


def settled_s(measured: Measured, entry: bytes) -> float:
    [found] = driver.latencies(measured.ledger, [entry], 60.0)
    return found


@pytest.mark.parametrize("pair", ["cometbft"], indirect=True, scope="session")
def bench_commit(benchmark: Benchmark, pair: Pair) -> None:
    """Over cometbft alone: the two alternate, so both see the same machine."""
    deployment = pair.ours.deployment
    assert isinstance(deployment, CometDeployment)
    benchmark.group = "latencies: see the table below"
    commits: list[float] = []
    settled: list[float] = []
    peer: list[float] = []

    def once() -> None:
        pairs = [
            (commit_s(deployment, a), settled_s(pair.ours, b)) for a, b in zip(*halves(pair), strict=True)
        ]
        commits.append(1_000 * median(commit for commit, _ in pairs))
        settled.append(1_000 * median(settle for _, settle in pairs))
        peer.append(1_000 * median(driver.latencies(pair.peer.ledger, pair.peer.entries(SAMPLES), 3.0)))

    benchmark.pedantic(once, rounds=REPEATS)
    pair.add(compare("cometbft: commit p50, one entry at a time", "ms", commits, peer, bound=GOAL_MS))
    pair.add(compare("cometbft: settled p50, alternating with it", "ms", settled, peer))


def halves(pair: Pair) -> tuple[list[bytes], list[bytes]]:
    return pair.ours.entries(SAMPLES), pair.ours.entries(SAMPLES)
