"""Locust users over the HTTP service: citizens give, amend, withdraw and check opinions; officers read.

    locust -f workloads/locustfile.py --host http://127.0.0.1:8000 --consultation ID \
        --citizen-token TOKEN --officer-token TOKEN [--observations FILE]

Every option has an environment variable too, which `locust --help` names. Each user keeps a schedule of its
own, drawn before anything is sent: a request that comes late because the one before it was slow is counted
from when it was due, as in `workloads.driver`. Locust's own statistics count from the sending; the raw
observations keep due, sent and accepted, in seconds of this machine's monotonic clock, one JSON object on
each line.

Locust replaces the standard library's sockets when it is imported: this file is for a process of its own.
"""

import json
from argparse import Namespace
from pathlib import Path
from random import Random
from time import monotonic
from uuid import uuid4

from locust import FastHttpUser, events, task
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment

_STANCES = ("agree", "agree_with_comments", "disagree", "no_opinion")
_TEXT = "Đề nghị quy định rõ thời hạn và cơ quan chịu trách nhiệm trong nội dung này."


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def _options(parser: LocustArgumentParser) -> None:
    add = parser.add_argument
    add("--consultation", env_var="PILOT_CONSULTATION", default="narrow", help="Id of an open consultation.")
    add("--citizen-token", env_var="PILOT_CITIZEN_TOKEN", default="", is_secret=True, help="Citizens' token.")
    add("--officer-token", env_var="PILOT_OFFICER_TOKEN", default="", is_secret=True, help="Officers' token.")
    add("--user-rate", env_var="PILOT_USER_RATE", type=float, default=1.0, help="Requests a second and user.")
    add("--seed", env_var="PILOT_SEED", type=int, default=1, help="Of schedules and choices.")
    add("--observations", env_var="PILOT_OBSERVATIONS", default="", help="File for raw observations.")


class _Observations:
    """Writes what became of each request, in the order of answers."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def keep(
        self, *, context: dict[str, object], response: object, exception: BaseException | None, **_: object
    ) -> None:
        if "due" not in context:
            return
        status = getattr(response, "status_code", 0)
        failed = "" if exception is None else f"{type(exception).__name__}: {exception}"
        line = {**context, "accepted": monotonic(), "status": status, "failed": failed}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def close(self, **_: object) -> None:
        self._file.close()


@events.init.add_listener  # type: ignore[untyped-decorator]
def _observe(environment: Environment, **_: object) -> None:
    options = environment.parsed_options
    if options is not None and options.observations:
        observations = _Observations(Path(options.observations))
        environment.events.request.add_listener(observations.keep)  # type: ignore[no-untyped-call]
        environment.events.quitting.add_listener(observations.close)  # type: ignore[no-untyped-call]


class _Scheduled:
    """When a user's requests are due: a Poisson process from its start."""

    def __init__(self, rate_per_s: float, rng: Random) -> None:
        self._rate_per_s, self._rng = rate_per_s, rng
        self.due = monotonic()

    def wait_s(self) -> float:
        self.due += self._rng.expovariate(self._rate_per_s)
        return max(0.0, self.due - monotonic())


class Citizen(FastHttpUser):
    """One participant; Locust asks for inheritance, and makes an instance for each."""

    weight = 9
    _made = 0
    _run = uuid4().hex[:12]

    def on_start(self) -> None:
        Citizen._made += 1
        self._options: Namespace = self.environment.parsed_options
        self._participant = f"locust-{self._run}-{Citizen._made}"
        self._rng = Random(f"{self._options.seed} {Citizen._made}")
        self._schedule = _Scheduled(self._options.user_rate, self._rng)
        self._path = f"/consultations/{self._options.consultation}"
        self._headers = {"Authorization": f"Bearer {self._options.citizen_token}"}
        self._sent = 0
        self._standing: dict[str, str] = {}
        self._leaves: list[str] = []
        draft = self.client.get(f"{self._path}/draft", name="draft", headers=self._headers)
        provisions = draft.json()["provisions"] if draft.status_code == 200 else []
        self._provisions = ["", *(part["id"] for part in provisions)]

    def wait_time(self) -> float:
        return self._schedule.wait_s()

    @task(6)
    def give(self) -> None:
        """Give an opinion on a provision, or amend the one that stands there."""
        provision = self._rng.choice(self._provisions)
        earlier = self._standing.get(provision, "")
        body = {
            "participant": self._participant,
            "provision": provision,
            "stance": self._rng.choice(_STANCES),
            "text": _TEXT,
            "supersedes": earlier,
        }
        receipt = self._post("amend" if earlier else "submit", f"{self._path}/opinions", body)
        if receipt:
            self._standing[provision] = receipt["opinion"]

    @task(1)
    def withdraw(self) -> None:
        """Take an opinion back where one stands; else give one."""
        if not self._standing:
            self.give()
            return
        provision = self._rng.choice(sorted(self._standing))
        path = f"{self._path}/opinions/{self._standing[provision]}/withdrawal"
        if self._post("withdraw", path, {"participant": self._participant}):
            del self._standing[provision]

    @task(2)
    def check(self) -> None:
        """Ask where a receipt's entry is by now."""
        if not self._leaves:
            self.give()
            return
        leaf = self._rng.choice(self._leaves)
        self.client.get(f"{self._path}/receipts/{leaf}", name="receipt", headers=self._headers)

    @task(1)
    def read(self) -> None:
        """Read the draft."""
        self.client.get(f"{self._path}/draft", name="draft", headers=self._headers)

    def _post(self, kind: str, path: str, body: dict[str, str]) -> dict[str, str]:
        """The receipt, or nothing; an answer that got lost is asked for once more with the same key."""
        self._sent += 1
        key = f"{self._participant}-{self._sent}"
        headers = {**self._headers, "Idempotency-Key": key}
        for attempt in (1, 2):
            context = {
                "kind": kind,
                "key": key,
                "attempt": attempt,
                "due": self._schedule.due,
                "sent": monotonic(),
            }
            answer = self.client.post(path, name=kind, json=body, headers=headers, context=context)
            if answer.status_code in (200, 201):
                receipt: dict[str, str] = answer.json()
                self._leaves.append(receipt["leaf"])
                return receipt
            if answer.status_code and answer.status_code < 500:
                return {}
        return {}


class Officer(FastHttpUser):
    """Reads how the consultation stands."""

    weight = 1
    _made = 0

    def on_start(self) -> None:
        Officer._made += 1
        options: Namespace = self.environment.parsed_options
        self._schedule = _Scheduled(options.user_rate, Random(f"{options.seed} officer {Officer._made}"))
        self._path = f"/consultations/{options.consultation}"
        self._headers = {"Authorization": f"Bearer {options.officer_token}"}

    def wait_time(self) -> float:
        return self._schedule.wait_s()

    @task(2)
    def state(self) -> None:
        """Where the consultation stands."""
        self.client.get(self._path, name="state", headers=self._headers)

    @task(1)
    def health(self) -> None:
        """Whether the ledger settles entries."""
        self.client.get("/health", name="health", headers=self._headers)
