"""What the service is given: time, chance, and keys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from nacl.signing import SigningKey

from consultation.core.issuer import Issuer
from consultation.core.multikey import Ed25519Method, SigningMethod


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """Wall-clock time, in UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds on a clock that all processes of this machine share and that never goes back."""
        ...


class Chance(Protocol):
    """Chance, injected; seeded only in tests."""

    def draw(self, size: int) -> bytes:
        """That many unpredictable bytes."""
        ...


@dataclass(frozen=True, slots=True)
class Keys:
    """The service's secrets, and the unit that it works for."""

    service: SigningKey
    unit: SigningKey
    issuer: Issuer
    signer: SigningMethod | None = None
    """What signs credentials, where it is not the unit's own key: the P-256 profile."""

    @property
    def method(self) -> SigningMethod:
        return self.signer or Ed25519Method(self.issuer.method, self.unit)


@dataclass(frozen=True, slots=True)
class Settings:
    """How the service works; durations in seconds."""

    promise_s: int = 3600
    """Receipts promise an entry on the ledger within this delay."""
    batch_size: int = 1000
    """Entries handed to the ledger in one call, at most."""
    batch_age_s: float = 0.05
    """How long the batcher lets entries gather before it hands them over."""
    max_in_flight: int = 5000
    """Entries handed over and not yet settled, at most."""
    resend_s: float = 15.0
    """An entry handed over and undecided for so long is handed over again, the same bytes: law 1."""
    max_queued: int = 5000
    """Requests that wait for a commit, at most; past it the answer is 503."""
    max_group: int = 200
    """Requests that share one commit, at most."""
    close_s: float = 5.0
    """How long the end waits for a call to the ledger; what it was about stays in the outbox."""
    event_timeout_s: float = 60.0
    """How long opening, closing, publishing wait for the ledger."""
