"""Entries for a bench, made before the window so that nothing is signed or hashed while the clock runs.

Under `all` they are bytes of a given size, each unlike every other; under `rules` real signed records:
opinions in one open consultation, whose opening events come first. A ledger is measured with the same kind
as every other.
"""

from collections.abc import Sequence
from hashlib import sha256, shake_128
from itertools import count

from nacl.signing import SigningKey

from consultation.core import records
from consultation.core.events import Approved, Drafted, Event, Opened, OpinionGiven

_WINDOW = "2026-11-23T10Z"


class Source:
    """Gives entries that no ledger has seen, under either admission; `name` sets two sources apart."""

    def __init__(self, name: str, admission: str, entry_bytes: int) -> None:
        self.name, self.admission, self._entry_bytes = name, admission, entry_bytes
        self._unit = SigningKey(sha256(f"unit of {name}".encode()).digest())
        self._service = SigningKey(sha256(f"service of {name}".encode()).digest())
        self._numbers = count()

    @property
    def preparation(self) -> Sequence[bytes]:
        """To be settled one after the other before the first entry."""
        if self.admission == "all":
            return ()
        draft = sha256(self.name.encode()).hexdigest()
        opened = Opened((bytes(self._service.verify_key).hex(),))
        return [self._signed(event, self._unit) for event in (Drafted(draft), Approved(draft), opened)]

    def take(self, n: int) -> list[bytes]:
        """The next `n`."""
        make = self._bytes if self.admission == "all" else self._opinion
        return [make(next(self._numbers)) for _ in range(n)]

    def _bytes(self, number: int) -> bytes:
        # Filling that neither compresses nor repeats, so that no storage gets it for less.
        return shake_128(f"{self.name}/{number}".encode()).digest(self._entry_bytes)

    def _opinion(self, number: int) -> bytes:
        pseudonym = sha256(f"{self.name}/{number}".encode()).hexdigest()
        commitment = sha256(pseudonym.encode()).hexdigest()
        return self._signed(OpinionGiven(pseudonym, "", commitment), self._service)

    def _signed(self, event: Event, key: SigningKey) -> bytes:
        return records.sign(self.name, _WINDOW, event, key)
