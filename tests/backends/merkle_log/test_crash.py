"""`kill -9` of the process that has the log, with and without real witnesses: nothing settled is lost."""

from pathlib import Path

import pytest

from backends.merkle_log import BACKEND
from backends.ports import Option
from tests.backends.appender import killed_midway, setting, settle

pytestmark = pytest.mark.node


@pytest.mark.parametrize(
    "options",
    [{"witnesses": 0}, {"witnesses": 4}, {"witnesses": 0, "mirror": True}],
    ids=["alone", "witnessed", "mirrored"],
)
def test_kill_9_of_the_process_loses_nothing_settled_and_makes_no_fork(
    tmp_path: Path, omniwitness: Path, options: dict[str, Option]
) -> None:
    folder = tmp_path / "log"
    known: dict[int, bytes] = {}
    heads = []
    for after in (200, 300):
        known |= killed_midway("merkle-log", folder, options, after)
        deployment = BACKEND.deploy(setting(folder, options))
        ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
        heads.append(ledger.head())
        entries = list(ledger.scan(0, heads[-1].size))
        assert {index: entries[index] for index in known} == known
        verifier.check_replay(entries, heads[-1])
        for older in heads:
            verifier.check_consistency(older, heads[-1], ledger.prove_consistency(older, heads[-1]))
        assert settle(ledger, list(known.values())) == list(known)
        assert settle(ledger, [f"after {after}".encode()]) == [heads[-1].size]
        assert ledger.health().ok
        assert "a fork" not in ledger.health().detail
        deployment.stop()
