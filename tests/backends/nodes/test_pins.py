"""The pins themselves: complete, with digests, and without the address of any registry."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from backends.nodes.specs import NODES, PINS, NodeSpec, Recipe, machine
from backends.nodes.toolchain import NodeUnavailable, ensure

GO_NODES = [spec for spec in NODES.values() if spec.recipe is Recipe.GO]
NPM_NODES = [spec for spec in NODES.values() if spec.recipe is Recipe.NPM]
DIGEST = re.compile(r"--hash=sha256:[0-9a-f]{64}")


def named(spec: NodeSpec) -> str:
    return spec.name


def keys(value: object) -> set[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        return {str(key) for key in value} | {key for inner in value.values() for key in keys(inner)}
    return {key for inner in value for key in keys(inner)} if isinstance(value, list) else set()


@pytest.mark.parametrize("spec", GO_NODES, ids=named)
def test_a_go_node_is_a_tool_of_its_own_module(spec: NodeSpec) -> None:
    lines = (spec.pins / "go.mod").read_text().splitlines()
    assert f"tool {spec.source}" in lines
    assert not [line for line in lines if line.startswith(("replace", "toolchain"))]


@pytest.mark.parametrize("spec", GO_NODES, ids=named)
def test_every_module_of_a_go_node_has_its_digest(spec: NodeSpec) -> None:
    required = re.findall(r"^\t(\S+ v\S+)", (spec.pins / "go.mod").read_text(), re.MULTILINE)
    pinned = {" ".join(line.split()[:2]) for line in (spec.pins / "go.sum").read_text().splitlines()}
    assert required
    assert set(required) <= pinned


@pytest.mark.parametrize("spec", NPM_NODES, ids=named)
def test_an_npm_lock_has_digests_and_no_addresses(spec: NodeSpec) -> None:
    lock = json.loads((spec.pins / "package-lock.json").read_text())
    assert "resolved" not in keys(lock)
    packages = {path: package for path, package in lock["packages"].items() if path}
    assert packages
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
    assert "omit-lockfile-registry-resolved=true" in (spec.pins / ".npmrc").read_text().splitlines()


@pytest.mark.parametrize("file", ["go.txt", "node.txt"])
def test_a_compiler_to_fetch_is_pinned_by_version_and_digest(file: str) -> None:
    text = (PINS / "toolchains" / file).read_text()
    first, *rest = (line.rstrip(" \\").strip() for line in text.splitlines() if "#" not in line)
    assert re.fullmatch(r"[a-z-]+==[0-9.]+", first)
    assert rest
    assert all(DIGEST.fullmatch(line) for line in rest)


@pytest.mark.parametrize("spec", NODES.values(), ids=named)
def test_no_pin_holds_an_address(spec: NodeSpec) -> None:
    for file in (*(spec.pins / name for name in spec.pinned_files), *(PINS / "toolchains").iterdir()):
        assert not re.search("[a-z]://", file.read_text()), file.name  # a digest may read 'h1://...'


def test_what_a_node_is_called_and_which_version_it_has_are_in_its_pins() -> None:
    for name, spec in NODES.items():
        assert spec.name == name == spec.pins.name
        pins = "".join((spec.pins / file).read_text() for file in spec.pinned_files)
        for part in re.findall(r"[0-9a-f.]{5,}", spec.version.replace("-", "")):
            assert part in pins


@pytest.fixture(scope="session", params=list(NODES))
def real_node(request: pytest.FixtureRequest) -> tuple[NodeSpec, Path]:
    spec = NODES[request.param]
    if spec.platforms and machine() not in spec.platforms:
        pytest.skip(f"{spec.name} is pinned for {', '.join(spec.platforms)} only")
    try:
        return spec, ensure(spec.name)
    except NodeUnavailable as unavailable:
        pytest.fail(str(unavailable))


@pytest.mark.node
def test_a_pinned_node_runs_here_and_is_what_its_pins_say(real_node: tuple[NodeSpec, Path]) -> None:
    spec, binary = real_node
    answer = subprocess.run([binary, *spec.probe], capture_output=True, text=True, timeout=30)
    assert answer.returncode in spec.probe_statuses
    said = answer.stdout + answer.stderr
    assert spec.version in said or "-private_key_path" in said
