"""The unit's acts, each an event on the ledger: lay a draft open, close, fix the summary, certify.

An act changes the stage in the store only after its event has settled; when the ledger does not answer in
time, the event stays in the outbox, the caller gets a Problem(503), and doing the act again is safe: it
finds its event there and hands over the same bytes. So does a process that starts after a crash.
"""

import uuid
from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar

from consultation.core import canonical, certificate, checkpoint, merkle, records, tally
from consultation.core.admission import Stage
from consultation.core.bundle import Anchor, Bundle
from consultation.core.canonical import Json
from consultation.core.certificate import Claims
from consultation.core.checkpoint import Checkpoint
from consultation.core.drafts import Draft, Outcome, Stance
from consultation.core.errors import LedgerError
from consultation.core.events import Certified, Closed, Drafted, Event, Opened, Summarised
from consultation.core.ledger import Ledger
from consultation.service import schema
from consultation.service.batcher import Batcher, Decided
from consultation.service.desk import Desk, Outgoing, timestamp, window_of
from consultation.service.live import Live
from consultation.service.ports import Chance, Clock, Keys, Settings
from consultation.service.problems import Problem, not_found, unavailable
from consultation.service.schema import ACTIVE, REFUSED
from consultation.service.store import Changes, Row, Store
from consultation.service.writer import Decision

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Response:
    """The unit's answer to what was said on one provision."""

    provision: str
    outcome: Outcome
    text: str

    def to_json(self) -> dict[str, Json]:
        return {"provision": self.provision, "outcome": self.outcome.value, "text": self.text}


