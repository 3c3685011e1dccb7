"""One small run of the whole pilot, through the command line, shared by the tests that read it."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMALL = Path(__file__).with_name("small.toml")


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended."""

    status: int
    out: str
    err: str


def pilot(*arguments: str | Path, cwd: Path = ROOT, offline: bool = False) -> Ended:
    """Run the command line in a process of its own; `offline` in a network namespace without any link."""
    command = [sys.executable, "-m", "pilot", *map(str, arguments)]
    if offline:
        command = ["unshare", "-rn", *command]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "200", "NO_COLOR": "1"}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=400)
    return Ended(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run, and what the command said."""

    path: Path
    ended: Ended


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Every ledger, replayed, attacked, reported."""
    path = tmp_path_factory.mktemp("runs") / "small"
    ended = pilot("run", SMALL, "--out", path)
    assert ended.status == 0, ended.err + ended.out
    return Run(path, ended)
