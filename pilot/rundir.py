"""A run directory: one folder per run, whole only once `manifest.json` says `complete: true`.

The shape is a contract: docs/reference/run-directory.md.
"""

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from consultation.core.canonical import Json
from pilot.errors import InputError

_MEASURED = ("scenario.toml", "protocol.md", "raw.json", "risk.json", "audit.json")
_PACKAGES = ("consultation-ledger-pilot", "pynacl", "sqlalchemy", "fastapi", "web3", "protobuf", "simpy")
Value = str | int | float | bool | None | Sequence["Value"] | Mapping[str, "Value"]


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """Where a run writes."""

    path: Path

    def ledger(self, name: str) -> Path:
        """What the ledger's nodes and the service on it keep."""
        return self.path / "ledgers" / name

    @property
    def keys(self) -> Path:
        return self.path / "ledgers" / "keys.json"

    @property
    def receipts(self) -> Path:
        return self.path / "receipts"

    def observations(self, name: str) -> Path:
        return self.path / "observations" / f"{name}.parquet"

    def certificates(self, name: str) -> Path:
        return self.path / "certificates" / name

    def write_json(self, name: str, value: Value) -> None:
        """Write a JSON file whole or not at all."""
        write_whole(self.path / name, json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n")


def create(name: str, out: Path | None, started: datetime) -> RunDirectory:
    """Make a new folder. Raises InputError when `out` exists or the folder cannot be made."""
    path = out or Path("runs") / f"{name}-{started:%Y%m%dT%H%M%SZ}"
    try:
        path.mkdir(parents=True)
    except FileExistsError as error:
        raise InputError(
            f"{path} exists already: a run never writes over another; name a new folder"
        ) from error
    except OSError as error:
        raise InputError(f"{path} cannot be made: {error.strerror}") from error
    return RunDirectory(path.resolve())


def opened(path: Path) -> RunDirectory:
    """An existing, whole run. Raises InputError."""
    manifest = path / "manifest.json"
    try:
        complete = json.loads(manifest.read_text())["complete"]
    except FileNotFoundError as error:
        reason = "it was interrupted, or is no run" if path.is_dir() else "there is no such folder"
        raise InputError(f"{path}: not a whole run: {reason}") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{manifest}: cannot be read: {error}") from error
    if complete is not True:
        raise InputError(f"{path}: the run is not complete")
    return RunDirectory(path.resolve())


def shown(path: Path) -> Path:
    """As somebody here would type it: from the current folder where it is below that."""
    try:
        return path.relative_to(Path.cwd())
    except ValueError:
        return path


def write_whole(path: Path, data: bytes) -> None:
    """Write a file under another name, then rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.write_bytes(data)
    part.replace(path)


def finish(run: RunDirectory, manifest: Mapping[str, Value], measured: Sequence[str] = _MEASURED) -> None:
    """Write the manifest, with the digest of every measured file, last."""
    files = [run.path / name for name in measured]
    files += sorted((run.path / "observations").glob("*.parquet"))
    digests = {
        str(file.relative_to(run.path)): sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.exists()
    }
    run.write_json("manifest.json", {**manifest, "files": digests, "complete": True})


def machine() -> dict[str, Value]:
    """What the run ran on; no host name, no path."""
    return {
        "cpus": os.cpu_count(),
        "model": _cpu_model(),
        "memory_bytes": psutil.virtual_memory().total,
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def versions() -> dict[str, Value]:
    found: dict[str, Value] = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "from the checkout"
    return found


def utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_json(value: Mapping[str, Json]) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
