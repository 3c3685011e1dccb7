"""The order of a bench.

1. For every start all ledgers are deployed anew. Windows are interleaved: every ledger once, in an order
   drawn from the seed, then every ledger again; within a ledger's turn every rate, a closed loop, the
   readings, and where there are several doors the same load through all of them.
2. Within each start, after its repeats, each ledger is searched for the highest rate that it keeps, and
   audited.
3. The service goes over each ledger, in as many starts, and the same is asked over HTTP.
4. Each ledger alone is filled to the sizes asked for, and loaded at each.

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
from backends.ports import Cautioned, Level, ManyDoors, Reached, Watched
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
from workloads.bench import growth, reads
from workloads.bench.direct import Loop
from workloads.bench.entries import Source
from workloads.bench.observed import OUTCOMES, Observed
from workloads.consultations import Consultation

_GROWTH_REPEATS = 3
_FAILURES = (LedgerError, VerificationError, NodeFailed, ServiceError, OSError, ValueError)


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
    def searches(self) -> int:
        """For the highest rate, on each ledger within one start: as many as were asked for, or a few more."""
        return -(-self.bench.saturation.repeats // self.bench.starts)

    @property
    def entry_bytes(self) -> int:
        """Of what is written: as asked, or as long as a signed record is."""
        return len(Source("length", self.scenario.admission, self.bench.entry_bytes).take(1)[0])

    def measured(self, label: str) -> bool:
        return any(window.plan.ledger == label for window in self.book.windows)

    def window_s(self, label: str) -> float:
        keys = self.scenario.ledgers.get(label)
        return self.bench.window_s if keys is None or keys.window_s is None else keys.window_s

    def give_up(self, label: str, reason: str) -> None:
        # A page may be published: it need not say where on this machine the bench was.
        self.missing[label] = reason.replace(str(self.run.path), "RUN")
        self.live.say(f"{label}: left out from here on: {self.missing[label].splitlines()[0]}")

    @contextmanager
    def or_left_out(self, label: str) -> Iterator[None]:
        """A failure of one ledger keeps only that ledger from going on."""
        try:
            yield
        except _FAILURES as error:
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise
            self.give_up(label, str(error) or type(error).__name__)


def conduct(self: Conduct) -> None:
    """Run it all; `partial` says why it ended early, where it did."""
    self.live.begin(_steps(self))
    try:
        for start in range(self.bench.starts):
            _start(self, start)
        if self.bench.http_rates:
            for start in range(self.bench.starts):
                _serve(self, start)
        for label in self.labels:
            _grow(self, label)
    except KeyboardInterrupt:
        self.partial = "interrupted"
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        self.partial = f"the disk is full: {error}"


def _steps(self: Conduct) -> int:
    """Ledgers' turns, searches and sizes: what the bar counts."""
    bench, ledgers = self.bench, len(self.labels)
    turns = bench.starts * bench.repeats
    once = self.searches * bench.starts + (turns if bench.http_rates else 0) + len(bench.growth.sizes)
    return turns * (ledgers + 1) + ledgers * once


# One start, on the port


def _start(self: Conduct, start: int) -> None:
    self.live.stage(f"start {start + 1} of {self.bench.starts}")
    places: list[Place] = [Floor(Source(f"floor-{start}", "all", self.bench.entry_bytes))]
    try:
        for label in self.labels:
            with self.or_left_out(label):
                places.append(_deployed(self, label, f"start-{start + 1}", start))
        order = Random(f"{self.scenario.seed}/{start}")
        for repeat in range(self.bench.repeats):
            order.shuffle(places)
            for place in places:
                if place.label in self.missing:
                    continue
                with self.or_left_out(place.label):
                    _turn(self, place, start, repeat)
                self.live.tick()
        for place in places:
            if place.label not in self.missing:
                with self.or_left_out(place.label):
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
        deployment.caution if isinstance(deployment, Cautioned) else "",
        # Watched nodes are named as the doors are; what cannot be watched has no names here.
        tuple(deployment.doors)
        if isinstance(deployment, ManyDoors) and isinstance(deployment, Watched)
        else (),
    )
    return place


def _turn(self: Conduct, place: Place, start: int, repeat: int) -> None:
    """One repeat of everything on one ledger."""
    bench, label, window_s = self.bench, place.label, self.window_s(place.label)
    drive = "harness" if isinstance(place, Floor) else "direct"
    rng = Random(f"{self.scenario.seed}/{start}/{repeat}")  # the same arrivals for every ledger
    several = len(place.all_doors()) > 1
    for rate in bench.rates:
        due = windows.due_times(bench, rate, window_s, rng)
        for phase in ("load", "ingress") if several else ("load",):
            plan = Plan(label, phase, drive, "open", "entry", rate, None, start, repeat)
            self.live.window(plan, _write(self, place, plan, Loop(due)))
    plan = Plan(label, "load", drive, "closed", "entry", None, bench.in_flight, start, repeat)
    loop = Loop(in_flight=bench.in_flight, duration_s=window_s / 2)
    self.live.window(plan, _write(self, place, plan, loop))
    if drive == "direct":
        for kind in reads.KINDS:
            plan = Plan(label, "load", drive, "closed", kind, None, 1, start, repeat)
            windows.read(self.book, place, plan, bench.reads_s, rng)


