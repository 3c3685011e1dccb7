"""Several processes of one deployment, by name: one guard, one end, one sum of what they used."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from time import monotonic

from backends.nodes.guard import Guard
from backends.nodes.process import NodeProcess, ProcessUsage, await_ready
from backends.ports import ProcessUse


class ProcessGroup:
    """Processes in the order in which they were added, which is the order of starting."""

    def __init__(self) -> None:
        self._guard = Guard()
        self._members: dict[str, NodeProcess] = {}

    def add(
        self, name: str, argv: Sequence[str], *, cwd: Path, log: Path, env: Mapping[str, str] | None = None
    ) -> NodeProcess:
        """A new member, not yet started. Raises ValueError on a name that is taken."""
        if name in self._members:
            raise ValueError(f"there is already a process {name!r} in this deployment")
        member = NodeProcess(name, argv, cwd=cwd, log=log, env=env, guard=self._guard)
        self._members[name] = member
        return member

    def __getitem__(self, name: str) -> NodeProcess:
        return self._members[name]

    @property
    def names(self) -> Sequence[str]:
        return list(self._members)

    @property
    def alive(self) -> bool:
        """Whether every member runs."""
        return all(member.alive for member in self._members.values())

    def start(self) -> None:
        """Start every member that is down; readiness is for `wait_ready`."""
        for member in self._members.values():
            member.start()

    def wait_ready(self, ready: Callable[[], bool], *, timeout_s: float) -> None:
        """Return once `ready()` is true while all members run. On NodeFailed, `stop` is for the caller."""
        await_ready(list(self._members.values()), ready, timeout_s=timeout_s)

    def stop(self, timeout_s: float = 5.0) -> None:
        """SIGTERM to all, last started first, then wait; SIGKILL for what is left at the common deadline."""
        members = list(reversed(self._members.values()))
        for member in members:
            member.request_stop()
        deadline = monotonic() + timeout_s
        late = [member for member in members if not member.wait(max(0.0, deadline - monotonic()))]
        for member in late:
            member.kill()

    def kill(self) -> None:
        """SIGKILL to all at once, as a power cut would, then wait."""
        members = list(self._members.values())
        for member in members:
            member.request_kill()
        for member in members:
            member.kill()

    def pause(self) -> None:
        for member in self._members.values():
            member.pause()

    def resume(self) -> None:
        for member in self._members.values():
            member.resume()

    def usage(self) -> Mapping[str, ProcessUsage]:
        """By process, restarts included."""
        return {name: member.usage() for name, member in self._members.items()}

    def use(self) -> ProcessUse:
        """The sum, as `LedgerDeployment.use` gives it; `processes` counts those that run."""
        total = ProcessUsage()
        for used in self.usage().values():
            total = total.plus(used)
        running = sum(member.alive for member in self._members.values())
        return ProcessUse(total.cpu_s, total.rss_bytes, total.written_bytes, running)
