"""Makes one node's binary from its pins: `go build`, or `npm ci`. Where it is kept is the cache's affair."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from backends.nodes.cache import Manifest, sha256_of
from backends.nodes.command import explain, run
from backends.nodes.compilers import Compiler, Kit, find
from backends.nodes.errors import NodeUnavailable
from backends.nodes.process import log_tail
from backends.nodes.specs import NodeSpec, Recipe, machine

_PACKAGE = "package: "
_FOR_ANOTHER_MACHINE = ("GOOS", "GOARCH", "GOARM", "GOAMD64", "GOARM64", "GOEXPERIMENT")


def build(spec: NodeSpec, work: Path, kit: Kit) -> None:
    """Leave the binary and its manifest in `work`. Raises NodeUnavailable, and OSError of the disk."""
    if spec.platforms and machine() not in spec.platforms:
        known = ", ".join(spec.platforms)
        raise NodeUnavailable(spec.name, f"it is pinned for {known} only, and this machine is {machine()}")
    compiler = find(spec, kit)
    binary = work / spec.name
    if spec.recipe is Recipe.GO:
        _go(spec, binary, compiler, kit)
    else:
        _npm(spec, work, binary, compiler, kit)
    _probe(spec, binary, kit)
    manifest = Manifest(
        name=spec.name,
        version=spec.version,
        platform=machine(),
        toolchain=compiler.label,
        pins=spec.digest(),
        sha256=sha256_of(binary),
        size_bytes=binary.stat().st_size,
    )
    (work / "manifest.json").write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def _go(spec: NodeSpec, binary: Path, compiler: Compiler, kit: Kit) -> None:
    # GOSUMDB=off: go.sum is complete and pins every module, so no other witness is asked. CGO_ENABLED=0: no C
    # compiler is needed, and the binary is static. GOWORK=off: a go.work above the checkout is not ours.
    environment = {
        **{key: value for key, value in kit.environment.items() if key not in _FOR_ANOTHER_MACHINE},
        "GOTOOLCHAIN": "local",
        "GOFLAGS": "-mod=readonly" + (" -modcacherw" if compiler.extra_environment else ""),
        "GOSUMDB": "off",
        "GOWORK": "off",
        "CGO_ENABLED": "0",
        **compiler.extra_environment,
    }
    stale: list[str] = []

    def fetched(line: str) -> None:
        if line.startswith(_PACKAGE):
            stale.append(line)

    def compiled(line: str) -> None:
        kit.progress.step(spec.name)

    same = ["-trimpath", "-buildvcs=false", *spec.flags]  # what is stale depends on the flags of the build
    form = "{{if .Stale}}" + _PACKAGE + "{{.ImportPath}}{{end}}"
    kit.progress.say(spec.name, "fetching modules")
    _must(
        spec, kit, [*compiler.command, "list", "-deps", *same, "-f", form, spec.source], environment, fetched
    )
    kit.progress.say(spec.name, f"compiling with {compiler.label}")
    kit.progress.expect(spec.name, len(stale))
    target = ["-v", "-o", str(binary), spec.source]
    _must(spec, kit, [*compiler.command, "build", *same, *target], environment, compiled)


def _npm(spec: NodeSpec, work: Path, binary: Path, compiler: Compiler, kit: Kit) -> None:
    project = work / "project"
    project.mkdir()
    for file in spec.pinned_files:
        shutil.copy(spec.pins / file, project / file)
    kit.progress.say(spec.name, f"fetching with {compiler.label}")
    argv = [*compiler.command, "ci", "--no-progress"]
    environment = {**kit.environment, **compiler.extra_environment}
    status = run(argv, cwd=project, env=environment, log=kit.log, on_line=lambda line: None)
    if status != 0:
        _fail(spec, kit, f"`npm ci` ended with status {status}")
    try:
        (project / "node_modules" / spec.source).rename(binary)
    except FileNotFoundError:
        _fail(spec, kit, f"the package has no {spec.source}")
    os.chmod(binary, 0o755)
    shutil.rmtree(project)


def _probe(spec: NodeSpec, binary: Path, kit: Kit) -> None:
    status = run(
        [str(binary), *spec.probe], cwd=binary.parent, env=kit.environment, log=kit.log, on_line=_ignore
    )
    if status not in spec.probe_statuses:
        _fail(spec, kit, f"it was built and does not run on this machine (status {status})")


def _must(
    spec: NodeSpec, kit: Kit, argv: Sequence[str], environment: dict[str, str], on_line: Callable[[str], None]
) -> None:
    status = run(argv, cwd=spec.pins, env=environment, log=kit.log, on_line=on_line)
    if status != 0:
        _fail(spec, kit, f"`go {argv[1]}` ended with status {status}")


def _fail(spec: NodeSpec, kit: Kit, otherwise: str) -> None:
    tail = log_tail(kit.log)
    raise NodeUnavailable(spec.name, explain(tail, otherwise), tail)


def _ignore(line: str) -> None:
    """Lines that only the log keeps."""
