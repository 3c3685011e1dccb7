"""The mirror: what it copies and refuses, alone; and as a real process that a log depends on."""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.merkle_log import BACKEND
from backends.merkle_log import policy as policies
from backends.merkle_log.deployment import MerkleLogDeployment
from backends.merkle_log.mirror import Mirror
from backends.merkle_log.mirror_wire import Part
from backends.ports import Edit, Level, Rewrite
from consultation.core import note
from consultation.core.canonical import Json
from consultation.core.checkpoint import Checkpoint, sign
from consultation.core.errors import Rejected, VerificationError
from consultation.core.ledger import Head, Pending, Ticket
from consultation.core.merkle import Tree, leaf_hash
from consultation.core.note import KeyType, Note, NoteKey
from tests.backends.appender import settle
from tests.backends.merkle_log.conftest import OPERATOR, ORIGIN, Deploy, entries_named, grow
from tests.backends.merkle_log.test_publishing import rederive, until
from tests.backends.merkle_log.witnesses import OPERATOR_KEY

KEY = SigningKey(sha256(b"mirror").digest())
PUBLIC = NoteKey("mirror.example", KeyType.COSIGNATURE_V1, bytes(KEY.verify_key))
ENTRIES = entries_named("entry", 700)
TREE = Tree(map(leaf_hash, ENTRIES))


def checkpoint(size: int, tree: Tree = TREE) -> Note:
    return sign(Checkpoint(ORIGIN, size, tree.root(size)), OPERATOR)


@pytest.fixture
def mirror(tmp_path: Path) -> Iterator[Mirror]:
    made = opened(tmp_path)
    yield made
    made.close()


def opened(folder: Path) -> Mirror:
    return Mirror(folder, OPERATOR_KEY, "mirror.example", KEY, lambda: 1_700_000_000.5)


def add(mirror: Mirror, start: int, stop: int, size: int, entries: Sequence[bytes] = ENTRIES) -> int:
    """Offer entries `start` <= index < `stop` under the checkpoint of `size`; the answer's status."""
    proof = TREE.prove_consistency(stop, size)
    return mirror.add(start, checkpoint(size).encode(), proof, entries[start:stop]).status


def test_it_cosigns_what_it_has_copied_and_keeps_it(mirror: Mirror, tmp_path: Path) -> None:
    answer = mirror.add(0, checkpoint(300).encode(), [], ENTRIES[:300])
    assert answer.status == 200
    [line] = note.parse_signatures(answer.body.decode())
    cosigned = Note(checkpoint(300).text, (line,))
    assert note.verified(cosigned, [PUBLIC]) == {PUBLIC}
    assert rederive(tmp_path / "log") == ENTRIES[:300]
    assert PUBLIC in note.verified(note.parse((tmp_path / "log/checkpoint").read_bytes()), [PUBLIC])


def test_parts_are_held_against_the_checkpoint_and_the_last_is_cosigned(
    mirror: Mirror, tmp_path: Path
) -> None:
    assert [add(mirror, 0, 100, 700), add(mirror, 100, 512, 700), add(mirror, 512, 512, 700)] == [202] * 3
    assert not (tmp_path / "log/checkpoint").exists()
    assert add(mirror, 512, 700, 700) == 200
    assert rederive(tmp_path / "log") == ENTRIES


def test_a_part_that_leads_to_another_root_leaves_nothing(mirror: Mirror, tmp_path: Path) -> None:
    assert add(mirror, 0, 300, 300) == 200
    edited = [*ENTRIES[:350], b"edited", *ENTRIES[351:]]
    assert [add(mirror, 300, 400, 700, edited), add(mirror, 300, 700, 700, edited)] == [422, 422]
    assert mirror.size == 300
    assert rederive(tmp_path / "log") == ENTRIES[:300]
    assert add(mirror, 300, 700, 700) == 200


def test_a_part_elsewhere_and_a_tree_set_back_are_told_the_size(mirror: Mirror) -> None:
    assert add(mirror, 0, 300, 300) == 200
    for start, stop, size in ((0, 300, 300), (301, 400, 400), (0, 0, 700)):
        assert add(mirror, start, stop, size) == 409
    answer = mirror.add(300, checkpoint(200).encode(), [], [])
    assert (answer.status, answer.body) == (409, b"300\n")
    assert add(mirror, 300, 300, 300) == 200, "the same size again is cosigned again"


def test_what_the_operator_has_not_signed_is_refused(mirror: Mirror) -> None:
    stranger = sign(Checkpoint(ORIGIN, 300, TREE.root(300)), KEY)
    assert mirror.add(0, stranger.encode(), [], ENTRIES[:300]).status == 403
    assert mirror.size == 0


def test_what_was_not_cosigned_is_dropped_at_the_next_start(mirror: Mirror, tmp_path: Path) -> None:
    assert [add(mirror, 0, 300, 300), add(mirror, 300, 600, 700)] == [200, 202]
    mirror.close()
    again = opened(tmp_path)
    assert again.size == 300
    assert add(again, 300, 700, 700) == 200
    again.close()
    assert rederive(tmp_path / "log") == ENTRIES


def test_a_disk_that_refuses_leaves_the_mirror_where_it_was(mirror: Mirror, tmp_path: Path) -> None:
    in_the_way = tmp_path / "log/tile"
    in_the_way.write_text("")
    with pytest.raises(OSError, match="tile"):
        add(mirror, 0, 300, 300)
    in_the_way.unlink()
    assert add(mirror, 0, 300, 300) == 200
    assert rederive(tmp_path / "log") == ENTRIES[:300]


def test_a_part_is_read_back() -> None:
    part = Part(7, checkpoint(9).encode(), TREE.prove_consistency(8, 9), [b"", b"\n\n", bytes(65_535)])
    assert Part.parse(part.encode()) == part


