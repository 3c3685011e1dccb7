"""Makes a bench's `summary.json` out of its measured files: the same bytes each time."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from reports.bench.assurance import assurance, common
from reports.bench.directory import Bench
from reports.bench.ingress import ingress
from reports.bench.loads import Key, Seen, Starts, by_key, load, starts
from reports.bench.observations import OUTCOMES
from reports.bench.resources import resources
from reports.bench.searches import saturation
from reports.bench.shapes import (
    Assurance,
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
    entries = {label: _entries(bench, label) for label in bench.raw.ledgers}
    key = common(list(entries.values()))
    ledgers = {
        label: _ledger(bench, label, ledger, entries[label], assurance(key, entries[label], ledger.assurance))
        for label, ledger in bench.raw.ledgers.items()
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


def _seen(bench: Bench, label: str, *, harness: bool = False) -> list[Seen]:
    """A label's windows with their operations; those of the bare harness are kept apart."""
    windows = [
        window
        for window in bench.windows
        if window.ledger == label and (window.drive == "harness") is harness
    ]
    operations = bench.operations(label) if windows else {}
    return [Seen(window, operations) for window in windows if window.window in operations]


def _floor(bench: Bench) -> list[Load]:
    seen = [one for label in bench.labels for one in _seen(bench, label, harness=True)]
    return [load(key, found, 0) for key, found in by_key(_of(seen, "load")).items()]


def _of(seen: Iterable[Seen], phase: Phase) -> list[Seen]:
    return [one for one in seen if one.window.phase == phase]


def _entries(bench: Bench, label: str) -> dict[Key, Starts]:
    """The loads of entries, warm-up cut."""
    written = [one for one in _seen(bench, label) if one.window.kind == "entry"]
    return {key: starts(found) for key, found in by_key(_of(written, "load")).items()}


def _ledger(
    bench: Bench, label: str, raw: RawLedger, entries: Mapping[Key, Starts], assured: Assurance | None
) -> LedgerSummary:
    seen = _seen(bench, label)
    watched = len(raw.nodes)
    loads = by_key(_of(seen, "load"))
    used = [resources(key, over) for key, over in entries.items()]
    searched = _of(seen, "saturation")
    drives = sorted({one.window.drive for one in searched})
    return LedgerSummary(
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
        loads=[load(key, found, watched) for key, found in loads.items()],
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
        assurance=assured,
        ingress=ingress(_of(seen, "ingress"), loads, watched),
    )


def _growth(seen: Sequence[Seen], watched: int) -> list[Growth]:
    sizes: dict[int, list[Seen]] = {}
    for one in seen:
        sizes.setdefault(one.window.grown_to or 0, []).append(one)
    found: list[tuple[int, Key, Sequence[Seen]]] = [
        (size, key, windows) for size in sorted(sizes) for key, windows in by_key(sizes[size]).items()
    ]
    return [Growth(size, load(key, windows, watched)) for size, key, windows in found]


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
