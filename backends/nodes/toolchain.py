"""The node binaries: where they are, whether they are whole, and building them where they are missing.

    path = ensure("cometbft")              # builds once, then verifies and reuses; raises NodeUnavailable
    for node in status(): ...              # what `pilot nodes` prints

Nothing is built before it is asked for. The cache is the user's (`XDG_CACHE_HOME` is honoured); `Workshop` is
the same over any cache, environment and set of nodes.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from platformdirs import user_cache_path

from backends.nodes.build import build
from backends.nodes.cache import Cache, State
from backends.nodes.command import explain
from backends.nodes.compilers import Kit
from backends.nodes.errors import NodeUnavailable
from backends.nodes.progress import BuildProgress, Silence
from backends.nodes.specs import NODES, NodeSpec

__all__ = [
    "NODES",
    "NodeStatus",
    "NodeUnavailable",
    "State",
    "Workshop",
    "ensure",
    "ensure_all",
    "locate",
    "status",
]

APPLICATION = "consultation-pilot"


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """One line of `pilot nodes`."""

    name: str
    version: str
    state: State
    path: Path
    """Where the binary is, or will be."""
    size_bytes: int
    """0 unless built."""
    digest: str
    """SHA-256 of the binary, hex; empty unless built."""
    toolchain: str
    """What built it; empty unless built."""
    problem: str
    """What is wrong with a corrupt one."""


@dataclass(frozen=True, slots=True)
class Workshop:
    """A cache, the environment that builds see, and the nodes that can be asked for."""

    cache: Cache
    environment: Mapping[str, str]
    nodes: Mapping[str, NodeSpec] = field(default_factory=lambda: NODES)

    def locate(self, name: str) -> Path | None:
        """The verified binary, or None; builds nothing. Raises NodeUnavailable on an unknown name."""
        found = self.cache.look(self._spec(name))
        return found.binary if found.state is State.BUILT else None

    def ensure(self, name: str, progress: BuildProgress | None = None) -> Path:
        """The verified binary, built where it is missing or corrupt. Raises NodeUnavailable."""
        spec = self._spec(name)
        show = progress or Silence()
        found = self.cache.look(spec)
        if found.state is State.BUILT:
            return found.binary
        try:
            with self.cache.locked(
                name, lambda: show.say(name, "waiting for another process that builds it")
            ):
                found = self.cache.look(spec)  # another process may have built it while we waited
                if found.state is State.BUILT:
                    show.done(name, "built by another process")
                    return found.binary
                if found.state is State.CORRUPT:
                    show.say(name, f"corrupt in the cache ({found.problem}): building again")
                self._build(spec, show)
        except NodeUnavailable as unavailable:
            show.done(name, f"not built: {unavailable.reason}")
            raise
        except OSError as error:
            what = error.strerror or type(error).__name__
            reason = explain(what, f"its cache folder or compiler cannot be used: {what}")
            show.done(name, f"not built: {reason}")
            raise NodeUnavailable(name, reason) from error
        show.done(name, "built")
        return found.binary

    def ensure_all(
        self, names: Sequence[str], progress: BuildProgress | None = None
    ) -> Mapping[str, Path | NodeUnavailable]:
        """Each node's binary or why there is none, one after the other: each build uses every core."""
        answers: dict[str, Path | NodeUnavailable] = {}
        for name in names:
            try:
                answers[name] = self.ensure(name, progress)
            except NodeUnavailable as unavailable:
                answers[name] = unavailable
        return answers

    def status(self) -> list[NodeStatus]:
        """Every node as the cache has it, verified; builds nothing."""
        return [self._status(spec) for spec in self.nodes.values()]

    def _status(self, spec: NodeSpec) -> NodeStatus:
        found = self.cache.look(spec)
        whole = found.manifest if found.state is State.BUILT else None
        return NodeStatus(
            name=spec.name,
            version=spec.version,
            state=found.state,
            path=found.binary,
            size_bytes=whole.size_bytes if whole else 0,
            digest=whole.sha256 if whole else "",
            toolchain=whole.toolchain if whole else "",
            problem=found.problem,
        )

    def _build(self, spec: NodeSpec, show: BuildProgress) -> None:
        log = self.cache.root / "logs" / f"{spec.name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        with self.cache.place(self.cache.folder(spec)) as work:
            build(spec, work, Kit(self.cache, self.environment, show, log))

    def _spec(self, name: str) -> NodeSpec:
        if name in self.nodes:
            return self.nodes[name]
        near = get_close_matches(name, self.nodes, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise NodeUnavailable(name, f"there is no such node{hint} Known are: {', '.join(self.nodes)}")


def workshop() -> Workshop:
    """The one over the user's cache and this process's environment."""
    return Workshop(Cache(user_cache_path(APPLICATION, appauthor=False)), dict(os.environ))


def locate(name: str) -> Path | None:
    """See `Workshop.locate`."""
    return workshop().locate(name)


def ensure(name: str, progress: BuildProgress | None = None) -> Path:
    """See `Workshop.ensure`."""
    return workshop().ensure(name, progress)


def ensure_all(
    names: Sequence[str], progress: BuildProgress | None = None
) -> Mapping[str, Path | NodeUnavailable]:
    """See `Workshop.ensure_all`."""
    return workshop().ensure_all(names, progress)


def status() -> list[NodeStatus]:
    """See `Workshop.status`."""
    return workshop().status()
