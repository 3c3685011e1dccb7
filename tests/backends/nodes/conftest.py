"""Small real processes and a tiny node of our own, so that nothing here needs the network."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from platformdirs import user_cache_path

from backends.nodes.cache import Cache
from backends.nodes.process import NodeProcess
from backends.nodes.specs import NodeSpec, Recipe
from backends.nodes.toolchain import APPLICATION, Workshop


@pytest.fixture
def spawn(tmp_path: Path) -> Iterator[Callable[[str], NodeProcess]]:
    """Makes a node of a Python program, not yet started; whatever still runs at the end is killed."""
    made: list[NodeProcess] = []

    def make(program: str) -> NodeProcess:
        name = f"node{len(made)}"
        log = tmp_path / f"{name}.log"
        node = NodeProcess(name, [sys.executable, "-u", "-S", "-c", program], cwd=tmp_path / name, log=log)
        made.append(node)
        return node

    yield make
    for node in made:
        node.kill()


@pytest.fixture(scope="session")
def go_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where Go keeps what it compiled, for the whole session: Go's runtime takes seconds."""
    return tmp_path_factory.mktemp("go")


@pytest.fixture(scope="session")
def go_environment(go_folder: Path) -> Mapping[str, str]:
    return {**os.environ, "GOCACHE": str(go_folder / "build"), "GOMODCACHE": str(go_folder / "mod")}


@pytest.fixture
def tiny(tmp_path: Path) -> NodeSpec:
    """A node whose binary is one line of Go without dependencies."""
    pins = tmp_path / "pins"
    pins.mkdir()
    (pins / "go.mod").write_text("module tiny.example\n\ngo 1.24\n\ntool tiny.example/cmd/tiny\n")
    (pins / "go.sum").write_text("")
    command = pins / "cmd" / "tiny"
    command.mkdir(parents=True)
    (command / "main.go").write_text('package main\n\nfunc main() { println("tiny runs") }\n')
    return NodeSpec("tiny", "1.0.0", Recipe.GO, pins, "tiny.example/cmd/tiny", probe=())


@pytest.fixture
def cache(tmp_path: Path, go_folder: Path) -> Cache:
    """An empty cache that borrows the user's compilers where they had to be fetched before."""
    root = tmp_path / "cache"
    root.mkdir()
    (root / "go").symlink_to(go_folder)
    fetched = user_cache_path(APPLICATION, appauthor=False) / "toolchains"
    if fetched.is_dir():
        (root / "toolchains").symlink_to(fetched)
    return Cache(root)


@pytest.fixture
def workshop(cache: Cache, tiny: NodeSpec, go_environment: Mapping[str, str]) -> Workshop:
    return Workshop(cache, go_environment, {"tiny": tiny})
