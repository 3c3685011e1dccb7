"""How long one round between two processes takes: a byte there and back, over paths as the nodes have."""

import socket
from contextlib import closing
from pathlib import Path
from statistics import median
from threading import Thread
from time import perf_counter

from backends.nodes.distance import Distance, Line
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports

_ROUNDS = 25


def round_ms(delay_ms: int, folder: Path) -> float:
    """The median round: over loopback, or where `delay_ms` is above 0 through a proxy such as the nodes'."""
    group = ProcessGroup()
    with closing(socket.create_server((LOOPBACK, 0))) as server:
        port: int = server.getsockname()[1]
        echo = Thread(target=_echo, args=(server,))
        echo.start()
        try:
            if delay_ms:
                line = Line("echo", free_ports(1)[0], port)
                Distance(group, folder, delay_ms).start([line])
                port = line.port
            return median(_rounds(port))
        finally:
            group.stop()
            echo.join()


def _rounds(port: int) -> list[float]:
    found = []
    with socket.create_connection((LOOPBACK, port), timeout=10) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(_ROUNDS):
            begin_s = perf_counter()
            client.sendall(b"?")
            assert client.recv(1) == b"?"
            found.append(1_000 * (perf_counter() - begin_s))
    return found


def _echo(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while data := connection.recv(1024):
            connection.sendall(data)
