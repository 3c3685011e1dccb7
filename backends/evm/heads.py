"""Makes heads: the newest final block, the contract's proven tree in it, the operator's signature on both."""

from dataclasses import dataclass
from itertools import pairwise
from threading import Lock

from eth_utils.crypto import keccak
from nacl.signing import SigningKey

from backends.evm import contract
from backends.evm.attestation import Anchor, Attestation
from backends.evm.chain import Block, StateProof
from backends.evm.follower import Follower
from backends.evm.header import decode_header
from backends.evm.verifier import Pins
from consultation.core import checkpoint as checkpoints
from consultation.core.checkpoint import Checkpoint
from consultation.core.errors import Unavailable
from consultation.core.ledger import Head, Root
from consultation.core.merkle import Frontier

_ATTEMPTS = 40
_PAUSE_S = 0.1
_WORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class _Made:
    block: bytes
    head: Head


class Herald:
    """Signs for one deployment; a head is made once for each block."""

    def __init__(self, follower: Follower, pins: Pins, operator: SigningKey, origin: str) -> None:
        self._follower, self._pins, self._operator, self._origin = follower, pins, operator, origin
        self._lock = Lock()
        self._made: _Made | None = None

    def head(self) -> Head:
        """The head in the newest final block. Raises Unavailable."""
        with self._lock:
            failure = Unavailable("no head was tried")
            for _ in range(_ATTEMPTS):
                block = self._follower.follow()
                if self._made is not None and self._made.block == block.hash:
                    return self._made.head
                try:
                    head = self._attest(block)
                except Unavailable as error:  # the node may have pruned that state by now: a newer block
                    failure = error
                    with self._follower.changed:
                        self._follower.changed.wait(_PAUSE_S)
                    continue
                self._made = _Made(block.hash, head)
                return head
            raise failure

    def _attest(self, block: Block) -> Head:
        chain, pins = self._follower.chain, self._pins
        proof, frontier = self._prove_tree(block)
        after = [chain.block(block.number + step) for step in range(1, pins.confirmations + 1)]
        if any(child.parent != parent.hash for parent, child in pairwise((block, *after))):
            raise Unavailable(
                f"the blocks after {block.number} were reorganised while they were read: ask again"
            )
        headers = tuple(each.header() for each in (block, *after))
        if keccak(proof.account[0]) != decode_header(headers[0]).state_root:
            # A chain just read from its file may answer with a state that its last block does not have.
            raise Unavailable(f"the node's state is not that of block {block.number}: ask again at the next")
        root = frontier.root()
        tip = after[-1] if after else block
        anchor = Anchor(pins.chain_id, pins.genesis, pins.contract, block.number, block.hash, tip.hash)
        signed = checkpoints.sign(
            Checkpoint(self._origin, frontier.size, root, (anchor.line(),)), self._operator
        )
        attestation = Attestation(headers, proof.account, proof.storage, signed.encode())
        return Head(frontier.size, Root(root), attestation.encode())

    def _prove_tree(self, block: Block) -> tuple[StateProof, Frontier]:
        """Size and frontier as the contract has them, which is not always what the events make of them."""
        with self._follower.changed:
            size = self._follower.index.size
        while True:
            slots = contract.frontier_slots(size)
            proof = self._follower.chain.proof([contract.SIZE_SLOT, *slots], block.number)
            found = proof.values[contract.SIZE_SLOT]
            if found == size:
                roots = [proof.values[slot].to_bytes(_WORD_BYTES, "big") for slot in slots]
                return proof, Frontier(size, roots)
            size = found  # the events miss some entries, or have more: ask for the slots that count
