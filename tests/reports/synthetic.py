"""Writes a whole run directory of invented numbers, for the tests only. Same arguments, same bytes.

Nothing in it was measured: its name and its machine say so.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reports.files import digest

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

SCENARIO = """\
name = "synthetic"
seed = 7

[context]
several_writers = true
writers_known = true
writers_trusted = false
trusted_third_party = true
public_verifiability = true
opinions_per_year = 200000

[tokens]
citizen = "never-shown-in-a-report"
"""

MACHINE: Mapping[str, Json] = {
    "cpus": 2,
    "model": "invented for the tests",
    "memory_bytes": 8_000_000_000,
    "kernel": "Linux 6.1",
    "python": "3.11.7",
}
PROTOCOL = "# Protocol\n\nInvented numbers for the tests.\n"


@dataclass(frozen=True, slots=True)
class Plot:
    """How an invented ledger behaves."""

    voucher: str
    parties: int
    durability: str
    round_s: float
    """How long it takes to make a batch final."""
    cpu_s: float
    stored_bytes: float
    finality: str
    gas: float = 0.0
    evm: str = ""


PLOTS: Mapping[str, Plot] = {
    "memory": Plot("nobody", 0, "none", 0.0004, 0.0002, 600, "stored in memory"),
    "signed-db": Plot("the operator", 1, "power", 0.004, 0.0006, 1100, "durable commit on one disk"),
    "merkle-log": Plot(
        "the operator and 3 of 4 witnesses", 4, "power", 0.03, 0.0011, 1300,
        "a checkpoint cosigned by 3 of 4 witnesses covers it",
    ),
    "cometbft": Plot(
        "more than two thirds of 4 validators", 3, "power", 0.35, 0.009, 5200,
        "block decided, next header fetched and checked",
    ),
    "evm": Plot(
        "operator only, one node, no consensus", 1, "process", 0.12, 0.006, 2400, "mined by one node",
        gas=61_000, evm="anvil 1.7.1, one node, no consensus",
    ),
    "evm-anchored": Plot(
        "operator only, one node, no consensus", 1, "process", 0.2, 0.002, 1500, "head mined by one node",
        gas=900, evm="anvil 1.7.1, one node, no consensus",
    ),
}  # fmt: skip

_DETECTS: Mapping[str, Mapping[str, tuple[bool, bool, bool | None]]] = {
    "memory": {"edit": (False, False, None), "delete": (False, False, None), "rewrite": (False, False, None)},
    "signed-db": {"edit": (True, True, None), "delete": (True, True, None), "rewrite": (False, False, None)},
    "merkle-log": {"edit": (True, True, True), "delete": (True, True, True), "rewrite": (True, True, True)},
    "cometbft": {"edit": (True, True, True), "delete": (True, True, True), "rewrite": (True, True, True)},
    "evm": {"edit": (True, True, None), "delete": (True, True, None), "rewrite": (False, True, None)},
    "evm-anchored": {
        "edit": (True, True, None),
        "delete": (True, True, None),
        "rewrite": (False, True, None),
    },
}
_DEFENDERS = ("certificate holder", "auditor with pins", "another validator or witness")


def _batched(ready: NDArray[np.float64], round_s: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """When each of the ready times (ascending) is done by a server that takes all that waits at once."""
    done = np.empty_like(ready)
    free, first = 0.0, 0
    while first < len(ready):
        start = max(free, float(ready[first]))
        last = int(np.searchsorted(ready, start, side="right"))
        free = start + round_s * float(rng.uniform(0.9, 1.15))
        done[first:last] = free
        first = last
    return done


def observations(plot: Plot, rates: Collection[float], repeats: int, seconds: float, seed: int) -> pa.Table:
    """Poisson arrivals through two batching servers; one submission in 300 is refused."""
    rng = np.random.default_rng(seed)
    parts: list[pa.Table] = []
    clock = 1.0
    for repeat in range(repeats):
        for rate in rates:
            due = clock + np.sort(rng.uniform(0, seconds, int(rate * seconds)))
            sent = due + 0.0003
            accepted = _batched(sent, 0.003, rng)
            final = _batched(accepted, plot.round_s, rng)
            refused = np.arange(len(due)) % 300 == 299
            kind = np.where(np.arange(len(due)) % 25 == 24, "amend", "submit").astype("U10")
            kind[np.arange(len(due)) % 50 == 49] = "withdraw"
            parts.append(
                pa.table(
                    {
                        "repeat": pa.array(np.full(len(due), repeat, dtype=np.int32)),
                        "rate": pa.array(np.full(len(due), rate)),
                        "kind": pa.array(kind.tolist()),
                        "due": pa.array(due),
                        "sent": pa.array(sent),
                        "accepted": pa.array(np.where(refused, np.nan, accepted)),
                        "final": pa.array(np.where(refused, np.nan, final)),
                        "provable": pa.array(np.where(refused, np.nan, final + 0.002)),
                        "outcome": pa.array(np.where(refused, "refused", "final").tolist()),
                        "node": pa.array(["node-0"] * len(due)),
                    }
                )
            )
            clock += seconds + 1.0
    return pa.concat_tables(parts)


def _ledger(name: str, rows: int, refused: int) -> dict[str, Json]:
    plot = PLOTS[name]
    done = rows - refused
    return {
        "status": "measured",
        "reason": "",
        "voucher": plot.voucher,
        "parties": plot.parties,
        "durability": plot.durability,
        "evm": plot.evm,
        "counts": {
            "submitted": rows, "accepted": done, "final": done, "failed": refused, "lost": 0, "duplicated": 0,
        },
        "resources_total": {
            "cpu_s": plot.cpu_s * done,
            "stored_bytes": plot.stored_bytes * done,
            "gas": plot.gas * done,
            "rss_bytes": 80e6,
            "handed_over_bytes": 480.0 * done,
            "service_cpu_s": 0.0015 * done,
        },
        "entries": done,
    }  # fmt: skip


def _risk(names: Collection[str], unmeasured: Collection[str]) -> list[Json]:
    cells: list[Json] = []
    for name in names:
        for threat, answers in _DETECTS[name].items():
            for store in ("service", "ledger"):
                for defender, seen in zip(_DEFENDERS, answers, strict=True):
                    outcome = {True: "detected", False: "not detected", None: "not applicable"}[seen]
                    cells.append(
                        {
                            "threat": threat,
                            "store": store,
                            "ledger": name,
                            "mode": "anchored" if name.endswith("anchored") else "per-entry",
                            "defender": defender,
                            "outcome": "not measured" if name in unmeasured else outcome,
                            "detected_by": "inclusion" if seen else "",
                            "seconds": 0.02 if seen is not None else None,
                            "evidence": "invented for the tests",
                            "staged": f"{threat} in the {store}'s store, invented",
                            "lost": 1 if threat == "delete" else 0,
                            "duplicated": 0,
                        }
                    )
    return cells


def dump(path: Path, value: Json) -> None:
    """Write JSON."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def seal(folder: Path, *, complete: bool = True) -> None:
    """Write `manifest.json` over the files as they stand."""
    measured = [
        folder / "scenario.toml", folder / "protocol.md", folder / "raw.json", folder / "risk.json",
        *sorted((folder / "observations").iterdir()),
    ]  # fmt: skip
    dump(
        folder / "manifest.json",
        {
            "name": "synthetic",
            "started": "2025-01-02T03:04:05Z",
            "finished": "2025-01-02T03:08:05Z",
            "machine": dict(MACHINE),
            "versions": {"cometbft": "0.38.19", "anvil": "1.7.1"},
            "seed": 7,
            "load_average": [0.5, 0.4, 0.3],
            "files": {path.relative_to(folder).as_posix(): digest(path) for path in measured},
            "workload": "invented",
            "generator_lag_s": dict.fromkeys(PLOTS, 0.0003),
            "finality": {name: plot.finality for name, plot in PLOTS.items()},
            "complete": complete,
        },
    )


