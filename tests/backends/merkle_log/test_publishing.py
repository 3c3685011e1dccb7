"""Publication with real witnesses: one down goes on, two down halt, and no crash leads to a fork."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Event
from time import monotonic

import psutil
import pytest
from nacl.signing import SigningKey

from backends.merkle_log import BACKEND, tiles
from backends.merkle_log import policy as policies
from backends.merkle_log.deployment import MerkleLogDeployment
from backends.merkle_log.sequenced import Sequenced
from backends.merkle_log.tiles import ENTRIES, RightEdge
from backends.merkle_log.witness import WitnessClient, WitnessRefused
from backends.ports import Setting
from consultation.core import note
from consultation.core.checkpoint import Checkpoint, sign
from consultation.core.errors import Overloaded, Rejected, Unavailable
from consultation.core.ledger import Ledger, Pending, Refusal, Settled, Ticket
from consultation.core.merkle import EMPTY_ROOT, Tree, leaf_hash, root_of
from tests.backends.appender import settle
from tests.backends.merkle_log.conftest import LATE_S, OPERATOR, ORIGIN, Deploy, entries_named, grow
from tests.conformance.entries import Opinions

pytestmark = pytest.mark.node


def until(true: Callable[[], bool], what: str) -> None:
    """Look often until it is true."""
    end_s, never = monotonic() + LATE_S, Event()
    while not true():
        assert monotonic() < end_s, f"not within {LATE_S} s: {what}"
        never.wait(0.005)


def rederive(served: Path) -> list[bytes]:
    """What an outsider's slow check of a served folder finds: every tile and bundle, and the signed root."""
    signed = note.parse((served / "checkpoint").read_bytes())
    checkpoint = Checkpoint.parse(signed.text)
    entries: list[bytes] = []
    for index in range((checkpoint.size + 255) // 256):
        width = min(256, checkpoint.size - index * 256)
        bundle = tiles.decode_bundle((served / tiles.path(ENTRIES, index, width)).read_bytes())
        assert len(bundle) == width
        entries += bundle
    level, hashes = 0, [leaf_hash(entry) for entry in entries]
    assert root_of(hashes) == checkpoint.root
    while hashes:
        for index in range((len(hashes) + 255) // 256):
            tile = hashes[index * 256 : index * 256 + 256]
            assert (served / tiles.path(level, index, len(tile))).read_bytes() == b"".join(tile)
        hashes = [root_of(hashes[at : at + 256]) for at in range(0, len(hashes) - 255, 256)]
        level += 1
    return entries


def served_paths(served: Path) -> set[str]:
    return {str(path.relative_to(served)) for path in (served / "tile").rglob("*") if path.is_file()}


# What is served


def test_a_new_log_serves_a_cosigned_checkpoint_of_nothing(witnessed: MerkleLogDeployment) -> None:
    head = witnessed.connect().head()
    assert (head.size, head.root) == (0, EMPTY_ROOT)
    BACKEND.verifier(witnessed.pins()).check_head(head)
    assert (witnessed.served / "checkpoint").read_bytes() == head.attestation
    policy = policies.from_pins(witnessed.pins())
    assert (witnessed.served / "vkey").read_text() == policy.operator.vkey + "\n"
    assert (witnessed.served / "policy").read_text() == policies.to_file(policy)


def test_the_served_folder_is_rederived_by_a_slow_outsider(witnessed: MerkleLogDeployment) -> None:
    ledger, verifier = witnessed.connect(), BACKEND.verifier(witnessed.pins())
    wanted: list[bytes] = []
    for step, n in enumerate((1, 9, 245, 1, 3, 500, 9)):
        head = grow(ledger, f"step {step}", n)
        wanted += entries_named(f"step {step}", n)
        verifier.check_head(head)
        assert rederive(witnessed.served) == wanted
    full = {path for path in tiles.paths(768) if ".p/" not in path}
    kept = {"tile/1/000.p/1", "tile/1/000.p/2", "tile/1/000.p/3"}
    until(lambda: served_paths(witnessed.served) == full | kept, "the others are pruned")


def test_every_published_size_keeps_its_partial_tiles_until_the_tile_is_full(
    alone: MerkleLogDeployment,
) -> None:
    ledger = alone.connect()
    sizes = [grow(ledger, f"step {step}", n).size for step, n in enumerate((1, 30, 200))]
    for size in sizes:
        assert set(tiles.paths(size)) <= served_paths(alone.served)


def test_the_witnesses_listen_on_loopback_and_talk_to_nobody(witnessed: MerkleLogDeployment) -> None:
    grow(witnessed.connect(), "entry", 3)
    ports = {address.url.rpartition(":")[2] for address in witnessed.witnesses.addresses}
    ours = str(witnessed.served.parent)
    found = [child for child in psutil.Process().children() if any(ours in word for word in child.cmdline())]
    assert len(found) == len(ports) == 4
    for child in found:
        for connection in child.net_connections():
            assert connection.laddr.ip == "127.0.0.1"
            assert str(connection.laddr.port) in ports
            assert connection.status in ("LISTEN", "ESTABLISHED", "CLOSE_WAIT")


# Witnesses that fail


def test_the_log_goes_on_while_one_witness_is_down(witnessed: MerkleLogDeployment) -> None:
    ledger, verifier = witnessed.connect(), BACKEND.verifier(witnessed.pins())
    grow(ledger, "before", 3)
    witnessed.witnesses.kill("witness-2")
    for step in range(3):
        head = grow(ledger, f"without {step}", 2)
        verifier.check_head(head)
        assert b"witness-2" not in head.attestation
    until(lambda: "witness-2" in ledger.health().detail, "health names the witness that is down")
    assert ledger.health().ok
    witnessed.witnesses.restart("witness-2")
    until(lambda: "witness-2" not in ledger.health().detail, "it has caught up by itself")
    verifier.check_head(grow(ledger, "after", 1))


def test_the_log_halts_while_two_witnesses_are_down_and_resumes(witnessed: MerkleLogDeployment) -> None:
    ledger, verifier = witnessed.connect(), BACKEND.verifier(witnessed.pins())
    before = grow(ledger, "before", 3)
    witnessed.witnesses.kill("witness-1")
    witnessed.witnesses.kill("witness-4")
    tickets = [ticket for ticket in ledger.append(entries_named("during", 5)) if isinstance(ticket, Ticket)]
    until(lambda: not ledger.health().ok, "health says that too few witnesses answer")
    assert "too few witnesses or no mirror, 5 entries wait" in ledger.health().detail
    assert ledger.settle(tickets, timeout_s=0.2) == [Pending()] * 5
    assert ledger.head() == before
    assert list(ledger.scan(0, 99)) == entries_named("before", 3)
    assert ledger.append(entries_named("during", 5)), "more may wait, the same bytes only once"
    witnessed.witnesses.restart("witness-4")
    assert settle(ledger, entries_named("during", 5)) == [3, 4, 5, 6, 7]
    verifier.check_head(ledger.head())
    until(lambda: ledger.health().ok, "health is restored")


def test_a_stalled_quorum_is_not_healthy_even_before_any_timeout(witnessed: MerkleLogDeployment) -> None:
    ledger = witnessed.connect()
    for name in ("witness-1", "witness-2"):
        witnessed.witnesses.pause(name)
    ledger.append([b"stalled"])
    until(lambda: not ledger.health().ok, "two witnesses answer nothing")
    for name in ("witness-1", "witness-2"):
        witnessed.witnesses.resume(name)
    assert settle(ledger, [b"stalled"]) == [0]


def test_a_witness_refuses_a_fork_and_a_stranger(witnessed: MerkleLogDeployment) -> None:
    ledger = witnessed.connect()
    grow(ledger, "entry", 5)
    forked = Tree(leaf_hash(entry) for entry in entries_named("forked", 8))
    client = witnessed.witnesses.clients()[0]
    for size in (5, 8):
        checkpoint = sign(Checkpoint(ORIGIN, size, forked.root(size)), OPERATOR)
        with pytest.raises(WitnessRefused, match="a fork") as caught:
            client.cosign(checkpoint, size, lambda old, size=size: forked.prove_consistency(old, size))  # type: ignore[misc]
        assert caught.value.status == 422
    unsigned = sign(Checkpoint(ORIGIN, 8, forked.root()), SigningKey(b"s" * 32))
    with pytest.raises(WitnessRefused, match=r"HTTP (403|500)"):
        client.cosign(unsigned, 8, forked.prove_consistency)
    unknown = sign(Checkpoint("other.example/log", 8, forked.root()), OPERATOR)
    with pytest.raises(WitnessRefused, match=r"HTTP (404|500)"):
        client.cosign(unknown, 8, forked.prove_consistency)
    client.close()


def test_a_witness_that_lost_its_memory_is_told_the_newest_tree(
    witnessed: MerkleLogDeployment, tmp_path: Path
) -> None:
    ledger = witnessed.connect()
    grow(ledger, "before", 3)
    witnessed.witnesses.kill("witness-3")
    for file in (tmp_path / "log" / "witness-3").glob("witness.db*"):
        file.unlink()
    witnessed.witnesses.restart("witness-3")
    witnessed.witnesses.kill("witness-1")
    BACKEND.verifier(witnessed.pins()).check_head(grow(ledger, "after", 2))


# Crash states


def halted_and_killed(deployment: MerkleLogDeployment, down: int, name: str, n: int) -> None:
    """Leave the log bound to a tree that `4 - down` witnesses have cosigned and nobody has published."""
    ledger = deployment.connect()
    clients = deployment.witnesses.clients()
    for number in range(down):
        deployment.witnesses.kill(f"witness-{number + 1}")
    size = ledger.head().size + n
    ledger.append(entries_named(name, n))
    until(lambda: bound_to(deployment) == size, "the grown tree is on the disk")
    for client in clients[down:]:
        until(lambda client=client: known_size(client) == size, "the others have cosigned it")  # type: ignore[misc]
    deployment.kill()


def bound_to(deployment: MerkleLogDeployment) -> int:
    data = (deployment.served.parent / "state" / "sequenced").read_bytes()
    return Sequenced.parse(data, ORIGIN, OPERATOR).checkpoint.size


def known_size(client: WitnessClient) -> int:
    """What a witness has cosigned last, asked as the specification allows: a small tree from old size 0."""
    try:
        answer = client.add_checkpoint(0, [], sign(Checkpoint(ORIGIN, 1, bytes(32)), OPERATOR).encode())
    finally:
        client.close()
    return int(answer.body) if answer.status == 409 else 0


@pytest.mark.parametrize("down", [2, 3])
def test_after_a_crash_between_cosigning_and_publishing_the_log_goes_on_from_what_was_cosigned(
    witnessed: MerkleLogDeployment, down: int
) -> None:
    before = grow(witnessed.connect(), "before", 300)
    halted_and_killed(witnessed, down, "bound", 7)
    assert Checkpoint.parse(note.parse((witnessed.served / "checkpoint").read_bytes()).text).size == 300
    witnessed.restart()
    ledger, verifier = witnessed.connect(), BACKEND.verifier(witnessed.pins())
    head = ledger.head()
    assert head.size == 307
    assert settle(ledger, entries_named("bound", 7)) == list(range(300, 307))
    verifier.check_consistency(before, head, ledger.prove_consistency(before, head))
    verifier.check_head(grow(ledger, "after", 3))
    assert ledger.health().ok
    until(lambda: "witness" not in ledger.health().detail, "no witness has seen a fork")
    assert len(rederive(witnessed.served)) == 310


def test_after_a_loss_of_power_the_published_checkpoint_binds_a_log_that_is_alone(deploy: Deploy) -> None:
    """The two files take their places at once, so the disk may have kept the later one alone."""
    first = deploy(witnesses=0)
    ledger = first.connect()
    grow(ledger, "before", 30)
    sequenced = first.served.parent / "state/sequenced"
    former = sequenced.read_bytes()
    head = grow(ledger, "after", 300)
    first.kill()
    sequenced.write_bytes(former)
    first.restart()
    again = first.connect()
    assert again.head() == head
    BACKEND.verifier(first.pins()).check_replay(again.scan(0, head.size), head)
    assert grow(again, "more", 3).size == 333
    assert rederive(first.served)[330:] == entries_named("more", 3)


def test_after_a_crash_before_the_log_was_bound_the_entries_are_gone(deploy: Deploy) -> None:
    """Bundles and tiles are on the disk, `state/sequenced` does not know of them: nobody was told."""
    first = deploy(witnesses=0)
    grow(first.connect(), "before", 250)
    first.kill()
    tree = Tree()
    edge, lost = RightEdge(tree), [*entries_named("before", 250), *entries_named("lost", 600)]
    tree.extend(map(leaf_hash, lost))
    for path, data in edge.grow(lost).items():
        (first.served / path).parent.mkdir(parents=True, exist_ok=True)
        (first.served / path).write_bytes(data)
    first.restart()
    ledger = first.connect()
    assert ledger.head().size == 250
    assert served_paths(first.served) == set(tiles.paths(250))
    grow(ledger, "other", 20)
    assert rederive(first.served) == entries_named("before", 250) + entries_named("other", 20)


def test_entries_that_were_only_queued_are_lost_with_the_process(alone: MerkleLogDeployment) -> None:
    ledger = alone.connect()
    grow(ledger, "before", 2)
    alone.pause()
    tickets = [ticket for ticket in ledger.append([b"queued"]) if isinstance(ticket, Ticket)]
    assert ledger.settle(tickets, timeout_s=0.05) == [Pending()]
    alone.kill()
    with pytest.raises(Unavailable):
        ledger.settle(tickets, timeout_s=0.05)
    alone.restart()
    assert alone.connect().head().size == 2
    assert settle(alone.connect(), [b"queued"]) == [2]


def test_a_restart_finds_every_leaf_and_every_older_size_again(alone: MerkleLogDeployment) -> None:
    ledger, verifier = alone.connect(), BACKEND.verifier(alone.pins())
    heads = [grow(ledger, f"step {step}", n) for step, n in enumerate((1, 254, 1, 1, 300))]
    alone.kill()
    alone.restart()
    ledger = alone.connect()
    assert ledger.head() == heads[-1]
    assert settle(ledger, entries_named("step 1", 254)) == list(range(1, 255))
    for older in heads:
        verifier.check_consistency(older, heads[-1], ledger.prove_consistency(older, heads[-1]))
        proof = ledger.prove_inclusion(older.size - 1, older)
        entry = next(ledger.scan(older.size - 1, older.size))
        verifier.check_inclusion(entry, older.size - 1, older, proof)


def test_the_rules_are_built_again_from_the_bundles(deploy: Deploy) -> None:
    source = Opinions()
    deployment = deploy("rules", witnesses=0)
    ledger = deployment.connect()
    assert isinstance(ledger.append([source.new(64)])[0], Refusal)
    for entry in source.preparation:
        settle(ledger, [entry])
    deployment.restart()
    assert settle(deployment.connect(), [source.new(64)]) == [len(source.preparation)]


# Bounds and bad input


def test_a_disk_that_refuses_makes_the_log_unavailable_until_it_no_longer_does(
    alone: MerkleLogDeployment,
) -> None:
    ledger = alone.connect()
    blocker = alone.served / "tile"
    blocker.write_bytes(b"a file where a folder must be")
    tickets = [ticket for ticket in ledger.append([b"entry"]) if isinstance(ticket, Ticket)]
    until(lambda: not ledger.health().ok, "the publisher has met the disk's refusal")
    assert "the disk refuses" in ledger.health().detail
    with pytest.raises(Unavailable, match="nothing was appended"):
        ledger.append([b"more"])
    blocker.unlink()
    until(lambda: ledger.settle(tickets, timeout_s=1.0) == [Settled(0)], "it settles when the disk is well")
    assert ledger.health().ok
    assert settle(ledger, [b"more"]) == [1]


def test_a_full_queue_is_overloaded_and_takes_nothing_of_the_list(alone: MerkleLogDeployment) -> None:
    ledger = alone.connect()
    alone.pause()
    ledger.append(entries_named("waiting", 40_000))
    with pytest.raises(Overloaded, match="at most 50000 may"):
        ledger.append(entries_named("too many", 10_001))
    assert ledger.append(entries_named("still fits", 10_000))
    alone.resume()
    until(lambda: ledger.head().size == 50_000, "what waited is published")
    assert settle(ledger, entries_named("too many", 1)) == [50_000]


def test_a_second_log_over_the_same_folder_is_unavailable(alone: MerkleLogDeployment, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="another process"):
        BACKEND.deploy(Setting(tmp_path / "log", OPERATOR, ORIGIN, "all", {"witnesses": 0}))
    assert alone.connect().health().ok


def test_another_operators_key_does_not_open_the_log(alone: MerkleLogDeployment, tmp_path: Path) -> None:
    alone.stop()
    stranger = SigningKey(sha256(b"stranger").digest())
    with pytest.raises(Unavailable, match="note-signature"):
        BACKEND.deploy(Setting(tmp_path / "log", stranger, ORIGIN, "all", {"witnesses": 0}))


@pytest.mark.parametrize(
    "options",
    [
        {"witnesses": -1},
        {"witnesses": 33},
        {"witnesses": True},
        {"witnesses": 2},
        {"quorum": 0},
        {"quorum": 5},
        {"quorum": 2.5},
        {"batch_age_s": -0.1},
        {"batch_age_s": "soon"},
    ],
)
def test_options_out_of_bounds_are_rejected(deploy: Deploy, options: dict[str, int]) -> None:
    with pytest.raises(Rejected, match=next(iter(options)) if options != {"witnesses": 2} else "quorum"):
        deploy(**options)


def test_the_batch_age_makes_entries_wait_for_company(deploy: Deploy) -> None:
    ledger: Ledger = deploy(witnesses=0, batch_age_s=60.0).connect()
    tickets = [ticket for ticket in ledger.append([b"patient"]) if isinstance(ticket, Ticket)]
    assert ledger.settle(tickets, timeout_s=0.1) == [Pending()]
    ledger.append(entries_named("company", 63))
    assert ledger.settle(tickets, timeout_s=LATE_S) == [Settled(0)]
    assert ledger.head().size == 64
