"""A service over a real ledger with injected time and chance, and faults of ledger and store at will."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from threading import Event

from nacl.signing import SigningKey
from sqlalchemy import Engine, event, text

from backends import registry
from backends.ports import LedgerDeployment, Setting
from consultation.core import merkle, records
from consultation.core.certificate import Issuer
from consultation.core.drafts import Draft, Opinion, Provision, Stance
from consultation.core.events import Kind
from consultation.core.ledger import (
    Head,
    Health,
    Ledger,
    Pending,
    Proof,
    Refusal,
    Settled,
    Ticket,
    Traits,
    Usage,
)
from consultation.service.database import Disposal
from consultation.service.desk import Answer, Submission, Withdrawal
from consultation.service.ports import Keys, Settings
from consultation.service.service import Service
from consultation.service.store import Store
from consultation.service.vault import Vault, beside

NAME = "quyet-dinh-ve-cho"
DRAFT = Draft(
    "Quyết định về quản lý chợ",
    "Ủy ban nhân dân",
    tuple(Provision(name, name, f"Nội dung {name}.") for name in ("dieu-1", "dieu-2", "dieu-3")),
)
KEYS = Keys(SigningKey(b"s" * 32), SigningKey(b"u" * 32), Issuer("did:web:so.example", "Sở Tư pháp"))
WAIT_S = 20.0


class Hours:
    """A clock whose wall time stands still until it is moved."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 23, 10, 30, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return time.monotonic()

    def pass_an_hour(self) -> None:
        self.time += timedelta(hours=1)


class Dice:
    """Seeded chance."""

    def __init__(self, seed: int = 1) -> None:
        self._random = Random(seed)

    def draw(self, size: int) -> bytes:
        return self._random.randbytes(size)


@dataclass(frozen=True, slots=True)
class Fault:
    """What one call does wrong: it raises; `persisted`: after it has done its work all the same."""

    error: Exception
    persisted: bool = False


