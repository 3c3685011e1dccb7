"""Anchors on a chain of signers: nothing but the inner ledger's options differs."""

from pathlib import Path

import pytest

from backends.anchored import EVM
from backends.ports import Level, Setting
from consultation.core.ledger import Durability
from tests.backends.anchored.conftest import OPERATOR, ORIGIN, indexes
from tests.conformance.availability import deployed
from tests.conformance.conftest import in_ci

ENTRIES = [b"entry %d" % number for number in range(5)]


@pytest.mark.node
def test_what_was_anchored_on_a_signers_chain_outlives_kill_9(tmp_path: Path) -> None:
    """Unlike on anvil: the head from before holds after it, and its proof comes from the same chain."""
    setting = Setting(tmp_path, OPERATOR, ORIGIN, options={"node": "geth", "signers": 1, "batch_age_s": 0.02})
    deployment = deployed(lambda: EVM.deploy(setting), ci=in_ci())
    try:
        ledger, verifier = deployment.connect(), EVM.verifier(deployment.pins())
        assert ledger.traits.durability is Durability.POWER
        assert getattr(deployment, "caution", "") == "one signer, no consensus"
        assert set(deployment.assurance()) == {Level.ONE_DISK, Level.HEAD_SIGNED}
        assert indexes(ledger, ENTRIES) == list(range(5))
        before = ledger.head()
        deployment.kill()
        deployment.restart()
        ledger = deployment.connect()
        assert list(ledger.scan(0, 9)) == ENTRIES
        now = ledger.head()
        verifier.check_replay(ledger.scan(0, 9), now)
        verifier.check_consistency(before, now, ledger.prove_consistency(before, now))
        assert indexes(ledger, [*ENTRIES, b"one more"]) == list(range(6))
    finally:
        deployment.stop()
