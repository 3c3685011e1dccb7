"""Deploying, stopping, starting over, and what the operator can do to his own chain."""

from pathlib import Path

import pytest

from backends.evm import BACKEND
from backends.evm.deployment import EvmDeployment
from backends.evm.meter import Meter
from backends.evm.options import EvmOptions
from backends.evm.own import Door
from backends.evm.rpc import Rpc
from backends.evm.session import open_session
from backends.nodes.ports import free_ports
from backends.ports import Delete, Edit, Option, Rewrite, Setting
from consultation.core.errors import Rejected, Unavailable, VerificationError
from consultation.core.ledger import Durability
from tests.backends.evm.conftest import Deploy, indexes
from tests.backends.evm.tries import OPERATOR, ORIGIN

ENTRIES = [b"entry %d" % number for number in range(5)]
CONTRACT = "0x" + "11" * 20


@pytest.mark.node
def test_an_orderly_stop_keeps_the_chain_and_kill_9_what_the_last_stop_kept(deploy: Deploy) -> None:
    """The traits promise nothing; this is what the operator gets anyway. Pins stay in both cases."""
    deployment = deploy()
    ledger, pins = deployment.connect(), deployment.pins()
    assert ledger.traits.durability is Durability.NONE
    indexes(ledger, ENTRIES[:3])
    before = ledger.head()
    deployment.stop()
    again = deploy()  # over the same folder, as another process would
    ledger = again.connect()
    assert list(ledger.scan(0, 9)) == ENTRIES[:3]
    BACKEND.verifier(pins).check_consistency(
        before, ledger.head(), ledger.prove_consistency(before, ledger.head())
    )
    assert indexes(ledger, ENTRIES[3:]) == [3, 4]
    counted = ledger.usage()
    again.kill()
    again.restart()
    ledger = again.connect()
    assert list(ledger.scan(0, 9)) == ENTRIES[:3]
    assert again.pins() == pins
    assert ledger.usage().entries == counted.entries == 5, "counters never fall, whatever the chain lost"
    assert ledger.usage().gas >= counted.gas
    indexes(ledger, ENTRIES)
    BACKEND.verifier(pins).check_replay(ledger.scan(0, 9), ledger.head())


@pytest.mark.node
def test_an_edited_event_is_read_and_found_by_whoever_replays(deploy: Deploy) -> None:
    deployment = deploy()
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    indexes(ledger, ENTRIES)
    done = deployment.tamper(Edit(2, b"forged"))
    assert done.done, done.how
    assert "anvil" in done.how
    ledger = deployment.connect()
    head = ledger.head()
    assert list(ledger.scan(0, 9)) == [*ENTRIES[:2], b"forged", *ENTRIES[3:]]
    verifier.check_head(head)  # the contract's storage and the operator's signature are what they were
    with pytest.raises(VerificationError, match="replay"):
        verifier.check_replay(ledger.scan(0, 9), head)
    with pytest.raises(VerificationError, match="inclusion"):
        verifier.check_inclusion(b"forged", 2, head, ledger.prove_inclusion(2, head))


@pytest.mark.node
def test_a_deleted_event_is_missed_by_whoever_replays(deploy: Deploy) -> None:
    deployment = deploy()
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    indexes(ledger, ENTRIES)
    assert deployment.tamper(Delete(1)).done
    ledger = deployment.connect()
    assert list(ledger.scan(0, 9)) == [ENTRIES[0], *ENTRIES[2:]]
    with pytest.raises(VerificationError, match="4 entries were read, the head commits to 5"):
        verifier.check_replay(ledger.scan(0, 9), ledger.head())
    assert not deployment.tamper(Edit(9, b"forged")).done, "there is no such entry"
    assert deployment.connect().health().ok


@pytest.mark.node
def test_a_rewritten_history_holds_by_itself_and_not_after_a_kept_head(deploy: Deploy) -> None:
    deployment = deploy(admission="rules")
    pins = deployment.pins()
    ledger, verifier = deployment.connect(), BACKEND.verifier(pins)
    deployment.tamper(Rewrite(ENTRIES))
    kept = deployment.connect().head()
    done = deployment.tamper(Rewrite([b"another", *ENTRIES[1:], b"and more"]))
    assert done.done
    assert deployment.pins() == pins
    ledger = deployment.connect()
    head = ledger.head()
    verifier.check_replay(ledger.scan(0, 9), head)
    with pytest.raises(VerificationError, match="consistency"):
        verifier.check_consistency(kept, head, ledger.prove_consistency(kept, head))


