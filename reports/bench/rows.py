"""The rows of the bench page's tables: which ledger, and where in `summary.json` its figures stand.

A template prints a number by its place, so that each shown number is the recorded one; `at` is that place.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from reports.bench import choose
from reports.bench.figures.growth import grown
from reports.bench.shapes import BenchSummary, Ingress, Kind, Load, Resources
from reports.pointer import ref
from reports.shapes import Scalar

Place = Sequence[str | int]

_CLAIM_NODES = 5
_CLAIM_DELAY_S = 0.05
_DELAY = re.compile(r"(?:.*_)?(?:delay|distance|latency)_(ms|s)")


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A load of a ledger; `name` is empty for the bare harness."""

    name: str
    at: Place
    load: Load


@dataclass(frozen=True, slots=True)
class Group:
    """Loads that can be compared with one another, since they are the same but for the ledger."""

    rate: float | None
    callers: int | None
    kind: str
    http: bool
    rows: Sequence[LoadRow]


@dataclass(frozen=True, slots=True)
class NodesRow:
    """By so many nodes, where the latency until they had it stands; as many as are watched."""

    name: str
    at: Mapping[int, Place]


@dataclass(frozen=True, slots=True)
class GrowthRow:
    """By entries held, the place of the load."""

    name: str
    rate: float
    at: Mapping[int, Place]


@dataclass(frozen=True, slots=True)
class IngressRow:
    name: str
    at: Place
    one: Ingress


@dataclass(frozen=True, slots=True)
class DistantRow:
    """A ledger of a family that was also run with distance; `delay_s` is None where none was added."""

    name: str
    delay_s: float | None
    ref: str
    load: Place
    saturation: Place


@dataclass(frozen=True, slots=True)
class UsedRow:
    name: str
    at: Place
    one: Resources


@dataclass(frozen=True, slots=True)
class RemarkRow:
    name: str
    at: Place


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms that hold for all, and those that each ledger states; values are places of `equal_terms`."""

    common: Mapping[str, Place]
    each: Mapping[str, Mapping[str, Place]]


def _loads(summary: BenchSummary) -> list[LoadRow]:
    floor = [LoadRow("", ["floor", place], load) for place, load in enumerate(summary.floor)]
    return floor + [
        LoadRow(name, ["ledgers", name, "loads", place], load)
        for name, ledger in summary.ledgers.items()
        for place, load in enumerate(ledger.loads)
    ]


def groups(summary: BenchSummary, keep: Callable[[Load], bool]) -> list[Group]:
    """The loads that are kept, by kind, drive, rate and callers, in that order."""
    found: dict[tuple[str, bool, float, int], list[LoadRow]] = {}
    for row in _loads(summary):
        if keep(row.load):
            key = (row.load.kind, row.load.drive == "http", row.load.rate or 0.0, row.load.callers or 0)
            found.setdefault(key, []).append(row)
    ordered = sorted(found, key=lambda key: (get_args(Kind).index(key[0]), *key[1:]))
    return [Group(key[2] or None, key[3] or None, key[0], key[1], found[key]) for key in ordered]


def direct(load: Load) -> bool:
    """Entries by a schedule, through the port or the bare harness."""
    return load.drive != "http" and load.loop == "open" and load.kind == "entry"


def http(load: Load) -> bool:
    return load.drive == "http" and load.loop == "open" and load.kind == "entry"


def closed(load: Load) -> bool:
    return load.loop == "closed" and load.kind == "entry"


def reading(load: Load) -> bool:
    return load.kind != "entry"


def by_nodes(summary: BenchSummary) -> list[NodesRow]:
    """At the common rate, each ledger whose nodes were watched."""
    rate = choose.common_rate(summary)
    return [
        NodesRow(
            row.name, {count: [*row.at, "by_nodes", key] for count, key in enumerate(row.load.by_nodes, 1)}
        )
        for row in _loads(summary)
        if row.name and choose.stands(row.load) and row.load.rate == rate and row.load.by_nodes
    ]


def growth(summary: BenchSummary) -> list[GrowthRow]:
    rows = []
    for name, ledger in summary.ledgers.items():
        loads = grown(ledger)
        if loads:
            places: dict[int, Place] = {
                size: ["ledgers", name, "growth", place, "load"]
                for size, load in loads
                for place, item in enumerate(ledger.growth)
                if item.load is load
            }
            rows.append(GrowthRow(name, loads[0][1].rate or 0.0, places))
    return rows


def ingress(summary: BenchSummary) -> list[IngressRow]:
    return [
        IngressRow(name, ["ledgers", name, "ingress", place], one)
        for name, ledger in summary.ledgers.items()
        for place, one in enumerate(ledger.ingress)
    ]


def _delay(options: Mapping[str, Scalar]) -> tuple[str, float] | None:
    """The option that says how long the nodes' messages are held back each way, in seconds."""
    for key, value in options.items():
        unit = _DELAY.fullmatch(key)
        if unit is not None and isinstance(value, int | float) and not isinstance(value, bool):
            return key, float(value) / (1000.0 if unit[1] == "ms" else 1.0)
    return None


