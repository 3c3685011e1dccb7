"""A station: the service over one ledger in a process of its own, started and ended by the experiment."""

import json
import sys
from pathlib import Path

from backends.nodes.process import NodeProcess
from consultation.web.access import Role
from pilot.client import Client
from pilot.scenario import Scenario

_START_S = 120.0
_STOP_S = 30.0


class Station:
    """One `pilot serve` process. Starting raises NodeFailed with the last lines of its log."""

    def __init__(self, scenario: Scenario, file: Path, ledger: str, folder: Path, keys: Path) -> None:
        self.ledger = ledger
        self.unit = scenario.unit
        self._address = folder / "address.json"
        argv = [sys.executable, "-m", "pilot", "serve", str(file), "--ledger", ledger]
        argv += ["--folder", str(folder), "--keys", str(keys), "--port", "0"]
        root = Path(__file__).parents[1]
        self._process = NodeProcess(f"service on {ledger}", argv, cwd=root, log=folder / "service.log")
        self._tokens = scenario.tokens
        self.client = Client("", scenario.tokens)

    def start(self) -> None:
        self._address.unlink(missing_ok=True)
        self._process.start()
        self._process.wait_ready(self._address.exists, timeout_s=_START_S)
        url = json.loads(self._address.read_text())["url"]
        self.client = Client(url, self._tokens)

    def use(self) -> dict[str, float]:
        found: dict[str, float] = json.loads(self.client.get("/use", Role.OPERATOR))
        return found

    def stop(self) -> None:
        self._process.terminate(_STOP_S)
