"""A real `pilot serve` process for tests: its own folder, a free port, ended with the test."""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from backends.nodes.process import NodeProcess
from consultation.web.access import Role
from pilot.client import Client

TOKENS = {role: f"{role.value}-of-the-tests" for role in Role}
CONSULTATION = "quyet-dinh-ve-cho"
PROVISIONS = ("dieu-1", "dieu-2", "dieu-2.khoan-1", "phu-luc")
DRAFT: Mapping[str, object] = {
    "id": CONSULTATION,
    "title": "Quyết định về quản lý chợ",
    "issuer": "Ủy ban nhân dân Thành phố",
    "provisions": [{"id": name, "label": name, "text": f"Nội dung {name}."} for name in PROVISIONS],
}
_ROOT = Path(__file__).resolve().parents[1]


class Served:
    """One service over one ledger. `start` again after `kill` continues what is in the folder."""

    def __init__(self, folder: Path, ledger: str, service: str = "", admission: str = "rules") -> None:
        self.folder, self.ledger = folder, ledger
        folder.mkdir(parents=True, exist_ok=True)
        self.scenario = folder / "scenario.toml"
        lines = ['name = "served"', f'admission = "{admission}"', "[service]", service, "[tokens]"]
        lines += [f'{role.value} = "{token}"' for role, token in TOKENS.items()]
        self.scenario.write_text("\n".join([*lines, f"[ledgers.{ledger}]", ""]))
        self._address = folder / "address.json"
        argv = [sys.executable, "-m", "pilot", "serve", str(self.scenario), "--ledger", ledger]
        argv += ["--folder", str(folder), "--keys", str(folder / "keys.json"), "--port", "0"]
        self.process = NodeProcess(f"service on {ledger}", argv, cwd=_ROOT, log=folder / "service.log")
        self.url = ""

    def start(self) -> None:
        self._address.unlink(missing_ok=True)
        self.process.start()
        self.process.wait_ready(self._address.exists, timeout_s=60)
        self.url = json.loads(self._address.read_text())["url"]

    @property
    def client(self) -> Client:
        return Client(self.url, TOKENS)

    def open(self) -> None:
        """Lay the draft open and take opinions."""
        self.client.post("/consultations", Role.OFFICER, DRAFT)
        self.client.post(f"/consultations/{CONSULTATION}/approve", Role.OFFICER)
        self.client.post(f"/consultations/{CONSULTATION}/open", Role.OFFICER)


@contextmanager
def served(folder: Path, ledger: str = "signed-db", service: str = "") -> Iterator[Served]:
    """A started service with an open consultation; ended afterwards."""
    found = Served(folder, ledger, service)
    try:
        found.start()
        found.open()
        yield found
    finally:
        found.process.terminate(20)