@dataclass(slots=True)
class Faulty:
    """The ledger port as a simulator of faults over a real ledger."""

    ledger: Ledger
    appends: deque[Fault | None] = field(default_factory=deque)
    settles: deque[Fault | None] = field(default_factory=deque)
    heads: deque[Fault | None] = field(default_factory=deque)
    lost: set[int] = field(default_factory=set)
    """Numbers of append calls whose entries vanish after a ticket was given."""
    late: Callable[[bytes], str] = field(default=lambda _entry: "")
    """Why an entry is refused after a ticket was given; empty where it is not."""
    calls: list[list[bytes]] = field(default_factory=list)
    running: Event = field(default_factory=Event)
    closing: Event = field(default_factory=Event)
    _refused: dict[bytes, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.running.set()

    @property
    def traits(self) -> Traits:
        return self.ledger.traits

    def append(self, entries: Sequence[bytes]) -> Sequence[Ticket | Refusal]:
        number = len(self.calls)
        self.calls.append(list(entries))
        self._stall()
        fault = self.appends.popleft() if self.appends else None
        if fault and not fault.persisted:
            raise fault.error
        if number in self.lost:
            return [Ticket(merkle.leaf_hash(entry)) for entry in entries]
        for entry in entries:
            if why := self.late(entry):
                self._refused[merkle.leaf_hash(entry)] = why
        taken = [entry for entry in entries if merkle.leaf_hash(entry) not in self._refused]
        answers = dict(zip(taken, self.ledger.append(taken), strict=True))
        if fault:
            raise fault.error
        return [answers.get(entry, Ticket(merkle.leaf_hash(entry))) for entry in entries]

    def settle(self, tickets: Sequence[Ticket], *, timeout_s: float) -> Sequence[Settled | Refusal | Pending]:
        self._stall()
        self._trip(self.settles)
        known = self.ledger.settle(
            tickets, timeout_s=0.0 if any(one.leaf in self._refused for one in tickets) else timeout_s
        )
        return [
            Refusal(self._refused[ticket.leaf]) if ticket.leaf in self._refused else answer
            for ticket, answer in zip(tickets, known, strict=True)
        ]

    def head(self) -> Head:
        self._stall()
        self._trip(self.heads)
        return self.ledger.head()

    def scan(self, start: int, stop: int) -> Iterator[bytes]:
        return self.ledger.scan(start, stop)

    def prove_inclusion(self, index: int, head: Head) -> Proof:
        return self.ledger.prove_inclusion(index, head)

    def prove_consistency(self, old: Head, new: Head) -> Proof:
        return self.ledger.prove_consistency(old, new)

    def usage(self) -> Usage:
        return self.ledger.usage()

    def health(self) -> Health:
        return self.ledger.health()

    def close(self) -> None:
        self.ledger.close()

    def _stall(self) -> None:
        assert self.running.wait(WAIT_S), "the test forgot to let the ledger go on"

    def _trip(self, faults: "deque[Fault | None]") -> None:
        fault = faults.popleft() if faults else None
        if fault:
            raise fault.error


class StoreFaults:
    """Failing commits and reads of databases, through their engines' own events."""

    def __init__(self, *engines: Engine) -> None:
        self.commits: deque[Fault | None] = deque()
        self.unreadable = False
        self.committed = 0
        for engine in engines:
            event.listen(engine, "commit", self._commit)
            event.listen(engine, "before_cursor_execute", self._execute)

    def _commit(self, connection: object) -> None:
        fault = self.commits.popleft() if self.commits else None
        if fault and fault.persisted:
            connection.connection.commit()  # type: ignore[attr-defined]  # SQLAlchemy's, untyped in its events
        if fault:
            raise fault.error
        self.committed += 1

    def _execute(self, _connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if self.unreadable and statement.startswith("SELECT consultations"):
            raise OSError("the disk does not answer")


class Rig:
    """One service that can be ended and started again over the same store and ledger."""

    def __init__(
        self, folder: Path, ledger: str, settings: Settings, disposal: Disposal | None = None
    ) -> None:
        self.folder, self.settings, self.clock = folder, settings, Hours()
        self._disposal = disposal
        self.backend = registry.backend(ledger)
        self.deployment: LedgerDeployment = self.backend.deploy(
            Setting(
                folder / "ledger",
                SigningKey(b"o" * 32),
                "pilot.example/ledger",
                "rules",
                self.backend.options,
            )
        )
        self._seed = 0
        self.start()

    def start(self) -> None:
        self._seed += 1
        self.ledger = Faulty(self.deployment.connect())
        path = self.folder / "service" / "store.sqlite"
        self.store = Store(path, self._disposal)
        self.vault = Vault(*beside(path), self._disposal)
        self.faults = StoreFaults(self.store.engine)
        verifier = self.backend.verifier(self.deployment.pins())
        dice = Dice(self._seed)
        self.service = Service(
            self.store, self.vault, self.ledger, verifier, KEYS, self.clock, dice, self.settings
        )
        self.desk, self.office = self.service.desk, self.service.office
        self.service.start()

    def end(self) -> None:
        self.ledger.running.set()
        self.service.close()
        self.ledger.close()

    def restart(self) -> None:
        self.end()
        self.start()

    def stop(self) -> None:
        self.end()
        self.deployment.stop()

    def opened(self) -> "Rig":
        self.office.draft(NAME, DRAFT)
        self.office.approve(NAME)
        self.office.open(NAME)
        return self

    # Acting

    def give(
        self,
        person: str,
        provision: str = "dieu-1",
        supersedes: str = "",
        key: str = "",
        text: str = "Ý kiến.",
    ) -> Answer:
        return self.desk.submit(submission(person, provision, supersedes, key, text)).result(WAIT_S)

    def take_back(self, person: str, opinion: str, key: str = "") -> Answer:
        withdrawal = Withdrawal(NAME, person, opinion, key or f"{person}-back-{opinion}")
        return self.desk.withdraw(withdrawal).result(WAIT_S)

    # Looking

    def entries(self, *kinds: Kind) -> list[bytes]:
        """What the ledger holds, read without faults: entries of these kinds, or all."""
        found = list(self.ledger.ledger.scan(0, self.ledger.ledger.head().size))
        return [entry for entry in found if not kinds or records.parse(entry).kind in kinds]

    def leaves(self, *kinds: Kind) -> list[str]:
        return [merkle.leaf_hash(entry).hex() for entry in self.entries(*kinds)]

    def handle(self, person: str) -> str:
        """By which the store knows somebody."""
        found = self.vault.person(NAME, person)
        assert found is not None
        return found.handle

    def settled(self) -> None:
        """Wait until everything taken is on the ledger, proven, and stored as such."""
        assert self.service.batcher.wait_done(WAIT_S), self.service.batcher.trouble
        self.desk.writer.put(lambda _: None).result(WAIT_S)

    def count(self, table: str) -> int:
        with self.store.engine.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar() or 0)

    def stored(self) -> dict[str, int]:
        return {table: self.count(table) for table in ("opinions", "outbox", "answers")}


def submission(
    person: str, provision: str = "dieu-1", supersedes: str = "", key: str = "", text: str = "Ý kiến."
) -> Submission:
    """An opinion with a key of its own unless one is given."""
    opinion = Opinion(person, provision, Stance.DISAGREE, text)
    return Submission(NAME, opinion, supersedes, key or f"{person}-{provision}-{supersedes}")


def until(reached: Callable[[], bool], wait_s: float = WAIT_S) -> None:
    """Wait for something that another thread does."""
    pause, deadline = Event(), time.monotonic() + wait_s
    while not reached():
        assert time.monotonic() < deadline, "it did not come to pass in time"
        pause.wait(0.002)
