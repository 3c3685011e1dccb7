"""An officer: watches the consultation that is open, and takes closed ones on to their certificates.

What a closed one needs next is asked of the service each time, so that any number of officers on any number
of workers share the work: closed, it is reconciled; reconciled, its table is fixed; then every row is
answered, and it is published; published, responses are changed and published again, another edition of all
certificates. Where a colleague was faster the service says 409, which is kept and is no failure.
"""

from collections.abc import Callable, Mapping
from typing import ClassVar

from locust import FastHttpUser, task

from workloads.load.caller import Caller
from workloads.load.process import Process, Schedule

ANOTHER_WAS_FASTER = 409
OUTCOMES = ("accepted", "accepted_in_part", "explained", "out_of_scope")
TEXT = "Cơ quan chủ trì đã nghiên cứu và giải trình tại bản tổng hợp, lần {number}."


class Officer(FastHttpUser):
    """One officer of the drafting unit."""

    weight = 1
    process: ClassVar[Process]

    def on_start(self) -> None:
        options, number = self.process.options, self.process.number()
        name = f"officer-{self.process.worker}-{number}"
        self._rng = self.process.rng(f"officer {number}")
        self._schedule = Schedule(options.user_rate, self._rng)
        self._call = Caller(self.client, self.process, name, options.officer_token)
        self._path = f"/consultations/{options.consultation}"
        self._answered = 0

    def wait_time(self) -> float:
        return self._schedule.wait_s()

    @task(2)
    def state(self) -> None:
        """Where the open consultation stands."""
        self._call.get("state", self._path, self._schedule.due)

    @task(1)
    def health(self) -> None:
        """Whether the ledger settles entries."""
        self._call.get("health", "/health", self._schedule.due)

    @task(3)
    def proceed(self) -> None:
        """Take a closed consultation one act further; else look at the open one."""
        closed = self.process.ids("closed")
        if not closed:
            self.state()
            return
        path = f"/consultations/{self._rng.choice(closed)}"
        stage = self._call.get("state", path, self._schedule.due).text("stage")
        acts: Mapping[str, Callable[[str], None]] = {
            "closed": lambda path: self._act("reconcile", path),
            "reconciled": lambda path: self._act("summary", path),
            "summarised": self._respond,
            "responded": lambda path: self._act("publish", path),
            "published": self._respond,
        }
        if stage in acts:
            acts[stage](path)

    def _act(self, kind: str, path: str, body: Mapping[str, object] | None = None) -> None:
        due = self._call.done
        self._call.post(kind, f"{path}/{kind}", due, body or {}, allowed=(ANOTHER_WAS_FASTER,))

    def _respond(self, path: str) -> None:
        """Read the table and answer every row by its key."""
        keys = self._call.get("rows", f"{path}/rows", self._call.done).texts("key")
        self._answered += 1
        text = TEXT.format(number=self._answered)
        answers = [{"key": key, "outcome": self._rng.choice(OUTCOMES), "text": text} for key in keys]
        self._act("responses", path, {"responses": [*answers, {"outcome": "explained", "text": text}]})
