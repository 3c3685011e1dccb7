"""What a network's processes have used, by kind, and what one node has sent the others."""

from collections.abc import Mapping

from backends.cometbft.rpc import NodeClient, NodeError
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK
from backends.nodes.process import ProcessUsage
from backends.ports import GroupUse, ProcessUse
from consultation.core.errors import LedgerError

_PATIENCE_S = 1.0
_KINDS: Mapping[str, str] = {"node": "node", "app": "application", "toxiproxy": "proxy"}


def sent(rpc_port: int) -> Mapping[str, int]:
    """Bytes by connection, as the node counts them; empty where it does not answer."""
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
    return ProcessUse.summed(groups, network_bytes)
