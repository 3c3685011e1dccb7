"""The experiment: a scenario becomes a run directory.

1. Node binaries are seen to; a ledger whose node cannot be had is 'not measured', and the others go on.
2. One service per ledger starts; the consultations of all repeats are opened.
3. Windows are measured one at a time, interleaved: every ledger once, in an order drawn from the seed, then
   every ledger again.
4. Consultations are closed, the last is published, and a certificate of each ledger is kept and checked.
5. Each ledger is stopped as soon as that is done, and an audit reads it alone. Beside steps 4 and 5, when
   nothing is timed any more, the attacks are staged on ledgers of their own.
6. Manifest, simulation and report are written.

Interrupted anywhere, all processes end and the folder stays without a manifest: it does not look whole.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import monotonic
from typing import TypeVar

from backends.nodes.errors import NodeFailed, NodeUnavailable
from backends.nodes.progress import BuildProgress
from backends.nodes.toolchain import ensure_all
from consultation.core.errors import VerificationError
from consultation.web.access import Role
from pilot import attack, audit, keys, measure, paper, protocol, record, rundir, samples, schedule
from pilot.client import ServiceError
from pilot.measure import Measured
from pilot.progress import Progress
from pilot.rundir import RunDirectory, Value
from pilot.scenario import Scenario
from pilot.source import Source
from pilot.station import Station
from pilot.world import SystemChance
from workloads.driver import Due

Nodes = Mapping[str, Path | NodeUnavailable]
Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class Experiment:
    """Everything that the steps share."""

    scenario: Scenario
    source: Source
    run: RunDirectory
    keys: keys.RunKeys
    show: Progress
    started: datetime
    start_s: float
    stations: dict[str, Station] = field(default_factory=dict)
    measured: dict[str, Measured] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Ledger to the reason why it was not measured."""
    broken: dict[str, str] = field(default_factory=dict)
    """Ledger to the link of its certificate that does not hold."""
    summaries: dict[str, Mapping[str, object]] = field(default_factory=dict)
    audits: dict[str, audit.Audit] = field(default_factory=dict)
    risks: dict[str, Sequence[Mapping[str, Value]]] = field(default_factory=dict)

    @property
    def last_repeat(self) -> int:
        """The one whose consultation is summarised and published; the others are only closed."""
        return self.scenario.load.repeats - 1

    def consultation(self, repeat: int) -> str:
        return f"{self.scenario.name}-{repeat + 1}"

    @property
    def consultations(self) -> list[str]:
        """One for each repeat; each waits for the ledger by itself."""
        return [self.consultation(repeat) for repeat in range(self.scenario.load.repeats)]

    def processes(self, ledger: str) -> float:
        """How many processes the ledger was measured with."""
        return self.measured[ledger].used.get("ledger_processes", 0.0)

    def give_up(self, ledger: str, reason: str) -> None:
        """Leave a ledger out from here on."""
        self.missing[ledger] = reason
        self.show.say(f"{ledger}: not measured: {reason.splitlines()[0]}")
        station = self.stations.pop(ledger, None)
        if station is not None:
            station.stop()


def conduct(
    scenario: Scenario, file: Path, source: Source, run: RunDirectory, nodes: Nodes, show: Progress
) -> Experiment:
    """Run it all but the report. Whatever happens, no process is left behind."""
    started = datetime.now(UTC)
    drawn = keys.make(run.keys, SystemChance())
    self = Experiment(scenario, source, run, drawn, show, started, monotonic())
    rundir.write_whole(run.path / "scenario.toml", file.read_bytes())
    rundir.write_whole(run.path / "protocol.md", protocol.text(scenario, source).encode())
    for ledger, reason in without_nodes(scenario, nodes).items():
        self.give_up(ledger, reason)
    try:
        _start(self, run.path / "scenario.toml")
        _measure(self)
        with _attacks(self):
            _publish(self)
    finally:
        _stop(self)
    _write(self)
    return self


def see_to_nodes(scenario: Scenario, progress: BuildProgress) -> Nodes:
    """Build or find every node binary that the scenario's ledgers need."""
    needed = {node for name in scenario.ledgers for node in scenario.nodes(name)}
    return ensure_all(sorted(needed), progress)


def without_nodes(scenario: Scenario, nodes: Nodes) -> dict[str, str]:
    """Ledgers a node of which cannot be had, and why."""
    found: dict[str, str] = {}
    for ledger in scenario.ledgers:
        for node in scenario.nodes(ledger):
            outcome = nodes[node]
            if isinstance(outcome, NodeUnavailable):
                found.setdefault(ledger, f"{node}: {outcome.reason}")
    return found


def _start(self: Experiment, file: Path) -> None:
    self.show.stage("starting the ledgers", len(self.scenario.ledgers) - len(self.missing))
    for name in self.scenario.ledgers:
        if name not in self.missing:
            folder = self.run.ledger(name)
            self.stations[name] = Station(self.scenario, file, name, folder, self.run.keys)

    def start(station: Station) -> str:
        try:
            station.start()
            draft = self.source.consultation.draft
            _each(self.consultations, lambda name: measure.open_consultation(station, name, draft))
        except (NodeFailed, ServiceError, OSError) as error:
            return str(error)
        finally:
            self.show.tick(1)
        return ""

    stations = list(self.stations.values())
    for station, reason in zip(stations, _each(stations, start), strict=True):
        if reason:
            self.give_up(station.ledger, reason)
        else:
            traits = json.loads(station.client.get("/ledger", Role.OPERATOR))
            self.measured[station.ledger] = Measured(traits=traits)


