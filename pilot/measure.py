"""One window: a consultation replayed on one ledger, its times kept raw, its resources metered."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic

import pyarrow as pa
import pyarrow.parquet as pq

from consultation.web.access import Role
from pilot.rundir import RunDirectory
from pilot.station import Station
from workloads import driver
from workloads.consultations import DraftText, Response
from workloads.driver import Due, Operation, Outcome, Target

OTHERWISE = "Cơ quan chủ trì soạn thảo tiếp nhận ý kiến và sẽ nghiên cứu khi hoàn thiện dự thảo."
"""The response to every row that a replayed consultation brings no response for."""
_DRAIN_S = 60.0
_POLL_S = 0.05

_SCHEMA = pa.schema(
    [
        ("repeat", pa.int32()),
        ("rate", pa.float64()),
        ("kind", pa.string()),
        ("due", pa.float64()),
        ("sent", pa.float64()),
        ("accepted", pa.float64()),
        ("final", pa.float64()),
        ("provable", pa.float64()),
        ("outcome", pa.string()),
        ("detail", pa.string()),
        ("node", pa.string()),
        ("leaf", pa.string()),
        ("position", pa.int64()),
    ]
)


@dataclass(slots=True)
class Measured:
    """What has been seen of one ledger so far."""

    operations: list[tuple[int, Operation]] = field(default_factory=list)
    used: dict[str, float] = field(default_factory=dict)
    """Differences over the windows, by name; gauges as last seen."""
    lag_s: float = 0.0
    traits: Mapping[str, str | int] = field(default_factory=dict)
    """What the ledger promises: voucher, parties, durability, and a sentence about what runs."""

    def add_use(self, before: Mapping[str, float], after: Mapping[str, float]) -> None:
        gauges = {"ledger_rss_bytes", "ledger_processes", "stored_bytes"}
        for name, value in after.items():
            if name in gauges:
                self.used[name] = value
            else:
                self.used[name] = self.used.get(name, 0.0) + value - before[name]


def open_consultation(station: Station, name: str, draft: DraftText) -> None:
    """Lay the draft down, have it approved, and open it; no deadline binds a replay."""
    parts = [part.to_json() for part in draft.provisions]
    body = {"id": name, "title": draft.title, "issuer": draft.issuer, "provisions": parts}
    station.client.post("/consultations", Role.OFFICER, body)
    station.client.post(f"/consultations/{name}/approve", Role.OFFICER)
    station.client.post(f"/consultations/{name}/open", Role.OFFICER, {})


def window(
    station: Station,
    consultation: str,
    schedule: Sequence[Due],
    repeat: int,
    measured: Measured,
    tick: Callable[[int], None],
) -> None:
    """Replay, wait until everything accepted is final and provable or nothing moves, and meter."""
    before = station.use()
    operations = replay(station, consultation, schedule, _DRAIN_S, tick)
    measured.add_use(before, station.use())
    measured.operations += [(repeat, operation) for operation in operations]
    measured.lag_s = max(measured.lag_s, driver.lag_s(operations))


def replay(
    station: Station, consultation: str, schedule: Sequence[Due], drain_s: float, tick: Callable[[int], None]
) -> list[Operation]:
    """Send the schedule, and ask what became of it when all is provable, or no more is for `drain_s`."""
    tokens = {role.value: token for role, token in station.client.tokens.items()}
    target = Target(station.client.url, consultation, tokens)
    operations = asyncio.run(driver.drive(target, schedule, tick))
    deadline = monotonic() + (drain_s if _drain(station, drain_s) else 0.0)
    while True:  # what the service has found out it has yet to store
        rows = json.loads(station.client.get(f"/consultations/{consultation}/operations", Role.OPERATOR))
        known = all(row["provable_s"] is not None or row["state"] == "refused" for row in rows)
        if known or monotonic() > deadline:
            break
        wait_until_changed()
    driver.follow(operations, rows)
    return operations


def _drain(station: Station, patience_s: float) -> bool:
    """Wait until no entry has to become provable; False where nothing has moved for `patience_s`."""
    former, deadline = -1, 0.0
    while waiting := int(json.loads(station.client.get("/health", Role.OPERATOR))["waiting"]):
        if waiting != former:
            former, deadline = waiting, monotonic() + patience_s
        elif monotonic() > deadline:
            return False
        wait_until_changed()
    return True


def wait_until_changed() -> None:
    """Let the service work for a moment before it is asked again."""
    asyncio.run(asyncio.sleep(_POLL_S))


def close_consultation(station: Station, name: str) -> None:
    """Take no more; returns when every accepted opinion is on the ledger."""
    station.client.post(f"/consultations/{name}/close", Role.OFFICER)


def publish_consultation(station: Station, name: str, responses: Sequence[Response]) -> dict[str, object]:
    """Count what stands, fix the table with the unit's responses, publish; returns the table."""
    given: list[dict[str, str]] = [
        {
            "provision": item.provision,
            "stance": item.stance.value,
            "outcome": item.outcome.value,
            "text": item.text,
        }
        for item in responses
    ]
    given.append({"outcome": "explained", "text": OTHERWISE})
    station.client.post(f"/consultations/{name}/reconcile", Role.OFFICER, {})
    station.client.post(f"/consultations/{name}/summary", Role.OFFICER)
    answer = station.client.post(f"/consultations/{name}/responses", Role.OFFICER, {"responses": given})
    station.client.post(f"/consultations/{name}/publish", Role.OFFICER)
    summary: dict[str, object] = json.loads(answer)
    return summary


def counts(measured: Measured) -> dict[str, int]:
    """Operations by what became of them."""
    outcomes = [operation.outcome for _, operation in measured.operations]
    accepted = sum(1 for _, operation in measured.operations if operation.leaf)
    return {
        "submitted": len(outcomes),
        "accepted": accepted,
        "final": outcomes.count(Outcome.FINAL),
        "failed": outcomes.count(Outcome.FAILED) + outcomes.count(Outcome.REFUSED),
        "lost": outcomes.count(Outcome.LOST),
        "duplicated": 0,
    }


def write_observations(run: RunDirectory, ledger: str, table: pa.Table) -> None:
    """One ledger's operations, whole or not at all. Raises OSError."""
    path = run.observations(ledger)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    pq.write_table(table, part, compression="zstd")
    part.replace(path)


def write(run: RunDirectory, ledger: str, measured: Measured, start: float) -> None:
    """Observations as Parquet, times in seconds from the run's start; receipts as JSON lines."""
    rows = [
        {
            "repeat": repeat,
            "rate": item.rate,
            "kind": item.action.kind.value,
            "due": item.due - start,
            "sent": item.sent - start,
            "accepted": item.accepted - start,
            "final": item.final - start,
            "provable": item.provable - start,
            "outcome": item.outcome.value,
            "detail": item.detail,
            "node": "service",
            "leaf": item.leaf,
            "position": item.position,
        }
        for repeat, item in measured.operations
    ]
    write_observations(run, ledger, pa.Table.from_pylist(rows, schema=_SCHEMA))
    run.receipts.mkdir(exist_ok=True)
    with (run.receipts / f"{ledger}.jsonl").open("w", encoding="utf-8") as file:
        for repeat, item in measured.operations:
            if item.leaf:
                file.write(json.dumps({"leaf": item.leaf, "opinion": item.opinion, "repeat": repeat}) + "\n")
