"""Writes a bench directory of invented numbers, for the tests only. Same arguments, same bytes.

It obeys docs/reference/bench-directory.md. Nothing in it was measured: its name and its machine say so.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reports.files import digest
from tests.reports.bench.ledgers import HARNESS, PLOTS, Plot, raw
from tests.reports.synthetic import MACHINE, Json, dump

Times = NDArray[np.float64]
Kind = Literal["entry", "read", "prove", "verify", "audit"]

SCENARIO = """\
name = "synthetic"
seed = 7

[tokens]
citizen = "never-shown-in-a-report"
"""
_GIVEN_UP_S = 8.0
"""What is not final so long after it was due is lost."""
_ADMITTED_S = 0.0012


@dataclass(frozen=True, slots=True)
class Size:
    """How much is invented. The default reaches p99 at the higher rate, and is written in a few seconds."""

    starts: int = 3
    repeats: int = 2
    seconds: float = 10.0
    rates: Sequence[float] = (60.0, 200.0)
    http_rate: float = 60.0
    ramp: Sequence[float] = (
        100.0,
        200.0,
        300.0,
        400.0,
        550.0,
        750.0,
        1000.0,
        1300.0,
        1600.0,
        2000.0,
        2500.0,
        3200.0,
    )
    grown: Sequence[int] = (1_000, 10_000, 100_000, 1_000_000)


SMALL = Size(starts=2, repeats=1, seconds=4.0, rates=(100.0,), ramp=(100.0, 400.0), grown=(1_000, 100_000))
"""For tests that look at the shape only."""


def served(ready: Times, round_s: float, per_second: float, rng: np.random.Generator) -> Times:
    """When each of the ready times (ascending) is done by a server that takes all that waits at once."""
    done = np.empty_like(ready)
    free, first = 0.0, 0
    while first < len(ready):
        start = max(free, float(ready[first]))
        last = int(np.searchsorted(ready, start, side="right"))
        free = start + round_s * float(rng.uniform(0.85, 1.25)) + (last - first) / per_second
        done[first:last] = free
        first = last
    return done


@dataclass(frozen=True, slots=True)
class Asked:
    """One window as the bench would be asked for it."""

    phase: Literal["load", "saturation", "growth", "ingress"]
    start: int
    repeat: int
    rate: float | None
    seconds: float
    drive: Literal["direct", "http", "harness"] = "direct"
    kind: Kind = "entry"
    callers: int | None = None
    grown_to: int | None = None
    doors: Sequence[str] = ("node-0",)
    invalid: str = ""
    disturbed: str = ""


@dataclass(slots=True)
class Writer:
    """Windows and rows so far; the clock runs on, as the bench's would."""

    rng: np.random.Generator
    clock_s: float = 1.0
    windows: list[Json] = field(default_factory=list)
    rows: dict[str, list[pa.Table]] = field(default_factory=dict)

    def run(self, label: str, plot: Plot, asked: Asked) -> None:
        """Invent one window on one ledger."""
        number = len(self.windows)
        due = self._due(asked, plot)
        moments = self._moments(plot, asked, due)
        self.rows.setdefault(label, []).append(self._table(number, asked, plot, due, moments))
        final = int(np.count_nonzero(np.isfinite(moments[2]))) if asked.kind == "entry" else 0
        self.windows.append(self._window(number, label, plot, asked, final))
        self.clock_s += asked.seconds + 1.0

    def _due(self, asked: Asked, plot: Plot) -> Times:
        if asked.rate is not None:
            n = int(asked.rate * asked.seconds)
            return self.clock_s + np.sort(self.rng.uniform(0, asked.seconds, n))
        n = int(min(400, (asked.callers or 1) * asked.seconds / plot.round_s))
        return self.clock_s + np.linspace(0, asked.seconds, n, endpoint=False)

    def _moments(self, plot: Plot, asked: Asked, due: Times) -> tuple[Times, Times, Times, Times]:
        """Sent, accepted, final, provable."""
        sent = due + self.rng.uniform(0.0001, 0.0006, len(due))
        if asked.kind != "entry":
            each = {"read": 0.0004, "prove": 0.001, "verify": 0.002, "audit": 0.02}[asked.kind]
            done = sent + each * self.rng.lognormal(0.0, 0.3, len(due))
            return sent, np.full(len(due), np.nan), done, np.full(len(due), np.nan)
        slower = 1.0 + (0.0 if asked.grown_to is None else 0.09 * plot.grows * np.log10(asked.grown_to / 1e3))
        front = 0.004 if asked.drive == "http" else _ADMITTED_S if asked.drive == "direct" else 0.00002
        accepted = served(sent, front, 60_000.0, self.rng)
        doors = 1.0 if len(asked.doors) == 1 else 1.25
        final = served(accepted, plot.round_s * slower, plot.per_second * doors / slower, self.rng)
        final[final - due > _GIVEN_UP_S] = np.nan
        return sent, accepted, final, final + plot.proof_s * self.rng.uniform(0.9, 1.2, len(due))

    def _table(
        self, number: int, asked: Asked, plot: Plot, due: Times, moments: tuple[Times, ...]
    ) -> pa.Table:
        sent, accepted, final, provable = moments
        n = len(due)
        outcome = np.where(np.isfinite(final), "final", "lost").astype("U8")
        failed = self.rng.random(n) < plot.failing if asked.kind == "entry" else np.zeros(n, dtype=bool)
        outcome[failed] = "failed"
        accepted, final, provable = (np.where(failed, np.nan, times) for times in (accepted, final, provable))
        position = np.where(np.isfinite(final), np.arange(n), -1)
        seen = len(plot.nodes) if asked.kind == "entry" else 0
        later = np.sort(self.rng.uniform(0.0, 0.2 * plot.round_s, (n, seen)), axis=1)
        by = [
            [float(at + more) for more in row] if np.isfinite(at) else [float("nan")] * seen
            for at, row in zip(final, later, strict=True)
        ]
        return pa.table(
            {
                "window": pa.array(np.full(n, number, dtype=np.int32)),
                "due": pa.array(due),
                "sent": pa.array(sent),
                "accepted": pa.array(accepted),
                "final": pa.array(final),
                "provable": pa.array(provable),
                "outcome": pa.array(outcome.tolist(), pa.string()),
                "door": pa.array([asked.doors[row % len(asked.doors)] for row in range(n)], pa.string()),
                "position": pa.array(position.astype(np.int64)),
                "final_by": pa.array(by, pa.list_(pa.float64())),
            }
        )

    def _window(self, number: int, label: str, plot: Plot, asked: Asked, entries: int) -> dict[str, Json]:
        noise = float(self.rng.uniform(0.93, 1.07))
        use: dict[str, Json] = {
            group: {
                "cpu_s": round(cpu_s * entries * noise + 0.01, 6),
                "rss_bytes": plot.rss_bytes,
                "written_bytes": int(plot.written_bytes * share * entries * noise),
            }
            for (group, cpu_s), share in zip(plot.cpu_s.items(), (0.9, 0.1, 0.0), strict=False)
        }
        return {
            "window": number,
            "ledger": label,
            "phase": asked.phase,
            "drive": asked.drive,
            "loop": "open" if asked.rate is not None else "closed",
            "kind": asked.kind,
            "rate": asked.rate,
            "callers": asked.callers,
            "start": asked.start,
            "repeat": asked.repeat,
            "grown_to": asked.grown_to,
            "doors": list(asked.doors),
            "began_s": self.clock_s,
            "ended_s": self.clock_s + asked.seconds,
            "lag_p99_s": 0.31 if asked.invalid else 0.0006,
            "lag_max_s": 0.9 if asked.invalid else 0.004,
            "valid": not asked.invalid,
            "invalid": asked.invalid,
            "load_average": round(float(self.rng.uniform(0.6, 1.9)), 2),
            "steal_share": 0.12 if asked.disturbed else round(float(self.rng.uniform(0, 0.004)), 4),
            "disturbed": asked.disturbed,
            "entries": entries,
            "use": use,
            "stored_bytes": int(plot.stored_bytes * entries * noise) if plot.stored_bytes else None,
            "network_bytes": int(plot.network_bytes * entries * noise) if plot.network_bytes else None,
            "gas": int(plot.gas * entries) if plot.gas else None,
            "energy_j": None,
        }


