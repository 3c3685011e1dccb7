"""Which node binaries there are, and what pins each: the files in the folder of that name."""

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

PINS = Path(__file__).parent


class Recipe(Enum):
    """How a binary is made from its pins."""

    GO = "go"
    """`go build` of the one `tool` in `go.mod`; `go.sum` holds the digest of every module."""
    NPM = "npm"
    """`npm ci`; `package-lock.json` holds the digest of every package."""


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """One node binary. What is in `pins` and here decides what is built, and so the cache's key."""

    name: str
    version: str
    recipe: Recipe
    pins: Path
    source: str
    """GO: the package of the command. NPM: the file below `node_modules` that is the binary."""
    probe: Sequence[str]
    """Arguments with which the binary ends at once."""
    probe_statuses: Sequence[int] = (0,)
    """Exit statuses of that which show that it runs on this machine."""
    platforms: Sequence[str] = ()
    """Where it can be had; empty where it is built from source and goes anywhere."""
    own_files: Sequence[str] = ()
    """GO: source of ours in `pins`, where the tool is a package of that module itself."""
    flags: Sequence[str] = ()
    """GO: flags of `go build` beside those of every build."""

    @property
    def pinned_files(self) -> Sequence[str]:
        if self.recipe is Recipe.GO:
            return ("go.mod", "go.sum", *self.own_files)
        return ("package.json", "package-lock.json", ".npmrc")

    def digest(self) -> str:
        """Hex SHA-256 over recipe, platform and the pinned files: the same digest, the same cache folder.

        The toolchain's own version is left out and goes into the manifest instead, so that a cached binary is
        found, and stays usable, where the Go that built it is gone or newer.
        """
        digest = sha256()
        for part in (self.name, self.recipe.value, self.source, machine(), *self.flags):
            digest.update(part.encode() + b"\0")
        for file in self.pinned_files:
            digest.update(sha256((self.pins / file).read_bytes()).digest())
        return digest.hexdigest()


def machine() -> str:
    """The platform, such as `linux-x86_64`."""
    return f"{sys.platform}-{platform.machine()}"


NODES: Mapping[str, NodeSpec] = MappingProxyType(
    {
        "cometbft": NodeSpec(
            name="cometbft",
            version="0.38.26",
            recipe=Recipe.GO,
            pins=PINS / "cometbft",
            source="github.com/cometbft/cometbft/cmd/cometbft",
            probe=("version",),
        ),
        "omniwitness": NodeSpec(
            name="omniwitness",
            version="2026-07-20 (2e1c6971d19e)",
            recipe=Recipe.GO,
            pins=PINS / "omniwitness",
            source="github.com/transparency-dev/witness/cmd/omniwitness",
            probe=("--help",),
            probe_statuses=(0, 2),  # Go's flag package ends with 2 after --help in some versions
        ),
        "geth": NodeSpec(
            name="geth",
            version="1.13.15",
            recipe=Recipe.GO,
            pins=PINS / "geth",
            source="github.com/ethereum/go-ethereum/cmd/geth",
            probe=("version",),
            flags=("-ldflags=-checklinkname=0",),  # it links to names within Go that newer linkers keep to Go
        ),
        "toxiproxy": NodeSpec(
            name="toxiproxy",
            version="2.12.0",
            recipe=Recipe.GO,
            pins=PINS / "toxiproxy",
            source="github.com/Shopify/toxiproxy/v2/cmd/server",
            probe=("-version",),
            flags=("-ldflags=-X=github.com/Shopify/toxiproxy/v2.Version=2.12.0",),  # what `-version` says
        ),
        # A peer of benches and no ledger's node: a program of ours that drives Tessera's POSIX storage.
        "tessera": NodeSpec(
            name="tessera",
            version="1.0.4",
            recipe=Recipe.GO,
            pins=PINS / "tessera",
            source="pilot/nodes/tessera",
            probe=("--version",),
            own_files=("main.go",),
        ),
        "anvil": NodeSpec(
            name="anvil",
            version="1.7.1",
            recipe=Recipe.NPM,
            pins=PINS / "anvil",
            source="@foundry-rs/anvil-linux-amd64/bin/anvil",
            probe=("--version",),
            platforms=("linux-x86_64",),
        ),
    }
)
