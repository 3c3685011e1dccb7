"""What a campaign is given, and what it gives back."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol, runtime_checkable

from backends import registry
from backends.ports import LedgerDeployment
from consultation.core.canonical import Json
from consultation.core.ledger import Ledger, Verifier
from consultation.service.ports import Keys
from consultation.service.service import Service


class Threat(StrEnum):
    """What is done."""

    EDIT = "edit"
    DELETE = "delete"
    REWRITE = "rewrite"


class Where(StrEnum):
    """Whose storage it is done to."""

    SERVICE = "service"
    LEDGER = "ledger"


class Defender(StrEnum):
    """Who checks."""

    HOLDER = "certificate holder"
    AUDITOR = "auditor with pins"
    PARTY = "another validator or witness"


class Outcome(StrEnum):
    """What came of the check."""

    DETECTED = "detected"
    NOT_DETECTED = "not detected"
    NOT_APPLICABLE = "not applicable"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of `risk.json`."""

    threat: Threat
    store: Where
    ledger: str
    mode: str
    """'per entry', or 'anchored'."""
    defender: Defender
    outcome: Outcome
    detected_by: str = ""
    """The check that broke; 'unavailable' where the ledger could not be read."""
    seconds: float | None = None
    """How long the defender's checks took; None where there was none."""
    evidence: str = ""
    staged: str = ""
    lost: int | None = None
    """Acknowledged opinions that the attacked party no longer serves as they were given."""
    duplicated: int | None = None

    def to_json(self) -> dict[str, str | int | float | None]:
        return asdict(self)


class Site(Protocol):
    """One ledger that can be started, copied while it is down, and put back; and a service over it."""

    @property
    def name(self) -> str:
        """What a scenario calls it."""
        ...

    @property
    def backend(self) -> str:
        """What it runs on, by its name in the registry: what certificates and pins call it."""
        ...

    @property
    def mode(self) -> str: ...

    @property
    def folder(self) -> Path:
        """For files of the campaign; the ledger's own are in a folder below it."""
        ...

    @property
    def keys(self) -> Keys:
        """The service's and the unit's keys. The operator's ledger key is in the deployment."""
        ...

    def start(self) -> LedgerDeployment:
        """Deploy over an empty folder. Raises LedgerError."""
        ...

    def keep(self) -> None:
        """Copy what the stopped ledger has on disk."""
        ...

    def restore(self) -> LedgerDeployment:
        """Deploy over what `keep` copied, in the folder where it was. Raises LedgerError."""
        ...

    def serve(self, ledger: Ledger, verifier: Verifier, store: Path) -> Service:
        """A started service with the unit's and the service's keys over any ledger and any store file."""
        ...


@runtime_checkable
class SeveralDoors(Protocol):
    """A deployment in which other validators answer too."""

    def connect_to(self, validator: int) -> Ledger:
        """A client of one validator, counted from 0, the operator's own."""
        ...


def make_verifier(name: str, pins: Mapping[str, Json]) -> Verifier:
    """A ledger's offline verifier. Raises ValueError, Rejected."""
    return registry.backend(name).verifier(pins)
