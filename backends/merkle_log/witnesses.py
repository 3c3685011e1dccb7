"""Real witnesses: one `omniwitness` process each, with a key, a database and a folder of its own, on
loopback.

Nothing but the port is open: metrics are off, and no flag names a distributor, a bastion or a list of logs to
fetch, without which omniwitness starts no connection (its built-in list of logs only says whose checkpoints
it would accept). Its environment is empty, so no proxy either.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from backends.deployment import Address, DeploymentFailed
from backends.merkle_log import cosigner_key
from backends.merkle_log.witness import WitnessClient
from backends.nodes.errors import NodeFailed
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports, listening
from backends.nodes.process import NodeProcess, ProcessUsage
from backends.ports import ProcessUse
from consultation.core.note import NoteKey

_READY_S = 20.0
_ANSWER_S = 5.0


class Witnesses:
    """The witness processes of one log; `backends.deployment.Deployment`, each by its name."""

    def __init__(self, folder: Path, binary: Path, count: int, log_key: NoteKey) -> None:
        """Make keys and configuration where they are missing; nothing is started."""
        self._group = ProcessGroup()
        names = [f"witness-{at}" for at in range(1, count + 1)]
        self._ports = dict(zip(names, free_ports(count), strict=True))
        self._keys: dict[str, NoteKey] = {}
        for name, port in self._ports.items():
            home = folder / name
            home.mkdir(parents=True, exist_ok=True)
            self._keys[name] = cosigner_key.public(home / "key", f"{name}.example")
            config = {"Logs": [{"Origin": log_key.name, "PublicKey": log_key.vkey}]}
            (home / "logs.yaml").write_text(json.dumps(config), encoding="utf-8")  # JSON is YAML too
            self._group.add(
                name,
                [
                    str(binary),
                    f"--private_key_path={home / 'key'}",
                    f"--additional_logs={home / 'logs.yaml'}",
                    f"--db_file={home / 'witness.db'}",
                    f"--listen={LOOPBACK}:{port}",
                    "--metrics_listen=",
                ],
                cwd=home,
                log=home / "omniwitness.log",
                env={},
            )

    @property
    def keys(self) -> tuple[NoteKey, ...]:
        """The witnesses' cosignature keys, in their order."""
        return tuple(self._keys.values())

    def clients(self) -> list[WitnessClient]:
        """A fresh client to each."""
        return [
            WitnessClient(self._keys[name], f"http://{LOOPBACK}:{port}", _ANSWER_S)
            for name, port in self._ports.items()
        ]

    # All of them

    @property
    def processes(self) -> Sequence[str]:
        return self._group.names

    @property
    def addresses(self) -> Sequence[Address]:
        return [
            Address(name, "tlog-witness", f"http://{LOOPBACK}:{port}") for name, port in self._ports.items()
        ]

    def start(self) -> None:
        self._group.start()
        try:
            for name in self.processes:
                self._await(name)
        except NodeFailed as failed:
            self._group.kill()
            reason = f"{failed.name}: {failed.reason}"
            raise DeploymentFailed("merkle-log", reason, failed.log_tail) from failed

    def ready(self) -> bool:
        try:
            return self._group.alive and all(listening(port)() for port in self._ports.values())
        except OSError:
            return False

    def stop(self) -> None:
        self._group.stop()

    def kill_all(self) -> None:
        self._group.kill()

    def pause_all(self) -> None:
        self._group.pause()

    def resume_all(self) -> None:
        self._group.resume()

    def usage(self) -> Mapping[str, ProcessUsage]:
        return self._group.usage()

    def use(self) -> ProcessUse:
        return self._group.use()

    # One of them

    def kill(self, process: str) -> None:
        self._group[process].kill()

    def restart(self, process: str) -> None:
        self._group[process].terminate()
        self._group[process].start()
        self._await(process)

    def pause(self, process: str) -> None:
        self._group[process].pause()

    def resume(self, process: str) -> None:
        self._group[process].resume()

    def _await(self, name: str) -> None:
        node: NodeProcess = self._group[name]
        node.wait_ready(listening(self._ports[name]), timeout_s=_READY_S)
