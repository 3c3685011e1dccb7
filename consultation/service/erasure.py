"""Erasure: all that a participant gave in one consultation, at any stage since its opening, for good.

What goes: the person's key and name in the vault, the words and salts of all their opinions, superseded and
withdrawn ones too, their receipts' copies, and their words in a table that was summarised already. What
stays: the entries on the ledger, whose commitments nobody can open any more, and a stance on a provision as
one of the numbers. Until the reconciliation an opinion that stood leaves the count; after it, numbers stay
as they are.

Steps, each done once however often it is tried, and what a crash does there:

1. The person is marked in the vault. From here nothing more is taken from them, and a crash is followed by
   the rest at the next start. A crash before has begun nothing.
2. One transaction of the store empties the opinions, cuts their handle, takes what stood from the count,
   and strikes the words from the table. A crash before: the person is still marked.
3. The vault destroys the key, then the identity. A crash before or between: the person is still marked.
4. The files are purged of what was deleted: step 3 does it for the vault, this one for the store. A crash
   before: the emptied opinions still wait for their tombstones.
5. One transaction puts a tombstone for every entry into the outbox, and the digests of the tables as they
   are without the words. It is said only now, since now it is so. A tombstone follows the last entry of its
   pseudonym, or it would pull the ground from under an amendment that is still on its way. A crash from here
   on: the outbox has them.

None of these waits for the ledger: a ledger that is down delays the tombstones and nothing else.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import Protocol, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from consultation.core import records
from consultation.core.admission import Stage
from consultation.core.canonical import nfc
from consultation.core.events import (
    Certified,
    Closed,
    Erased,
    Event,
    Excluded,
    OpinionGiven,
    Reconciled,
    Redacted,
    Responded,
    Summarised,
)
from consultation.service import schema
from consultation.service.acts import result_of
from consultation.service.batcher import Batcher, Decided
from consultation.service.database import StillRead
from consultation.service.desk import Desk, Outgoing, window_of
from consultation.service.live import Live
from consultation.service.ports import Clock, Keys, Settings
from consultation.service.problems import Problem, unavailable
from consultation.service.reader import Kept
from consultation.service.schema import ACTIVE, EMPTIED, ERASED, PENDING, REFUSED, SEALED, TOLD
from consultation.service.seal import Person, SealBroken
from consultation.service.store import Changes, Row, Store, octets
from consultation.service.writer import Decision

Result = TypeVar("Result")
REQUEST = "erasure"
"""What the outbox has in place of a request's digest: a tombstone is no request and no act of the unit."""
_COUNTING = (Stage.OPEN, Stage.CLOSED)
_UNTABLED = (*_COUNTING, Stage.RECONCILED)


class Redact(Protocol):
    """Strikes words from whatever was made of them; in the writer's thread, before they are destroyed."""

    def __call__(self, consultation: str, gone: Sequence[Kept], changes: Changes) -> None: ...

    def event(self, consultation: str) -> Redacted | None:
        """The digests of what words were struck from, as it is now; None where there is nothing yet."""
        ...


@dataclass(frozen=True, slots=True)
class Erasing:
    """What came of a request for erasure."""

    opinions: int
    """Entries that get a tombstone by it; 0 where nothing of this participant is kept."""
    waiting: int
    """Tombstones that the ledger has not settled yet. They will be, without anybody's asking again."""


