"""What a network's processes have used, by kind, and what its nodes have sent one another."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from backends.cometbft.rpc import NodeClient, NodeError
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK
from backends.nodes.process import ProcessUsage
from backends.ports import GroupUse, ProcessUse
from consultation.core.errors import LedgerError

_PATIENCE_S = 1.0
_KINDS: Mapping[str, str] = {"node": "node", "app": "application", "toxiproxy": "proxy"}


class Traffic:
    """Bytes that the nodes have sent to one another, by their own count of each connection.

    A node forgets a connection's count when it ends, so that what was sent since the last look is not in it.
    """

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str, str], int] = {}

    @property
    def sent_bytes(self) -> int:
        return sum(self._sent.values())

    def look(self, rpc_ports: Mapping[str, int]) -> None:
        """Ask these nodes, all at once; one that does not answer keeps what it said last."""
        if not rpc_ports:
            return
        with ThreadPoolExecutor(len(rpc_ports)) as pool:
            for name, connections in zip(rpc_ports, pool.map(_ask, rpc_ports.values()), strict=True):
                self._sent.update({(name, *which): sent for which, sent in connections.items()})


def _ask(rpc_port: int) -> Mapping[tuple[str, str], int]:
    client = NodeClient(LOOPBACK, rpc_port)
    try:
        return client.sent(_PATIENCE_S)
    except (LedgerError, NodeError):
        return {}
    finally:
        client.close()


def by_kind(group: ProcessGroup, network_bytes: int) -> ProcessUse:
    """The sum over a network's processes, and the same by kind."""
    used: dict[str, ProcessUsage] = {}
    running: dict[str, int] = {}
    for name, usage in group.usage().items():
        kind = _KINDS[name.rstrip("0123456789")]
        used[kind] = used.get(kind, ProcessUsage()).plus(usage)
        running[kind] = running.get(kind, 0) + group[name].alive
    groups = {
        kind: GroupUse(found.cpu_s, found.rss_bytes, found.written_bytes, running[kind])
        for kind, found in used.items()
    }
    total = ProcessUsage()
    for found in used.values():
        total = total.plus(found)
    everyone = sum(running.values())
    return ProcessUse(total.cpu_s, total.rss_bytes, total.written_bytes, everyone, groups, network_bytes)
