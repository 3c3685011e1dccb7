"""The order of a bench.

1. For every start all ledgers are deployed anew. Windows are interleaved: every ledger once, in an order
drawn from the seed, then every ledger again; within a ledger's turn every rate, a closed loop, the
readings, and where there are several doors the same load through all of them. 2. Within each start, after
its repeats, each ledger is searched for the highest rate that it keeps, and audited. 3. The service goes
over each ledger, in as many starts, and the same is asked over HTTP. 4. Each ledger alone is filled to the
sizes asked for, and loaded at each.

A ledger that fails is left out from there on, with the reason, and the others go on. Interrupted, or with a
full disk, the bench ends: what was measured is written and marked partial, and every process is ended.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from time import monotonic

import numpy as np

from backends.nodes.errors import NodeFailed
from backends.ports import Level, Reached, Watched
from consultation.core.errors import LedgerError, VerificationError
from consultation.core.ledger import Traits
from pilot import measure
from pilot.bench import http, windows
from pilot.bench.book import Book, Plan, lags
from pilot.bench.live import Live
from pilot.bench.place import Deployed, Floor, Place
from pilot.client import ServiceError
from pilot.keys import RunKeys
from pilot.rundir import RunDirectory
from pilot.scenario import Bench, Scenario
from pilot.station import Station
from reports.bench.saturation import Search, judge
from workloads import narrow
from workloads.bench import growth
from workloads.bench.direct import Loop
from workloads.bench.entries import Source
from workloads.bench.observed import OUTCOMES, Observed

_FAILURES = (LedgerError, VerificationError, NodeFailed, ServiceError, OSError, ValueError)
READ_KINDS = ("read", "prove", "verify")


@dataclass(frozen=True, slots=True)
class Declared:
    """What a deployment says of itself, as raw.json holds it."""

    traits: Traits
    assurance: dict[Level, Reached]
    caution: str
    nodes: tuple[str, ...]
    """Names of the watched nodes."""


Deploy = Callable[[Scenario, str, Path, RunKeys, int], Deployed]


@dataclass(slots=True)
class Conduct:
    """Everything that the steps share."""

    scenario: Scenario
    run: RunDirectory
    keys: RunKeys
    live: Live
    book: Book
    deploy: Deploy = Deployed
    quick: bool = False
    declared: dict[str, Declared] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Ledger to the reason why it was not measured, or not to the end."""
    partial: str = ""

    @property
    def bench(self) -> Bench:
        return self.scenario.bench

    @property
    def labels(self) -> list[str]:
        """The ledgers that are still in it."""
        return [label for label in self.scenario.ledgers if label not in self.missing]

    @property
    def entry_bytes(self) -> int:
        """Of what is written: as asked, or as long as a signed record is."""
        return len(Source("length", self.scenario.admission, self.bench.entry_bytes).take(1)[0])

    def measured(self, label: str) -> bool:
        return any(window.ledger == label for window in self.book.windows)

    def give_up(self, label: str, error: BaseException) -> None:
        # A page may be published: it need not say where on this machine the bench was.
        reason = (str(error) or type(error).__name__).replace(str(self.run.path), "RUN")
        self.missing[label] = reason
        self.live.say(f"{label}: left out from here on: {reason.splitlines()[0]}")


def conduct(self: Conduct, file_name: str) -> None:
    """Run it all; `partial` says why it ended early, where it did."""
    self.live.begin(_steps(self.bench, len(self.labels)))
    try:
        for start in range(self.bench.starts):
            _start(self, start)
        if self.bench.http_rates:
            for start in range(self.bench.starts):
                _serve(self, start, file_name)
        for label in self.labels:
            _grow(self, label)
    except KeyboardInterrupt:
        self.partial = "interrupted"
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        self.partial = f"the disk is full: {error}"


