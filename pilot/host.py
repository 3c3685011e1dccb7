"""One ledger with the service on it, in this process: what `pilot serve` runs, and the attacks work on."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
from cryptography.hazmat.primitives.serialization import Encoding

from backends import registry
from backends.ports import LedgerDeployment, Setting
from consultation.core.bundle import Pins
from consultation.core.canonical import Json
from consultation.core.certificate import Issuer
from consultation.core.ledger import Ledger, Verifier
from consultation.core.multikey import Ed25519Key
from consultation.core.trust import PinnedKey
from consultation.service import vault
from consultation.service.ports import Keys, Settings
from consultation.service.service import Service
from consultation.service.store import Store
from consultation.service.vault import Vault
from consultation.web.models import UseOut
from pilot.keys import RunKeys
from pilot.scenario import Scenario
from pilot.world import SystemChance, SystemClock


def make_verifier(name: str, pins: Mapping[str, Json]) -> Verifier:
    """A ledger's offline verifier by name."""
    return registry.backend(name).verifier(pins)


def setting(scenario: Scenario, ledger: str, folder: Path, keys: RunKeys) -> Setting:
    """What the ledger's deployment is given; the same again continues what is in the folder."""
    host = scenario.unit.did.removeprefix("did:web:")
    return Setting(
        folder=folder / "ledger",
        operator=keys.operator,
        origin=f"{host}/{ledger}",
        admission=scenario.admission,
        options=scenario.options(ledger),
    )


def store_path(folder: Path) -> Path:
    return folder / "service" / "store.sqlite"


@dataclass(slots=True)
class Host:
    """A deployed ledger, a client, and a started service."""

    deployment: LedgerDeployment
    ledger: Ledger
    verifier: Verifier
    service: Service
    pins: Pins

    def use(self) -> UseOut:
        """What this process and the ledger's have used so far."""
        mine = psutil.Process().cpu_times()
        ledger, usage = self.deployment.use(), self.ledger.usage()
        return UseOut(
            service_cpu_s=mine.user + mine.system,
            ledger_cpu_s=ledger.cpu_s,
            ledger_rss_bytes=ledger.rss_bytes,
            ledger_processes=ledger.processes,
            entries=usage.entries,
            handed_over_bytes=usage.handed_over_bytes,
            stored_bytes=usage.stored_bytes,
            gas=usage.gas,
        )

    def close(self) -> None:
        """The service first, then the client, then the processes."""
        try:
            self.service.close()
            self.ledger.close()
        finally:
            self.deployment.stop()


def pins_of(scenario: Scenario, keys: RunKeys, ledger: str, deployment: LedgerDeployment) -> Pins:
    """What a verifier pins of this unit and this ledger: every key that signs, and the PDFs' certificate."""
    issuer = Issuer(scenario.unit.did, scenario.unit.name)
    signer = keys.of_service(issuer, scenario.unit.suite).method
    methods = {issuer.method: PinnedKey(Ed25519Key(bytes(keys.unit.verify_key)))}
    methods[signer.id] = PinnedKey(signer.public)
    root = keys.certificate(scenario.unit.name).public_bytes(Encoding.DER)
    return Pins(methods, {scenario.ledgers[ledger].backend: deployment.pins()}, (root,))


def start(scenario: Scenario, ledger: str, folder: Path, keys: RunKeys) -> Host:
    """Deploy and start. Raises LedgerError; nothing is left running then."""
    backend = scenario.backend(ledger)
    deployment = backend.deploy(setting(scenario, ledger, folder, keys))
    try:
        return around(deployment, scenario, ledger, folder, keys)
    except BaseException:
        deployment.stop()
        raise


def started(store: Path, ledger: Ledger, verifier: Verifier, keys: Keys, settings: Settings) -> Service:
    """A service over files that are there already or are made, with the machine's clock and chance."""
    people = Vault(*vault.beside(store))
    clock, chance = SystemClock(), SystemChance()
    service = Service(Store(store), people, ledger, verifier, keys, clock, chance, settings)
    service.start()
    return service


def around(
    deployment: LedgerDeployment, scenario: Scenario, ledger: str, folder: Path, keys: RunKeys
) -> Host:
    """A started service over a running deployment."""
    backend = scenario.backend(ledger)
    client = deployment.connect()
    verifier = backend.verifier(deployment.pins())
    issuer = Issuer(scenario.unit.did, scenario.unit.name)
    settings: Settings = scenario.service.settings()
    service_keys = keys.of_service(issuer, scenario.unit.suite)
    service = started(store_path(folder), client, verifier, service_keys, settings)
    return Host(deployment, client, verifier, service, pins_of(scenario, keys, ledger, deployment))
