"""A head's attestation in bytes: a header, the votes for it, and the validators that cast them, in
canonical JSON.

One value has one form: anything else is refused, so that no byte of an attestation can be changed unnoticed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from backends.cometbft.light import BlockId, Commit, Header, Signature, Validator, ValidatorSet
from consultation.core import canonical
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError

LINK = "attestation"
_HASHES = (
    "last_commit_hash",
    "data_hash",
    "validators_hash",
    "next_validators_hash",
    "consensus_hash",
    "app_hash",
    "last_results_hash",
    "evidence_hash",
    "proposer_address",
)


@dataclass(frozen=True, slots=True)
class Attestation:
    """The header after the block that made the state, and who signed it."""

    header: Header
    commit: Commit
    validators: ValidatorSet

    def encode(self) -> bytes:
        header, commit = self.header, self.commit
        hashes: dict[str, Json] = {name: getattr(header, name).hex() for name in _HASHES}
        return canonical.encode(
            {
                "commit": {
                    "parts_hash": commit.parts_hash.hex(),
                    "parts_total": commit.parts_total,
                    "round": commit.round,
                    "signatures": [
                        {"signature": found.signature.hex(), "time": found.time, "validator": found.validator}
                        for found in commit.signatures
                    ],
                },
                "header": {
                    "app_version": header.app_version,
                    "block_version": header.block_version,
                    "chain_id": header.chain_id,
                    "height": header.height,
                    "last_block_hash": header.last_block_id.hash.hex(),
                    "last_block_parts_hash": header.last_block_id.parts_hash.hex(),
                    "last_block_parts_total": header.last_block_id.parts_total,
                    "time": header.time,
                    **hashes,
                },
                "validators": encode_validators(self.validators),
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> "Attestation":
        """Raises VerificationError('attestation')."""
        try:
            value = canonical.decode_canonical(data)
            whole = _Object(value, {"commit", "header", "validators"})
            commit = _Object(whole.value("commit"), {"parts_hash", "parts_total", "round", "signatures"})
            found = cls(
                _header(whole.value("header")), _commit(commit), parse_validators(whole.value("validators"))
            )
        except ValueError as error:
            raise VerificationError(LINK, str(error)) from error
        if found.encode() != data:
            raise VerificationError(LINK, "the bytes are not in the one form of their value")
        return found


def encode_validators(validators: ValidatorSet) -> Json:
    return [{"power": found.power, "public_key": found.public_key.hex()} for found in validators.validators]


def parse_validators(value: Json) -> ValidatorSet:
    """Raises ValueError."""
    validators = []
    for item in _list(value):
        fields = _Object(item, {"power", "public_key"})
        public_key = fields.hex("public_key")
        if len(public_key) != 32:
            raise ValueError(f"a public key has 32 bytes, found {len(public_key)}")
        validators.append(Validator(public_key, fields.number("power")))
    if not validators or len({found.public_key for found in validators}) != len(validators):
        raise ValueError("a validator set has at least one validator, and each once")
    return ValidatorSet.of(validators)


def _header(value: Json) -> Header:
    names = {"app_version", "block_version", "chain_id", "height", "time", *_HASHES}
    names |= {"last_block_hash", "last_block_parts_hash", "last_block_parts_total"}
    fields = _Object(value, names)
    last = BlockId(
        fields.hex("last_block_hash"),
        fields.number("last_block_parts_total"),
        fields.hex("last_block_parts_hash"),
    )
    return Header(
        fields.number("block_version"),
        fields.number("app_version"),
        fields.text("chain_id"),
        fields.number("height"),
        fields.text("time"),
        last,
        *(fields.hex(name) for name in _HASHES),
    )


def _commit(fields: "_Object") -> Commit:
    signatures = []
    for item in _list(fields.value("signatures")):
        signed = _Object(item, {"signature", "time", "validator"})
        signatures.append(Signature(signed.number("validator"), signed.text("time"), signed.hex("signature")))
    return Commit(fields.number("round"), fields.number("parts_total"), fields.hex("parts_hash"), signatures)


def _list(value: Json) -> Sequence[Json]:
    if not isinstance(value, list):
        raise ValueError(f"a list was expected, found {type(value).__name__}")
    return value


class _Object:
    """A JSON object with exactly these names, read by type."""

    def __init__(self, value: Json, names: set[str]) -> None:
        if not isinstance(value, Mapping):
            raise ValueError(f"an object was expected, found {type(value).__name__}")
        if set(value) != names:
            raise ValueError(
                f"expected the names {', '.join(sorted(names))}; found {', '.join(sorted(value))[:200]}"
            )
        self._value = value

    def value(self, name: str) -> Json:
        return self._value[name]

    def number(self, name: str) -> int:
        found = self._value[name]
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise ValueError(f"{name} is a number from 0, found {found!r}")
        return found

    def text(self, name: str) -> str:
        found = self._value[name]
        if not isinstance(found, str):
            raise ValueError(f"{name} is a text, found {found!r}")
        return found

    def hex(self, name: str) -> bytes:
        return bytes.fromhex(self.text(name))
