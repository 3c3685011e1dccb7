"""`kill -9` in the midst of appending: what was acknowledged is there, in its place, and no half list."""

from pathlib import Path

from backends.signed_db import BACKEND
from tests.backends.appender import LIST, killed_midway, setting, settle


def test_kill_9_of_the_process_loses_nothing_acknowledged(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    known: dict[int, bytes] = {}
    for _ in range(2):
        known |= killed_midway("signed-db", folder, {}, after=200)
        deployment = BACKEND.deploy(setting(folder, {}))
        ledger = deployment.connect()
        head = ledger.head()
        entries = list(ledger.scan(0, head.size))
        assert {index: entries[index] for index in known} == known
        assert head.size % LIST == 0, "a list is there whole or not at all"
        BACKEND.verifier(deployment.pins()).check_replay(entries, head)
        assert ledger.usage().handed_over_bytes >= sum(map(len, entries))
        deployment.stop()
    deployment = BACKEND.deploy(setting(folder, {}))
    again = settle(deployment.connect(), list(known.values()))
    assert again == list(known), "the same bytes are found where they were"
    deployment.stop()