@pytest.mark.parametrize(
    "bad", [b"", b"start 1\n\n", b"start x\ncheckpoint 0\n\n", b"start 0\ncheckpoint 0\n!\n\n", b"\xff\n\n"]
)
def test_a_bad_part_is_refused(bad: bytes) -> None:
    with pytest.raises(ValueError, match=r"needed|unpack|ase64|ascii"):
        Part.parse(bad)


@pytest.mark.parametrize("pinned", [7, "nonsense", OPERATOR_KEY.vkey, None])
def test_a_mirror_is_pinned_by_a_cosignature_key(pinned: str | int | None) -> None:
    pins: dict[str, Json] = {"backend": "merkle-log", "vkey": OPERATOR_KEY.vkey, "witnesses": [], "quorum": 0}
    with pytest.raises(ValueError, match=r"verifier key|mirror"):
        BACKEND.verifier({**pins, "mirror": pinned})


def test_an_option_that_is_no_truth_is_refused(deploy: Deploy) -> None:
    with pytest.raises(Rejected, match="mirror is true or false, found 1"):
        deploy(witnesses=0, mirror=1)


@pytest.fixture
def mirrored(deploy: Deploy) -> MerkleLogDeployment:
    """A log with a mirror and without witnesses."""
    return deploy(witnesses=0, mirror=True)


@pytest.mark.node
def test_what_settles_is_on_two_failure_domains(mirrored: MerkleLogDeployment) -> None:
    assert mirrored.mirror is not None
    ledger, verifier = mirrored.connect(), BACKEND.verifier(mirrored.pins())
    before = mirrored.use()
    for n in (1, 300, 5):
        verifier.check_head(grow(ledger, f"{n} of", n))
        assert rederive(mirrored.mirror.served) == list(ledger.scan(0, ledger.head().size))
    assert mirrored.assurance()[Level.TWO_DOMAINS].moment == "final"
    assert (ledger.traits.voucher, ledger.traits.parties) == ("a mirror", 2)
    assert "witness mirror" in (mirrored.served / "policy").read_text()
    use = mirrored.use()
    assert set(use.groups) == {"log", "witness", "mirror"}
    assert use.groups["mirror"].written_bytes > 0
    assert use.written_bytes == sum(group.written_bytes for group in use.groups.values())
    assert use.network_bytes is not None
    assert before.network_bytes is not None
    assert use.network_bytes - before.network_bytes > 306 * len(b"1 of 0")


@pytest.mark.node
def test_a_head_without_the_mirrors_cosignature_is_refused(mirrored: MerkleLogDeployment) -> None:
    head = grow(mirrored.connect(), "entry", 3)
    whole = note.parse(head.attestation)
    assert len(whole.signatures) == 2
    bare = Note(whole.text, whole.signatures[:1])
    with pytest.raises(VerificationError, match="no cosignature by the pinned mirror") as raised:
        BACKEND.verifier(mirrored.pins()).check_head(Head(head.size, head.root, bare.encode()))
    assert raised.value.link == "mirror"
    without = {name: pin for name, pin in mirrored.pins().items() if name != "mirror"}
    BACKEND.verifier(without).check_head(head)


@pytest.mark.node
def test_without_its_mirror_the_log_halts_and_goes_on_when_it_returns(mirrored: MerkleLogDeployment) -> None:
    assert mirrored.mirror is not None
    ledger = mirrored.connect()
    grow(ledger, "before", 300)
    mirrored.mirror.kill()
    tickets = [ticket for ticket in ledger.append(entries_named("after", 5)) if isinstance(ticket, Ticket)]
    until(lambda: not ledger.health().ok, "health says that the mirror does not answer")
    assert ledger.settle(tickets, timeout_s=0.0) == [Pending()] * 5
    mirrored.mirror.start()
    assert settle(ledger, entries_named("after", 5)) == [300, 301, 302, 303, 304]
    assert rederive(mirrored.mirror.served)[300:] == entries_named("after", 5)
    until(lambda: ledger.health().ok, "health says that it answers")


@pytest.mark.node
def test_a_mirror_that_comes_late_is_sent_everything_in_parts(deploy: Deploy) -> None:
    first = deploy(witnesses=0)
    grow(first.connect(), "early", 45_000)
    late = deploy(witnesses=0, mirror=True)
    assert late.mirror is not None
    head = grow(late.connect(), "late", 3)
    BACKEND.verifier(late.pins()).check_head(head)
    assert rederive(late.mirror.served) == entries_named("early", 45_000) + entries_named("late", 3)


@pytest.mark.node
def test_the_mirror_holds_the_entry_that_was_edited_and_refuses_a_rewritten_history(
    mirrored: MerkleLogDeployment,
) -> None:
    assert mirrored.mirror is not None
    grow(mirrored.connect(), "entry", 300)
    edited = mirrored.tamper(Edit(7, b"edited"))
    assert edited.parties_object
    assert "still serves" in edited.seen_by_parties
    rewritten = mirrored.tamper(Rewrite(entries_named("rewritten", 301)))
    assert rewritten.parties_object
    assert "mirror.example refused (HTTP 422)" in rewritten.seen_by_parties
    assert rederive(mirrored.mirror.served) == entries_named("entry", 300)


def test_the_policy_file_asks_for_quorum_and_mirror() -> None:
    policy = policies.from_pins(
        {"backend": "merkle-log", "vkey": OPERATOR_KEY.vkey, "witnesses": [PUBLIC.vkey], "quorum": 1}
    )
    lines = policies.to_file(policy, PUBLIC).splitlines()
    assert lines[-2:] == ["group both all witnesses mirror", "quorum both"]
    assert policies.to_file(policy).splitlines()[-1] == "quorum witnesses"
