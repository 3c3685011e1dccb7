"""The keys of a run: drawn once, kept in one file that only its owner can read.

They are throw-away keys of a pilot. A real unit's keys live in hardware and never in a run directory.
Participants' keys are not among them: the service draws one for each and keeps it in its vault.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from nacl.signing import SigningKey

from consultation.core.certificate import Issuer
from consultation.service.ports import Chance, Keys
from pilot.errors import InputError

_NAMES = ("operator", "service", "unit")


@dataclass(frozen=True, slots=True)
class RunKeys:
    """All secrets of one run."""

    operator: SigningKey
    service: SigningKey
    unit: SigningKey

    def of_service(self, issuer: Issuer) -> Keys:
        return Keys(self.service, self.unit, issuer)


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
        operator, service, unit = (SigningKey(bytes.fromhex(seeds[name])) for name in _NAMES)
        return RunKeys(operator, service, unit)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path}: not the keys of a run: {error}") from error
