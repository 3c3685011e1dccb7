"""Free ports on the loopback interface, and whether somebody listens there."""

import socket
from collections.abc import Callable
from pathlib import Path
from secrets import randbelow

LOOPBACK = "127.0.0.1"
_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_LOWEST = 10_000


def free_ports(n: int) -> list[int]:
    """`n` different ports that nobody listens on now.

    They lie below the range from which the kernel takes ports for outgoing connections: from inside it, a
    client's connection could take a node's port while the node is down, and the node could not come back.
    Between this call and the node's own bind somebody else may still take one: then the node fails to start.
    """
    try:
        below = int(_RANGE.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        below = 0
    candidates = max(0, below - _LOWEST)
    first = randbelow(candidates) if candidates else 0
    found: list[socket.socket] = []
    try:
        for step in range(candidates):
            if len(found) == n:
                break
            _try_port(_LOWEST + (first + step) % candidates, found)
        while len(found) < n:
            _try_port(0, found)
        return [held.getsockname()[1] for held in found]
    finally:
        for held in found:
            held.close()


def _try_port(port: int, found: list[socket.socket]) -> None:
    held = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        held.bind((LOOPBACK, port))
    except OSError:
        held.close()
        if port == 0:
            raise
        return
    found.append(held)


def listening(port: int) -> Callable[[], bool]:
    """A readiness predicate: somebody accepts TCP connections on this loopback port."""

    def ready() -> bool:
        with socket.create_connection((LOOPBACK, port), timeout=1.0):
            return True

    return ready


def listening_at(path: Path) -> Callable[[], bool]:
    """A readiness predicate: somebody accepts connections on this unix socket."""

    def ready() -> bool:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(1.0)
            client.connect(str(path))
            return True

    return ready