def _write(self: Conduct, place: Place, plan: Plan, loop: Loop) -> Observed:
    return windows.write(self.book, place, plan, loop, self.scenario, self.live.count)


def _after(self: Conduct, place: Place, start: int) -> None:
    """What is done once in a start: the searches and an audit."""
    if isinstance(place, Floor):
        return
    for search in range(self.searches):
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
        seen = _write(self, place, plan, Loop(due))
        lag_s, limit_s = lags(seen)[0], bench.p95_limit_s
        verdict = judge(seen.due, seen.final, _words(seen), lag_p99_s=lag_s, p95_s=limit_s)
        looking.tell(verdict.kept)
        self.live.searched(place.label, rate, verdict.kept)
    return looking.highest


def _words(seen: Observed) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    return np.array(OUTCOMES)[seen.became]


# Over HTTP


def _serve(self: Conduct, start: int) -> None:
    self.live.stage(f"over HTTP, start {start + 1} of {self.bench.starts}")
    replayed = narrow.generate(self.scenario.seed)
    stations: list[Station] = []
    try:
        for label in self.labels:
            folder = self.run.ledger(label) / f"served-{start + 1}"
            folder.mkdir(parents=True)
            file = self.run.path / "scenario.toml"
            stations.append(Station(self.scenario, file, label, folder, self.run.keys))
            with self.or_left_out(label):
                stations[-1].start()
        order = Random(f"{self.scenario.seed}/{start}/http")
        for repeat in range(self.bench.repeats):
            order.shuffle(stations)
            for station in stations:
                if station.ledger in self.missing:
                    continue
                with self.or_left_out(station.ledger):
                    _served_turn(self, station, replayed, start, repeat)
                self.live.tick()
    finally:
        for station in stations:
            station.stop()


def _served_turn(self: Conduct, station: Station, replayed: Consultation, start: int, repeat: int) -> None:
    """One repeat of every rate on one service, each on a consultation of its own."""
    bench, label = self.bench, station.ledger
    for rate in bench.http_rates:
        rng = Random(f"{self.scenario.seed}/{start}/{repeat}/{rate}")
        due = windows.due_times(bench, rate, self.window_s(label), rng)
        name = f"{self.scenario.name}-{repeat + 1}-{rate:g}".replace(".", "-")
        measure.open_consultation(station, name, replayed.draft)
        plan = Plan(label, "load", "http", "open", "entry", rate, None, start, repeat)
        schedule = http.schedule(replayed, rate, due)
        seen = http.write(self.book, station, plan, name, schedule, bench.drain_s, self.live.count)
        self.live.window(plan, seen)


# Growth


def _grow(self: Conduct, label: str) -> None:
    """One ledger alone, filled to each size in turn."""
    keys = self.bench.growth
    if not keys.sizes:
        return
    self.live.stage(f"growth: {label}")
    with self.or_left_out(label):
        place = _deployed(self, label, "growth", self.bench.starts)
        try:
            for size in keys.sizes:
                before_s, limit_s = monotonic(), keys.fill_limit_s
                reached = growth.fill(place.door.ledger, place.source, size, limit_s, self.live.count)
                self.live.tick()
                if reached < size:
                    said = f"{size} entries were not reached in {limit_s:g} s: {reached} were"
                    self.live.say(f"{label}: {said}")
                    return
                self.live.say(f"{label}: filled to {size} entries in {monotonic() - before_s:.1f} s")
                _at_size(self, place, size)
        finally:
            place.close()


def _at_size(self: Conduct, place: Place, size: int) -> None:
    bench, label, rate = self.bench, place.label, max(self.bench.rates)
    for repeat in range(min(_GROWTH_REPEATS, bench.repeats)):
        rng = Random(f"{self.scenario.seed}/{size}/{repeat}")
        plan = Plan(label, "growth", "direct", "open", "entry", rate, None, 0, repeat, size)
        _write(self, place, plan, Loop(windows.due_times(bench, rate, bench.window_s / 2, rng)))
        for kind in reads.KINDS:
            plan = Plan(label, "growth", "direct", "closed", kind, None, 1, 0, repeat, size)
            windows.read(self.book, place, plan, bench.reads_s, rng)
        if not repeat:
            plan = Plan(label, "growth", "direct", "closed", "audit", None, 1, 0, repeat, size)
            windows.read(self.book, place, plan, 0.0, rng)