def _windows(writer: Writer, labels: Collection[str], size: Size) -> None:
    for start in range(size.starts):
        for repeat in range(size.repeats):
            for rate in size.rates:
                for label in labels:
                    late = (
                        "the generator itself was 310 ms late for one of 100 operations; allowed are 25 ms: "
                        "use a machine with more processors, or a lower rate"
                    )
                    odd = label == "signed-db" and start == repeat == 0
                    busy = "the host took 12% of the processors' time"
                    other = label == "cometbft" and start == 1 and repeat == 0
                    asked = Asked(
                        "load", start, repeat, rate, size.seconds,
                        invalid=late if odd else "", disturbed=busy if other else "",
                    )  # fmt: skip
                    writer.run(label, PLOTS[label], asked)
                writer.run("harness", HARNESS, Asked("load", start, repeat, rate, size.seconds, "harness"))
            for label in labels:
                plot = PLOTS[label]
                writer.run(label, plot, Asked("load", start, repeat, size.http_rate, size.seconds, "http"))
                writer.run(label, plot, Asked("load", start, repeat, None, 2.0, callers=8))
                for kind in _READING:
                    writer.run(label, plot, Asked("load", start, repeat, 150.0, 2.0, kind=kind))
    for start in range(size.starts):
        for label in labels:
            for rate in size.ramp:
                if rate <= 1.6 * PLOTS[label].per_second:
                    seconds = max(1.5, 5.0 * PLOTS[label].round_s)
                    writer.run(label, PLOTS[label], Asked("saturation", start, 0, rate, seconds))
    for grown in size.grown:
        for repeat in range(3):
            for label in labels:
                asked = Asked("growth", 0, repeat, size.rates[-1], size.seconds, grown_to=grown)
                writer.run(label, PLOTS[label], asked)
    for repeat in range(3):
        for label in labels:
            nodes = PLOTS[label].nodes
            for doors in (nodes[:1], nodes) if PLOTS[label].many_doors else ():
                asked = Asked("ingress", 0, repeat, size.rates[-1], size.seconds, doors=doors)
                writer.run(label, PLOTS[label], asked)


