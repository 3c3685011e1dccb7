"""Four real validators: what the conformance suite does not ask of every ledger."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from nacl.signing import SigningKey

from backends.cometbft import framing, queries, watching
from backends.cometbft.deployment import BACKEND, CometDeployment
from backends.cometbft.ledger import CometLedger
from backends.ports import Delete, Edit, Level, ManyDoors, Reached, Rewrite, Setting, Tampered, Watched
from consultation.core.errors import LedgerError, OutcomeUnknown, Rejected, Unavailable, VerificationError
from consultation.core.ledger import AdmissionBy, Head, Refusal, Settled, Ticket
from tests.backends.cometbft.chain import digest
from tests.backends.cometbft.conftest import ORIGIN, setting, settle, within
from tests.bench.peers.kvstore_rpc import committed
from tests.conformance.entries import Opinions

pytestmark = pytest.mark.node


def audit(deployment: CometDeployment, validator: int = 0) -> Head:
    """All that an auditor with pinned keys does, through one node. Raises VerificationError."""
    ledger = deployment.connect_to(validator)
    try:
        head = ledger.head()
        BACKEND.verifier(deployment.pins()).check_replay(ledger.scan(0, head.size), head)
        return head
    finally:
        ledger.close()


def opened(network: CometDeployment, name: str) -> Opinions:
    source = Opinions(name)
    for entry in source.preparation:
        assert isinstance(settle(network.connect(), [entry])[0], Settled)
    return source


def test_an_entry_refused_late_in_its_block_comes_out_of_settle(network: CometDeployment) -> None:
    source, ledger = opened(network, "late"), network.connect()
    one, two = source.opinion("ab" * 32, b"one"), source.opinion("ab" * 32, b"two")
    answers = ledger.append([one, two])
    assert all(isinstance(answer, Ticket) for answer in answers), "each alone passes the check"
    first, second = settle(ledger, [one, two])
    assert isinstance(first, Settled)
    assert isinstance(second, Refusal)
    assert "stands already" in second.reason
    (again,) = ledger.append([two])
    assert isinstance(again, Refusal), "now the check knows"


def test_the_validators_refuse_what_one_entry_of_a_call_may_not_and_take_the_rest(
    network: CometDeployment,
) -> None:
    source, ledger = opened(network, "mixed"), network.connect()
    stranger = Opinions("stranger")
    good = [source.new(1) for _ in range(5)]
    outcomes = settle(ledger, [*good[:2], b"no record", stranger.new(1), b"x" * 70_000, *good[2:]])
    assert [isinstance(outcome, Refusal) for outcome in outcomes] == [
        False,
        False,
        True,
        True,
        True,
        *[False] * 3,
    ]
    indexes = [outcome.index for outcome in outcomes if isinstance(outcome, Settled)]
    assert indexes == list(range(indexes[0], indexes[0] + 5)), "in the order of the call"
    assert ledger.traits.admission is AdmissionBy.VALIDATORS


def test_any_node_takes_entries_and_all_agree(network: CometDeployment) -> None:
    source = opened(network, "any-node")
    entries = [[source.new(1) for _ in range(6)] for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda at: settle(network.connect_to(at), entries[at]), range(4)))
    settled = {outcome.index for outcomes in found for outcome in outcomes if isinstance(outcome, Settled)}
    assert len(settled) == 24
    same = settle(network.connect_to(3), entries[0])
    assert same == found[0]
    heads = [audit(network, at) for at in range(4)]
    assert len({(head.size, head.root) for head in heads}) == 1


def test_every_client_sees_an_index_that_another_settled(network: CometDeployment) -> None:
    source, first, second = opened(network, "clients"), network.connect(), network.connect()
    second.head()
    entry = source.new(1)
    (settled,) = settle(first, [entry])
    assert isinstance(settled, Settled)
    assert second.head().size > settled.index
    assert settle(second, [entry]) == [settled]


def test_use_and_usage_are_measured_from_the_processes_and_the_blocks(network: CometDeployment) -> None:
    opened(network, "metered")
    use = network.use()
    assert use.processes == 8
    assert use.cpu_s > 0
    assert use.rss_bytes > 100_000_000
    assert {kind: part.processes for kind, part in use.groups.items()} == {"node": 4, "application": 4}
    assert sum(part.cpu_s for part in use.groups.values()) == pytest.approx(use.cpu_s)
    ledger = network.connect()
    usage = ledger.usage()
    assert usage.entries == ledger.head().size
    assert 0 < usage.handed_over_bytes < usage.stored_bytes


def test_every_validator_is_seen_to_grow_while_it_is_watched_and_only_then(network: CometDeployment) -> None:
    assert isinstance(network, Watched)
    source = opened(network, "watched")
    watch, begin_s = network.watch(), monotonic()
    settle(network.connect(), [source.new(1)])
    size = network.connect().head().size
    within(lambda: len({grown.node for grown in watch.seen() if grown.size == size}) == 4)
    seen = watch.seen()
    assert [grown.at_s for grown in seen] == sorted(grown.at_s for grown in seen)
    assert all(begin_s <= grown.at_s <= monotonic() for grown in seen)
    for node in network.nodes:
        sizes = [grown.size for grown in seen if grown.node == node.name]
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == size
    watch.close()
    settle(network.connect(), [source.new(1)])
    watch.close()
    assert watch.seen() == seen
    assert not [node for node in network.nodes if (node.home / watching.NAME).exists()]


def test_two_watches_do_not_disturb_each_other(network: CometDeployment) -> None:
    source = opened(network, "twice-watched")
    first = network.watch()
    settle(network.connect(), [source.new(1)])
    second = network.watch()
    first.close()
    settle(network.connect(), [source.new(1)])
    size = network.connect().head().size
    within(lambda: any(grown.size == size for grown in second.seen()))
    assert size not in {grown.size for grown in first.seen()}
    second.close()


def test_each_validator_s_node_is_a_door(network: CometDeployment) -> None:
    assert isinstance(network, ManyDoors)
    source = opened(network, "doors")
    assert list(network.doors) == ["node0", "node1", "node2", "node3"]
    for place, door in enumerate(network.doors):
        ledger = network.enter(door)
        assert isinstance(settle(ledger, [source.new(1)])[0], Settled)
        assert ledger.url == network.client(place).url
    with pytest.raises(KeyError):
        network.enter("node4")


def test_an_append_goes_in_one_transaction_or_in_as_many_as_asked_for(network: CometDeployment) -> None:
    source = opened(network, "framed")
    for most, transactions in ((framing.MAX_TRANSACTION_ENTRIES, 1), (1, 5)):
        ledger = CometLedger(network.client(0), network.pinned, transaction_entries=most)
        first = network.client(0).status(5.0).height
        outcomes = settle(ledger, [source.new(1) for _ in range(5)])
        indexes = [outcome.index for outcome in outcomes if isinstance(outcome, Settled)]
        assert indexes == list(range(indexes[0], indexes[0] + 5)), "in the order of the call"
        last = network.client(0).status(5.0).height
        assert sum(committed(network.nodes[0].rpc_port, first + 1, last)) == transactions


def test_rules_count_as_checked_where_a_quorum_was_asked_to_check_them(network: CometDeployment) -> None:
    assert network.assurance()[Level.RULES] == Reached("final", nodes=3)


def test_bytes_between_nodes_grow_with_what_is_handed_over(network: CometDeployment) -> None:
    source = opened(network, "bytes")
    before = network.use().network_bytes
    entries = [source.new(1) for _ in range(200)]
    settle(network.connect(), entries)
    after = network.use().network_bytes
    assert before is not None
    assert after is not None
    # Three others have to learn of every entry.
    assert after - before > 3 * sum(map(len, entries))


def test_one_of_four_killed_goes_on_and_two_killed_stand_still_until_one_returns(
    own_network: CometDeployment,
) -> None:
    ledger = own_network.connect()
    (first,) = settle(ledger, [b"four"])
    for name in ("node3", "app3"):
        own_network.process(name).kill()
    (second,) = settle(ledger, [b"three"])
    assert (first, second) == (Settled(0), Settled(1))
    for name in ("node2", "app2"):
        own_network.process(name).kill()
    tickets = [answer for answer in ledger.append([b"two"]) if isinstance(answer, Ticket)]
    assert not any(isinstance(found, Settled) for found in ledger.settle(tickets, timeout_s=1.5))
    assert not ledger.health().ok
    own_network.restart()
    # Asked one by one, so that each has caught up before it is audited.
    assert [settle(own_network.connect_to(at), [b"two"]) for at in range(4)] == [[Settled(2)]] * 4
    assert [audit(own_network, at).size for at in range(4)] == [3, 3, 3, 3]


def test_everything_killed_at_once_loses_nothing_that_settled(own_network: CometDeployment) -> None:
    ledger = own_network.connect()
    settled = settle(ledger, [b"kept %d" % at for at in range(300)])
    before = ledger.head()
    ledger.append([b"perhaps %d" % at for at in range(300)])
    sent = own_network.use().network_bytes
    own_network.kill()
    assert own_network.use().processes == 0
    assert (own_network.use().network_bytes or 0) >= (sent or 0) > 0, "what was sent stays sent"
    with pytest.raises((Unavailable, OutcomeUnknown)):
        ledger.append([b"nobody there"])
    assert not ledger.health().ok
    own_network.restart()
    verifier = BACKEND.verifier(own_network.pins())
    verifier.check_head(before)
    again = own_network.connect()
    assert settle(again, [b"kept %d" % at for at in range(300)]) == settled
    after = again.head()
    verifier.check_consistency(before, after, again.prove_consistency(before, after))
    settle(again, [b"perhaps %d" % at for at in range(300)])
    assert audit(own_network).size == 600


def test_a_network_found_in_its_folder_goes_on_and_a_stranger_s_is_refused(
    own_network: CometDeployment, tmp_path: Path
) -> None:
    settled = settle(own_network.connect(), [b"from before"])
    own_network.watch()
    own_network.stop()
    stranger = replace(setting(tmp_path), operator=SigningKey(digest("somebody else")))
    with pytest.raises(Rejected, match="choose an empty folder"):
        BACKEND.deploy(stranger)
    again = BACKEND.deploy(setting(tmp_path))
    try:
        assert again.pins() == own_network.pins()
        assert not (again.nodes[0].home / watching.NAME).exists(), "nobody watches any more"
        assert settle(again.connect(), [b"from before"]) == settled
    finally:
        again.stop()


# The operator's own storage


def tampered_with(network: CometDeployment, tampering: Edit | Delete | Rewrite) -> Tampered:
    settle(network.connect(), [b"entry %d" % at for at in range(10)])
    said = network.tamper(tampering)
    assert said.done
    assert said.parties_object
    assert audit(network, 1).size == 10, "another validator holds the true history"
    return said


def test_an_edited_entry_stops_the_node_and_served_anyway_fails_the_replay(
    own_network: CometDeployment,
) -> None:
    said = tampered_with(own_network, Edit(3, b"forged"))
    assert "node0 did not start (panic: state.AppHash does not match" in said.how
    assert "still holds the original entry 3" in said.seen_by_parties
    ledger = own_network.connect()
    assert list(ledger.scan(3, 4)) == [b"forged"]
    with pytest.raises(VerificationError) as caught:
        audit(own_network)
    assert caught.value.link == "replay"
    verifier, head = BACKEND.verifier(own_network.pins()), ledger.head()
    verifier.check_inclusion(b"entry 3", 3, head, ledger.prove_inclusion(3, head))
    with pytest.raises(VerificationError, match="inclusion"):
        verifier.check_inclusion(b"forged", 3, head, ledger.prove_inclusion(3, head))


def test_a_deleted_entry_is_missed_by_the_replay(own_network: CometDeployment) -> None:
    said = tampered_with(own_network, Delete(0))
    assert "panic" in said.how
    with pytest.raises(VerificationError, match="9 entries were read, the head commits to 10"):
        audit(own_network)


def test_a_rewritten_history_has_one_signature_of_four(own_network: CometDeployment) -> None:
    said = tampered_with(own_network, Rewrite([b"another story %d" % at for at in range(12)]))
    assert "12 entries" in said.how
    assert "power 10 of 40" in said.how
    with pytest.raises(VerificationError) as caught:
        audit(own_network)
    assert caught.value.link == "validators"
    assert queries.parse_usage(own_network.client(0).query("/usage"))[0] == 12, "node 0 does serve it"


# What does not start


def test_a_network_of_one_starts_and_says_that_one_party_vouches(comet_binary: Path, tmp_path: Path) -> None:
    alone = replace(setting(tmp_path), options={"validators": 1, "timeout_commit_ms": 5})
    deployment = BACKEND.deploy(alone)
    try:
        ledger = deployment.connect()
        assert settle(ledger, [b"alone"]) == [Settled(0)]
        assert ledger.traits.parties == 1
        assert set(deployment.assurance()) == {Level.ONE_DISK, Level.HEAD_SIGNED}
    finally:
        deployment.stop()


@pytest.mark.parametrize(
    "options", [{"validators": 0}, {"validators": "4"}, {"timeout_commit_ms": True}, {"x": 1}]
)
def test_an_option_that_cannot_be_is_refused(
    comet_binary: Path, tmp_path: Path, options: dict[str, str | int | float | bool]
) -> None:
    with pytest.raises(Rejected, match="cometbft"):
        BACKEND.deploy(Setting(tmp_path, SigningKey(digest("operator")), ORIGIN, "all", options))


def test_a_node_that_does_not_start_is_unavailable_with_the_end_of_its_log(
    comet_binary: Path, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable, match="the admission is 'all' or 'rules'"):
        BACKEND.deploy(setting(tmp_path, "nonsense"))


def test_a_closed_client_says_so(network: CometDeployment) -> None:
    ledger = network.connect()
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="connect again"):
        ledger.append([b"x"])
    assert not ledger.health().ok
