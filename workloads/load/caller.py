"""One user's requests: sent through Locust, and each kept raw with when it was due, sent and answered."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic

from locust.clients import ResponseContextManager
from locust.contrib.fasthttp import FastHttpSession

from workloads.load.process import Process

INTERRUPTED = "interrupted: Locust ended before an answer came"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; status 0 where nothing did."""

    status: int
    data: bytes

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300

    def text(self, name: str) -> str:
        """A text of the JSON object that it is; '' where it is not or has none."""
        try:
            return str(json.loads(self.data)[name])
        except (ValueError, LookupError, TypeError):
            return ""

    def texts(self, name: str, of: str = "") -> list[str]:
        """A text of each object in the JSON list that it is, or has under `of`; none where that is not so."""
        try:
            found = json.loads(self.data)
            return [str(one[name]) for one in (found[of] if of else found)]
        except (ValueError, LookupError, TypeError):
            return []


class Caller:
    """Requests of one user in one role. `done` is when the last answer came: a follow-up is due then."""

    def __init__(self, client: FastHttpSession, process: Process, user: str, token: str) -> None:
        self._client, self._process, self._user = client, process, user
        self._headers = {"Authorization": f"Bearer {token}"}
        self.done = monotonic()

    def get(self, kind: str, path: str, due: float) -> Answer:
        return self._call("GET", kind, path, due, None, "", 1)

    def post(
        self,
        kind: str,
        path: str,
        due: float,
        body: object,
        key: str = "",
        attempt: int = 1,
        allowed: tuple[int, ...] = (),
    ) -> Answer:
        """`key` is the idempotency key; statuses that are `allowed` are no failure to Locust."""
        return self._call("POST", kind, path, due, body, key, attempt, allowed)

    def check(self, kind: str, data: bytes, checks: Callable[[bytes], str]) -> None:
        """Check in process what was handed out; it is in Locust's table and among the observations."""
        due = sent = monotonic()
        trouble = checks(data)
        self._keep(kind, "", 1, due, sent, monotonic(), Answer(0, b""), trouble)
        self._process.environment.events.request.fire(  # type: ignore[no-untyped-call]
            request_type="CHECK",
            name=kind,
            response_time=(self.done - sent) * 1000,
            response_length=len(data),
            exception=ValueError(trouble) if trouble else None,
            context={},
        )

    def _call(
        self,
        method: str,
        kind: str,
        path: str,
        due: float,
        body: object,
        key: str,
        attempt: int,
        allowed: tuple[int, ...] = (),
    ) -> Answer:
        headers = {**self._headers, "Idempotency-Key": key} if key else self._headers
        answer, failed = Answer(0, b""), INTERRUPTED
        answered: float | None = None
        sent = monotonic()
        try:
            with self._client.request(
                method, path, name=kind, json=body, headers=headers, catch_response=True
            ) as response:
                answered = monotonic()
                answer = Answer(response.status_code or 0, response.content or b"")
                failed = "" if answer.good else _why(response, answer)
                if answer.status in allowed:
                    response.success()
        finally:
            self._keep(kind, key, attempt, due, sent, answered, answer, failed)
        return answer

    def _keep(
        self,
        kind: str,
        key: str,
        attempt: int,
        due: float,
        sent: float,
        answered: float | None,
        answer: Answer,
        failed: str,
    ) -> None:
        self.done = answered if answered is not None else monotonic()
        line: Mapping[str, str | int | float | None] = {
            "user": self._user,
            "kind": kind,
            "key": key,
            "attempt": attempt,
            "due": due,
            "sent": sent,
            "answered": answered,
            "status": answer.status,
            "leaf": answer.text("leaf") if key and answer.good else "",
            "failed": failed,
        }
        self._process.observer.keep(line)


def _why(response: ResponseContextManager, answer: Answer) -> str:
    if not answer.status:
        return f"no answer: {getattr(response, 'error', None)!r}"
    return f"{answer.status} {answer.text('detail') or answer.data[:200].decode(errors='replace')}"
