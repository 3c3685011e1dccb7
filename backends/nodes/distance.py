"""Distance between processes of one machine: a toxiproxy, with a path for each two that talk.

A path is a TCP port of its own that passes on to another, each byte so many milliseconds later, either way. A
path can be cut, which ends its connections and refuses new ones, and healed. Who talks to whom over which
path is for the ledger that owns the processes; they are told the path's port in place of the other's own.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from backends.nodes.errors import NodeFailed
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports, listening
from backends.nodes.process import await_ready, log_tail
from backends.nodes.toolchain import ensure

PROCESS = "toxiproxy"
"""The name of its process in the group."""
_START_TIMEOUT_S = 10.0
_CALL_TIMEOUT_S = 10.0
_HEADERS = {"Content-Type": "application/json", "User-Agent": "consultation-pilot"}
"""Toxiproxy answers 403 to whoever names no program, as it takes it for a browser."""

_Json = str | int | bool | Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Line:
    """One path: whoever connects to `port` talks to `target_port`."""

    name: str
    port: int
    target_port: int


class Distance:
    """A toxiproxy in a deployment's group of processes, and what it was asked to do."""

    def __init__(self, group: ProcessGroup, folder: Path, delay_ms: int) -> None:
        """Adds the process and starts nothing. Raises NodeUnavailable where there is no toxiproxy."""
        self._api_port = free_ports(1)[0]
        self._delay_ms = delay_ms
        self._cut: set[str] = set()
        argv = [str(ensure(PROCESS)), "-host", LOOPBACK, "-port", str(self._api_port)]
        self._process = group.add(PROCESS, argv, cwd=folder, log=folder / f"{PROCESS}.log")

    def start(self, lines: Sequence[Line]) -> None:
        """Start it where it is down, with these paths; what was cut stays cut. Raises NodeFailed."""
        if self._process.alive:
            return
        self._process.start()
        await_ready([self._process], listening(self._api_port), timeout_s=_START_TIMEOUT_S)
        for line in lines:
            target = {"listen": f"{LOOPBACK}:{line.port}", "upstream": f"{LOOPBACK}:{line.target_port}"}
            self._post("/proxies", {"name": line.name, **target, "enabled": line.name not in self._cut})
            for stream in ("upstream", "downstream"):
                delay = {"latency": self._delay_ms, "jitter": 0}
                toxic: dict[str, _Json] = {"type": "latency", "stream": stream, "attributes": delay}
                self._post(f"/proxies/{line.name}/toxics", toxic)

    def cut(self, names: Sequence[str]) -> None:
        """Nothing passes on these paths any more; what was under way is lost. Raises NodeFailed."""
        self._set(names, False)
        self._cut.update(names)

    def heal(self, names: Sequence[str]) -> None:
        """The paths take connections again. Raises NodeFailed."""
        self._set(names, True)
        self._cut.difference_update(names)

    def _set(self, names: Sequence[str], enabled: bool) -> None:
        for name in names:
            self._post(f"/proxies/{name}", {"enabled": enabled})

    def _post(self, path: str, body: Mapping[str, _Json]) -> None:
        connection = HTTPConnection(LOOPBACK, self._api_port, timeout=_CALL_TIMEOUT_S)
        try:
            connection.request("POST", path, json.dumps(body), _HEADERS)
            answer = connection.getresponse()
            said = answer.read().decode(errors="replace")
        except OSError as error:
            raise NodeFailed(PROCESS, f"does not answer: {error}", log_tail(self._process.log)) from error
        finally:
            connection.close()
        if answer.status >= 300:
            raise NodeFailed(
                PROCESS, f"POST {path} is answered {answer.status}: {said}", log_tail(self._process.log)
            )