def _steps(bench: Bench, ledgers: int) -> int:
    """Ledgers' turns, searches and sizes: what the bar counts."""
    searches = -(-bench.saturation.repeats // bench.starts) * bench.starts
    http = bench.starts * bench.repeats if bench.http_rates else 0
    return (ledgers + 1) * bench.starts * bench.repeats + ledgers * (
        searches + http + len(bench.growth.sizes)
    )


# One start, on the port


def _start(self: Conduct, start: int) -> None:
    self.live.stage(f"start {start + 1} of {self.bench.starts}")
    places: list[Place] = [Floor(Source(f"floor-{start}", "all", self.bench.entry_bytes))]
    try:
        for label in self.labels:
            with _left_out(self, label):
                places.append(_deployed(self, label, f"start-{start + 1}", start))
        order = Random(f"{self.scenario.seed}/{start}")
        for repeat in range(self.bench.repeats):
            order.shuffle(places)
            for place in [each for each in places if each.label not in self.missing]:
                with _left_out(self, place.label):
                    _turn(self, place, start, repeat)
                self.live.tick()
        for place in [each for each in places if each.label not in self.missing]:
            with _left_out(self, place.label):
                _after(self, place, start)
    finally:
        for place in places:
            place.close()


def _deployed(self: Conduct, label: str, folder: str, start: int) -> Deployed:
    self.live.say(f"{label}: starting")
    place = self.deploy(self.scenario, label, self.run.ledger(label) / folder, self.keys, start)
    deployment = place.deployment
    self.declared[label] = Declared(
        place.door.ledger.traits,
        dict(deployment.assurance()),
        str(getattr(deployment, "caution", "")),
        tuple(getattr(deployment, "doors", ())) if isinstance(deployment, Watched) else (),
    )
    return place


@contextmanager
def _left_out(self: Conduct, label: str) -> Iterator[None]:
    """A failure of one ledger keeps only that ledger from going on."""
    try:
        yield
    except _FAILURES as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        self.give_up(label, error)


def _turn(self: Conduct, place: Place, start: int, repeat: int) -> None:
    """One repeat of everything on one ledger."""
    bench, label = self.bench, place.label
    drive = "harness" if isinstance(place, Floor) else "direct"
    rng = Random(f"{self.scenario.seed}/{start}/{repeat}")  # the same arrivals for every ledger
    several = len(place.all_doors()) > 1
    for rate in bench.rates:
        due = windows.due_times(bench, rate, _window_s(self, label), rng)
        for phase in ("load", "ingress") if several else ("load",):
            plan = Plan(label, phase, drive, "open", "entry", rate, None, start, repeat)
            _shown(
                self, plan, windows.write(self.book, place, plan, Loop(due), self.scenario, self.live.count)
            )
    closed = Plan(label, "load", drive, "closed", "entry", None, bench.in_flight, start, repeat)
    loop = Loop(in_flight=bench.in_flight, duration_s=_window_s(self, label) / 2)
    _shown(self, closed, windows.write(self.book, place, closed, loop, self.scenario, self.live.count))
    if drive == "direct":
        for kind in READ_KINDS:
            plan = Plan(label, "load", drive, "closed", kind, None, 1, start, repeat)
            windows.read(self.book, place, plan, bench.reads_s, rng)


def _window_s(self: Conduct, label: str) -> float:
    keys = self.scenario.ledgers.get(label)
    return self.bench.window_s if keys is None or keys.window_s is None else keys.window_s


def _shown(self: Conduct, plan: Plan, seen: Observed) -> None:
    self.live.window(plan, seen, lags(seen)[0])


def _after(self: Conduct, place: Place, start: int) -> None:
    """What is done once in a start: the searches and an audit."""
    if isinstance(place, Floor):
        return
    searches = -(-self.bench.saturation.repeats // self.bench.starts)
    for search in range(searches):
        highest = _search(self, place, start, search)
        self.live.saturation(place.label, highest)
        self.live.tick()
    plan = Plan(place.label, "load", "direct", "closed", "audit", None, 1, start, 0)
    windows.read(self.book, place, plan, 0.0, Random(self.scenario.seed))


def _search(self: Conduct, place: Place, start: int, search: int) -> float | None:
    """The highest rate kept; None where not even the first was."""
    keys, bench = self.bench.saturation, self.bench
    looking = Search(keys.start_per_s, keys.limit_per_s, keys.resolution)
    rng = Random(f"{self.scenario.seed}/{start}/search {search}")
    while (rate := looking.next_rate()) is not None:
        plan = Plan(place.label, "saturation", "direct", "open", "entry", rate, None, start, search)
        due = windows.due_times(bench, rate, keys.window_s, rng)
        seen = windows.write(self.book, place, plan, Loop(due), self.scenario, self.live.count)
        lag_s, limit_s = lags(seen)[0], bench.p95_limit_s
        verdict = judge(seen.due, seen.final, _words(seen), lag_p99_s=lag_s, p95_s=limit_s)
        looking.tell(verdict.kept)
        self.live.searched(place.label, rate, verdict.kept)
    return looking.highest


def _words(seen: Observed) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.array(OUTCOMES)[seen.became]


# Over HTTP


def _serve(self: Conduct, start: int, file_name: str) -> None:
    self.live.stage(f"over HTTP, start {start + 1} of {self.bench.starts}")
    file = self.run.path / file_name
    replayed = narrow.generate(self.scenario.seed)
    stations: list[Station] = []
    try:
        for label in self.labels:
            folder = self.run.ledger(label) / f"served-{start + 1}"
            folder.mkdir(parents=True)
            station = Station(self.scenario, file, label, folder, self.run.keys)
            with _left_out(self, label):
                stations.append(station)
                station.start()
        order = Random(f"{self.scenario.seed}/{start}/http")
        for repeat in range(self.bench.repeats):
            order.shuffle(stations)
            for station in [each for each in stations if each.ledger not in self.missing]:
                with _left_out(self, station.ledger):
                    for rate in self.bench.http_rates:
                        rng = Random(f"{self.scenario.seed}/{start}/{repeat}/{rate}")
                        due = windows.due_times(self.bench, rate, _window_s(self, station.ledger), rng)
                        name = f"{self.scenario.name}-{repeat + 1}-{rate:g}".replace(".", "-")
                        measure.open_consultation(station, name, replayed.draft)
                        plan = Plan(
                            station.ledger, "load", "http", "open", "entry", rate, None, start, repeat
                        )
                        schedule = http.schedule(replayed, rate, due)
                        drain_s = self.bench.drain_s
                        _shown(
                            self,
                            plan,
                            http.write(self.book, station, plan, name, schedule, drain_s, self.live.count),
                        )
                self.live.tick()
    finally:
        for station in stations:
            station.stop()


# Growth


def _grow(self: Conduct, label: str) -> None:
    """One ledger alone, filled to each size in turn."""
    sizes = self.bench.growth.sizes
    if not sizes:
        return
    self.live.stage(f"growth: {label}")
    with _left_out(self, label):
        place = _deployed(self, label, "growth", self.bench.starts)
        try:
            for size in sizes:
                before_s = monotonic()
                reached = growth.fill(
                    place.door.ledger, place.source, size, self.bench.growth.fill_limit_s, self.live.count
                )
                self.live.tick()
                if reached < size:
                    limit_s = self.bench.growth.fill_limit_s
                    self.live.say(
                        f"{label}: {size} entries were not reached in {limit_s:g} s: {reached} were"
                    )
                    return
                self.live.say(f"{label}: filled to {size} entries in {monotonic() - before_s:.1f} s")
                _at_size(self, place, size)
        finally:
            place.close()


def _at_size(self: Conduct, place: Place, size: int) -> None:
    bench, rate = self.bench, max(self.bench.rates)
    for repeat in range(min(3, bench.repeats)):
        rng = Random(f"{self.scenario.seed}/{size}/{repeat}")
        plan = Plan(place.label, "growth", "direct", "open", "entry", rate, None, 0, repeat, size)
        due = windows.due_times(bench, rate, bench.window_s / 2, rng)
        windows.write(self.book, place, plan, Loop(due), self.scenario, self.live.count)
        for kind in (*READ_KINDS, "audit"):
            reading = Plan(place.label, "growth", "direct", "closed", kind, None, 1, 0, repeat, size)
            if kind != "audit" or not repeat:
                windows.read(self.book, place, reading, bench.reads_s if kind != "audit" else 0.0, rng)
