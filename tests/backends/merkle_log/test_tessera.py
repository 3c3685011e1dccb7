"""The peer of the benches: it adds what it says, and what it serves is a log like ours."""

import subprocess
from pathlib import Path

import pytest

from backends.nodes.toolchain import NodeUnavailable, ensure
from tests.backends.merkle_log.test_publishing import rederive
from tests.bench.peers import tessera

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def binary() -> Path:
    try:
        return ensure("tessera")
    except NodeUnavailable as unavailable:
        pytest.fail(str(unavailable))


def add(binary: Path, folder: Path, until: tessera.Until, entries: int) -> tessera.Said:
    return tessera.drive(
        binary, folder, until, entries=entries, in_flight=64, entry_bytes=32, batch_age_s=0.01, batch_size=32
    )


def test_it_adds_as_many_different_entries_as_asked_and_publishes_them(binary: Path, tmp_path: Path) -> None:
    sizes = [
        add(binary, tmp_path / "log", until, 300).published_size for until in ("integrated", "published")
    ]
    assert sizes == [300, 600]
    entries = rederive(tmp_path / "log")
    assert len(set(entries)) == 600
    assert {len(entry) for entry in entries} == {32}


@pytest.mark.parametrize("flag", ["--checkpoint-interval=99ms", "--until=queued", "--in-flight=0"])
def test_what_its_driver_or_it_does_not_take_is_refused(binary: Path, tmp_path: Path, flag: str) -> None:
    """Tessera's least interval is 100 ms: why the benches have two rows."""
    answer = subprocess.run([binary, f"--folder={tmp_path / 'log'}", flag], capture_output=True, text=True)
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert any(word in answer.stderr for word in ("100ms", "published", "in-flight"))