_READING: tuple[Kind, ...] = ("read", "prove", "verify", "audit")


def write(
    folder: Path,
    *,
    labels: Sequence[str] = tuple(PLOTS),
    unmeasured: Mapping[str, str] | None = None,
    partial: str = "",
    quick: bool = False,
    size: Size = Size(),
    seed: int = 7,
    scenario: str = SCENARIO,
) -> Path:
    """Write the files that a bench leaves into `folder` and return it.

    `unmeasured`: label to reason, beside the measured `labels`. `partial`: why the bench ended early.
    """
    unmeasured = unmeasured or {}
    (folder / "observations").mkdir(parents=True)
    (folder / "scenario.toml").write_text(scenario, encoding="utf-8")
    writer = Writer(np.random.default_rng(seed))
    _windows(writer, labels, size)
    for label, tables in writer.rows.items():
        pq.write_table(pa.concat_tables(tables), folder / "observations" / f"{label}.parquet")
    (folder / "windows.json").write_text(json.dumps(writer.windows), encoding="utf-8")
    dump(folder / "raw.json", raw(labels, unmeasured))
    seal(folder, starts=size.starts, partial=partial, quick=quick)
    return folder


def seal(folder: Path, *, starts: int, partial: str = "", quick: bool = False) -> None:
    """Write `manifest.json` over the files as they stand."""
    measured = [
        folder / "scenario.toml", folder / "raw.json", folder / "windows.json",
        *sorted((folder / "observations").iterdir()),
    ]  # fmt: skip
    dump(
        folder / "manifest.json",
        {
            "name": "synthetic",
            "started": "2025-01-02T03:04:05Z",
            "finished": "2025-01-02T03:58:05Z",
            "machine": dict(MACHINE),
            "versions": {"cometbft": "0.38.26", "geth": "1.13.15", "anvil": "1.7.1"},
            "seed": 7,
            "load_average": [0.5, 0.4, 0.3],
            "files": {path.relative_to(folder).as_posix(): digest(path) for path in measured},
            "workload": "invented",
            "generator_lag_s": {},
            "finality": {},
            "complete": True,
            "bench": True,
            "quick": quick,
            "starts": starts,
            "partial": partial,
        },
    )
