"""The Locust file, run by a real Locust in a process of its own against a served process."""

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from consultation.web.access import Role
from tests.served import CONSULTATION, TOKENS, Served, served

_FILE = Path(__file__).resolve().parents[2] / "workloads" / "locustfile.py"

pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="locust is in the extra 'locust'")


def locust(running: Served, observations: Path, token: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "locust", "-f", str(_FILE), "--headless", "--host", running.url]
    command += ["--users", "10", "--spawn-rate", "10", "--run-time", "5s", "--stop-timeout", "10"]
    command += ["--consultation", CONSULTATION, "--citizen-token", token, "--user-rate", "5"]
    command += ["--officer-token", TOKENS[Role.OFFICER], "--observations", str(observations)]
    return subprocess.run(command, capture_output=True, text=True, timeout=90, cwd=running.folder)


def test_citizens_and_officers_use_a_real_service_and_every_receipt_is_kept(tmp_path: Path) -> None:
    with served(tmp_path / "service", "memory") as running:
        observations = tmp_path / "observations.jsonl"
        done = locust(running, observations, TOKENS[Role.CITIZEN])
        assert done.returncode == 0, done.stdout + done.stderr
        kept = [json.loads(line) for line in observations.read_text().splitlines()]
        path = f"/consultations/{CONSULTATION}/operations"
        operations = json.loads(running.client.get(path, Role.OPERATOR))

    assert {one["kind"] for one in kept} == {"submit", "amend", "withdraw"}
    assert all(one["due"] <= one["sent"] <= one["accepted"] for one in kept)
    assert {one["status"] for one in kept} == {201}
    assert not [one for one in kept if one["failed"]]
    assert len({one["key"] for one in kept}) == len(kept) >= 20
    assert len(operations) == len(kept) + 3, "the draft, its approval and the opening beside them"
    for name in ("draft", "receipt", "state", "health"):
        assert name in done.stderr + done.stdout, "in Locust's own table"


def test_a_wrong_token_fails_the_run_and_is_kept_as_refused(tmp_path: Path) -> None:
    with served(tmp_path / "service", "memory") as running:
        done = locust(running, tmp_path / "observations.jsonl", "wrong")
        assert done.returncode == 1, done.stderr
        kept = [json.loads(line) for line in (tmp_path / "observations.jsonl").read_text().splitlines()]
    assert kept, done.stderr
    assert {one["status"] for one in kept} == {401}
    assert all(one["failed"] for one in kept)
