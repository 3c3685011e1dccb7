"""Writes a bench directory whose every figure can be worked out by hand, for the tests only.

Every operation of a window waits equally long; times are on a grid. Nothing in it was measured.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from tests.reports.bench.synthetic import seal
from tests.reports.synthetic import Json, dump


@dataclass(frozen=True, slots=True)
class Plain:
    """One window: `n` operations due evenly at `rate`, each final after `wait_s`."""

    ledger: str = "signed-db"
    phase: str = "load"
    drive: str = "direct"
    kind: str = "entry"
    rate: float = 100.0
    n: int = 1000
    start: int = 0
    repeat: int = 0
    wait_s: float = 0.5
    grown_to: int | None = None
    doors: Sequence[str] = ("node-0",)
    invalid: str = ""
    disturbed: str = ""
    lag_s: float = 0.001
    outcomes: Mapping[int, str] = field(default_factory=dict)
    """Operation to what became of it, where that is not 'final'."""
    by_s: Sequence[float] = ()
    """How long after `final` the first, the second, ... watched node had it."""
    use: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    stored_bytes: int | None = None
    network_bytes: int | None = None
    gas: int | None = None


def _table(number: int, one: Plain, began_s: float) -> pa.Table:
    due = began_s + np.arange(one.n) / one.rate
    outcome = np.full(one.n, "final", dtype="U8")
    for at, became in one.outcomes.items():
        outcome[at] = became
    final = np.where(outcome == "final", due + one.wait_s, np.nan)
    accepted = np.where(np.isin(outcome, ("final", "lost")), due + one.wait_s / 2, np.nan)
    by = [[float(at + more) for more in one.by_s] for at in final]
    return pa.table(
        {
            "window": pa.array(np.full(one.n, number, dtype=np.int32)),
            "due": pa.array(due),
            "sent": pa.array(due),
            "accepted": pa.array(accepted),
            "final": pa.array(final),
            "provable": pa.array(final + 0.1),
            "outcome": pa.array(outcome.tolist()),
            "door": pa.array([one.doors[at % len(one.doors)] for at in range(one.n)]),
            "position": pa.array(np.where(np.isfinite(final), np.arange(one.n), -1)),
            "final_by": pa.array(by, pa.list_(pa.float64())),
        }
    )


def _row(number: int, one: Plain, began_s: float) -> dict[str, Json]:
    return {
        "window": number,
        "ledger": one.ledger,
        "phase": one.phase,
        "drive": one.drive,
        "loop": "open",
        "kind": one.kind,
        "rate": one.rate,
        "callers": None,
        "start": one.start,
        "repeat": one.repeat,
        "grown_to": one.grown_to,
        "doors": list(one.doors),
        "began_s": began_s,
        "ended_s": began_s + one.n / one.rate,
        "lag_p99_s": one.lag_s,
        "lag_max_s": one.lag_s,
        "valid": not one.invalid,
        "invalid": one.invalid,
        "load_average": 0.5,
        "steal_share": 0.0,
        "disturbed": one.disturbed,
        "entries": one.n - len(one.outcomes),
        "use": {name: dict(use) for name, use in one.use.items()},
        "stored_bytes": one.stored_bytes,
        "network_bytes": one.network_bytes,
        "gas": one.gas,
        "energy_j": None,
    }


LEDGER: Mapping[str, Json] = {
    "status": "measured", "backend": "signed-db", "voucher": "the operator alone", "parties": 1,
    "durability": "power", "nodes": [], "caution": "", "assurance": {}, "options": {},
}  # fmt: skip


def write(
    folder: Path,
    windows: Sequence[Plain],
    ledgers: Mapping[str, Mapping[str, Json]] | None = None,
    *,
    p95_s: float = 1.0,
    quick: bool = False,
    partial: str = "",
) -> Path:
    """The windows in their order; `ledgers` changes keys of `LEDGER`, by label."""
    (folder / "observations").mkdir(parents=True)
    (folder / "scenario.toml").write_text('name = "by hand"\n', encoding="utf-8")
    rows: list[Json] = []
    tables: dict[str, list[pa.Table]] = {}
    began_s = 0.0
    for number, one in enumerate(windows):
        rows.append(_row(number, one, began_s))
        tables.setdefault(one.ledger, []).append(_table(number, one, began_s))
        began_s += one.n / one.rate + 10.0
    for label, parts in tables.items():
        pq.write_table(pa.concat_tables(parts), folder / "observations" / f"{label}.parquet")
    (folder / "windows.json").write_text(json.dumps(rows), encoding="utf-8")
    said = ledgers if ledgers is not None else {one.ledger: {} for one in windows if one.drive != "harness"}
    dump(
        folder / "raw.json",
        {
            "ledgers": {label: {**LEDGER, **keys} for label, keys in said.items()},
            "equal_terms": {"batch_age_s": 0.01, "entry_bytes": 512, "durability": {"signed-db": "power"}},
            "limits": {"p95_s": p95_s, "demand_per_s": 10.0, "demand_source": "invented"},
        },
    )
    seal(folder, starts=len({one.start for one in windows}), quick=quick, partial=partial)
    return folder
