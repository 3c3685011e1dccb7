"""Makes a bench's `summary.json` out of its measured files: the same bytes each time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from reports.bench.assurance import assurance, common
from reports.bench.directory import Bench
from reports.bench.ingress import ingress
from reports.bench.loads import Key, Seen, Starts, by_key, load, seen_on, starts
from reports.bench.observations import OUTCOMES
from reports.bench.resources import resources
from reports.bench.searches import saturation
from reports.bench.shapes import (
    BenchSummary,
    Bounded,
    Counts,
    Growth,
    LedgerSummary,
    Load,
    Phase,
    RawLedger,
    Remark,
    Window,
    Windows,
)
from reports.files import write_json
from reports.run import plain
from reports.statistics import at_most


def write(folder: Path) -> None:
    """Write `summary.json`. Raises RunError where the bench's files are not as the contract says."""
    bench = Bench(folder)
    bench.check()
    write_json(folder / "summary.json", plain(summarise(bench)))


def summarise(bench: Bench) -> BenchSummary:
    """Everything that is computed from a bench directory but for its figures and pages."""
    alone = {label: _ledger(bench, label, ledger) for label, ledger in bench.raw.ledgers.items()}
    key = common(ledger.loads for ledger, _ in alone.values())
    ledgers = {
        label: replace(ledger, assurance=assurance(key, entries, bench.raw.ledgers[label].assurance))
        for label, (ledger, entries) in alone.items()
    }
    limits, terms = bench.raw.limits, bench.terms
    loads = [one for ledger in ledgers.values() for one in ledger.loads]
    return BenchSummary(
        name=bench.manifest.name,
        quick=terms.quick,
        partial=terms.partial,
        starts=terms.starts,
        repeats=max((one.repeats for one in loads), default=0),
        p95_limit_s=limits.p95_s,
        demand_per_s=limits.demand_per_s,
        demand_source=limits.demand_source,
        equal_terms=bench.raw.equal_terms,
        floor=_floor(bench),
        ledgers=ledgers,
    )


def _floor(bench: Bench) -> list[Load]:
    seen = [one for label in bench.labels for one in seen_on(bench, label, harness=True)]
    return [load(key, starts(found), 0) for key, found in by_key(_of(seen, "load")).items()]


def _of(seen: Iterable[Seen], phase: Phase) -> list[Seen]:
    return [one for one in seen if one.window.phase == phase]


def _ledger(bench: Bench, label: str, raw: RawLedger) -> tuple[LedgerSummary, Mapping[Key, Starts]]:
    """All but the assurance, whose load is the same for all; and the loads of entries, warm-up cut."""
    seen = seen_on(bench, label)
    watched = len(raw.nodes)
    over = {key: starts(found) for key, found in by_key(_of(seen, "load")).items()}
    loads = {key: load(key, found, watched) for key, found in over.items()}
    entries = {key: found for key, found in over.items() if key.kind == "entry"}
    used = [resources(key, found) for key, found in entries.items()]
    searched = _of(seen, "saturation")
    drives = sorted({one.window.drive for one in searched})
    ledger = LedgerSummary(
        status=raw.status,
        reason=raw.reason,
        caution=raw.caution,
        backend=raw.backend,
        options=raw.options,
        voucher=raw.voucher,
        parties=raw.parties,
        durability=raw.durability,
        nodes=raw.nodes,
        counts=_counts(seen) if seen else None,
        windows=_windows([one.window for one in seen]) if seen else None,
        loads=list(loads.values()),
        saturation=[
            saturation(
                drive,
                [one for one in searched if one.window.drive == drive],
                bench.raw.limits,
                seen[-1].window.window if bench.terms.partial or raw.reason else None,
            )
            for drive in drives
        ],
        growth=_growth(_of(seen, "growth"), watched),
        resources=[one for one in used if one is not None],
        assurance=None,
        ingress=ingress(_of(seen, "ingress"), loads, watched),
    )
    return ledger, entries


def _growth(seen: Sequence[Seen], watched: int) -> list[Growth]:
    sizes: dict[int, list[Seen]] = {}
    for one in seen:
        sizes.setdefault(one.window.grown_to or 0, []).append(one)
    found: list[tuple[int, Key, Sequence[Seen]]] = [
        (size, key, windows) for size in sorted(sizes) for key, windows in by_key(sizes[size]).items()
    ]
    return [Growth(size, load(key, starts(windows), watched)) for size, key, windows in found]


def _counts(seen: Iterable[Seen]) -> Counts:
    submitted = accepted = 0
    became: Counter[str] = Counter()
    for one in seen:
        if one.window.kind == "entry" and one.window.phase != "saturation":
            operations = one.operations
            submitted += len(operations)
            accepted += int(np.count_nonzero(np.isfinite(operations.accepted)))
            for outcome in OUTCOMES:
                became[outcome] += int(np.count_nonzero(operations.outcome == outcome))

    def bounded(outcome: str) -> Bounded:
        return Bounded(became[outcome], submitted, at_most(became[outcome], submitted))

    return Counts(
        submitted=submitted,
        accepted=accepted,
        final=became["final"],
        failed=bounded("failed"),
        refused=bounded("refused"),
        lost=bounded("lost"),
    )


def _windows(windows: Iterable[Window]) -> Windows:
    told = [window for window in windows if window.phase != "saturation"]
    return Windows(
        valid=sum(window.valid for window in told),
        invalid=[Remark(window.window, window.invalid) for window in told if not window.valid],
        disturbed=[Remark(window.window, window.disturbed) for window in told if window.disturbed],
        load_average_max=max((window.load_average for window in told), default=0.0),
        steal_share_max=max((window.steal_share or 0.0 for window in told), default=0.0),
    )
