"""The floor under the cometbft ledger: its nodes and configuration, with CometBFT's own `kvstore` inside.

Same binary, four validators, `config.toml` and genesis but for the line `proxy_app`: the application is Go
code in the node's process, takes 'key=value', checks no signature, keeps no tree and writes nothing to a
disk. What is left is the price of consensus itself. A transaction counts as committed when the node shows a
block with it; a client learns so from `blockchain` (headers and numbers of transactions), the cheapest call
that says it.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import count
from pathlib import Path
from time import perf_counter, sleep

from nacl.signing import SigningKey

from backends.cometbft import network
from backends.cometbft.application import Code
from backends.cometbft.network import Node
from backends.cometbft.rpc import NodeClient, NodeError
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports
from backends.nodes.toolchain import ensure
from consultation.core.errors import LedgerError
from tests.bench.driver import PATIENCE_S
from tests.bench.peers.kvstore_rpc import committed

_ORIGIN = "kvstore.example/peer"
_POLL_S = 0.015
"""As often as the ledger's own client looks."""
_BLOCKS = 20
"""The most that one call of `blockchain` tells of."""


class Kvstore:
    """A running network and one caller of its first node."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._client = NodeClient(LOOPBACK, nodes[0].rpc_port)
        self._rpc_port = nodes[0].rpc_port
        self._numbers = count()
        self._height = 0
        self._committed = 0
        while self._look():
            pass

    def transactions(self, n: int, size_bytes: int) -> list[bytes]:
        """New ones, 'key=value', of this size."""
        keys = [b"%016d=" % next(self._numbers) for _ in range(n)]
        return [key + b"x" * (size_bytes - len(key)) for key in keys]

    def throughput(self, lists: Sequence[Sequence[bytes]], in_flight: int) -> float:
        """Committed transactions a second, handed over as `driver.throughput` does."""
        size, before, sent = len(lists[0]), self._committed, 0
        begin_s = perf_counter()
        for transactions in lists:
            self._await(before + sent - (in_flight - 1) * size)
            self._hand_over(transactions)
            sent += len(transactions)
        self._await(before + sent)
        took_s = perf_counter() - begin_s
        assert self._committed == before + sent, "a transaction stands twice"
        return sent / took_s

    def close(self) -> None:
        self._client.close()

    def _hand_over(self, transactions: Sequence[bytes]) -> None:
        for reply in self._client.broadcast(transactions):
            assert reply.code == Code.OK, reply

    def _await(self, wanted: int) -> None:
        end_s = perf_counter() + PATIENCE_S
        while self._committed < wanted:
            assert perf_counter() < end_s, f"{wanted - self._committed} transactions are in no block"
            if not self._look():
                sleep(_POLL_S)

    def _look(self) -> bool:
        """Once; whether there were new blocks."""
        first = self._height + 1
        new = committed(self._rpc_port, first, first + _BLOCKS - 2)
        self._committed += sum(new)
        self._height += len(new)
        return bool(new)


@contextmanager
def running(folder: Path, validators: int, timeout_commit_ms: int) -> Iterator[Kvstore]:
    """Lay the network out as the ledger's own, start it, and end it."""
    ports = free_ports(2 * validators)
    keys = [SigningKey(sha256(f"kvstore {at}".encode()).digest()) for at in range(2 * validators)]
    nodes = [
        Node(at, folder / f"node{at}", keys[2 * at], keys[2 * at + 1], ports[2 * at], ports[2 * at + 1])
        for at in range(validators)
    ]
    pinned = network.pins(_ORIGIN, nodes)
    group, binary = ProcessGroup(), ensure("cometbft")
    for node in nodes:
        network.write_node(node, nodes, pinned, timeout_commit_ms)
        path = node.home / "config" / "config.toml"
        theirs = [
            'proxy_app = "kvstore"' if line.startswith("proxy_app") else line
            for line in path.read_text().splitlines()
        ]
        path.write_text("\n".join(theirs) + "\n")
        argv = [str(binary), "start", f"--home={node.home}"]
        group.add(node.name, argv, cwd=node.home, log=node.home / "node.log")
    try:
        group.start()
        group.wait_ready(lambda: all(_ready(node, validators - 1) for node in nodes), timeout_s=60.0)
        peer = Kvstore(nodes)
        yield peer
        peer.close()
    finally:
        group.stop()


def _ready(node: Node, others: int) -> bool:
    client = NodeClient(LOOPBACK, node.rpc_port)
    try:
        status = client.status(1.0)
    except (LedgerError, NodeError):
        return False
    finally:
        client.close()
    return status.height > 0 and status.peers == others
