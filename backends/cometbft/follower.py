"""A light client's view of one node: the newest state that the pinned validators signed, and where entries
are in it.

It asks the node for the leaf hashes that came since, grows its own frontier by them, and believes the result
once a header that carries its app hash is signed by more than two thirds of the pinned power. So one
signature check covers a whole block, and an index is never the node's word alone: it is the place of a leaf
hash under a signed root.

The one thing taken on the node's word is a refusal: a node that lies about one withholds, which it could do
anyway.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from backends.cometbft import queries
from backends.cometbft.attestation import Attestation
from backends.cometbft.light import Commit, Header
from backends.cometbft.rpc import NodeError
from backends.cometbft.verifier import CometHeads, Pins, check_app_hash
from consultation.core import merkle
from consultation.core.errors import Unavailable, VerificationError
from consultation.core.ledger import Head, Refusal, Root, Settled

_REMEMBERED = 200_000
_LOCATE_LEAVES = 500


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A state that the node tells of, not yet signed as far as we know."""

    grown: int
    frontier: merkle.Frontier
    leaves: Sequence[bytes]


class Node(Protocol):
    """What is asked of a node: see `rpc.NodeClient`."""

    @property
    def url(self) -> str: ...

    def query(self, path: str, data: bytes = b"", timeout_s: float | None = None) -> bytes: ...

    def signed_header(self, height: int, timeout_s: float | None = None) -> tuple[Header, Commit] | None: ...


class Follower:
    """Not safe from several threads: the ledger that owns it holds a lock."""

    def __init__(self, node: Node, pins: Pins) -> None:
        self._node = node
        self._pins = pins
        self._verifier = CometHeads(pins)
        self._frontier: merkle.Frontier | None = None
        self._head: Head | None = None
        self._height = 0
        self._ahead: _Ahead | None = None
        self._decided: OrderedDict[bytes, Settled | Refusal] = OrderedDict()
        self._sent: dict[bytes, bytes] = {}
        """The transaction in which an undecided leaf was last sent: only its refusal counts."""
        self._awaited: set[bytes] = set()
        """Leaves that were in no block when asked: their decision will be seen in passing."""

    @property
    def head(self) -> Head | None:
        return self._head

    @property
    def following(self) -> bool:
        """Whether every block from now on will be seen."""
        return self._head is not None or self._ahead is not None

    def advance(self, timeout_s: float) -> bool:
        """Ask once; whether the head grew. Raises Unavailable, VerificationError."""
        if self._ahead is None:
            self._ahead = self._look_ahead(timeout_s)
        ahead = self._ahead
        if ahead is None:
            return False
        signed = self._node.signed_header(ahead.grown + 1, timeout_s)
        if signed is None:
            return False
        attestation = Attestation(*signed, self._pins.validators)
        self._verifier.check_attestation(attestation)
        size, root = ahead.frontier.size, ahead.frontier.root()
        check_app_hash(size, root, attestation)
        for at, leaf in enumerate(ahead.leaves, size - len(ahead.leaves)):
            self._decide(leaf, Settled(at))
        self._head = Head(size, Root(root), attestation.encode())
        self._frontier, self._ahead = ahead.frontier, None
        return True

    def _look_ahead(self, timeout_s: float) -> _Ahead | None:
        try:
            if self._frontier is None:
                standing, frontier = queries.parse_frontier(self._ask("/frontier", b"", timeout_s))
                self._height = standing.height
                leaves: list[bytes] = []
            else:
                frontier, leaves = self._frontier.copy(), []
                standing = self._follow(frontier, leaves, timeout_s)
                if standing.size == self._frontier.size:
                    return None
        except ValueError as error:
            raise Unavailable(f"{self._node.url} gives an answer that cannot be read: {error}") from error
        if (frontier.size, frontier.root()) != (standing.size, standing.root):
            raise VerificationError(
                "growth",
                f"{standing.size} leaf hashes of the node do not lead to its root {standing.root.hex()[:16]}",
            )
        return _Ahead(standing.grown, frontier, leaves)

    def _follow(self, frontier: merkle.Frontier, leaves: list[bytes], timeout_s: float) -> queries.Standing:
        while True:
            asked = queries.pair(frontier.size, self._height)
            followed = queries.Followed.parse(self._ask("/follow", asked, timeout_s))
            standing = followed.standing
            if standing.size < frontier.size:
                raise VerificationError(
                    "growth", f"the node tells of {standing.size} entries, after {frontier.size} were signed"
                )
            self._height = max(self._height, standing.height)
            for late in followed.refusals:
                if self._sent.get(late.leaf) == late.transaction:
                    self._decide(late.leaf, Refusal(late.reason))
            frontier.extend(followed.leaves)
            leaves += followed.leaves
            if frontier.size >= standing.size or not followed.leaves:
                return standing

    def _ask(self, path: str, data: bytes, timeout_s: float) -> bytes:
        try:
            return self._node.query(path, data, timeout_s)
        except NodeError as error:
            raise Unavailable(f"{self._node.url} refuses {path}: {error.data}") from error

    # Decisions

    def _decide(self, leaf: bytes, decision: Settled | Refusal) -> None:
        self._decided[leaf] = decision
        self._sent.pop(leaf, None)
        self._awaited.discard(leaf)
        if len(self._decided) > _REMEMBERED:
            self._decided.popitem(last=False)

    def sending(self, leaves: Iterable[bytes], transaction: bytes) -> None:
        """These are about to be sent in this transaction (its SHA-256). Only once `advance` has been called.

        Noted before the sending, since the block may be followed before its answer is read.
        """
        for leaf in leaves:
            decision = self._decided.get(leaf)
            if isinstance(decision, Settled):
                continue
            if decision is not None:
                del self._decided[leaf]
            self._sent[leaf] = transaction
            self._awaited.add(leaf)

    def may_be_known(self, leaves: Iterable[bytes]) -> None:
        """Some of these were in a block before they were sent: they are to be located."""
        self._awaited.difference_update(leaves)

    def not_sent(self, leaves: Iterable[bytes]) -> None:
        """The check refused these."""
        for leaf in leaves:
            self._sent.pop(leaf, None)
            self._awaited.discard(leaf)

    def decided(self, leaf: bytes) -> Settled | Refusal | None:
        return self._decided.get(leaf)

    def locate(self, leaves: Sequence[bytes], timeout_s: float) -> None:
        """Find the entries among these that were decided before we looked, with proof. Raises as
        `advance`.
        """
        missing = [leaf for leaf in leaves if leaf not in self._decided and leaf not in self._awaited]
        head = self._head
        if head is None:
            return
        for start in range(0, len(missing), _LOCATE_LEAVES):
            some = missing[start : start + _LOCATE_LEAVES]
            asked = head.size.to_bytes(8, "big") + b"".join(some)
            try:
                located = queries.parse_located(self._ask("/locate", asked, timeout_s))
            except ValueError as error:
                raise Unavailable(f"{self._node.url} gives an answer that cannot be read: {error}") from error
            for leaf, found in zip(some, located, strict=False):
                if found is None:
                    self._awaited.add(leaf)
                    continue
                index, path = found
                merkle.check_inclusion(
                    leaf, index, head.size, merkle.decode_path(path, "inclusion"), head.root
                )
                self._decide(leaf, Settled(index))
