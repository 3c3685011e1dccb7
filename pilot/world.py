"""Real time and real chance, for what the core and the service have injected."""

import secrets
import time
from datetime import UTC, datetime


class SystemClock:
    """This machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()


class SystemChance:
    """The operating system's random source."""

    def draw(self, size: int) -> bytes:
        return secrets.token_bytes(size)