class Erasure:
    """Erases one participant at a time."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        batcher: Batcher,
        keys: Keys,
        clock: Clock,
        settings: Settings,
        redact: Redact,
    ) -> None:
        self._store, self._desk, self._batcher = store, desk, batcher
        self._keys, self._clock, self._settings, self._redact = keys, clock, settings, redact

    def erase(self, name: str, participant: str) -> Erasing:
        """Erase what somebody gave here. Safe to do again; raises Problem(503) where it has to be."""
        with self._desk.turns.of(name):
            live = self._desk.consultation(name)
            person = self._desk.vault.person(name, nfc(participant))
            if not self._desk.half_erased(name):  # else that is finished first, by what follows
                self._check_no_act_is_unfinished(live)
            if person is not None and not person.erasing:
                self._wait(lambda _: self._desk.vault.mark(person))
            return self._awaited(self._finish(name))

    def resume(self) -> None:
        """Finish what an earlier process began; at the start, before any act."""
        for name in list(self._desk.live):
            with self._desk.turns.of(name):
                self._finish(name)

    def _finish(self, name: str) -> "list[Future[Decided]]":
        """Steps 2 to 5 for whoever is marked, and whatever is emptied and not told."""
        vault = self._desk.vault
        people = [person for person in vault.erasing() if person.consultation == name]
        for person in people:
            self._wait(lambda changes, person=person: self._empty(person, changes))  # type: ignore[misc]
        left = self._store.row(schema.OPINIONS, consultation=name, erased=EMPTIED)
        if not people and left is None:
            return []
        try:
            vault.destroy(people)
            self._store.purge(vacuum=self._desk.consultation(name).stage not in _UNTABLED)
        except (StillRead, SQLAlchemyError, OSError) as error:
            raise unavailable(f"not all is destroyed yet ({type(error).__name__}): do it again") from error
        return self._result(self._desk.writer.put(lambda changes: self._tell(name, people, changes)))

    def _empty(self, person: Person, changes: Changes) -> None:
        live = self._desk.consultation(person.consultation)
        rows = self._store.rows(schema.OPINIONS, handle=person.handle)
        self._redact(live.id, list(self._readable(rows)), changes)
        # Certificates that were prepared and not issued yet name the table as it was: they are made again.
        edition = self._store.edition(live.id) + 1
        for table in (schema.EDITIONS, schema.CERTIFICATES):
            changes.delete(table, {"consultation": live.id, "edition": edition})
        for row in rows:
            name, place = str(row["id"]), (person.handle, str(row["provision"]))
            status = ERASED if row["status"] == ACTIVE and live.stage in _COUNTING else row["status"]
            empty: Row = {"handle": "", "status": status, "erased": EMPTIED, **dict.fromkeys(SEALED, b"")}
            changes.update(schema.OPINIONS, {"id": name}, empty)
            changes.delete(schema.ANSWERS, {"opinion": name})
            # Whose voice it was stays, as one of the numbers; who could be found by it goes.
            changes.update(schema.ORIGINS, {"opinion": name}, {"unit": "", "sheet": "", "reported_by": ""})
            if name in live.by_opinion:
                live.fall(*place)

    def _readable(self, rows: Sequence[Row]) -> Iterator[Kept]:
        for row in rows:
            try:
                yield self._desk.reader.read(row)
            except SealBroken:
                continue  # altered words are erased like any; no table was made of them

    def _tell(self, name: str, people: Sequence[Person], changes: Changes) -> "list[Future[Decided]]":
        self._desk.vault.forget(people)
        settling = []
        for row in self._store.rows(schema.OPINIONS, consultation=name, erased=EMPTIED):
            changes.update(schema.OPINIONS, {"id": str(row["id"])}, {"erased": TOLD})
            if row["status"] == REFUSED:
                continue  # the ledger has no entry of it
            outgoing = self._tombstone(name, str(row["leaf"]), str(row["ended_by"]))
            settling.append(self._batcher.watch(outgoing.leaf))
            self._desk.queue(name, outgoing, REQUEST, changes)
        redacted = self._redact.event(name)
        if redacted is not None:
            entry = records.sign(name, window_of(self._clock.now()), redacted, self._keys.unit)
            outgoing = Outgoing.of(entry, self._last_redaction(name))
            if self._store.row(schema.OUTBOX, leaf=outgoing.leaf) is None:  # the same words within the hour
                self._desk.queue(name, outgoing, REQUEST, changes)
        return settling

    def _last_redaction(self, name: str) -> str:
        """The leaf of the newest one on its way, or empty: the last one says how the table is."""
        rows = self._store.rows(schema.OUTBOX, consultation=name, request=REQUEST, state=PENDING)
        pending = [row for row in rows if isinstance(records.parse(octets(row, "entry")).event, Redacted)]
        newest = max(pending, key=lambda row: int(str(row["sequence"])), default=None)
        return "" if newest is None else str(newest["leaf"])

    def _tombstone(self, name: str, leaf: str, ended_by: str) -> Outgoing:
        # The key that made the pseudonym is gone; the entry has it.
        given = records.parse(octets(self._store.row(schema.OUTBOX, leaf=leaf), "entry")).event
        if not isinstance(given, OpinionGiven):
            raise TypeError(f"the entry {leaf} is no opinion")
        window = window_of(self._clock.now())
        entry = records.sign(name, window, Erased(given.pseudonym, leaf), self._keys.service)
        return Outgoing.of(entry, ended_by or leaf)

    def _awaited(self, settling: "Sequence[Future[Decided]]") -> Erasing:
        deadline_s = self._clock.monotonic() + self._settings.event_timeout_s
        waiting = 0
        for future in settling:
            try:
                future.result(max(0.0, deadline_s - self._clock.monotonic()))
            except (FutureTimeout, CancelledError):
                waiting += 1
        return Erasing(len(settling), waiting)

    def _check_no_act_is_unfinished(self, live: Live) -> None:
        """An act whose event states what was so before must be finished first, or it never could be."""
        acts = self._store.rows(schema.OUTBOX, consultation=live.id, request="")
        events = [records.parse(octets(row, "entry")).event for row in acts if row["state"] != REFUSED]
        if live.closing or _unfinished(live, events):
            detail = f"an act of the unit on {live.id!r} is not finished: finish it, then erase"
            raise Problem(
                409, "act-unfinished", "An act is not finished", detail, {"stage": live.stage.value}
            )

    def _wait(self, job: Decision[None]) -> None:
        self._result(self._desk.writer.put(job))

    def _result(self, future: "Future[Result]") -> Result:
        return result_of(future, self._settings.event_timeout_s)


def _unfinished(live: Live, acts: Sequence[Event]) -> bool:
    """Whether an act that counts opinions, or digests their words, has its event and not its stage."""
    number = Counter(map(type, acts))
    match live.stage:
        case Stage.OPEN:
            return number[Closed] > 0
        case Stage.CLOSED:
            standing = {place.leaf.hex() for place in live.standing.values()}
            excluded = {event.excludes for event in acts if isinstance(event, Excluded)}
            return number[Reconciled] > 0 or not standing.isdisjoint(excluded)
        case Stage.RECONCILED:
            return number[Summarised] > 0
        case Stage.SUMMARISED | Stage.PUBLISHED:  # responses, the first time or changed ones
            return number[Responded] > number[Certified]
        case Stage.RESPONDED:
            return number[Certified] == number[Responded]
    return False