def write(
    folder: Path,
    *,
    unmeasured: Collection[str] = (),
    rates: Collection[float] = (20.0, 60.0),
    repeats: int = 3,
    seconds: float = 15.0,
    scenario: str = SCENARIO,
    protocol: str = PROTOCOL,
) -> Path:
    """Write the measured files of a run into `folder` and return it."""
    (folder / "observations").mkdir(parents=True)
    (folder / "scenario.toml").write_text(scenario, encoding="utf-8")
    (folder / "protocol.md").write_text(protocol, encoding="utf-8")
    ledgers: dict[str, Json] = {}
    for seed, name in enumerate(PLOTS):
        if name in unmeasured:
            ledgers[name] = {"status": "not measured", "reason": "its node could not be built: no compiler"}
            continue
        table = observations(PLOTS[name], rates, repeats, seconds, seed)
        pq.write_table(table, folder / "observations" / f"{name}.parquet")
        refused = table.column("outcome").to_pylist().count("refused")
        ledgers[name] = _ledger(name, table.num_rows, refused)
    tally: Json = {
        "received": 1500,
        "counted": 1391,
        "withdrawn": 46,
        "superseded": 63,
        "per_provision": [{"provision": "dieu-1", "received": 120, "counted": 111}],
    }
    dump(folder / "raw.json", {"ledgers": ledgers, "tally": tally})
    dump(folder / "risk.json", _risk(PLOTS, unmeasured))
    seal(folder)
    return folder