def distant(summary: BenchSummary) -> list[DistantRow]:
    """Ledgers with distance and their family without, by delay; empty where no ledger had any."""
    delays = {name: _delay(ledger.options) for name, ledger in summary.ledgers.items()}
    families = {
        summary.ledgers[name].backend for name, delay in delays.items() if delay is not None and delay[1] > 0
    }
    rate = choose.common_rate(summary)
    rows = []
    for name, ledger in summary.ledgers.items():
        if ledger.status != "measured" or ledger.backend not in families or len(ledger.nodes) < 2:
            continue
        delay = delays[name]
        load = [place for place, one in enumerate(ledger.loads) if choose.stands(one) and one.rate == rate]
        search = [place for place, one in enumerate(ledger.saturation) if one.drive == "direct"]
        rows.append(
            DistantRow(
                name,
                delay[1] if delay and delay[1] else None,
                ref("summary.json", "ledgers", name, "options", delay[0]) if delay else "",
                ["ledgers", name, "loads", load[0] if load else len(ledger.loads)],
                ["ledgers", name, "saturation", search[0] if search else len(ledger.saturation)],
            )
        )
    return sorted(rows, key=lambda row: row.delay_s or 0.0)


def claimed(summary: BenchSummary, rows: Sequence[DistantRow]) -> bool:
    """Whether the topology was run for which NDAChain states its figures: five validators 50 ms apart."""
    return any(
        row.delay_s is not None
        and math.isclose(row.delay_s, _CLAIM_DELAY_S)
        and len(summary.ledgers[row.name].nodes) == _CLAIM_NODES
        for row in rows
    )


def used(summary: BenchSummary) -> list[UsedRow]:
    """What each ledger used at the common rate."""
    rows = []
    for name, ledger in summary.ledgers.items():
        one = choose.resources(summary, name)
        if one is not None:
            rows.append(UsedRow(name, ["ledgers", name, "resources", list(ledger.resources).index(one)], one))
    return rows


def remarks(summary: BenchSummary, which: Literal["invalid", "disturbed"]) -> list[RemarkRow]:
    """Every window that was left out, or disturbed."""
    rows = []
    for name, ledger in summary.ledgers.items():
        if ledger.windows is not None:
            found = ledger.windows.invalid if which == "invalid" else ledger.windows.disturbed
            rows += [
                RemarkRow(name, ["ledgers", name, "windows", which, place]) for place in range(len(found))
            ]
    return rows


def terms(summary: BenchSummary) -> Terms:
    """Both ways to write them: a ledger's terms under its name, or a term's ledgers under the term's."""
    common: dict[str, Place] = {}
    each: dict[str, dict[str, Place]] = {}
    for key, value in summary.equal_terms.items():
        if not isinstance(value, Mapping):
            common[key] = ["equal_terms", key]
            continue
        for inner in value:
            term, name = (inner, key) if key in summary.ledgers else (key, inner)
            each.setdefault(term, {})[name] = ["equal_terms", key, inner]
    return Terms(common, each)
