"""The desk: takes opinions and withdrawals, checks them, commits them with their receipts.

An idempotency key makes a retry safe: the same key and body give the same receipt, another body is
refused. Judging and changing memory happen in the writer's thread alone.
"""

import difflib
import json
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlalchemy import Connection

from consultation.core import canonical, commitment, merkle, receipt, records
from consultation.core.admission import Stage
from consultation.core.canonical import Json
from consultation.core.drafts import MAX_TEXT_CHARACTERS, Opinion
from consultation.core.receipt import Receipt
from consultation.core.records import OpinionGiven, Withdrawn
from consultation.service import schema
from consultation.service.live import ACTIVE, SUPERSEDED, WITHDRAWN, Live, PseudonymOf, Standing, load
from consultation.service.ports import Chance, Clock, Keys, Settings
from consultation.service.problems import Problem, not_found
from consultation.service.store import Changes, Store
from consultation.service.writer import Writer


@dataclass(frozen=True, slots=True)
class Submission:
    """An opinion as it comes in; `supersedes` is the id of the opinion it replaces, or empty."""

    consultation: str
    opinion: Opinion
    supersedes: str
    key: str

    def body(self) -> dict[str, Json]:
        return {"opinion": dict(self.opinion.fields()), "supersedes": self.supersedes}


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
    receipt: dict[str, Json]
    again: bool


