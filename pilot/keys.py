"""The keys of a run: drawn once, kept in one file that only its owner can read.

They are throw-away keys of a pilot. A real unit's keys live in hardware and never in a run directory.
Participants' keys are not among them: the service draws one for each and keeps it in its vault.
"""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    derive_private_key,
)
from nacl.signing import SigningKey

from consultation.core.issuer import Issuer
from consultation.core.multikey import P256_ORDER, P256Method, Suite
from consultation.pdf.unit_certificate import self_signed_unit_certificate
from consultation.service.ports import Chance, Keys
from pilot.errors import InputError

_NAMES = ("operator", "service", "unit", "paper")
_VALID = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RunKeys:
    """All secrets of one run."""

    operator: SigningKey
    service: SigningKey
    unit: SigningKey
    paper: bytes
    """Seed of the unit's P-256 key, which signs PDFs and, in that profile, credentials."""

    def of_service(self, issuer: Issuer, suite: Suite = Suite.EDDSA) -> Keys:
        signer = P256Method(issuer.p256_method, self.p256()) if suite is Suite.ECDSA else None
        return Keys(self.service, self.unit, issuer, signer)

    def p256(self) -> EllipticCurvePrivateKey:
        return derive_private_key(int.from_bytes(self.paper, "big") % (P256_ORDER - 1) + 1, SECP256R1())

    def certificate(self, name: str) -> x509.Certificate:
        """Of the unit's P-256 key, for the unit called `name`; nobody else vouches for it."""
        serial = (int.from_bytes(self.paper[:8], "big") >> 1) + 1
        return self_signed_unit_certificate(self.p256(), name, *_VALID, serial)


def make(path: Path, chance: Chance) -> RunKeys:
    """Draw keys and keep them; an existing file is kept and read."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        seeds = {name: chance.draw(32).hex() for name in _NAMES}
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(seeds, file, indent=1)
    return read(path)


def read(path: Path) -> RunKeys:
    """Raises InputError."""
    try:
        seeds = json.loads(path.read_text())
        operator, service, unit, paper = (bytes.fromhex(seeds[name]) for name in _NAMES)
        return RunKeys(SigningKey(operator), SigningKey(service), SigningKey(unit), paper)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the keys of a run: {error}") from error
