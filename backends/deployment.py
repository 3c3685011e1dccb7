"""The processes under a ledger, as the risk campaign and the measurements see them, whatever the ledger.

`backends.ports.LedgerDeployment` is what the pilot holds; a ledger made of real processes offers this beside
it, so that one of four validators can be killed by its name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from backends.nodes.process import ProcessUsage


class DeploymentFailed(Exception):
    """The processes under a ledger could not be brought up together; everything started has been ended again.

    `reason` is one sentence, fit for 'not measured: reason'; `log_tail` the last lines of its log.
    """

    def __init__(self, deployment: str, reason: str, log_tail: str = "") -> None:
        super().__init__(f"{deployment}: {reason}" + (f"; its log ends:\n{log_tail}" if log_tail else ""))
        self.deployment = deployment
        self.reason = reason
        self.log_tail = log_tail


@dataclass(frozen=True, slots=True)
class Address:
    """Where one process answers: `purpose` such as 'rpc' or 'abci', `url` on loopback or a unix socket."""

    process: str
    purpose: str
    url: str


class Deployment(Protocol):
    """Owns the processes under one ledger, each known by its name. Its folder holds all that they write."""

    @property
    def processes(self) -> Sequence[str]:
        """Names in the order of starting."""
        ...

    @property
    def addresses(self) -> Sequence[Address]: ...

    def start(self) -> None:
        """Start everything and return when ready. Raises DeploymentFailed, NodeUnavailable."""
        ...

    def ready(self) -> bool:
        """Whether every process runs and the ledger answers. Never raises."""
        ...

    def stop(self) -> None:
        """End everything, in the reverse order of starting; idempotent. What is on disk stays."""
        ...

    def usage(self) -> Mapping[str, ProcessUsage]:
        """By process, since the first start, restarts included."""
        ...

    def kill(self, process: str) -> None:
        """`kill -9` one process. Raises KeyError on a name not in `processes`; so do the next three."""
        ...

    def restart(self, process: str) -> None:
        """Start it again over what is on its disk; returns when it is ready."""
        ...

    def pause(self, process: str) -> None:
        """SIGSTOP: it keeps memory and connections and does nothing until `resume`."""
        ...

    def resume(self, process: str) -> None: ...