@pytest.mark.node
def test_a_chain_by_url_is_appended_to_and_cannot_be_tampered_with(deploy: Deploy) -> None:
    """With two confirmations, on a node that this deployment neither starts nor stops."""
    node = deploy("node")
    deployment = deploy("by-url", url=node.url, confirmations=2)
    ledger, verifier = deployment.connect(), BACKEND.verifier(deployment.pins())
    assert deployment.pins()["contract"] != node.pins()["contract"]
    assert indexes(ledger, ENTRIES) == list(range(5))
    head = ledger.head()
    verifier.check_replay(ledger.scan(0, 9), head)
    with pytest.raises(VerificationError, match="chain"):
        BACKEND.verifier(node.pins()).check_head(head)
    with pytest.raises(VerificationError, match="confirmations"):
        BACKEND.verifier({**deployment.pins(), "confirmations": 1}).check_head(head)
    assert not deployment.tamper(Edit(0, b"forged")).done
    assert "consensus is not checked" in ledger.traits.voucher
    assert deployment.use().processes == 0
    deployment.restart()
    again = deployment.connect()
    assert list(again.scan(0, 9)) == ENTRIES
    assert again.head().size == 5


@pytest.mark.node
def test_a_stalled_append_to_a_chain_by_url_ends_with_the_stall(deploy: Deploy) -> None:
    node = deploy("node")
    deployment = deploy("by-url", url=node.url)
    deployment.pause()
    deployment.pause()
    deployment.resume()
    deployment.resume()
    assert indexes(deployment.connect(), ENTRIES[:1]) == [0]


@pytest.mark.node
def test_a_contract_that_is_not_there_is_unavailable(deploy: Deploy) -> None:
    node = deploy("node")
    with pytest.raises(Unavailable, match="no contract at 0x11"):
        deploy("wrong", url=node.url, contract=CONTRACT)


@pytest.mark.node
def test_at_a_door_whose_node_is_behind_no_second_contract_is_deployed(
    shared_chain: EvmDeployment, tmp_path: Path
) -> None:
    """Only the operator deploys; a writer's node that has not come so far yet is asked again later."""
    doors = [Door(name, shared_chain.url, name.encode() * 32) for name in ("a", "b")]
    options, meter = EvmOptions.read({}), Meter(tmp_path / "usage.json")
    setting, rpc = Setting(tmp_path, OPERATOR, ORIGIN), Rpc(shared_chain.url, 10.0)
    with pytest.raises(Unavailable, match="does not have the operator's contract yet"):
        open_session(setting, options, rpc, doors[1], doors, meter, None)
    rpc.close()


def test_a_node_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    with pytest.raises(Unavailable, match="cannot be reached"):
        BACKEND.deploy(Setting(tmp_path, OPERATOR, ORIGIN, options={"url": url}))


WRONG: list[tuple[str, dict[str, Option]]] = [
    ("node is 'anvil' or 'geth'", {"node": "besu"}),
    ("leave one out", {"node": "geth", "url": "http://localhost"}),
    ("signers", {"node": "geth", "signers": 0}),
    ("signers", {"node": "geth", "signers": 17}),
    ("period_s is a whole number", {"node": "geth", "period_s": 0.5}),
    ("period_s", {"node": "geth", "period_s": 0}),
    ("block_time_s", {"block_time_s": 0}),
    ("block_time_s", {"block_time_s": "1"}),
    ("confirmations", {"confirmations": 1.5}),
    ("confirmations", {"confirmations": True}),
    ("url", {"url": "localhost:8545"}),
    ("url", {"url": 1}),
    ("contract", {"contract": "0x12", "url": "http://localhost"}),
    ("needs url", {"contract": CONTRACT}),
    ("key_env", {"url": "http://localhost", "key_env": "NO_SUCH_VARIABLE_IS_SET"}),
    ("rpc_timeout_s", {"rpc_timeout_s": -1}),
    ("max_in_flight", {"max_in_flight": 0}),
]


@pytest.mark.parametrize(("what", "options"), WRONG)
def test_an_option_that_does_not_fit_is_rejected_by_name(
    what: str, options: dict[str, Option], tmp_path: Path
) -> None:
    with pytest.raises(Rejected, match=what):
        BACKEND.deploy(Setting(tmp_path, OPERATOR, ORIGIN, options=options))


def test_an_origin_that_is_no_key_name_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="origin"):
        BACKEND.deploy(Setting(tmp_path, OPERATOR, "two words"))
