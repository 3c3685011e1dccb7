"""What a person gets who types something wrong: one clear message, the right status, nothing written."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pilot import scenario
from pilot.errors import InputError
from tests.pilot.conftest import ROOT, SMALL, pilot

TOKENS = """
[tokens]
citizen = "a-citizen"
officer = "an-officer"
operator = "an-operator"
auditor = "an-auditor"
"""


def _scenario(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = 'a'\n[ledgers.cometbf]\n", "did you mean 'cometbft'?"),
        ("name = 'a'\nseeed = 3\n[ledgers.memory]\n", "did you mean 'seed'?"),
        ("name = 'a'\n[load]\nrate = [3.0]\n[ledgers.memory]\n", "did you mean 'rates'?"),
        ("name = 'a'\n[load]\nrepeats = 0\n[ledgers.memory]\n", "load.repeats"),
        ("name = 'a'\n[ledgers.merkle-log]\nwitneses = 4\n", "did you mean 'witnesses'?"),
        ("name = 'a'\n[ledgers.merkle-log]\nwitnesses = 'four'\n", "must be int, found 'four'"),
        ("name = 'a'\n[ledgers.memory\n", "line 2"),
        ("name = 'a'\n", "ledgers"),
    ],
)
def test_a_mistake_in_a_scenario_is_named_with_the_nearest_right_word(
    tmp_path: Path, text: str, says: str
) -> None:
    head, bracket, tail = text.partition("[")
    path = _scenario(tmp_path, head + bracket + tail + TOKENS if bracket else text + TOKENS)
    with pytest.raises(InputError) as caught:
        scenario.read(path)
    assert says in str(caught.value)
    assert str(path) in str(caught.value)


def test_equal_tokens_and_missing_tokens_are_refused(tmp_path: Path) -> None:
    same = TOKENS.replace("an-auditor", "an-officer")
    with pytest.raises(InputError, match="a token of its own"):
        scenario.read(_scenario(tmp_path, "name='a'\n[ledgers.memory]\n" + same))
    fewer = TOKENS.replace('auditor = "an-auditor"\n', "")
    with pytest.raises(InputError, match="auditor"):
        scenario.read(_scenario(tmp_path, "name='a'\n[ledgers.memory]\n" + fewer))


def test_a_broken_scenario_ends_with_status_3_and_makes_no_folder(tmp_path: Path) -> None:
    path = _scenario(tmp_path, "name = \n")
    ended = pilot("run", path, cwd=tmp_path)
    assert ended.status == 3
    assert "line 1" in ended.err
    assert not (tmp_path / "runs").exists()


def test_a_missing_scenario_is_an_input_error(tmp_path: Path) -> None:
    ended = pilot("run", tmp_path / "none.toml")
    assert ended.status == 3
    assert "none.toml" in ended.err


def test_an_unknown_option_is_a_usage_error() -> None:
    assert pilot("run", SMALL, "--speed", "9").status == 2
    assert pilot("fly").status == 2


def test_a_trace_with_a_broken_row_names_row_and_reason(tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    trace.mkdir()
    (trace / "comments.csv").write_text(
        "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"
        "1,x,0,0,1,0,1,hello\n"
    )
    (trace / "votes.csv").write_text(
        "timestamp,datetime,comment-id,voter-id,vote\n1,x,0,0,1\n2,x,0,1,maybe\n"
    )
    ended = pilot("run", SMALL, "--trace", trace, "--out", tmp_path / "run", "--ledger", "memory")
    assert ended.status == 3
    assert "votes.csv" in ended.err
    assert "3" in ended.err
    assert "maybe" in ended.err
    assert not (tmp_path / "run").exists()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = pilot("serve", SMALL, "--ledger", "memory", "--folder", tmp_path / "s", "--port", str(port))
    assert ended.status == 3
    assert f"port {port}" in ended.err


def test_reading_a_folder_that_is_no_run_says_so(tmp_path: Path) -> None:
    for command in ("audit", "report"):
        ended = pilot(command, tmp_path)
        assert ended.status == 3
        assert "not a whole run" in ended.err


def test_verifying_something_else_says_what_is_wanted(tmp_path: Path) -> None:
    other = tmp_path / "letter.txt"
    other.write_text("hello")
    ended = pilot("verify", other)
    assert ended.status == 3
    assert "neither a zip nor" in ended.err
    (tmp_path / "broken.zip").write_bytes(b"PK nothing")
    ended = pilot("verify", tmp_path / "broken.zip", "--json")
    assert ended.status == 5
    assert '"form"' in ended.out


def test_ctrl_c_leaves_no_process_and_no_manifest(tmp_path: Path) -> None:
    path = tmp_path / "run"
    command = [sys.executable, "-m", "pilot", "run", str(SMALL), "--out", str(path), "--ledger", "signed-db"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )
    assert process.stderr is not None
    seen: list[psutil.Process] = []
    for line in process.stderr:
        if "repeat 1" in line:
            seen = psutil.Process(process.pid).children(recursive=True)
            process.send_signal(signal.SIGINT)
            break
    rest = process.stderr.read()
    assert process.wait(60) == 130, rest
    assert seen, "the service was not running when the signal was sent"
    _, alive = psutil.wait_procs(seen, timeout=10)
    assert not alive
    assert path.is_dir()
    assert not (path / "manifest.json").exists()
    assert pilot("report", path).status == 3
    process.stderr.close()


def test_every_command_has_help() -> None:
    whole = pilot("--help")
    assert whole.status == 0
    for command in ("nodes", "run", "serve", "verify", "audit", "report"):
        assert command in whole.out
        ended = pilot(command, "--help")
        assert ended.status == 0
        assert "Usage" in ended.out
