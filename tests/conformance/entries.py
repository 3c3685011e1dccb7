"""Entries that a ledger must take: any bytes, or a real consultation's signed records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from typing import Protocol

from nacl.signing import SigningKey

from consultation.core import records
from consultation.core.events import Approved, Closed, Drafted, Event, Opened, OpinionGiven


class Source(Protocol):
    """Gives entries that are new to the ledger, each admissible in any order after the preparation."""

    @property
    def free(self) -> bool:
        """Whether the ledger under test takes any bytes at all."""
        ...

    @property
    def preparation(self) -> Sequence[bytes]:
        """To be settled one after the other before the first new entry."""
        ...

    def new(self, size_bytes: int) -> bytes:
        """An entry never given before; of about this size where the source may choose."""
        ...


@dataclass(slots=True)
class AnyBytes:
    """For a ledger that admits everything: numbered, with every byte value in the filling."""

    free: bool = True
    preparation: Sequence[bytes] = ()
    _numbers: "count[int]" = field(default_factory=count)

    def new(self, size_bytes: int) -> bytes:
        name = f"entry {next(self._numbers)} ".encode()
        filling = bytes(range(256)) * (size_bytes // 256 + 1)
        return (name + filling)[: max(size_bytes, len(name))]


class Opinions:
    """For a ledger under the rules: opinions in one open consultation, which nobody closes by the way."""

    free = False

    def __init__(self, name: str = "conformance") -> None:
        self.name = name
        self.unit = SigningKey(sha256(f"unit of {name}".encode()).digest())
        self.service = SigningKey(sha256(f"service of {name}".encode()).digest())
        opened = Opened((bytes(self.service.verify_key).hex(),))
        self.preparation: Sequence[bytes] = (
            self.unit_event(Drafted(sha256(b"draft").hexdigest())),
            self.unit_event(Approved(sha256(b"draft").hexdigest())),
            self.unit_event(opened),
        )
        self._numbers = count()

    def unit_event(self, event: Event) -> bytes:
        return records.sign(self.name, "2026-11-23T10Z", event, self.unit)

    def opinion(self, pseudonym: str, text: bytes = b"a text") -> bytes:
        event = OpinionGiven(pseudonym, "", sha256(text + pseudonym.encode()).hexdigest())
        return records.sign(self.name, "2026-11-23T10Z", event, self.service)

    def new(self, size_bytes: int) -> bytes:
        del size_bytes  # a record is as long as it is
        return self.opinion(sha256(f"person {next(self._numbers)}".encode()).hexdigest())

    def close(self, received: int) -> bytes:
        """The unit's close, right when `received` opinions stand, none of them twice."""
        return self.unit_event(Closed(received, received))
