"""A real HTTP server in a thread, over a service on the memory ledger."""

import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread

import httpx
import pytest
import uvicorn

from consultation import archive
from consultation.core.bundle import Pins
from consultation.core.multikey import Ed25519Key
from consultation.core.trust import PinnedKey
from consultation.service.ports import Settings
from consultation.web.access import Role
from consultation.web.app import make_app
from consultation.web.models import UseOut
from pilot.host import make_verifier
from tests.consultation.service.conftest import QUICK
from tests.consultation.service.rig import KEYS, Rig, until

TOKENS = {role: f"{role.value}-token" for role in Role}
USE = UseOut(
    service_cpu_s=0.0,
    ledger_cpu_s=0.0,
    ledger_rss_bytes=0,
    ledger_processes=0,
    entries=0,
    handed_over_bytes=0,
    stored_bytes=0,
    gas=0,
)


class Site:
    """A service and its server; `call` is one request as a role, or as nobody."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.rig = Rig(folder, "memory", settings)
        unit = PinnedKey(Ed25519Key(bytes(KEYS.unit.verify_key)))
        pins = Pins({KEYS.issuer.method: unit}, {"memory": self.rig.deployment.pins()})
        self.app = make_app(self.rig.service, TOKENS, pins, make_verifier, lambda: USE, archive.pack)
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(self.app, log_level="error", lifespan="off"))
        self._thread = Thread(target=lambda: self._server.run(sockets=[listening]))
        self._thread.start()
        until(lambda: self._server.started)
        self.http = httpx.Client(base_url=self.url, timeout=30)

    def call(
        self,
        method: str,
        path: str,
        role: Role | None = Role.CITIZEN,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | Iterator[bytes] | None = None,
    ) -> httpx.Response:
        asked = dict(headers or {})
        if role is not None:
            asked["Authorization"] = f"Bearer {TOKENS[role]}"
        if content is not None:
            return self.http.request(method, path, content=content, headers=asked)
        return self.http.request(method, path, json=body, headers=asked)

    def stop(self) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join(20)
        self.rig.stop()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """With a consultation that is open."""
    found = Site(tmp_path, QUICK)
    try:
        found.rig.opened()
        yield found
    finally:
        found.stop()
