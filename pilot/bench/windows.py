"""One window on one place: load it, follow it, meter it, and put it into the book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from time import monotonic

import numpy as np

from backends.ports import Grown, Watch
from consultation.core.errors import LedgerError
from consultation.core.ledger import Usage
from pilot.bench.book import Book, Plan, Window, kept, lags
from pilot.bench.look import Between, between, look
from pilot.bench.place import Place
from pilot.measure import wait_until_changed
from pilot.scenario import Bench, Scenario
from workloads import arrivals
from workloads.bench import direct, reads
from workloads.bench.direct import Batching, Loop, Tick
from workloads.bench.observed import Became, Observed, Times, by_nodes

_CLOSED_ENTRIES = 60_000
"""Made for a closed loop; one that comes to the end of them ends early."""
_CATCH_UP_S = 2.0
"""How long the last nodes are given to hold what is final already."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one kind of process has used; None where nothing counts it."""

    cpu_s: float
    rss_bytes: int | None
    written_bytes: int | None


@dataclass(frozen=True, slots=True)
class Meter:
    """What ledger and processes had used at one moment."""

    groups: Mapping[str, Group]
    network_bytes: int | None
    usage: Usage

    @classmethod
    def read(cls, place: Place) -> "Meter":
        use = place.use()
        groups = {
            name: Group(each.cpu_s, each.rss_bytes, each.written_bytes) for name, each in use.groups.items()
        }
        whole = Group(use.cpu_s, use.rss_bytes, use.written_bytes)
        return cls(groups or {"ledger": whole}, use.network_bytes, place.usage())


def batching(scenario: Scenario) -> Batching:
    """As the service batches, for every ledger alike."""
    keys = scenario.service
    return Batching(keys.batch_age_s, keys.batch_size, keys.max_in_flight)


def due_times(bench: Bench, rate: float, window_s: float, rng: Random) -> Times:
    """The schedule of a window: `rate` on average, in the shape that the scenario asks."""
    n = max(1, round(rate * window_s))
    match bench.arrivals:
        case "constant":
            due = arrivals.constant(rate, n)
        case "poisson":
            due = arrivals.poisson_within(n, window_s, rng)
        case "ramp":
            due = arrivals.ramp(0.0, 2 * rate, window_s, rng)
        case "rush":
            due = arrivals.rush(n, window_s, rng)
    return np.array(due)


def write(book: Book, place: Place, plan: Plan, loop: Loop, scenario: Scenario, tick: Tick) -> Observed:
    """Write on the port through one door, or through all in phase 'ingress'. Raises LedgerError."""
    bench = scenario.bench
    doors = place.all_doors() if plan.phase == "ingress" else [place.door]
    entries = place.source.take(_CLOSED_ENTRIES if loop.due_s is None else len(loop.due_s))
    watch = place.watch()
    before, seen_before = Meter.read(place), look()
    began_s = monotonic()
    try:
        seen = direct.drive(
            doors,
            place.verifier,
            entries,
            loop,
            batching(scenario),
            drain_s=bench.drain_s,
            tick=tick,
        )
        if watch is not None:
            seen.final_by = _by_nodes(watch, seen)
    finally:
        if watch is not None:
            watch.close()
    enter(book, plan, seen, began_s, (before, _after(place)), between(seen_before, look()))
    return seen


def _after(place: Place) -> Meter | None:
    """None where the ledger has gone meanwhile: its operations are kept all the same."""
    try:
        return Meter.read(place)
    except LedgerError:
        return None


def read(book: Book, place: Place, plan: Plan, duration_s: float, rng: Random) -> Observed:
    """One kind of reading. Raises LedgerError, VerificationError."""
    before, seen_before = Meter.read(place), look()
    began_s = monotonic()
    seen = reads.measure(plan.kind, place.door, place.verifier, duration_s, rng)
    enter(book, plan, seen, began_s, (before, _after(place)), between(seen_before, look()))
    return seen


def enter(
    book: Book,
    plan: Plan,
    seen: Observed,
    began_s: float,
    meters: tuple[Meter, Meter | None],
    machine: Between,
) -> None:
    """Put a window into the book, with the differences between the two meters where there is a second."""
    before, after = meters
    used = _Used() if after is None or plan.kind != "entry" else _used(before, after)
    groups = {} if after is None else _groups(before.groups, after.groups, machine.own_cpu_s)
    lag_p99_s, lag_max_s = lags(seen)
    invalid = kept(lag_p99_s) if plan.loop == "open" else ""
    window = Window(
        window=book.next_window,
        plan=plan,
        doors=list(seen.doors),
        began_s=began_s - book.start_s,
        ended_s=float(np.nanmax(seen.due, initial=began_s)) - book.start_s,
        lag_p99_s=lag_p99_s,
        lag_max_s=lag_max_s,
        valid=not invalid,
        invalid=invalid,
        load_average=machine.load_average,
        steal_share=machine.steal_share,
        disturbed=machine.disturbed,
        entries=seen.count(Became.FINAL) if plan.kind == "entry" else 0,
        use=groups,
        stored_bytes=used.stored_bytes,
        network_bytes=used.network_bytes,
        gas=used.gas,
        energy_j=machine.energy_j,
        troubles=seen.troubles,
    )
    book.add(window, seen)


@dataclass(frozen=True, slots=True)
class _Used:
    """What a window's entries took; None where nothing counts it."""

    stored_bytes: int | None = None
    network_bytes: int | None = None
    gas: int | None = None


def _used(before: Meter, after: Meter) -> _Used:
    stored = after.usage.stored_bytes - before.usage.stored_bytes
    network = _minus(after.network_bytes, before.network_bytes)
    return _Used(stored, network, after.usage.gas - before.usage.gas or None)


def _groups(
    before: Mapping[str, Group], after: Mapping[str, Group], own_cpu_s: float
) -> Mapping[str, Mapping[str, float | None]]:
    """By group of processes; `client` is this process without what a ledger metered within it."""
    found: dict[str, Mapping[str, float | None]] = {}
    metered_s = 0.0
    for name, use in after.items():
        earlier = before.get(name, Group(0.0, 0, 0))
        metered_s += use.cpu_s - earlier.cpu_s
        found[name] = {
            "cpu_s": use.cpu_s - earlier.cpu_s,
            "rss_bytes": use.rss_bytes,
            "written_bytes": _minus(use.written_bytes, earlier.written_bytes),
        }
    found["client"] = {"cpu_s": max(0.0, own_cpu_s - metered_s), "rss_bytes": None, "written_bytes": None}
    return found


def _minus(after: int | None, before: int | None) -> int | None:
    return None if after is None or before is None else after - before


def _by_nodes(watch: Watch, seen: Observed) -> list[Times]:
    """Once every node holds what is final, or the time for catching up is over."""
    final = seen.position[seen.became == Became.FINAL]
    if not len(final):
        return []
    size, deadline_s = int(final.max()) + 1, monotonic() + _CATCH_UP_S
    grown = watch.seen()
    while monotonic() < deadline_s and not _all_hold(size, grown):
        wait_until_changed()
        grown = watch.seen()
    return by_nodes(seen.position, grown)


def _all_hold(size: int, grown: Sequence[Grown]) -> bool:
    newest = {each.node: each.size for each in grown}
    return bool(newest) and min(newest.values()) >= size
