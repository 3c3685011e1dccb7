"""Windows under one load, over starts and repeats, to the figures of a `Load`."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np

from reports.bench.directory import Bench
from reports.bench.observations import Operations
from reports.bench.shapes import Drive, Kind, Load, Loop, Window
from reports.derived import MOMENTS, Interval, Moment
from reports.observations import Times
from reports.statistics import Settled, latencies, settle
from reports.statistics.windows import Figure, quantiles, throughput, waits


@dataclass(frozen=True, slots=True)
class Key:
    """What makes windows repeats of one another."""

    drive: Drive
    loop: Loop
    kind: Kind
    rate: float | None
    callers: int | None

    @classmethod
    def of(cls, one: Window | Load) -> "Key":
        return cls(one.drive, one.loop, one.kind, one.rate, one.callers)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """A window, and where its operations are."""

    window: Window
    source: Mapping[int, Operations]

    @property
    def operations(self) -> Operations:
        """Made anew each time, and not kept."""
        return self.source[self.window.window]


def seen_on(bench: Bench, label: str, *, harness: bool = False) -> list[Seen]:
    """A label's windows with their operations; those of the bare harness are kept apart."""
    windows = [
        window
        for window in bench.windows
        if window.ledger == label and (window.drive == "harness") is harness
    ]
    operations = bench.operations(label) if windows else {}
    return [Seen(window, operations) for window in windows if window.window in operations]


def by_key(seen: Iterable[Seen]) -> Mapping[Key, Sequence[Seen]]:
    """Windows by load, in the order of drive, loop, kind and rate."""
    found: dict[Key, list[Seen]] = {}
    for one in seen:
        found.setdefault(Key.of(one.window), []).append(one)
    return {key: found[key] for key in sorted(found, key=_order)}


def _order(key: Key) -> tuple[str, str, int, float, int]:
    return key.drive, key.loop[::-1], get_args(Kind).index(key.kind), key.rate or 0.0, key.callers or 0


@dataclass(frozen=True, slots=True, eq=False)
class Starts:
    """The valid windows under one load after their warm-up, a list for each start."""

    windows: Sequence[Sequence[Window]]
    settled: Sequence[Sequence[Settled[Operations]]]
    invalid: int
    """How many more there were."""

    def all(self) -> list[Settled[Operations]]:
        return [one for start in self.settled for one in start]

    def waits(self, moment: Moment) -> list[list[Times]]:
        """Seconds from due to a moment, for each window."""
        return [[latencies(one.kept, moment) for one in start] for start in self.settled]

    def waits_for(self, nodes: int) -> list[list[Times]]:
        """Seconds from due until so many watched nodes had it, whatever the client saw."""
        return [[waits(one.kept, one.kept.at_nodes(nodes)) for one in start] for start in self.settled]

    def waits_at(self, moment: Moment, nodes: int) -> list[list[Times]]:
        """Seconds from due until the moment and so many watched nodes, whichever was later."""
        return [[_waits_at(one.kept, moment, nodes) for one in start] for start in self.settled]


def _waits_at(kept: Operations, moment: Moment, nodes: int) -> Times:
    own = kept.moment(moment)
    return waits(kept, np.maximum(own, kept.at_nodes(nodes)) if nodes else own)  # NaN where either never came


def starts(seen: Sequence[Seen]) -> Starts:
    """The valid windows, the same warm-up cut from each; the lists are empty where none is valid."""
    kept = [one for one in seen if one.window.valid]
    settled = settle([one.operations for one in kept])
    numbers = sorted({one.window.start for one in kept})
    at = {number: [i for i, one in enumerate(kept) if one.window.start == number] for number in numbers}
    return Starts(
        [[kept[i].window for i in at[number]] for number in numbers],
        [[settled[i] for i in at[number]] for number in numbers],
        len(seen) - len(kept),
    )


def load(key: Key, over: Starts, watched: int) -> Load:
    """The figures of one load; `watched` is how many nodes were."""
    windows = over.all()
    done = throughput(over.settled) if windows else None
    values: dict[str, Sequence[Sequence[float]]] = {"throughput": done.values} if done else {}
    latency: dict[Moment, dict[str, Interval]] = {}
    for moment in MOMENTS:
        found = quantiles(over.waits(moment)) if windows else {}
        latency[moment] = intervals(found)
        values |= {f"{moment}.{name}": figure.values for name, figure in found.items()}
    due = sum(len(one.kept) for one in windows)
    refused = _count(windows, "refused")
    return Load(
        drive=key.drive,
        loop=key.loop,
        kind=key.kind,
        rate=key.rate,
        callers=key.callers,
        offered=float(np.mean([one.offered for one in windows])) if windows else 0.0,
        n=due - refused,
        starts=len(over.settled),
        repeats=len(windows),
        invalid=over.invalid,
        disturbed=sum(bool(window.disturbed) for start in over.windows for window in start),
        warm_up_s=max((one.warm_up_s for one in windows), default=0.0),
        unsteady=sum(not one.steady for one in windows),
        unanswered=due - refused - _count(windows, "final"),
        refused=refused,
        throughput=done.interval if done else None,
        latency=latency,
        by_nodes=_by_nodes(over, watched) if key.kind == "entry" else {},
        repeat_values=values,
    )


def _count(windows: Sequence[Settled[Operations]], outcome: str) -> int:
    return sum(int(np.count_nonzero(one.kept.outcome == outcome)) for one in windows)


def _by_nodes(over: Starts, watched: int) -> dict[str, Mapping[str, Interval]]:
    if not any(one.kept.final_by.shape[1] for one in over.all()):
        return {}
    return {
        f"{count} of {watched}": intervals(quantiles(over.waits_for(count)))
        for count in range(1, watched + 1)
    }


def intervals(figures: Mapping[str, Figure]) -> dict[str, Interval]:
    """The figures without each window's own."""
    return {name: figure.interval for name, figure in figures.items()}
