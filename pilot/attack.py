"""The attacks composed: a ledger of its own per campaign, with the run's keys, in a folder that goes away."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from backends import registry
from backends.ports import LedgerDeployment
from consultation.core.certificate import Issuer
from consultation.core.ledger import Ledger, Verifier
from consultation.service import vault
from consultation.service.ports import Keys
from consultation.service.service import Service
from consultation.service.store import Store
from consultation.service.vault import Vault
from pilot import host
from pilot.keys import RunKeys
from pilot.rundir import Value
from pilot.scenario import Scenario
from pilot.world import SystemChance, SystemClock
from workloads.attacks import campaign as campaigns
from workloads.attacks.ports import Cell


def campaign(
    scenario: Scenario, ledger: str, folder: Path, keys: RunKeys, say: Callable[[str], None]
) -> list[Mapping[str, Value]]:
    """All attacks on one ledger, as cells of `risk.json`; with the reason where no consultation runs on it.

    Nothing is shared between campaigns: those of several ledgers may run at once, in threads.
    """
    site = Site(scenario, ledger, folder, keys)
    try:
        return _values(campaigns.run(site, scenario.attacks.opinions, say))
    except Exception as error:
        # What was measured before must not be lost over an attack that cannot begin, whatever the node does.
        say(f"{ledger}: the attacks could not begin: {str(error).partition(chr(10))[0]}")
        return not_measured(ledger, f"{type(error).__name__}: {error}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def not_measured(ledger: str, reason: str) -> list[Mapping[str, Value]]:
    """The cells of a campaign that could not begin."""
    return _values(campaigns.not_measured(ledger, mode_of(ledger), reason))


def mode_of(ledger: str) -> str:
    """'anchored' where only heads are on the ledger, else 'per entry'."""
    return "anchored" if ledger.endswith("-anchored") else "per entry"


class Site:
    """One ledger below a folder, over and over."""

    def __init__(self, scenario: Scenario, ledger: str, folder: Path, keys: RunKeys) -> None:
        self.name, self.mode, self.folder = ledger, mode_of(ledger), folder
        self.keys: Keys = keys.of_service(Issuer(scenario.unit.did, scenario.unit.name))
        self._settings = scenario.service.settings()
        self._setting = host.setting(scenario, ledger, folder, keys)
        self._kept = folder / "kept"

    def start(self) -> LedgerDeployment:
        self._clear()
        return registry.backend(self.name).deploy(self._setting)

    def keep(self) -> None:
        if self._setting.folder.exists():
            shutil.copytree(self._setting.folder, self._kept, ignore=_sockets)

    def restore(self) -> LedgerDeployment:
        self._clear()
        if self._kept.exists():
            shutil.copytree(self._kept, self._setting.folder)
        return registry.backend(self.name).deploy(self._setting)

    def serve(self, ledger: Ledger, verifier: Verifier, store: Path) -> Service:
        clock, chance = SystemClock(), SystemChance()
        people = Vault(*vault.beside(store))
        service = Service(Store(store), people, ledger, verifier, self.keys, clock, chance, self._settings)
        service.start()
        return service

    def _clear(self) -> None:
        if self._setting.folder.exists():
            shutil.rmtree(self._setting.folder)


def _values(cells: Sequence[Cell]) -> list[Mapping[str, Value]]:
    return [cell.to_json() for cell in cells]


def _sockets(folder: str, names: list[str]) -> list[str]:
    """What cannot be copied: a node that was killed leaves its socket."""
    return [name for name in names if (Path(folder) / name).is_socket()]
