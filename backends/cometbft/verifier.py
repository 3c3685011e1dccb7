"""Checks a head offline: its size and root are what more than two thirds of the pinned validators signed."""

from collections.abc import Mapping
from dataclasses import dataclass

from backends.cometbft.attestation import Attestation, encode_validators, parse_validators
from backends.cometbft.framing import app_hash
from backends.cometbft.light import ValidatorSet, check_commit
from consultation.core.canonical import Json
from consultation.core.errors import VerificationError
from consultation.core.ledger import Head


@dataclass(frozen=True, slots=True)
class Pins:
    """What is known of a chain beforehand."""

    chain_id: str
    validators: ValidatorSet

    def encode(self) -> dict[str, Json]:
        validators = encode_validators(self.validators)
        return {"backend": "cometbft", "chain_id": self.chain_id, "validators": validators}

    @classmethod
    def parse(cls, value: Mapping[str, Json]) -> "Pins":
        """Raises ValueError."""
        if value.get("backend") != "cometbft":
            raise ValueError(f"these pins are for {value.get('backend')!r}, not for 'cometbft'")
        chain_id = value.get("chain_id")
        if not isinstance(chain_id, str):
            raise ValueError("the pins name no chain_id")
        return cls(chain_id, parse_validators(value.get("validators")))


class CometHeads:
    """The links of a head, in the order in which they are checked: attestation, chain, validators, commit,
    app-hash.
    """

    def __init__(self, pins: Pins) -> None:
        self._pins = pins

    def check_head(self, head: Head) -> None:
        attestation = Attestation.parse(head.attestation)
        self.check_attestation(attestation)
        check_app_hash(head.size, head.root, attestation)

    def check_attestation(self, attestation: Attestation) -> None:
        """The header is signed, whatever state it carries."""
        pins = self._pins
        if attestation.header.chain_id == pins.chain_id and attestation.validators != pins.validators:
            raise VerificationError("validators", "the attestation's validators are not the pinned ones")
        check_commit(attestation.header, attestation.commit, pins.chain_id, pins.validators)


def check_app_hash(size: int, root: bytes, attestation: Attestation) -> None:
    """The header carries this state. Raises VerificationError('app-hash')."""
    found = attestation.header.app_hash
    if not 0 <= size < 1 << 64 or app_hash(size, root) != found:
        raise VerificationError(
            "app-hash",
            f"{size} entries with the root {root.hex()[:16]}... are not the state that header "
            f"{attestation.header.height} carries",
        )
