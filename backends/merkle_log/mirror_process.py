"""The mirror's process: `mirror_server`, with a key and a folder of its own, on loopback."""

from pathlib import Path

from backends.deployment import DeploymentFailed
from backends.merkle_log import cosigner_key
from backends.merkle_log.mirror_client import MirrorClient
from backends.merkle_log.storage import Storage
from backends.nodes import python
from backends.nodes.errors import NodeFailed
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports, listening
from backends.ports import ProcessUse
from consultation.core.note import NoteKey

_READY_S = 20.0
_ANSWER_S = 10.0


class MirrorProcess:
    """One mirror of one log."""

    def __init__(self, folder: Path, log_key: NoteKey) -> None:
        """Make its key where it is missing; nothing is started."""
        self.home = folder / "mirror"
        self.home.mkdir(parents=True, exist_ok=True)
        self.key = cosigner_key.public(self.home / "key", "mirror.example")
        [self._port] = free_ports(1)
        self._group = ProcessGroup()
        own = [f"--home={self.home}", f"--port={self._port}", f"--log={log_key.vkey}"]
        self._process = self._group.add(
            "mirror",
            [*python.module("backends.merkle_log.mirror_server"), *own],
            cwd=self.home,
            log=self.home / "mirror.log",
            env=python.environment(),
        )

    @property
    def served(self) -> Path:
        """The folder that a web server of the mirror's would serve."""
        return self.home / "log"

    def client(self, storage: Storage) -> MirrorClient:
        """A fresh client, which reads from the log's own files."""
        return MirrorClient(self.key, f"http://{LOOPBACK}:{self._port}", _ANSWER_S, storage.entries)

    def launch(self) -> None:
        """Start it without waiting, so that others can come up at the same time."""
        self._group.start()

    def start(self) -> None:
        """Start it where it is down, and wait until it listens. Raises DeploymentFailed."""
        self.launch()
        try:
            self._process.wait_ready(listening(self._port), timeout_s=_READY_S)
        except NodeFailed as failed:
            self._group.kill()
            raise DeploymentFailed("merkle-log", f"mirror: {failed.reason}", failed.log_tail) from failed

    def stop(self) -> None:
        self._group.stop()

    def kill(self) -> None:
        self._group.kill()

    def pause(self) -> None:
        self._group.pause()

    def resume(self) -> None:
        self._group.resume()

    def use(self) -> ProcessUse:
        return self._group.use()
