"""A CometBFT header and the votes for it: hashes and signatures as the protocol defines them, without I/O.

A block's hash is the RFC 6962 root over its header's fields, each in protobuf; a vote signs the canonical
form of a precommit for that hash. Only what these two need of protobuf is here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from consultation.core import merkle
from consultation.core.errors import VerificationError

_PRECOMMIT = 2
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{0,8}[1-9]))?Z")


# Protobuf, as far as needed: zero values are left out, as in proto3


def _uvarint(number: int) -> bytes:
    written = bytearray()
    while number > 0x7F:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def _varint(field: int, number: int) -> bytes:
    return bytes([field << 3]) + _uvarint(number) if number else b""


def _sfixed64(field: int, number: int) -> bytes:
    return bytes([field << 3 | 1]) + number.to_bytes(8, "little") if number else b""


def _bytes(field: int, data: bytes) -> bytes:
    return _message(field, data) if data else b""


def _message(field: int, data: bytes) -> bytes:
    """Written even when empty, as Go's non-nullable messages are."""
    return bytes([field << 3 | 2]) + _uvarint(len(data)) + data


def _time(text: str) -> bytes:
    """A Timestamp of RFC 3339 text as Go writes it: UTC, no trailing zeros. Raises VerificationError."""
    match = _TIME.fullmatch(text)
    try:
        whole = datetime.fromisoformat(match[1]).replace(tzinfo=UTC) if match else None
    except ValueError:
        whole = None
    if match is None or whole is None or whole.year < 1970:
        raise VerificationError("attestation", f"not a time in UTC with at most nine digits: {text[:40]!r}")
    return _varint(1, int(whole.timestamp())) + _varint(2, int((match[2] or "").ljust(9, "0")))


# Values


@dataclass(frozen=True, slots=True)
class BlockId:
    """A block by its hash, and the parts in which it was sent."""

    hash: bytes
    parts_total: int
    parts_hash: bytes

    def encode(self) -> bytes:
        return _bytes(1, self.hash) + _message(2, _varint(1, self.parts_total) + _bytes(2, self.parts_hash))


@dataclass(frozen=True, slots=True)
class Header:
    """A block's header; the order of the fields is that of the hash."""

    block_version: int
    app_version: int
    chain_id: str
    height: int
    time: str
    last_block_id: BlockId
    last_commit_hash: bytes
    data_hash: bytes
    validators_hash: bytes
    next_validators_hash: bytes
    consensus_hash: bytes
    app_hash: bytes
    last_results_hash: bytes
    evidence_hash: bytes
    proposer_address: bytes

    def hash(self) -> bytes:
        """The block's hash."""
        hashes = [getattr(self, field.name) for field in fields(self)[6:]]
        leaves = [
            _varint(1, self.block_version) + _varint(2, self.app_version),
            _bytes(1, self.chain_id.encode()),
            _varint(1, self.height),
            _time(self.time),
            self.last_block_id.encode(),
            *(_bytes(1, value) for value in hashes),
        ]
        return merkle.root_of(map(merkle.leaf_hash, leaves))


@dataclass(frozen=True, slots=True)
class Signature:
    """One validator's precommit for the block; `validator` is its place in the set."""

    validator: int
    time: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Commit:
    """The votes for a block, those for nil and the missing ones left out."""

    round: int
    parts_total: int
    parts_hash: bytes
    signatures: Sequence[Signature]


@dataclass(frozen=True, slots=True)
class Validator:
    public_key: bytes
    power: int

    @property
    def address(self) -> bytes:
        return sha256(self.public_key).digest()[:20]


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """Validators in the protocol's order: by power, the largest first, then by address."""

    validators: tuple[Validator, ...]

    @classmethod
    def of(cls, validators: Sequence[Validator]) -> "ValidatorSet":
        return cls(tuple(sorted(validators, key=lambda found: (-found.power, found.address))))

    @property
    def power(self) -> int:
        return sum(validator.power for validator in self.validators)

    def hash(self) -> bytes:
        """What a header calls `validators_hash`."""
        leaves = [
            _message(1, _bytes(1, found.public_key)) + _varint(2, found.power) for found in self.validators
        ]
        return merkle.root_of(map(merkle.leaf_hash, leaves))


def quorum(validators: int) -> int:
    """The fewest of so many equal validators that are more than two thirds."""
    return validators * 2 // 3 + 1


def vote_bytes(header: Header, block_hash: bytes, commit: Commit, time: str) -> bytes:
    """What a validator signs: CanonicalVote behind its length."""
    block = BlockId(block_hash, commit.parts_total, commit.parts_hash)
    vote = (
        _varint(1, _PRECOMMIT)
        + _sfixed64(2, header.height)
        + _sfixed64(3, commit.round)
        + _message(4, block.encode())
        + _message(5, _time(time))
        + _bytes(6, header.chain_id.encode())
    )
    return _uvarint(len(vote)) + vote


def check_commit(header: Header, commit: Commit, chain_id: str, pinned: ValidatorSet) -> None:
    """More than two thirds of the pinned power signed this header.

    Every signature that is there must hold, so that no byte of it is free. Raises VerificationError with the
    link 'chain', 'validators' or 'commit'.
    """
    if header.chain_id != chain_id:
        raise VerificationError(
            "chain", f"the header is of chain {header.chain_id!r}, pinned is {chain_id!r}"
        )
    if header.validators_hash != pinned.hash():
        raise VerificationError(
            "validators",
            f"the header names the validator set {header.validators_hash.hex()[:16]}..., "
            f"pinned is {pinned.hash().hex()[:16]}...",
        )
    block_hash, power, last = header.hash(), 0, -1
    for signed in commit.signatures:
        if not last < signed.validator < len(pinned.validators):
            raise VerificationError(
                "commit", f"validator {signed.validator} signs twice, out of order, or is not there"
            )
        last = signed.validator
        validator = pinned.validators[last]
        message = vote_bytes(header, block_hash, commit, signed.time)
        try:
            VerifyKey(validator.public_key).verify(message, signed.signature)
        except (BadSignatureError, ValueError) as error:
            raise VerificationError(
                "commit", f"the signature of validator {last} is not for block {block_hash.hex()[:16]}..."
            ) from error
        power += validator.power
    if power * 3 <= pinned.power * 2:
        raise VerificationError(
            "commit", f"power {power} of {pinned.power} signed; more than two thirds is needed"
        )
