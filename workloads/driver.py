"""The open-loop driver: sends a schedule of actions to a service over HTTP, and keeps every time raw.

It sends when an action is due, whether or not earlier answers have come, so that a stall shows in the
latency of everything that was due during it. Only an amendment or a withdrawal waits, for the answer that
names the opinion it refers to; its latency counts from its due time all the same.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from time import monotonic
from types import SimpleNamespace

import aiohttp

from workloads.consultations import Action, ActionKind

_CONNECTIONS = 4096
"""More than wait at once unless the service stands still; past it requests leave late: lag, and shown."""
_TIMEOUT_S = 900.0
"""Longer than a burst takes: a request that waits is late, and shows as late; it is not given up."""
_LEAD_S = 0.05
IDLE_S = 1.0
"""An idle connection is closed here long before the server closes it: a request on its way into a connection
that the server has just closed would be lost.
"""
NEVER = float("nan")


class Outcome(StrEnum):
    """What became of an operation."""

    FINAL = "final"
    REFUSED = "refused"
    """Answered with a problem: nothing was stored."""
    FAILED = "failed"
    """No answer, or an answer of 5xx."""
    LOST = "lost"
    """Accepted with a receipt, and not final when the run ended."""


@dataclass(slots=True)
class Operation:
    """One action's times, in seconds of the machine's monotonic clock; NEVER where it did not get there."""

    action: Action
    rate: float
    due: float
    sent: float = NEVER
    accepted: float = NEVER
    final: float = NEVER
    provable: float = NEVER
    outcome: Outcome = Outcome.FAILED
    leaf: str = ""
    opinion: str = ""
    position: int = -1
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """A service that is up."""

    url: str
    consultation: str
    tokens: Mapping[str, str]

    def headers(self, role: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens[role]}"}


@dataclass(frozen=True, slots=True)
class Due:
    """An action, when it is due (seconds from the start), and the offered rate it belongs to."""

    action: Action
    due_s: float
    rate: float


async def drive(target: Target, schedule: Sequence[Due], tick: Callable[[int], None]) -> list[Operation]:
    """Send everything in the schedule; `tick` is told of each answer. Final times come from `follow`.

    Whatever a service answers, or does not, becomes an outcome: nothing of it is raised.
    """
    answered: dict[str, asyncio.Future[Operation]] = {}
    loop = asyncio.get_running_loop()
    for item in schedule:
        answered[item.action.key] = loop.create_future()
    operations = [Operation(item.action, item.rate, item.due_s) for item in schedule]
    connector = aiohttp.TCPConnector(limit=_CONNECTIONS, keepalive_timeout=IDLE_S)
    timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
    async with aiohttp.ClientSession(
        connector=connector, timeout=timeout, trace_configs=[_stamps()]
    ) as session:
        tasks = []
        start = monotonic() + _LEAD_S
        for operation in operations:
            operation.due += start
            wait_s = operation.due - monotonic()
            if wait_s > 0:
                await asyncio.sleep(wait_s)
            tasks.append(asyncio.create_task(_send(session, target, operation, answered, tick)))
        await asyncio.gather(*tasks)
    return operations


def _stamps() -> aiohttp.TraceConfig:
    """Notes when a request really leaves: a connection is there and its headers are written."""
    config = aiohttp.TraceConfig()

    async def left(_session: object, context: SimpleNamespace, _params: object) -> None:
        operation = context.trace_request_ctx
        if isinstance(operation, Operation):
            operation.sent = monotonic()

    config.on_request_headers_sent.append(left)
    return config


async def _send(
    session: aiohttp.ClientSession,
    target: Target,
    operation: Operation,
    answered: Mapping[str, asyncio.Future[Operation]],
    tick: Callable[[int], None],
) -> None:
    action = operation.action
    try:
        earlier = ""
        if action.supersedes_key is not None:
            before = await answered[action.supersedes_key]
            earlier = before.opinion
            if not earlier:
                # It cannot be sent, and shares the fate of what it refers to.
                operation.outcome = before.outcome
                operation.detail = f"not sent: the opinion it refers to was {before.outcome.value}"
                return
        await _post(session, target, operation, earlier)
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError, LookupError, TypeError) as error:
        operation.accepted = NEVER
        operation.outcome, operation.detail = Outcome.FAILED, f"{type(error).__name__}: {error}"
    finally:
        answered[action.key].set_result(operation)
        tick(1)


async def _post(session: aiohttp.ClientSession, target: Target, operation: Operation, earlier: str) -> None:
    action = operation.action
    path = f"{target.url}/consultations/{target.consultation}/opinions"
    body: dict[str, str] = {"participant": action.participant}
    if action.kind is ActionKind.WITHDRAW:
        path += f"/{earlier}/withdrawal"
    else:
        body |= {
            "provision": action.provision,
            "stance": str(action.stance.value),
            "text": action.text,
            "proposal": action.proposal,
            "reason": action.reason,
            "supersedes": earlier,
        }
    headers = {**target.headers("citizen"), "Idempotency-Key": action.key}
    async with session.post(path, json=body, headers=headers, trace_request_ctx=operation) as answer:
        data = await answer.read()
        answered = monotonic()
    if answer.status in (200, 201):
        value = json.loads(data)
        operation.leaf, operation.opinion = value["leaf"], value["opinion"]
        operation.outcome, operation.accepted = Outcome.LOST, answered
        return
    operation.outcome = Outcome.REFUSED if answer.status < 500 else Outcome.FAILED
    operation.detail = f"{answer.status} {_detail(data)}"


def _detail(data: bytes) -> str:
    """A problem's detail, or what else a server said."""
    try:
        return str(json.loads(data)["detail"])
    except (ValueError, LookupError, TypeError):
        return data[:200].decode(errors="replace")


def follow(operations: Sequence[Operation], rows: Sequence[Mapping[str, object]]) -> None:
    """Fill in final and provable times from what the service says became of its entries."""
    by_leaf = {str(row["leaf"]): row for row in rows}
    for operation in operations:
        row = by_leaf.get(operation.leaf)
        if operation.outcome is not Outcome.LOST or row is None:
            continue
        if row["state"] == "settled":
            operation.outcome = Outcome.FINAL
            operation.position = int(str(row["position"]))
            operation.final = _time(row["final_s"])
            operation.provable = _time(row["provable_s"])
        elif row["state"] == "refused":
            operation.outcome, operation.detail = Outcome.FAILED, str(row["reason"])


def lag_s(operations: Sequence[Operation]) -> float:
    """The generator's own worst lag: how late an action was sent that had nothing to wait for."""
    free = [item for item in operations if item.action.supersedes_key is None and item.sent == item.sent]
    return max((item.sent - item.due for item in free), default=0.0)


def _time(value: object) -> float:
    return NEVER if value is None else float(str(value))
