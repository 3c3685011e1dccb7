"""What a bench has seen so far, and how it is written: whole files, the manifest last.

Observations stay in memory until the end, or until the bench is interrupted; then what was measured is
written and the manifest says `partial`, with the reason. A folder without a manifest is refused by every
reader.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

import numpy as np
import pyarrow as pa

from pilot.measure import write_observations
from pilot.rundir import RunDirectory, Value
from reports.statistics.lag import KEPT_LAG_S
from reports.statistics.ranks import at_share
from workloads.bench.observed import OUTCOMES, Observed

_SCHEMA = pa.schema(
    [
        ("window", pa.int32()),
        ("due", pa.float64()),
        ("sent", pa.float64()),
        ("accepted", pa.float64()),
        ("final", pa.float64()),
        ("provable", pa.float64()),
        ("outcome", pa.string()),
        ("door", pa.string()),
        ("position", pa.int64()),
        ("final_by", pa.list_(pa.float64())),
    ]
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Which window it is; the keys are those of windows.json."""

    ledger: str
    phase: str
    drive: str
    loop: str
    kind: str
    rate: float | None
    callers: int | None
    start: int
    repeat: int
    grown_to: int | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """A row of windows.json."""

    window: int
    plan: Plan
    doors: Sequence[str]
    began_s: float
    ended_s: float
    lag_p99_s: float
    lag_max_s: float
    valid: bool
    invalid: str
    load_average: float
    steal_share: float
    disturbed: str
    entries: int
    use: Mapping[str, Mapping[str, float | None]]
    stored_bytes: int | None
    network_bytes: int | None
    gas: int | None
    energy_j: float | None
    troubles: Mapping[str, int]

    def to_json(self) -> dict[str, Value]:
        """Flat: the plan's keys beside the others."""
        row = asdict(self)
        plan = row.pop("plan")
        return {"window": row.pop("window"), **plan, **row}


@dataclass(slots=True)
class Book:
    """All windows so far; times are kept in seconds from `start_s` of the monotonic clock."""

    start_s: float
    windows: list[Window] = field(default_factory=list)
    _tables: dict[str, list[pa.Table]] = field(default_factory=dict)

    @property
    def next_window(self) -> int:
        return len(self.windows)

    def add(self, window: Window, seen: Observed) -> None:
        self.windows.append(window)
        self._tables.setdefault(window.plan.ledger, []).append(_table(window.window, seen, self.start_s))

    def write(self, run: RunDirectory) -> None:
        """`windows.json` and `observations/`. Raises OSError, for instance where the disk is full."""
        for ledger, tables in self._tables.items():
            write_observations(run, ledger, pa.concat_tables(tables))
        run.write_json("windows.json", [window.to_json() for window in self.windows])


def lags(seen: Observed) -> tuple[float, float]:
    """The generator's own delay, seconds: exceeded by one of 100 operations, and at most; 0 where none."""
    known = np.sort(seen.free_lag[~np.isnan(seen.free_lag)])
    if not len(known):
        return 0.0, 0.0
    return at_share(known, 0.99), float(known[-1])


def kept(lag_p99_s: float) -> str:
    """Empty, or why the window is invalid."""
    if lag_p99_s <= KEPT_LAG_S:
        return ""
    return (
        f"the generator itself was {lag_p99_s * 1000:.0f} ms late for one of 100 operations; "
        f"allowed are {KEPT_LAG_S * 1000:.0f} ms: use a machine with more processors, or a lower rate"
    )


def _table(window: int, seen: Observed, start_s: float) -> pa.Table:
    n = len(seen)
    by = np.vstack([column - start_s for column in seen.final_by]).T if seen.final_by else np.empty((n, 0))
    width = by.shape[1]
    columns = [
        pa.array(np.full(n, window, dtype=np.int32)),
        *(
            pa.array(column - start_s)
            for column in (seen.due, seen.sent, seen.accepted, seen.final, seen.provable)
        ),
        pa.array([OUTCOMES[each] for each in seen.became], type=pa.string()),
        pa.array([seen.doors[each] for each in seen.door], type=pa.string()),
        pa.array(seen.position),
        pa.ListArray.from_arrays(
            pa.array(np.arange(n + 1, dtype=np.int32) * width), pa.array(by.reshape(-1))
        ),
    ]
    return pa.Table.from_arrays(columns, schema=_SCHEMA)
