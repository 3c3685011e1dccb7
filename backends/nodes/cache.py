"""Where built binaries rest: one folder per digest of the pins, complete or not there at all.

Life of a folder: built under a temporary name beside its place, the manifest written last, then renamed into
place in one step. A crash before the rename leaves a folder that the next build of that node removes. The
manifest's SHA-256 finds bad disks and half copies; it is no defence against somebody who can write here.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from hashlib import file_digest
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from backends.nodes.specs import NodeSpec


class State(Enum):
    """What the cache holds for a node."""

    BUILT = "built"
    MISSING = "missing"
    CORRUPT = "corrupt"


class Manifest(BaseModel):
    """`manifest.json` beside a binary."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    platform: str
    toolchain: str
    """What built or installed it, such as 'go1.26.8'."""
    pins: str
    """Digest of the pins, hex SHA-256."""
    sha256: str
    """Of the binary."""
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Found:
    """What the cache says about one node; `problem` says why it is corrupt."""

    state: State
    binary: Path
    manifest: Manifest | None = None
    problem: str = ""


class Cache:
    """The folder of all binaries. Nothing is created before something is built."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, spec: NodeSpec) -> Path:
        return self.root / "nodes" / f"{spec.name}-{spec.digest()[:16]}"

    def look(self, spec: NodeSpec) -> Found:
        """Find a node's binary and check it against its manifest."""
        folder = self.folder(spec)
        binary = folder / spec.name
        if not folder.exists():
            return Found(State.MISSING, binary)
        try:
            manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        except (OSError, ValidationError) as error:
            return Found(
                State.CORRUPT, binary, None, f"its manifest.json cannot be read: {_first_line(error)}"
            )
        if manifest.pins != spec.digest():
            return Found(State.CORRUPT, binary, manifest, "its manifest.json is of other pins")
        try:
            found = sha256_of(binary)
        except OSError as error:
            return Found(State.CORRUPT, binary, manifest, f"the binary cannot be read: {error.strerror}")
        if found != manifest.sha256:
            problem = f"SHA-256 is {found[:16]}..., built was {manifest.sha256[:16]}..."
            return Found(State.CORRUPT, binary, manifest, problem)
        if not os.access(binary, os.X_OK):
            return Found(State.CORRUPT, binary, manifest, "the binary may not be executed")
        return Found(State.BUILT, binary, manifest)

    @contextmanager
    def locked(self, name: str, on_wait: Callable[[], None]) -> Iterator[None]:
        """Hold the lock of that name against other processes; the kernel frees it when its holder dies."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / f"{name}.lock").open("wb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                on_wait()
                fcntl.flock(file, fcntl.LOCK_EX)
            yield

    @contextmanager
    def place(self, target: Path) -> Iterator[Path]:
        """A temporary folder that takes `target`'s place when the block ends well, and goes when it does not.

        To be used under a lock that covers `target`: what an earlier crash left for it is removed first.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        prefix = f".{target.name}-"
        for left in target.parent.glob(f"{prefix}*"):
            shutil.rmtree(left, ignore_errors=True)
        work = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
        try:
            yield work
            if target.exists():  # a corrupt one; a process that still runs from it keeps its open file
                target.rename(work.with_name(f"{work.name}-old"))
            work.rename(target)
        finally:
            for left in target.parent.glob(f"{prefix}*"):
                shutil.rmtree(left, ignore_errors=True)


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return file_digest(opened, "sha256").hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