def _measure(self: Experiment) -> None:
    actions, times = self.source.consultation.actions, self.source.times_s
    recorded = None if times is None else schedule.of_trace(self.scenario, actions, times)
    schedules = {
        (name, repeat): _made(self, name, repeat) if recorded is None else recorded
        for name in self.stations
        for repeat in range(self.scenario.load.repeats)
    }
    self.show.stage("replaying the consultation", sum(map(len, schedules.values())))
    order = Random(self.scenario.seed)
    for repeat in range(self.scenario.load.repeats):
        names = list(self.stations)
        order.shuffle(names)
        for name in names:
            self.show.say(f"repeat {repeat + 1} of {self.scenario.load.repeats}: {name}")
            due = schedules[name, repeat]
            try:
                measure.window(
                    self.stations[name],
                    self.consultation(repeat),
                    due,
                    repeat,
                    self.measured[name],
                    self.show.tick,
                )
            except (ServiceError, OSError) as error:
                self.give_up(name, f"it failed in repeat {repeat + 1}: {error}")


def _made(self: Experiment, name: str, repeat: int) -> list[Due]:
    """The same for every ledger with the same window."""
    seed = f"{self.scenario.seed}/{repeat}"
    window_s = self.scenario.window_s(name)
    return schedule.of_window(self.scenario, self.source.consultation.actions, window_s, seed)


def _publish(self: Experiment) -> None:
    """Close, publish, stop and audit, every ledger at its own pace."""
    self.show.stage("publishing, auditing, attacking", 2 * len(self.stations) + len(self.measured))

    def publish(station: Station) -> str:
        name = station.ledger
        try:
            _each(self.consultations, lambda name: measure.close_consultation(station, name))
            last = self.consultation(self.last_repeat)
            self.summaries[name] = measure.publish_consultation(station, last, self.source.responses)
            link = _certificate(self, station)
            if link:
                self.broken[name] = link
            return ""
        except (ServiceError, OSError, ValueError, VerificationError) as error:
            return f"the consultation could not be published: {error}"
        finally:
            measure.write(self.run, name, self.measured[name], self.start_s)
            station.stop()
            self.show.tick(1)

    def see_through(station: Station) -> None:
        name = station.ledger
        reason = publish(station)
        if reason:
            self.missing[name] = reason
            self.show.say(f"{name}: {reason}")
        else:
            self.audits[name] = audit.attempt(self.run, name, self.show.say)
        self.show.tick(1)

    _each(self.stations.values(), see_through)


def _certificate(self: Experiment, station: Station) -> str:
    name = station.ledger
    took_part = (
        item.action.participant
        for repeat, item in self.measured[name].operations
        if repeat == self.last_repeat and item.leaf
    )
    consultation = self.consultation(self.last_repeat)
    participant = next(took_part, None)
    if participant is None:
        return "no opinion of the last repeat was accepted, so there is no certificate"
    printer = paper.printer(self.scenario, self.keys)
    return samples.keep(self.run, station, consultation, participant, printer)


def _stop(self: Experiment) -> None:
    """End every station that is still up."""
    _each(self.stations.values(), lambda station: station.stop())


@contextmanager
def _attacks(self: Experiment) -> Iterator[None]:
    """The attacks, on ledgers of their own, go on beside what is not timed; waits for them at the end."""
    names = sorted(self.measured, key=self.processes, reverse=True)  # what takes longest goes first
    file = self.run.path / "scenario.toml"
    campaigns = [
        attack.Campaign(file, name, self.run.path / "ledgers" / f"{name}-attacked", self.run.keys)
        for name in names
    ]
    # One more than there are processors, since nodes are waited for half of the time.
    pool = ThreadPoolExecutor((os.cpu_count() or 1) + 1)
    try:
        under_way = {one.ledger: pool.submit(one.run, self.show.say) for one in campaigns}
        yield
        for name, cells in under_way.items():
            self.risks[name] = cells.result()
            self.show.tick(1)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for one in campaigns:
            with suppress(NodeFailed):  # one that cannot be ended must not keep the others
                one.stop()


def _write(self: Experiment) -> None:
    self.run.write_json("raw.json", record.raw(self))
    names = list(self.scenario.ledgers)
    self.run.write_json("risk.json", [cell for name in names for cell in self.risks.get(name, ())])
    audits = [asdict(self.audits[name]) for name in names if name in self.audits]
    self.run.write_json("audit.json", audits)
    manifest: dict[str, Value] = {
        "name": self.run.path.name,
        "started": rundir.utc(self.started),
        "finished": rundir.utc(datetime.now(UTC)),
        "machine": rundir.machine(),
        "versions": rundir.versions(),
        "seed": self.scenario.seed,
        "load_average": list(os.getloadavg()),
        "generator_lag_s": {name: found.lag_s for name, found in self.measured.items()},
        "workload": self.source.name,
        "finality": record.finality(self),
    }
    rundir.finish(self.run, manifest)


def _each(items: Iterable[Item], work: Callable[[Item], Result]) -> list[Result]:
    """Do the same for all at once, in threads; results in order."""
    things = list(items)
    if not things:
        return []
    pool = ThreadPoolExecutor(len(things))
    try:
        return list(pool.map(work, things))
    finally:
        # Done, or interrupted: then nobody waits for the rest, whose processes end with this one.
        pool.shutdown(wait=False, cancel_futures=True)
