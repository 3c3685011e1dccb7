"""The desk: takes opinions and withdrawals, checks them, commits them with their receipts.

An idempotency key makes a retry safe: the same key and body give the same receipt, another body is refused.
Both are kept as digests under the person's key, so that nobody can try guesses against them. Judging and
changing memory happen in the writer's thread alone.
"""

import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from consultation.core import canonical, commitment, merkle, receipt, records
from consultation.core.admission import Stage
from consultation.core.canonical import Json
from consultation.core.drafts import Opinion
from consultation.core.events import OpinionGiven, Withdrawn
from consultation.core.receipt import Receipt
from consultation.service import checks, schema
from consultation.service.live import Live, Standing, load
from consultation.service.origin import ANYBODY, Origin
from consultation.service.ports import Chance, Clock, Keys, Settings
from consultation.service.problems import Problem, not_found
from consultation.service.reader import Reader, sealed
from consultation.service.schema import ACTIVE, EMPTIED, PENDING, REFUSED, SUPERSEDED, WITHDRAWN
from consultation.service.seal import Person
from consultation.service.store import Changes, Row, Store, octets
from consultation.service.turns import Turns
from consultation.service.vault import Vault
from consultation.service.writer import Writer


@dataclass(frozen=True, slots=True)
class Submission:
    """An opinion as it comes in; `supersedes` is the id of the opinion it replaces, or empty."""

    consultation: str
    opinion: Opinion
    supersedes: str
    key: str
    origin: Origin = ANYBODY

    def body(self) -> dict[str, Json]:
        said: dict[str, Json] = {"opinion": dict(self.opinion.fields()), "supersedes": self.supersedes}
        return said if self.origin == ANYBODY else {**said, "origin": self.origin.to_json()}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A participant takes the opinion with this id back."""

    consultation: str
    participant: str
    opinion: str
    key: str

    def body(self) -> dict[str, Json]:
        return {"participant": self.participant, "withdraws": self.opinion}


@dataclass(frozen=True, slots=True)
class Answer:
    """The signed receipt; `again` when the same request had been answered before."""

    opinion: str
    written: str
    """The receipt as it is stored and sent: canonical JSON."""
    again: bool

    @property
    def receipt(self) -> dict[str, Json]:
        """The same as a value."""
        found: dict[str, Json] = json.loads(self.written)
        return found


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An entry for the ledger; `after` is the leaf (hex) that has to settle before it, or empty."""

    leaf: str
    entry: bytes
    after: str

    @classmethod
    def of(cls, entry: bytes, after: str) -> "Outgoing":
        return cls(merkle.leaf_hash(entry).hex(), entry, after)

    @property
    def window(self) -> str:
        """The hour that the entry carries."""
        return records.parse(self.entry).window


Decide = Callable[[Person, str, Changes], Answer]
"""Decides a person's request, given its digest, and adds what changes; raises Problem and adds nothing."""
_NAME_BYTES = 16
"""Of an opinion's id, before it is written as hex."""
_STANDS: Row = {"status": ACTIVE, "ended_by": ""}


def window_of(now: datetime) -> str:
    """The hour of a time in UTC, as entries carry it."""
    return now.strftime("%Y-%m-%dT%HZ")