@dataclass(frozen=True, slots=True)
class Outgoing:
    """An entry for the ledger; `after` is the leaf (hex) that has to settle before it, or empty."""

    leaf: str
    entry: bytes
    after: str


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
        keys: Keys,
        clock: Clock,
        chance: Chance,
        settings: Settings,
        offer: Callable[[list[Outgoing]], None],
    ) -> None:
        self._store, self._keys, self._clock, self._chance = store, keys, clock, chance
        self._settings, self._offer = settings, offer
        self._pseudonym_of = PseudonymOf(keys.pseudonyms)
        self.live: dict[str, Live] = {}
        self._sequence = 0
        self._reload()
        self.writer = Writer(
            store, self._reload, max_queued=settings.max_queued, max_group=settings.max_group
        )

    def _reload(self) -> None:
        self.live = load(self._store, self._pseudonym_of)
        self._sequence = self._store.last_sequence()

    def consultation(self, name: str) -> Live:
        """Raises Problem(404)."""
        live = self.live.get(name)
        if live is None:
            raise not_found("consultation", name)
        return live

    def submit(self, submission: Submission) -> "Future[Answer]":
        """Take an opinion; the future fails with Problem when it is refused."""
        opinion = submission.opinion.normalised()
        clean = Submission(submission.consultation, opinion, submission.supersedes, submission.key)
        request = _scope(clean.consultation, opinion.participant, clean.key)
        return self._put(request, clean.body(), lambda changes: self._opinion(clean, request, changes))

    def withdraw(self, withdrawal: Withdrawal) -> "Future[Answer]":
        """Take an opinion back; the future fails with Problem when it is refused."""
        request = _scope(withdrawal.consultation, withdrawal.participant, withdrawal.key)
        return self._put(
            request, withdrawal.body(), lambda changes: self._withdrawal(withdrawal, request, changes)
        )

    def close(self) -> None:
        self.writer.close()

    def _put(
        self, request: str, body: dict[str, Json], decide: Callable[[Changes], tuple[Answer, Outgoing]]
    ) -> "Future[Answer]":
        digest = sha256(canonical.encode(body)).hexdigest()
        sent: list[Outgoing] = []

        def job(connection: Connection, changes: Changes) -> Answer:
            earlier = changes.answer(request) or self._store.answers(connection, [request]).get(request)
            if earlier is not None:
                if earlier["body"] != digest:
                    raise Problem(
                        409,
                        "idempotency-key-reused",
                        "Key used with another body",
                        "this Idempotency-Key came with another body before: send a fresh key",
                    )
                return Answer(str(earlier["opinion"]), json.loads(str(earlier["receipt"])), True)
            answer, outgoing = decide(changes)
            changes.insert(
                schema.ANSWERS,
                {
                    "request": request,
                    "body": digest,
                    "opinion": answer.opinion,
                    "receipt": json.dumps(answer.receipt),
                },
            )
            sent.append(outgoing)
            return answer

        future = self.writer.put(job)
        future.add_done_callback(lambda done: None if done.exception() else self._offer(sent))
        return future

    def _opinion(self, submission: Submission, request: str, changes: Changes) -> tuple[Answer, Outgoing]:
        opinion = submission.opinion
        live = self._open(submission.consultation)
        _check_opinion(live, opinion)
        place = (opinion.participant, opinion.provision)
        earlier = live.standing.get(place)
        _check_supersedes(earlier, submission.supersedes)
        pseudonym = self._pseudonym_of(opinion.participant, live.id, opinion.provision)
        salt = self._chance.draw(commitment.SALT_BYTES)
        event = OpinionGiven(
            pseudonym, earlier.leaf if earlier else "", commitment.commit(opinion.fields(), salt)
        )
        name = self._chance.draw(16).hex()
        answer, outgoing = self._promise(live, event, name, request, changes, after=event.supersedes)
        if earlier:
            changes.update(schema.OPINIONS, {"id": earlier.opinion}, {"status": SUPERSEDED})
        row = {"id": name, "consultation": live.id, **opinion.fields()}
        changes.insert(schema.OPINIONS, {**row, "salt": salt, "leaf": outgoing.leaf, "status": ACTIVE})
        live.stand(*place, Standing(name, outgoing.leaf, pseudonym))
        return answer, outgoing

    def _withdrawal(self, withdrawal: Withdrawal, request: str, changes: Changes) -> tuple[Answer, Outgoing]:
        live = self._open(withdrawal.consultation)
        place = live.by_opinion.get(withdrawal.opinion)
        if place is None or place[0] != withdrawal.participant:
            raise not_found("standing opinion of this participant", withdrawal.opinion)
        standing = live.standing[place]
        event = Withdrawn(standing.pseudonym, standing.leaf)
        answer, outgoing = self._promise(
            live, event, withdrawal.opinion, request, changes, after=standing.leaf
        )
        changes.update(schema.OPINIONS, {"id": withdrawal.opinion}, {"status": WITHDRAWN})
        live.fall(*place)
        return answer, outgoing

    def _promise(
        self,
        live: Live,
        event: OpinionGiven | Withdrawn,
        opinion: str,
        request: str,
        changes: Changes,
        *,
        after: str,
    ) -> tuple[Answer, Outgoing]:
        now = self._clock.now()
        entry = records.sign(live.id, window_of(now), event, self._keys.service)
        outgoing = Outgoing(merkle.leaf_hash(entry).hex(), entry, after)
        self.queue(live.id, outgoing, request, changes)
        promise = Receipt(live.id, opinion, outgoing.leaf, timestamp(now), self._settings.promise_s)
        return Answer(opinion, receipt.sign(promise, self._keys.service), False), outgoing

    def queue(self, consultation: str, outgoing: Outgoing, request: str, changes: Changes) -> None:
        """Add an outbox row; in the writer's thread only."""
        self._sequence += 1
        changes.insert(
            schema.OUTBOX,
            {
                "leaf": outgoing.leaf,
                "sequence": self._sequence,
                "consultation": consultation,
                "request": request,
                "entry": outgoing.entry,
                "after": outgoing.after,
                "state": "pending",
            },
        )

    def _open(self, name: str) -> Live:
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
        return live


def _check_opinion(live: Live, opinion: Opinion) -> None:
    if opinion.provision not in live.provisions:
        near = difflib.get_close_matches(opinion.provision, live.provisions, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise Problem(
            422,
            "unknown-provision",
            "No such provision",
            f"the draft has no provision {opinion.provision!r}{hint} (empty means the whole draft)",
        )
    for name in ("text", "proposal", "reason"):
        length = len(opinion.fields()[name])
        if length > MAX_TEXT_CHARACTERS:
            raise Problem(
                422,
                "too-long",
                "Too long",
                f"{name} has {length} characters, at most {MAX_TEXT_CHARACTERS} are allowed",
            )


def _check_supersedes(earlier: Standing | None, supersedes: str) -> None:
    if earlier and not supersedes:
        raise Problem(
            409,
            "opinion-stands",
            "An opinion stands already",
            "send 'supersedes' with the id of the opinion that this one replaces",
            {"opinion": earlier.opinion},
        )
    if supersedes and (earlier is None or earlier.opinion != supersedes):
        raise Problem(
            409,
            "not-standing",
            "Nothing to supersede",
            f"the opinion {supersedes!r} does not stand for this participant and provision",
        )


def _scope(consultation: str, participant: str, key: str) -> str:
    return sha256(canonical.encode([consultation, participant, key])).hexdigest()
