"""Windows through the service: the same ledgers, with everything that a service adds to them."""

from collections.abc import Sequence
from time import monotonic

import numpy as np

from consultation.core.ledger import Usage
from pilot import measure
from pilot.bench.book import Book, Plan
from pilot.bench.look import between, look
from pilot.bench.windows import Group, Meter, enter
from pilot.station import Station
from workloads.bench.direct import Tick
from workloads.bench.observed import OUTCOMES, Observed, Times
from workloads.consultations import Consultation
from workloads.driver import Due, Operation

DOOR = "service"


def schedule(consultation: Consultation, rate: float, due_s: Times) -> list[Due]:
    """The consultation's actions in their order: as many as there are due times, or all of them."""
    return [Due(action, float(at), rate) for action, at in zip(consultation.actions, due_s, strict=False)]


def write(
    book: Book, station: Station, plan: Plan, name: str, schedule: Sequence[Due], drain_s: float, tick: Tick
) -> Observed:
    """Replay the schedule on the open consultation, follow every opinion. Raises ServiceError, OSError."""
    before, seen_before = _meter(station), look()
    began_s = monotonic()
    seen = _observed(measure.replay(station, name, schedule, drain_s, tick))
    enter(book, plan, seen, began_s, (before, _meter(station)), between(seen_before, look()))
    return seen


def _observed(operations: Sequence[Operation]) -> Observed:
    def column(times: Sequence[float]) -> Times:
        return np.array(times, dtype=np.float64)

    seen = Observed.of(column([each.due for each in operations]), [DOOR])
    seen.sent = column([each.sent for each in operations])
    seen.accepted = column([each.accepted for each in operations])
    seen.final = column([each.final for each in operations])
    seen.provable = column([each.provable for each in operations])
    seen.became = np.array([OUTCOMES.index(each.outcome) for each in operations], dtype=np.int8)
    seen.position = np.array([each.position for each in operations], dtype=np.int64)
    # An amendment waits for the answer that names what it amends: that is not the generator's delay.
    free = np.array([each.action.supersedes_key is None for each in operations])
    seen.free_lag = np.where(free, seen.sent - seen.due, np.nan)
    return seen


def _meter(station: Station) -> Meter:
    used = station.use()
    groups = {
        "service": Group(used["service_cpu_s"], None, None),
        "ledger": Group(used["ledger_cpu_s"], int(used["ledger_rss_bytes"]) or None, None),
    }
    usage = Usage(
        int(used["entries"]), int(used["handed_over_bytes"]), int(used["stored_bytes"]), int(used["gas"])
    )
    return Meter(groups, None, usage)
