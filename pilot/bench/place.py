"""One ledger of the bench while it is up: its deployment, a client, its verifier, entries new to it."""

from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import Protocol

from backends.ports import LedgerDeployment, ManyDoors, ProcessUse, Watch, Watched
from consultation.core.errors import LedgerError, Unavailable
from consultation.core.ledger import Ledger, Refusal, Settled, Usage, Verifier
from pilot import host
from pilot.keys import RunKeys
from pilot.scenario import Scenario
from workloads.bench import floor
from workloads.bench.direct import Door
from workloads.bench.entries import Source

_PREPARE_S = 60.0


class Place(Protocol):
    """Where windows are measured."""

    @property
    def label(self) -> str:
        """The ledger's name in the scenario, or 'harness'."""
        ...

    @property
    def source(self) -> Source: ...

    @property
    def door(self) -> Door:
        """The one that entries go through, unless all are asked for."""
        ...

    @property
    def verifier(self) -> Verifier: ...

    def all_doors(self) -> Sequence[Door]:
        """Every node that takes entries; the one door where there is only one. Raises LedgerError."""
        ...

    def watch(self) -> Watch | None:
        """Look at every node from now on; None where there is one alone."""
        ...

    def usage(self) -> Usage: ...

    def use(self) -> ProcessUse: ...

    def close(self) -> None:
        """End everything; idempotent."""
        ...


class Deployed:
    """A ledger of the scenario, deployed for one start. Raises LedgerError, NodeFailed."""

    def __init__(self, scenario: Scenario, label: str, folder: Path, keys: RunKeys, start: int) -> None:
        self.label = label
        self._others: list[Door] = []
        backend = scenario.backend(label)
        self.deployment: LedgerDeployment = backend.deploy(host.setting(scenario, label, folder, keys))
        try:
            self.connected(self.deployment.connect())
            self.verifier = backend.verifier(self.deployment.pins())
            name = f"{scenario.name}-{start + 1}"
            self.source = Source(name, scenario.admission, scenario.bench.entry_bytes)
            for entry in self.source.preparation:
                _settle(self._ledger, entry)
        except BaseException:
            self.close()
            raise

    def connected(self, ledger: Ledger) -> None:
        """Write and read through this client."""
        self._ledger = ledger
        self.door = Door(_first_door(self.deployment), ledger)

    def all_doors(self) -> Sequence[Door]:
        if not self._others and isinstance(self.deployment, ManyDoors):
            self._others = [Door(name, self.deployment.enter(name)) for name in self.deployment.doors]
        return self._others or [self.door]

    def watch(self) -> Watch | None:
        return self.deployment.watch() if isinstance(self.deployment, Watched) else None

    def usage(self) -> Usage:
        return self._ledger.usage()

    def use(self) -> ProcessUse:
        return self.deployment.use()

    def close(self) -> None:
        for door in self._others:
            door.ledger.close()
        self.deployment.stop()


class Floor:
    """The bare harness."""

    label = floor.NAME

    def __init__(self, source: Source) -> None:
        self.source = source
        self._ledger = floor.Nothing()
        self.door = Door("none", self._ledger)
        self.verifier: Verifier = floor.Believing()

    def all_doors(self) -> Sequence[Door]:
        return [self.door]

    def watch(self) -> Watch | None:
        return None

    def usage(self) -> Usage:
        return self._ledger.usage()

    def use(self) -> ProcessUse:
        return ProcessUse(0.0, 0, 0, 0)

    def close(self) -> None:
        """Nothing runs."""


def _first_door(deployment: LedgerDeployment) -> str:
    return deployment.doors[0] if isinstance(deployment, ManyDoors) else "only"


def _settle(ledger: Ledger, entry: bytes) -> None:
    """Raises LedgerError."""
    [taken] = ledger.append([entry])
    if isinstance(taken, Refusal):
        raise LedgerError(f"the consultation could not be opened on the ledger: {taken.reason}")
    deadline_s = monotonic() + _PREPARE_S
    while monotonic() < deadline_s:
        [answer] = ledger.settle([taken], timeout_s=1.0)
        if isinstance(answer, Refusal):
            raise LedgerError(f"the consultation could not be opened on the ledger: {answer.reason}")
        if isinstance(answer, Settled):
            return
    raise Unavailable(f"the consultation's opening did not settle within {_PREPARE_S:g} s")
