"""What a backend offers beside the ledger port: how it is deployed, pinned, verified, and tampered with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

from nacl.signing import SigningKey

from consultation.core.canonical import Json
from consultation.core.ledger import Ledger, Verifier

Option = str | int | float | bool
Options = Mapping[str, Option]


@dataclass(frozen=True, slots=True)
class Setting:
    """What a deployment is given. Everything it writes goes below `folder`."""

    folder: Path
    operator: SigningKey
    """The key of whoever runs the ledger."""
    origin: str
    """The name of the log, such as 'pilot.example/ledger'; also the operator key's note name."""
    admission: str = "all"
    """`all` or `rules`: see `consultation.core.admission.rule`, enforced by whom the traits say."""
    options: Options = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace the entry at `index` in the ledger's own storage, as an insider with root would."""

    index: int
    entry: bytes


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the entry at `index` from the ledger's own storage."""

    index: int


@dataclass(frozen=True, slots=True)
class Rewrite:
    """Replace the whole history by `entries`, signed again with every key that the operator holds."""

    entries: Sequence[bytes]


Tampering = Edit | Delete | Rewrite


@dataclass(frozen=True, slots=True)
class Tampered:
    """What was really done, and what the parts did about it."""

    done: bool
    how: str
    """One English sentence: which file, row or slot was changed, or what refused the change."""
    seen_by_parties: str = ""
    """What another validator or witness said or did about it; empty where there is none."""
    parties_object: bool | None = None
    """Whether any of them refused it or holds evidence against it, as observed; None where there is none."""


@dataclass(frozen=True, slots=True)
class GroupUse:
    """What one kind of process has used so far, summed, restarts included."""

    cpu_s: float
    rss_bytes: int
    written_bytes: int
    processes: int


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """What the processes under a ledger have used so far, summed, restarts included."""

    cpu_s: float
    rss_bytes: int
    written_bytes: int
    processes: int
    groups: Mapping[str, GroupUse] = field(default_factory=dict)
    """The same by kind of process, such as 'node', 'application', 'witness'; empty where one kind is all."""
    network_bytes: int | None = None
    """Sent between the parties' processes so far; None where nothing counts it."""

    @classmethod
    def summed(cls, groups: Mapping[str, GroupUse], network_bytes: int | None) -> "ProcessUse":
        """The groups, and the sum over them."""
        parts = groups.values()
        return cls(
            sum(part.cpu_s for part in parts),
            sum(part.rss_bytes for part in parts),
            sum(part.written_bytes for part in parts),
            sum(part.processes for part in parts),
            groups,
            network_bytes,
        )


class Level(StrEnum):
    """What can be relied on after an opinion was sent; each level takes its own time."""

    ONE_DISK = "durable on one disk"
    TWO_DOMAINS = "durable on two failure domains"
    HEAD_SIGNED = "head signed"
    NO_FORK = "no fork unless several collude"
    RULES = "rules checked by others"


Moment = Literal["accepted", "final", "provable"]


@dataclass(frozen=True, slots=True)
class Reached:
    """When an entry has reached a level."""

    moment: Moment
    """The moment, as one client of the port sees it."""
    nodes: int = 0
    """Where above 0, when so many of the watched nodes had it instead (see `Watched`), if that is later."""


@dataclass(frozen=True, slots=True)
class Grown:
    """At `at_s` (time.monotonic) the node called `node` was seen to hold `size` final entries."""

    node: str
    size: int
    at_s: float


class Watch(Protocol):
    """Looks at every node of a deployment at once, from threads of its own, until closed."""

    def seen(self) -> Sequence[Grown]:
        """So far, in the order of arrival; each node's sizes grow."""
        ...

    def close(self) -> None: ...


@runtime_checkable
class Watched(Protocol):
    """A deployment whose finality can be seen at each node, and so stated at a threshold of nodes."""

    def watch(self) -> Watch: ...


@runtime_checkable
class ManyDoors(Protocol):
    """A deployment that takes entries at the nodes of several parties."""

    @property
    def doors(self) -> Sequence[str]:
        """Names of the nodes."""
        ...

    def enter(self, door: str) -> Ledger:
        """A client that hands entries to that node alone. Raises KeyError for one that is not a door."""
        ...


class LedgerDeployment(Protocol):
    """A running ledger: its processes, and clients to it. Made by `Backend.deploy`, already ready."""

    def connect(self) -> Ledger:
        """A client. Each call gives a new one over the same ledger; closing it leaves the ledger running."""
        ...

    def pins(self) -> Mapping[str, Json]:
        """What a verifier pins beforehand: keys, a validator set, a chain's genesis."""
        ...

    def kill(self) -> None:
        """`kill -9` every process under the ledger, and drop what this process holds unwritten."""
        ...

    def restart(self) -> None:
        """Start again over what is on disk; returns when ready. Clients connect anew."""
        ...

    def tamper(self, tampering: Tampering) -> Tampered:
        """Change the ledger's own storage for real, with the reach that the operator alone has."""
        ...

    def pause(self) -> None:
        """Stall the ledger (SIGSTOP, or a held lock) until `resume`; nothing is lost."""
        ...

    def resume(self) -> None: ...

    def use(self) -> ProcessUse: ...

    def assurance(self) -> Mapping[Level, Reached]:
        """When an entry reaches which level of assurance; a level that it never reaches is left out."""
        ...

    def stop(self) -> None:
        """End every process; idempotent. What is on disk stays."""
        ...


@runtime_checkable
class Cautioned(Protocol):
    """A deployment whose figures may be misread."""

    @property
    def caution(self) -> str:
        """A sentence that stands beside every figure, such as 'one node, no consensus'; may be empty."""
        ...


class Backend(Protocol):
    """One folder under `backends/`, one line in the registry."""

    name: str
    options: Mapping[str, Option]
    """Its own scenario keys, with their defaults."""

    def nodes(self, options: Options) -> Sequence[str]:
        """Node binaries that a deployment with these options needs, by their names in `backends.nodes`."""
        ...

    def deploy(self, setting: Setting) -> LedgerDeployment:
        """Start and wait until ready; a ledger that is in the folder already is continued.

        Raises Unavailable with the last lines of a log, Rejected on options that do not fit.
        """
        ...

    def verifier(self, pins: Mapping[str, Json]) -> Verifier:
        """An offline verifier from pins. Raises ValueError on pins that are not this backend's."""
        ...
