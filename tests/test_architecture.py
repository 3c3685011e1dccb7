"""The rules that hold the arrows of the design catch whoever breaks them: one mutant for each."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NESTED = ["backends.memory", "consultation.core"]
PACKAGES = ["backends", "consultation", "pilot", "reports", "simulations", "workloads", *NESTED]
IMPURE = ["asyncio", "os", "random", "secrets", "socket", "sqlalchemy", "sqlite3", "threading", "time"]
LINT = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"

BROKEN = [
    ("consultation", "import backends", "consultation imports none of the others"),
    ("consultation", "import pilot", "consultation imports none of the others"),
    *(
        ("consultation.core", f"import {module}", "the core has no database, socket, clock, random source")
        for module in IMPURE
    ),
    ("backends", "import workloads", "backends imports only consultation"),
    ("workloads", "import backends.memory", "workloads imports consultation and"),
    ("workloads", "import simulations", "workloads imports consultation and"),
    ("reports", "import backends.registry", "simulations and reports read run directories"),
    ("simulations", "import workloads", "simulations and reports read run directories"),
]
ALLOWED = [
    ("backends", "import consultation.core"),
    ("workloads", "import backends.registry"),
    ("pilot", "import backends.memory, consultation, reports, simulations, workloads"),
]


def lint(house: Path, package: str, line: str) -> subprocess.CompletedProcess[str]:
    """Run our contracts over a house of empty packages, in one of which `line` is a module."""
    for name in PACKAGES:
        folder = house.joinpath(*name.split("."))
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
    (house / "backends" / "registry.py").touch()
    house.joinpath(*package.split("."), "newcomer.py").write_text(f"{line}\n", encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", house)
    command = [sys.executable, "-c", LINT, "--no-logo", "--no-cache"]
    return subprocess.run(command, cwd=house, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(("package", "line", "contract"), BROKEN)
def test_an_arrow_the_wrong_way_is_found(tmp_path: Path, package: str, line: str, contract: str) -> None:
    found = lint(tmp_path, package, line)
    assert found.returncode == 1
    verdicts = " ".join(found.stdout.split())
    assert contract in verdicts
    assert "4 kept, 1 broken" in verdicts
    assert f"{package}.newcomer -> {line.removeprefix('import ')}" in verdicts


@pytest.mark.parametrize(("package", "line"), ALLOWED)
def test_an_arrow_the_right_way_passes(tmp_path: Path, package: str, line: str) -> None:
    found = lint(tmp_path, package, line)
    assert "5 kept, 0 broken" in found.stdout
    assert found.returncode == 0


@pytest.mark.parametrize(
    ("code", "caught"),
    [
        ("import datetime\n\nNOW = datetime.datetime.now(datetime.UTC)\n", True),
        ("from nacl.utils import random\n\nSALT = random(16)\n", True),
        ("import datetime\n\nDAY = datetime.date(2026, 1, 1)\n", False),
    ],
)
def test_the_core_reads_no_clock_and_draws_nothing(code: str, caught: bool) -> None:
    command = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--no-cache", "--stdin-filename"]
    for module, expected in (("consultation/core/newcomer.py", caught), ("pilot/newcomer.py", False)):
        argv = [*command, module, "-"]
        checked = subprocess.run(
            argv, cwd=ROOT, input=code, capture_output=True, text=True, check=False, timeout=60
        )
        assert ("TID251" in checked.stdout) is expected, checked.stdout
