"""The light client against a node that a test holds in its hand, honest and lying."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from backends.cometbft import framing, queries
from backends.cometbft.abci import types_pb2 as abci
from backends.cometbft.application import Application
from backends.cometbft.follower import Follower
from consultation.core import merkle
from consultation.core.errors import Unavailable, VerificationError
from consultation.core.ledger import Refusal, Settled
from tests.backends.cometbft.chain import Chain, HandMadeNode, digest
from tests.conformance.entries import Opinions

CHAIN = Chain.of(["v0", "v1", "v2", "v3"])


def hand_made(folder: Path, admission: str = "all") -> HandMadeNode:
    application = Application(folder / "app", admission)
    node = HandMadeNode(CHAIN, application, queries.Answers(application, folder))
    node.headers[1] = application.committed.app_hash
    return node


def leaf(entry: bytes) -> bytes:
    return merkle.leaf_hash(entry)


def lying(node: HandMadeNode, path: str, lie: Callable[[bytes], bytes]) -> None:
    honest = node.answers

    def answer(request: abci.RequestQuery) -> abci.ResponseQuery:
        said = honest(request)
        return abci.ResponseQuery(value=lie(said.value)) if request.path == path else said

    node.answers = answer


def test_an_entry_settles_only_once_the_next_header_is_signed(tmp_path: Path) -> None:
    node = hand_made(tmp_path)
    follower = Follower(node, CHAIN.pins)
    assert follower.advance(1.0)
    node.signing = False
    node.decide(framing.join([b"a", b"b"]))
    assert not follower.advance(1.0)
    assert follower.decided(leaf(b"a")) is None
    node.signing = True
    assert follower.advance(1.0)
    assert follower.decided(leaf(b"b")) == Settled(1)
    assert follower.head is not None
    assert follower.head.size == 2
    assert not follower.advance(1.0)


def test_what_was_decided_before_the_client_came_is_located_with_proof(tmp_path: Path) -> None:
    node = hand_made(tmp_path)
    node.decide(framing.join([b"%d" % at for at in range(9)]))
    follower = Follower(node, CHAIN.pins)
    follower.advance(1.0)
    follower.locate([leaf(b"7"), leaf(b"never")], 1.0)
    assert follower.decided(leaf(b"7")) == Settled(7)
    assert follower.decided(leaf(b"never")) is None


def test_only_the_refusal_of_the_transaction_that_was_sent_counts(tmp_path: Path) -> None:
    node, source = hand_made(tmp_path, "rules"), Opinions()
    for entry in source.preparation:
        node.decide(framing.join([entry]))
    follower = Follower(node, CHAIN.pins)
    follower.advance(1.0)
    one, two = source.opinion("ab" * 32, b"one"), source.opinion("ab" * 32, b"two")
    mine, others = framing.join([one, two]), framing.join([two])
    node.decide(framing.join([one]))
    follower.sending([leaf(one), leaf(two)], sha256(mine).digest())
    node.decide(others)
    follower.advance(1.0)
    assert follower.decided(leaf(two)) is None
    node.decide(mine)
    follower.advance(1.0)
    refusal = follower.decided(leaf(two))
    assert isinstance(refusal, Refusal)
    assert "stands already" in refusal.reason
    follower.sending([leaf(two)], digest("again"))
    assert follower.decided(leaf(two)) is None


def test_a_node_that_hides_an_entry_or_slips_one_in_is_caught(tmp_path: Path) -> None:
    for at, lie in enumerate((lambda data: data[:-32], lambda data: data + digest("slipped in"))):
        node = hand_made(tmp_path / str(at))
        follower = Follower(node, CHAIN.pins)
        follower.advance(1.0)
        node.decide(framing.join([b"a", b"b"]))

        def altered(data: bytes, lie: Callable[[bytes], bytes] = lie) -> bytes:
            standing, leaves, *refusals = framing.split(data)
            return framing.join([standing, lie(leaves), *refusals])

        lying(node, "/follow", altered)
        with pytest.raises(VerificationError) as caught:
            follower.advance(1.0)
        assert caught.value.link in ("growth", "app-hash")
        assert follower.decided(leaf(b"a")) is None


def test_a_node_that_tells_of_another_tree_is_caught_by_the_signed_header(tmp_path: Path) -> None:
    node = hand_made(tmp_path)
    node.decide(framing.join([b"a"]))
    other = merkle.Frontier()
    other.append(leaf(b"forged"))

    def forged(data: bytes) -> bytes:
        standing = queries.Standing.parse(framing.split(data)[0])
        return framing.join([replace(standing, root=other.root()).encode(), *other.roots])

    lying(node, "/frontier", forged)
    with pytest.raises(VerificationError, match="app-hash"):
        Follower(node, CHAIN.pins).advance(1.0)


def test_a_node_that_forgets_is_caught(tmp_path: Path) -> None:
    node = hand_made(tmp_path)
    node.decide(framing.join([b"a", b"b"]))
    follower = Follower(node, CHAIN.pins)
    follower.advance(1.0)
    shrunk = queries.Followed(queries.Standing(1, 1, 1, leaf(b"a")), [], [])
    lying(node, "/follow", lambda _: shrunk.encode())
    with pytest.raises(VerificationError, match="growth"):
        follower.advance(1.0)


def test_a_node_that_gives_a_wrong_place_is_caught_by_the_proof(tmp_path: Path) -> None:
    node = hand_made(tmp_path)
    node.decide(framing.join([b"%d" % at for at in range(9)]))
    follower = Follower(node, CHAIN.pins)
    follower.advance(1.0)

    def moved(data: bytes) -> bytes:
        return framing.join([(3).to_bytes(8, "big") + part[8:] for part in framing.split(data)])

    lying(node, "/locate", moved)
    with pytest.raises(VerificationError, match="inclusion"):
        follower.locate([leaf(b"7")], 1.0)


@pytest.mark.parametrize("path", ["/frontier", "/follow", "/locate"])
def test_an_answer_that_cannot_be_read_is_unavailable(tmp_path: Path, path: str) -> None:
    node = hand_made(tmp_path)
    follower = Follower(node, CHAIN.pins)
    if path != "/frontier":
        follower.advance(1.0)
    lying(node, path, lambda _: b"\x00\x00\x00\x05abc")

    def ask() -> None:
        follower.advance(1.0)
        follower.locate([leaf(b"x")], 1.0)

    with pytest.raises(Unavailable, match="cannot be read"):
        ask()
