"""How an act is done: its event is recorded once, whatever happens; the stage changes after it has settled.

When the ledger does not answer in time, the event stays in the outbox, the caller gets a Problem(503), and
doing the act again is safe: it finds its event there and hands over the same bytes. So does a process that
starts after a crash.
"""

from collections.abc import Sequence
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeout
from dataclasses import dataclass
from typing import TypeVar

from nacl.signing import SigningKey

from consultation.core import records
from consultation.core.admission import Stage
from consultation.core.events import Event
from consultation.service import schema
from consultation.service.batcher import Batcher, Decided
from consultation.service.desk import Desk, Outgoing, window_of
from consultation.service.live import Live
from consultation.service.ports import Clock, Settings
from consultation.service.problems import Problem, unavailable
from consultation.service.schema import PENDING, REFUSED
from consultation.service.store import Changes, Row, Store
from consultation.service.writer import Decision

Result = TypeVar("Result")
UNSTORED = "the store has not confirmed this"


@dataclass(frozen=True, slots=True)
class _Sent:
    """An entry to hand over; `again` where the outbox has it already."""

    outgoing: Outgoing
    again: bool


class Acts:
    """Records events of one consultation after another; its caller sees to it that acts do not overlap."""

    def __init__(
        self, store: Store, desk: Desk, batcher: Batcher, key: SigningKey, clock: Clock, settings: Settings
    ) -> None:
        self.store, self.desk, self.batcher, self.clock = store, desk, batcher, clock
        self._key, self._settings = key, settings

    def at(self, name: str, *stages: Stage) -> Live:
        """The consultation, which has to stand at one of the stages. Raises Problem(404, 409)."""
        live = self.desk.consultation(name)
        if self.desk.half_erased(name):
            detail = f"an erasure in {name!r} is not finished: ask for it again, then do this"
            raise Problem(409, "erasure-unfinished", "An erasure is not finished", detail)
        if live.stage not in stages:
            allowed = " or ".join(stage.value for stage in stages)
            raise Problem(
                409,
                "wrong-stage",
                "Not at this stage",
                f"{name!r} is {live.stage.value}; this is allowed while it is {allowed}",
                {"stage": live.stage.value},
            )
        return live

    def record(self, name: str, event: Event) -> tuple[Outgoing, Decided]:
        """Record an event, the same bytes where an earlier attempt left it, and wait until it has settled."""
        return self.record_all(name, [event])[0]

    def record_all(self, name: str, events: Sequence[Event]) -> list[tuple[Outgoing, Decided]]:
        """Record several events that do not depend on one another's order."""
        window = window_of(self.clock.now())
        signed = {event: records.sign(name, window, event, self._key) for event in events}
        sent: list[_Sent] = []
        futures: list[Future[Decided]] = []

        def queue(changes: Changes) -> None:
            # Only in the writer's turn is known what an earlier attempt has stored, however late.
            left, refused_before = self._left(name)
            for event, entry in signed.items():
                # What was refused an hour ago may be right now, and has other bytes.
                outgoing = Outgoing.of(left.get(event, entry), "")
                sent.append(_Sent(outgoing, event in left or outgoing.leaf in refused_before))
            futures.extend(self.batcher.watch(item.outgoing.leaf) for item in sent)
            for item in sent:
                if not item.again:
                    self.desk.queue(name, item.outgoing, "", changes)
                elif item.outgoing.leaf in refused_before:  # it may be right now; a crash must not forget it
                    changes.update(schema.OUTBOX, {"leaf": item.outgoing.leaf}, {"state": PENDING})

        try:
            self.wait(queue)
        except Problem:
            self.batcher.forget([item.outgoing.leaf for item in sent if not item.again])
            raise
        self.batcher.offer([item.outgoing for item in sent if item.again])
        slow = "the ledger has not settled this"
        decided = [self._result(future, f"{slow}: {self.batcher.trouble or 'slow'}") for future in futures]
        refused = next((item for item in decided if item.index < 0), None)
        if refused is not None:
            raise Problem(409, "refused", "The ledger refused", refused.reason)
        return [(item.outgoing, answer) for item, answer in zip(sent, decided, strict=True)]

    def move(self, name: str, stage: Stage, values: Row | None = None) -> None:
        """The stage from now on, with what else changes in the consultation's row."""
        changed: Row = {**(values or {}), "stage": stage.value}

        def keep(changes: Changes) -> None:
            changes.update(schema.CONSULTATIONS, {"id": name}, changed)
            live = self.desk.consultation(name)  # now: a failed commit puts another in its place
            live.stage = stage
            live.opened = str(changed.get("opened", live.opened))
            live.closed = str(changed.get("closed", live.closed))
            live.closes = str(changed.get("closes", live.closes))

        self.wait(keep)

    def wait(self, job: Decision[None]) -> None:
        """Have something stored, and wait for it. Raises Problem(503); what has not begun then never does."""
        future = self.desk.writer.put(job)
        try:
            self._result(future)
        except Problem:
            future.cancel()
            raise

    def wait_for_ledger(self, what: str) -> None:
        """Wait until all that was accepted is on the ledger and stored as such. Raises Problem(503)."""
        if not self.batcher.wait_done(self._settings.event_timeout_s):
            raise unavailable(f"{what} ({self.batcher.trouble or 'slow'})")
        self.wait(lambda _: None)  # what the batcher has found out is stored before this

    def _left(self, name: str) -> tuple[dict[Event, bytes], set[str]]:
        """The unit's events that acts have left, by what they say, and the leaves that the ledger refused."""
        c = schema.OUTBOX.c
        left: dict[Event, bytes] = {}
        refused = set()
        for row in self.store.rows(schema.OUTBOX, c.leaf, c.entry, c.state, consultation=name, request=""):
            if row["state"] == REFUSED:
                refused.add(str(row["leaf"]))
            elif isinstance(entry := row["entry"], bytes):
                left[records.parse(entry).event] = entry
        return left, refused

    def _result(self, future: "Future[Result]", otherwise: str = UNSTORED) -> Result:
        return result_of(future, self._settings.event_timeout_s, otherwise)


def result_of(future: "Future[Result]", timeout_s: float, otherwise: str = UNSTORED) -> Result:
    """Raises Problem(503) saying `otherwise` when it does not come in time, or the service ends before."""
    try:
        return future.result(timeout_s)
    except (FutureTimeout, CancelledError):
        raise unavailable(f"{otherwise}; do it again") from None
