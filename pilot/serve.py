"""`pilot serve`: one service over one ledger, until it is told to stop."""

import gc
import json
import os
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from consultation.core import canonical
from consultation.web.app import make_app
from pilot import host, paper
from pilot.errors import InputError
from pilot.keys import RunKeys
from pilot.rundir import write_whole
from pilot.scenario import Scenario

Listening = socket.socket

_IDLE_S = 75
"""An idle connection lives longer here than at a client or a proxy, which usually end it after 60 s: what is
on its way into a connection that has just been closed would be lost.
"""


def bind(port: int) -> socket.socket:
    """A listening loopback socket; 0 takes a free port. Raises InputError when the port is taken."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(("127.0.0.1", port))
        listening.listen(128)  # whoever connects before the server runs waits for it
    except OSError as error:
        listening.close()
        raise InputError(
            f"port {port} cannot be had: {error.strerror}; name another with --port, or 0 for a free one"
        ) from error
    return listening


def serve(
    scenario: Scenario,
    ledger: str,
    folder: Path,
    keys: RunKeys,
    listening: socket.socket,
    ready: Callable[[str], None],
) -> None:
    """Serve until SIGTERM or Ctrl-C; then stop in order. `ready` is told the address."""
    running = host.start(scenario, ledger, folder, keys)
    try:
        write_whole(folder / "pins.json", canonical.encode(running.pins.to_json()))
        printer = paper.printer(scenario, keys)
        app = make_app(
            running.service, scenario.tokens, running.pins, host.make_verifier, running.use, printer
        )
        # An act that waits for a dead ledger must not hold up the end: the service tells it to come again.
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=10,
            timeout_keep_alive=_IDLE_S,
        )
        server = uvicorn.Server(config)
        _spare_the_collector()
        ready(f"http://127.0.0.1:{listening.getsockname()[1]}")
        server.run(sockets=[listening])
    finally:
        # A second signal must not break the orderly stop of the nodes.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        running.close()


def _spare_the_collector() -> None:
    """Leave what stands to the end out of the search for cyclic garbage, and search less often.

    A search stops every thread, and walks the modules and all opinions that stand to find nothing.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def announce(path: Path) -> Callable[[str], None]:
    """Writes the address and the process to a file, whole or not at all."""

    def write(url: str) -> None:
        write_whole(path, json.dumps({"url": url, "pid": os.getpid()}).encode())

    return write
