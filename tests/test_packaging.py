"""What the checkout promises as a whole: layout, locks, environments, and nothing about anybody's machine."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path
from statistics import median

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = {"backends", "consultation", "pilot", "reports", "simulations", "workloads"}
OTHER_FOLDERS = {".ci", "docs", "notebooks", "requirements", "scenarios", "tests"}
LOCKS = {
    "pilot": ROOT / "requirements" / "pilot.txt",
    "test": ROOT / "requirements" / "test.txt",
    "tox": ROOT / "requirements" / "tox.txt",
    "go": ROOT / "backends" / "nodes" / "toolchains" / "go.txt",
    "node": ROOT / "backends" / "nodes" / "toolchains" / "node.txt",
}

# Put together here, so that this file does not hold what it looks for.
REGISTRY_HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("index", "crates", "io"),
    )
]
MACHINE_FOLDERS = "|".join(("work", "root", "opt", "home", "Users"))
MACHINE_PATH = re.compile(rf"(?<![\w.$}}/*-])/(?:{MACHINE_FOLDERS})/[\w.]")


def committed() -> list[Path]:
    """Every committed file; skips the test where there is no git checkout to ask."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is committed cannot be asked for")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def modules() -> list[Path]:
    """The committed modules of our packages, without those that protoc wrote."""
    ours = [path for path in committed() if path.relative_to(ROOT).parts[0] in PACKAGES]
    return [path for path in ours if path.suffix == ".py" and not path.stem.endswith("_pb2")]


def lines_with(pattern: re.Pattern[str]) -> Iterator[str]:
    """Every committed line that `pattern` is found in, as 'file:line: text'."""
    for path in committed():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture or another binary file
        for number, line in enumerate(text.splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"


def locked(name: str) -> dict[str, Version]:
    """The pinned versions in one lock; the highest where Python versions need several."""
    versions: dict[str, Version] = {}
    for line in LOCKS[name].read_text(encoding="utf-8").splitlines():
        if found := re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", line):
            key, version = canonicalize_name(found[1]), Version(found[2])
            versions[key] = max(version, versions.get(key, version))
    return versions


def project() -> tuple[list[str], dict[str, list[str]]]:
    """What pyproject.toml asks for: its dependencies, and those of each extra."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        table = tomllib.load(file)["project"]
    return table["dependencies"], table["optional-dependencies"]


def assert_covered(asked: list[str], lock: str) -> None:
    """Every requirement of `asked` is pinned in one lock, at a version that it allows."""
    versions = locked(lock)
    wrong = [
        text
        for text in asked
        if (name := canonicalize_name((wanted := Requirement(text)).name)) not in versions
        or versions[name] not in wanted.specifier
    ]
    assert not wrong, f"{LOCKS[lock].relative_to(ROOT)} is behind {wrong}: run `make lock`"


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run make on our Makefile in `folder`, where nothing is set up."""
    command = ["make", "-f", str(ROOT / "Makefile"), *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=60)


def test_no_committed_file_names_a_registry() -> None:
    assert list(lines_with(re.compile("|".join(map(re.escape, REGISTRY_HOSTS))))) == []


def test_no_committed_file_names_a_path_of_somebodys_machine() -> None:
    assert list(lines_with(MACHINE_PATH)) == []


def test_the_top_level_is_the_one_the_design_names() -> None:
    folders = {path.relative_to(ROOT).parts[0] for path in committed() if path.parent != ROOT}
    assert folders - PACKAGES - OTHER_FOLDERS == set()
    assert [name for name in sorted(PACKAGES) if not (ROOT / name / "__init__.py").is_file()] == []


def test_every_package_says_what_it_is() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name == "__init__.py" and not path.read_text(encoding="utf-8").startswith(('"""', 'r"""'))
    ]
    assert silent == []


def test_modules_stay_short() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in modules()
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}
    assert median(lengths.values()) <= 150


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_requirement_has_a_hash(name: str) -> None:
    text = LOCKS[name].read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[\w.-]+(?:\[[\w,-]+\])?==)", text)[1:]
    assert len(entries) == len(re.findall(r"==\S+.*\\$", text, flags=re.MULTILINE)) > 0
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_index_and_no_address(name: str) -> None:
    text = LOCKS[name].read_text(encoding="utf-8")
    assert re.findall(r"^-.*|\w+://\S+| @ .*", text, flags=re.MULTILINE) == []


def test_the_pilots_lock_covers_its_dependencies_and_no_extra_that_tests_need() -> None:
    dependencies, _ = project()
    assert_covered(dependencies, "pilot")
    assert {"pytest", "mypy", "jupyterlab", "locust", "vyper", "grpcio-tools"} & set(locked("pilot")) == set()


def test_the_tests_lock_covers_every_extra_at_the_pilots_versions() -> None:
    dependencies, extras = project()
    assert_covered([*dependencies, *(text for extra in extras.values() for text in extra)], "test")
    pilot, test = locked("pilot"), locked("test")
    assert {name: version for name, version in pilot.items() if test.get(name) != version} == {}


@pytest.mark.parametrize("name", ["go", "node", "tox"])
def test_a_tools_lock_covers_what_is_asked_for(name: str) -> None:
    asked = LOCKS[name].with_suffix(".in").read_text(encoding="utf-8").splitlines()
    assert_covered(asked, name)


def test_only_two_tox_environments_hold_packages() -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", encoding="utf-8")
    prefix = "testenv:"
    sections = {name.removeprefix(prefix): tox[name] for name in tox.sections() if name.startswith(prefix)}
    assert {name for name, section in sections.items() if "deps" in section} == {"pilot", "test"}
    husks = {name for name, section in sections.items() if section.get("set_env", "") == "{[husk]set_env}"}
    assert husks == set(sections) - {"pilot", "test"}
    assert "VIRTUALENV_NO_SEED = 1" in tox["husk"]["set_env"]


def test_ci_runs_the_readers_command() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert script.read_text(encoding="utf-8").rstrip().endswith("\nexec make test")


def test_make_alone_lists_what_it_can_do(tmp_path: Path) -> None:
    shown = make(tmp_path)
    assert shown.returncode == 0
    assert {"pilot", "test", "bench", "lab", "lock", "clean"} <= set(re.findall(r"make (\w+)", shown.stdout))


@pytest.mark.parametrize(
    ("python", "message"),
    [("", "no Python 3.11 or newer found"), ("false", "lacks its venv module")],
)
def test_make_says_which_python_it_lacks(tmp_path: Path, python: str, message: str) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "tox.txt").touch()
    refused = make(tmp_path, "test", f"PYTHON={python}")
    assert refused.returncode == 2
    assert message in refused.stderr
    assert not (tmp_path / ".venv").exists()