class Office:
    """What the unit does, one act at a time."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        batcher: Batcher,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        chance: Chance,
        settings: Settings,
    ) -> None:
        self._store, self._desk, self._batcher, self._ledger = store, desk, batcher, ledger
        self._keys, self._clock, self._chance, self._settings = keys, clock, chance, settings
        self._acting = desk.acting

    def draft(self, name: str, draft: Draft) -> None:
        """Lay a draft before the public."""
        form = draft.normalised()
        with self._acting:
            if name in self._desk.live:
                raise Problem(409, "exists", "Exists already", f"there is a consultation {name!r} already")
            self._event(name, Drafted(form.digest()))
            text = canonical.encode(form.to_json()).decode()
            row = {"id": name, "draft": text, "stage": Stage.DRAFT.value, "opened": "", "closed": ""}

            def keep(changes: Changes) -> None:
                changes.insert(schema.CONSULTATIONS, {**row, "summary": "", "checkpoint": b"", "anchor": ""})
                self._desk.live[name] = Live(name, form, Stage.DRAFT)

            self._wait(keep)

    def open(self, name: str) -> None:
        """Take opinions from now on."""
        with self._acting:
            self._at(name, Stage.DRAFT)
            window = self._event(name, Opened((bytes(self._keys.service.verify_key).hex(),)))
            self._stage(name, Stage.OPEN, {"opened": window})

    def close(self, name: str) -> tuple[int, int]:
        """Take no more; waits until every accepted opinion has settled. Returns received and counted."""
        with self._acting:
            live = self._at(name, Stage.OPEN)
            # First of all, and for good: from here the desk takes nothing, after a crash neither. The writer
            # decides requests in turn, so everything accepted before is offered to the ledger by now.
            self._stage(name, Stage.OPEN, {"closed": live.closed or window_of(self._clock.now())})
            if not self._batcher.wait_done(self._settings.event_timeout_s):
                raise unavailable(f"opinions still wait for the ledger ({self._batcher.trouble or 'slow'})")
            self._wait(lambda _: None)  # what the batcher has found out is stored before this
            received, counted = self._store.received(name), len(self._desk.consultation(name).standing)
            window = self._event(name, Closed(received, counted))
            self._stage(name, Stage.CLOSED, {"closed": window})
            return received, counted

    def summarise(self, name: str, responses: Sequence[Response]) -> dict[str, Json]:
        """Fix the summary table with its responses."""
        with self._acting:
            live = self._at(name, Stage.CLOSED)
            unknown = {response.provision for response in responses} - live.provisions.keys()
            if unknown:
                raise Problem(422, "unknown-provision", "No such provision", f"found {sorted(unknown)[0]!r}")
            summary = self._summary(live, responses)
            data = canonical.encode(summary)
            self._event(name, Summarised(sha256(data).hexdigest()))
            self._stage(name, Stage.SUMMARISED, {"summary": data.decode()})
            return summary

    def publish(self, name: str) -> int:
        """Issue everybody's certificate; returns their number."""
        with self._acting:
            live = self._at(name, Stage.SUMMARISED)
            signed, number = self._certified(live)
            outgoing, decided = self._settled(name, Certified(sha256(signed).hexdigest(), number))
            anchor = canonical.encode(self._anchor(outgoing, decided).to_json()).decode()
            self._stage(name, Stage.PUBLISHED, {"anchor": anchor})
            return number

    def certificate(self, name: str, participant: str) -> Bundle:
        """Somebody's certificate. Raises Problem(404)."""
        self._desk.consultation(name)
        person = self._desk.vault.person(name, participant)
        handle = "" if person is None else person.handle
        row = self._store.row(schema.CERTIFICATES, consultation=name, participant=handle)
        whole = self._store.row(schema.CONSULTATIONS, id=name)
        if row is None or whole is None:
            raise not_found("certificate of this participant", participant)
        return Bundle(_bytes(row["credential"]), _bytes(row["proof"]), str(whole["anchor"]).encode())

    # The parts of an act

    def _at(self, name: str, stage: Stage) -> Live:
        live = self._desk.consultation(name)
        if live.stage is not stage:
            raise Problem(
                409,
                "wrong-stage",
                "Not at this stage",
                f"{name!r} is {live.stage.value}; this is allowed while it is {stage.value}",
                {"stage": live.stage.value},
            )
        return live

    def _event(self, name: str, event: Event) -> str:
        """Record an event and wait until it has settled; returns its window."""
        return records.parse(self._settled(name, event)[0].entry).window

    def _settled(self, name: str, event: Event) -> tuple[Outgoing, Decided]:
        """Record an event, the same bytes where an earlier attempt left it, and wait until it has settled."""
        left = self._queued(name, event)
        entry = left or records.sign(name, window_of(self._clock.now()), event, self._keys.unit)
        outgoing = Outgoing(merkle.leaf_hash(entry).hex(), entry, "")
        future = self._batcher.watch(outgoing.leaf)
        if left is None:
            self._wait(lambda changes: self._desk.queue(name, outgoing, "", changes))
        else:
            self._batcher.offer([outgoing])
        decided = self._result(future, f"the ledger has not settled this: {self._batcher.trouble or 'slow'}")
        if decided.index < 0:
            raise Problem(409, "refused", "The ledger refused", decided.reason)
        return outgoing, decided

    def _queued(self, name: str, event: Event) -> bytes | None:
        """The entry of this very event where an act that did not finish has left one."""
        for row in self._store.rows(schema.OUTBOX, consultation=name, request=""):
            entry = _bytes(row["entry"])
            if records.parse(entry).event == event:
                return entry
        return None

    def _stage(self, name: str, stage: Stage, values: Row) -> None:
        def keep(changes: Changes) -> None:
            changes.update(schema.CONSULTATIONS, {"id": name}, {"stage": stage.value, **values})
            live = self._desk.consultation(name)  # now: a failed commit puts another in its place
            live.stage = stage
            live.opened = str(values.get("opened", live.opened))
            live.closed = str(values.get("closed", live.closed))

        self._wait(keep)

    def _wait(self, job: Decision[None]) -> None:
        self._result(self._desk.writer.put(job), "the store has not confirmed this")

    def _result(self, future: "Future[Result]", otherwise: str) -> Result:
        """Raises Problem(503) when it does not come in time, or the service ends before."""
        try:
            return future.result(self._settings.event_timeout_s)
        except (FutureTimeout, CancelledError):
            raise unavailable(f"{otherwise}; do it again") from None

    def _summary(self, live: Live, responses: Sequence[Response]) -> dict[str, Json]:
        opinions = [kept.opinion for kept in self._desk.reader.opinions(live.id, ACTIVE)]
        said: list[Json] = [
            {
                "provision": opinion.provision,
                "stance": opinion.stance.value,
                "text": opinion.text,
                "proposal": opinion.proposal,
                "reason": opinion.reason,
            }
            for opinion in opinions
        ]
        return {
            "consultation": live.id,
            "received": self._store.received(live.id),
            "counted": len(opinions),
            "totals": tally.totals(opinions).to_json(),
            "responses": [response.to_json() for response in responses],
            # Sorted by content, so that a row's place does not tell when it came.
            "rows": sorted(said, key=lambda row: canonical.encode(row)),
        }

    def _certified(self, live: Live) -> tuple[bytes, int]:
        """The signed checkpoint of everybody's certificates, and their number; kept before the event.

        An act that did not finish has left them: they are issued once.
        """
        kept = self._store.row(schema.CONSULTATIONS, id=live.id) or {}
        issued = self._store.rows(
            schema.CERTIFICATES, schema.CERTIFICATES.c.participant, consultation=live.id
        )
        if issued:
            return _bytes(kept.get("checkpoint")), len(issued)
        signed, rows = self._certificates(live)

        def keep(changes: Changes) -> None:
            for row in rows:
                changes.insert(schema.CERTIFICATES, row)
            changes.update(schema.CONSULTATIONS, {"id": live.id}, {"checkpoint": signed})

        self._wait(keep)
        return signed, len(rows)

    def _certificates(self, live: Live) -> tuple[bytes, list[Row]]:
        """Sign everybody's credential and the checkpoint of their tree."""
        summary = str((self._store.row(schema.CONSULTATIONS, id=live.id) or {}).get("summary", ""))
        claims = self._claims(live, summary)
        created = timestamp(self._clock.now())
        c = schema.OPINIONS.c
        opinions = self._store.each(schema.OPINIONS, c.handle, c.status, consultation=live.id, erased="")
        participants = sorted({str(row["handle"]) for row in opinions if row["status"] != REFUSED})
        credentials = []
        for _ in participants:
            name = f"urn:uuid:{uuid.UUID(bytes=self._chance.draw(16), version=4)}"
            issued = certificate.issue(self._keys.issuer, claims, name, created, self._keys.unit)
            credentials.append(canonical.encode(issued))
        tree = merkle.Tree(map(merkle.leaf_hash, credentials))
        origin = f"{self._keys.issuer.did.removeprefix('did:web:')}/certificates/{live.id}"
        signed = checkpoint.sign(Checkpoint(origin, tree.size, tree.root()), self._keys.unit)
        rows: list[Row] = [
            {
                "consultation": live.id,
                "participant": participant,
                "credential": credential,
                "proof": checkpoint.encode_proof(tree, index, signed),
            }
            for index, (participant, credential) in enumerate(zip(participants, credentials, strict=True))
        ]
        return signed.encode(), rows

    def _claims(self, live: Live, summary: str) -> Claims:
        opinions = [kept.opinion for kept in self._desk.reader.opinions(live.id, ACTIVE)]
        totals = tally.totals(opinions).overall()
        return Claims(
            consultation=live.id,
            title=live.draft.title,
            draft=live.draft.digest(),
            opened=live.opened,
            closed=live.closed,
            received=self._store.received(live.id),
            counted=len(opinions),
            stances={stance.value: totals[stance] for stance in Stance},
            summary=sha256(summary.encode()).hexdigest(),
        )

    def _anchor(self, outgoing: Outgoing, decided: Decided) -> Anchor:
        if not self._batcher.wait_done(self._settings.event_timeout_s):
            raise unavailable(f"the ledger has no proof yet ({self._batcher.trouble or 'slow'})")
        try:
            head = self._ledger.head()
            proof = self._ledger.prove_inclusion(decided.index, head)
        except LedgerError as error:
            raise unavailable(f"the ledger gave no proof: {error}") from error
        return Anchor(self._ledger.traits.name, outgoing.entry, decided.index, proof, head)


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"a column of bytes, found {type(value).__name__}")
    return value