def timestamp(now: datetime) -> str:
    """RFC 3339 in UTC, whole seconds."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


class Desk:
    """Judges and commits; hands entries on through `offer`, which must not block."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        keys: Keys,
        clock: Clock,
        chance: Chance,
        settings: Settings,
        offer: Callable[[list[Outgoing]], None],
    ) -> None:
        self._store, self._keys, self._clock, self._chance = store, keys, clock, chance
        self._settings, self._offer = settings, offer
        self.vault = vault
        self.reader = Reader(store, vault)
        self.turns = Turns(settings.event_timeout_s)
        self.live: dict[str, Live] = {}
        self._sequence = 0
        self._sent: list[Outgoing] = []
        """What the outbox got in the transaction that runs."""
        self.reload()
        self.writer = Writer(store, self, max_queued=settings.max_queued, max_group=settings.max_group)

    def reload(self) -> None:
        """Read memory again from the store, and offer all that its outbox holds.

        At the start that is what an earlier process left; after a failed commit, what became durable all
        the same. The batcher passes over what it follows already.
        """
        self._sent.clear()
        self.vault.reload()
        self.live = load(self._store)
        self._sequence = self._store.last_sequence()
        c = schema.OUTBOX.c
        pending = self._store.rows(schema.OUTBOX, c.leaf, c.entry, c.after, c.sequence, state=PENDING)
        self._offer([_outgoing(row) for row in sorted(pending, key=lambda row: int(str(row["sequence"])))])

    def committing(self) -> None:
        """Keys and identities are durable before the opinions that lean on them."""
        self.vault.commit(self._chance)

    def committed(self) -> None:
        """Hand on what was stored; a receipt is given only after it."""
        sent, self._sent = self._sent, []
        if sent:
            self._offer(sent)

    def half_erased(self, name: str) -> bool:
        """Whether an erasure in this consultation has begun and is not finished."""
        if self._store.row(schema.OPINIONS, consultation=name, erased=EMPTIED) is not None:
            return True
        return any(person.consultation == name for person in self.vault.erasing())

    def consultation(self, name: str) -> Live:
        """Raises Problem(404)."""
        live = self.live.get(name)
        if live is None:
            raise not_found("consultation", name)
        return live

    def submit(self, submission: Submission) -> "Future[Answer]":
        """Take an opinion; the future fails with Problem when it is refused."""
        opinion = submission.opinion.normalised()
        if opinion.draft:
            opinion = replace(opinion, draft="")
        clean = Submission(
            submission.consultation, opinion, submission.supersedes, submission.key, submission.origin
        )
        return self._put(
            clean.consultation, opinion.participant, clean.key, clean.body(), partial(self._opinion, clean)
        )

    def withdraw(self, withdrawal: Withdrawal) -> "Future[Answer]":
        """Take an opinion back; the future fails with Problem when it is refused."""
        participant = canonical.nfc(withdrawal.participant)
        clean = Withdrawal(withdrawal.consultation, participant, withdrawal.opinion, withdrawal.key)
        return self._put(
            clean.consultation, participant, clean.key, clean.body(), partial(self._withdrawal, clean)
        )

    def close(self) -> None:
        self.writer.close()

    def _put(
        self, name: str, participant: str, key: str, body: dict[str, Json], decide: Decide
    ) -> "Future[Answer]":
        def request() -> str:
            """Nobody of that name, nothing answered before."""
            person = self.vault.person(name, participant)
            return "" if person is None else person.digest("request", key)

        def job(changes: Changes) -> Answer:
            known = self.vault.person(name, participant)
            person = known or self.vault.draw(name, participant, self._chance)
            if person.erasing:
                raise _erasing()
            asked, digest = person.digest("request", key), person.digest("body", body)
            earlier = changes.answer(asked)
            if earlier is not None:
                if earlier["body"] != digest:
                    raise Problem(
                        409,
                        "idempotency-key-reused",
                        "Key used with another body",
                        "this Idempotency-Key came with another body before: send a fresh key",
                    )
                return Answer(str(earlier["opinion"]), str(earlier["receipt"]), True)
            answer = decide(person, asked, changes)
            if known is None:
                self.vault.keep(person)
            given = {"opinion": answer.opinion, "receipt": answer.written}
            changes.insert(schema.ANSWERS, {"request": asked, "body": digest, **given})
            return answer

        return self.writer.put(job, request)

    def _opinion(self, submission: Submission, person: Person, request: str, changes: Changes) -> Answer:
        now = self._clock.now()
        live = self._open(submission.consultation, now)
        opinion = replace(submission.opinion, draft=live.digest)
        fields = opinion.fields()
        checks.opinion(live, opinion.provision, fields)
        place = (person.handle, opinion.provision)
        earlier = live.standing.get(place)
        checks.supersedes(earlier, submission.supersedes)
        pseudonym = person.pseudonym(opinion.provision)
        drawn = self._chance.draw(commitment.SALT_BYTES + _NAME_BYTES)
        salt, name = drawn[: commitment.SALT_BYTES], drawn[commitment.SALT_BYTES :].hex()
        superseded = earlier.leaf.hex() if earlier else ""
        event = OpinionGiven(pseudonym, superseded, commitment.commit(fields, salt))
        # What was withdrawn before has to be gone from the ledger, whatever the batches' order.
        after = superseded or live.withdrawing.pop(place, "")
        answer, leaf = self._promise(live, event, name, request, changes, now, after)
        if earlier:
            changes.update(schema.OPINIONS, {"id": earlier.opinion}, _ended(SUPERSEDED, leaf))
        row = {"id": name, "consultation": live.id, **sealed(person, name, opinion, salt, self._chance)}
        changes.insert(schema.OPINIONS, {**row, "leaf": leaf.hex(), "status": ACTIVE})
        if submission.origin != ANYBODY:
            changes.insert(schema.ORIGINS, {**submission.origin.row(name), "consultation": live.id})
        live.stand(*place, Standing(name, leaf))
        return answer

    def _withdrawal(self, withdrawal: Withdrawal, person: Person, request: str, changes: Changes) -> Answer:
        now = self._clock.now()
        live = self._open(withdrawal.consultation, now)
        place = live.by_opinion.get(withdrawal.opinion)
        if place is None or place[0] != person.handle:
            raise not_found("standing opinion of this participant", withdrawal.opinion)
        standing = live.standing[place]
        event = Withdrawn(person.pseudonym(place[1]), standing.leaf.hex())
        answer, leaf = self._promise(
            live, event, withdrawal.opinion, request, changes, now, standing.leaf.hex()
        )
        changes.update(schema.OPINIONS, {"id": withdrawal.opinion}, _ended(WITHDRAWN, leaf))
        live.fall(*place)
        live.withdrawing[place] = leaf.hex()
        return answer

    def _promise(
        self,
        live: Live,
        event: OpinionGiven | Withdrawn,
        opinion: str,
        request: str,
        changes: Changes,
        now: datetime,
        after: str,
    ) -> tuple[Answer, bytes]:
        """The answer, and the leaf hash of the entry that it promises."""
        entry = records.sign(live.id, window_of(now), event, self._keys.service)
        leaf = merkle.leaf_hash(entry)
        promise = Receipt(live.id, opinion, leaf.hex(), timestamp(now), self._settings.promise_s)
        written = canonical.encode(receipt.sign(promise, self._keys.service)).decode()
        self.queue(live.id, Outgoing(leaf.hex(), entry, after), request, changes)
        return Answer(opinion, written, False), leaf

    def pseudonym(self, live: Live, opinion: str) -> str:
        """The pseudonym of whoever gave an opinion that stands."""
        handle, provision = live.by_opinion[opinion]
        person = self.vault.behind(handle)
        if person is None:
            raise not_found("standing opinion", opinion)
        return person.pseudonym(provision)

    def undo(self, entry: bytes, changes: Changes) -> None:
        """Take back what an entry did that the ledger has refused after its receipt was given.

        Only a ledger with other rules, or a defect, does that; then the store must not count what the
        ledger does not hold. Memory is read again afterwards: see `Writer.record`.
        """
        leaf = merkle.leaf_hash(entry).hex()
        match records.parse(entry).event:
            case OpinionGiven(_, supersedes):
                changes.update(schema.OPINIONS, {"leaf": leaf}, {"status": REFUSED})
                if supersedes:
                    changes.update(schema.OPINIONS, _undone(supersedes, SUPERSEDED, leaf), _STANDS)
            case Withdrawn(_, withdraws):
                changes.update(schema.OPINIONS, _undone(withdraws, WITHDRAWN, leaf), _STANDS)
            case _:  # an act of the unit, whose caller is told, or a tombstone: what it tells of is gone
                pass

    def queue(self, consultation: str, outgoing: Outgoing, request: str, changes: Changes) -> None:
        """Add an outbox row; in the writer's thread only."""
        self._sequence += 1
        self._sent.append(outgoing)
        changes.insert(
            schema.OUTBOX,
            {
                "leaf": outgoing.leaf,
                "sequence": self._sequence,
                "consultation": consultation,
                "request": request,
                "entry": outgoing.entry,
                "after": outgoing.after,
                "state": PENDING,
            },
        )

    def _open(self, name: str, now: datetime) -> Live:
        """The consultation, which has to take opinions at the moment that the entry has. Raises Problem."""
        live = self.consultation(name)
        if live.stage is not Stage.OPEN or live.closing:
            stage = "closing" if live.closing else live.stage.value
            raise Problem(
                409,
                "not-open",
                "The consultation is not open",
                f"{name!r} is {stage}: opinions are taken while it is open",
                {"stage": stage},
            )
        if live.closes and timestamp(now) > live.closes:
            raise Problem(
                409,
                "deadline-passed",
                "The deadline has passed",
                f"opinions on {name!r} were taken until {live.closes}",
                {"closes": live.closes},
            )
        return live


def _ended(status: str, by: bytes) -> Row:
    return {"status": status, "ended_by": by.hex()}


def _undone(leaf: str, status: str, by: str) -> Row:
    """What stands again when the entry `by` that ended it is refused; never what was erased meanwhile."""
    return {"leaf": leaf, "status": status, "ended_by": by, "erased": ""}


def _erasing() -> Problem:
    detail = "what this participant gave here is being erased: come again when that is done"
    return Problem(409, "erasing", "Being erased", detail)


def _outgoing(row: Row) -> Outgoing:
    return Outgoing(str(row["leaf"]), octets(row, "entry"), str(row["after"]))
