"""A chain made by hand: four keys that sign whatever a test asks them to, and blocks without a node."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from nacl.signing import SigningKey

from backends.cometbft import framing
from backends.cometbft.abci import types_pb2 as abci
from backends.cometbft.application import Application, Query
from backends.cometbft.attestation import Attestation
from backends.cometbft.light import BlockId, Commit, Header, Signature, Validator, ValidatorSet, vote_bytes
from backends.cometbft.rpc import NodeError
from backends.cometbft.verifier import Pins
from consultation.core.ledger import Head, Root

TIME = "2026-03-01T08:00:00.5Z"


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def key(name: str) -> SigningKey:
    return SigningKey(digest(name))


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain's name and its validators' keys, in the order of the set."""

    chain_id: str
    keys: Sequence[SigningKey]

    @classmethod
    def of(cls, names: Sequence[str], chain_id: str = "test-chain") -> "Chain":
        keys = [key(name) for name in names]
        validators = ValidatorSet.of([Validator(bytes(found.verify_key), 10) for found in keys]).validators
        by_public = {bytes(found.verify_key): found for found in keys}
        return cls(chain_id, [by_public[validator.public_key] for validator in validators])

    @property
    def pins(self) -> Pins:
        return Pins(self.chain_id, ValidatorSet.of([Validator(bytes(k.verify_key), 10) for k in self.keys]))

    def header(self, height: int, app_hash: bytes) -> Header:
        validators = self.pins.validators.hash()
        return Header(
            11, 0, self.chain_id, height, TIME, BlockId(digest("last"), 1, digest("last parts")),
            digest("commit"), digest("data"), validators, validators, digest("consensus"), app_hash,
            digest("results"), digest("evidence"), digest("proposer")[:20],
        )  # fmt: skip

    def votes(self, header: Header, signers: Sequence[int], block_hash: bytes | None = None) -> Commit:
        """Votes by these validators, for the header unless another block hash is given."""
        unsigned = Commit(0, 1, digest("parts"), ())
        message = vote_bytes(header, header.hash() if block_hash is None else block_hash, unsigned, TIME)
        signatures = [Signature(at, TIME, self.keys[at].sign(message).signature) for at in signers]
        return replace(unsigned, signatures=tuple(signatures))

    def head(self, size: int, root: bytes, height: int = 7, signers: Sequence[int] = (0, 1, 2)) -> Head:
        header = self.header(height, framing.app_hash(size, root))
        attestation = Attestation(header, self.votes(header, signers), self.pins.validators)
        return Head(size, Root(root), attestation.encode())


def block(height: int, transactions: Sequence[bytes]) -> abci.RequestFinalizeBlock:
    """The block that all validators decide at this height: its hash is a function of what is in it."""
    hashed = digest(f"{height} {[tx.hex() for tx in transactions]}")
    return abci.RequestFinalizeBlock(height=height, hash=hashed, txs=transactions)


@dataclass(slots=True)
class HandMadeNode:
    """A real application without a network: blocks when a test says so, headers that the keys sign."""

    chain: Chain
    application: Application
    answers: Query
    url: str = "hand-made"
    signing: bool = True
    headers: dict[int, bytes] = field(default_factory=dict)

    def decide(self, *transactions: bytes) -> abci.ResponseFinalizeBlock:
        height = self.application.committed.height + 1
        answer = self.application.finalize_block(block(height, transactions))
        self.application.commit()
        self.headers[height + 1] = self.application.committed.app_hash
        return answer

    def query(self, path: str, data: bytes = b"", timeout_s: float | None = None) -> bytes:
        answer = self.answers(abci.RequestQuery(path=path, data=data))
        if answer.code:
            raise NodeError(answer.log)
        return answer.value

    def signed_header(self, height: int, timeout_s: float | None = None) -> tuple[Header, Commit] | None:
        if height not in self.headers or not self.signing:
            return None
        header = self.chain.header(height, self.headers[height])
        return header, self.chain.votes(header, (0, 2, 3))
