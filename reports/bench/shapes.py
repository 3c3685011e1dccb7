"""The shape of a bench directory's files as frozen values: what was measured, and what is computed from it.

`docs/reference/bench-directory.md` describes the measured files, `docs/reference/bench-summary.md` the
computed one. Keys that a type does not name are passed over, so a later bench may add some. The part of
`manifest.json` that a bench shares with a run is `reports.shapes.Manifest`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from reports.derived import Interval, Moment
from reports.shapes import Amount, Count, Name, Scalar

Phase = Literal["load", "saturation", "growth", "ingress"]
Drive = Literal["direct", "http", "harness"]
Loop = Literal["open", "closed"]
Kind = Literal["entry", "read", "prove", "verify", "audit"]
Outcome = Literal["final", "refused", "failed", "lost"]
Level = Literal[
    "durable on one disk",
    "durable on two failure domains",
    "head signed",
    "no fork unless several collude",
    "rules checked by others",
]
"""The same words as `backends.ports.Level`, which nothing here may import; a test compares them."""

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]

# Measured


@dataclass(frozen=True, slots=True)
class Terms:
    """What `manifest.json` says of a bench beyond what it says of a run."""

    bench: Literal[True]
    quick: bool
    """Fewer starts and repeats: said wherever a figure is shown."""
    starts: Count
    partial: str = ""
    """Why it ended early; empty where it did not."""


@dataclass(frozen=True, slots=True)
class Reached:
    """When an entry has reached a level of assurance: at a moment, or once so many watched nodes have it."""

    moment: Moment
    nodes: Count = 0


@dataclass(frozen=True, slots=True)
class RawLedger:
    """One ledger of `raw.json`. Where it was not measured, `reason` says why and the rest may be left out."""

    status: Literal["measured", "not measured"]
    reason: str = ""
    backend: str = ""
    options: Mapping[str, Scalar] = field(default_factory=dict)
    voucher: str = ""
    parties: Count = 0
    durability: Literal["none", "process", "power", ""] = ""
    nodes: Sequence[Name] = ()
    """Names of the watched nodes; empty where none can be watched."""
    caution: str = ""
    """A sentence that stands beside every figure of this ledger."""
    assurance: Mapping[Level, Reached] = field(default_factory=dict)
    """A level that is never reached is left out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the saturation search and the headroom are held against."""

    p95_s: Positive
    demand_per_s: Positive
    demand_source: str = ""
    """Where the demand comes from, in one sentence."""


@dataclass(frozen=True, slots=True)
class Raw:
    """`raw.json`."""

    ledgers: Mapping[str, RawLedger]
    limits: Limits
    equal_terms: Mapping[str, Scalar | Mapping[str, Scalar]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class GroupUse:
    """What one group of processes used during a window; `rss_bytes` as last seen."""

    cpu_s: Amount | None = None
    rss_bytes: Amount | None = None
    written_bytes: Amount | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """One stretch of load on one ledger: a row of `windows.json`."""

    window: Count
    ledger: Name
    phase: Phase
    drive: Drive
    loop: Loop
    kind: Kind
    rate: Positive | None
    """Offered, operations per second; None in a closed loop."""
    callers: Annotated[int, Field(ge=1)] | None
    start: Count
    repeat: Count
    grown_to: Count | None
    doors: Sequence[str]
    began_s: float
    ended_s: float
    lag_p99_s: Amount | None
    lag_max_s: Amount | None
    valid: bool
    invalid: str
    load_average: Amount
    steal_share: Amount | None
    disturbed: str
    entries: Count
    use: Mapping[str, GroupUse] = field(default_factory=dict)
    stored_bytes: float | None = None
    """The difference; below zero where the ledger tidied up."""
    network_bytes: Amount | None = None
    gas: Amount | None = None
    energy_j: Amount | None = None


# Computed


@dataclass(frozen=True, slots=True)
class Bounded:
    """A count of events out of so many operations, and what their share is at most (95 %)."""

    n: int
    of: int
    at_most: float
    """Upper bound of the share: of zero events too, since none seen is not none possible."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Entries of all windows but the saturation search, which overloads on purpose; warm-up included."""

    submitted: int
    accepted: int
    final: int
    failed: Bounded
    refused: Bounded
    lost: Bounded


@dataclass(frozen=True, slots=True)
class Remark:
    """What was wrong with a window."""

    window: int
    why: str


@dataclass(frozen=True, slots=True)
class Windows:
    """How a ledger's windows went, those of the saturation search left out: it has steps of its own."""

    valid: int
    invalid: Sequence[Remark]
    """The generator did not keep its schedule: their figures are in no other figure."""
    disturbed: Sequence[Remark]
    """Something else took the machine: their figures are kept, and marked."""
    load_average_max: float
    steal_share_max: float


@dataclass(frozen=True, slots=True)
class Load:
    """What one ledger did under one load, over its valid windows, warm-up cut."""

    drive: Drive
    loop: Loop
    """In a closed loop the next is sent when one is answered: its latencies hide stalls, and are labelled."""
    kind: Kind
    rate: float | None
    callers: int | None
    offered: float
    """Due after the warm-up, over its seconds; in a closed loop, sent."""
    n: int
    """Operations behind the latencies: due after the warm-up and not refused by the rules."""
    starts: int
    repeats: int
    """Valid windows in all. 0 where every window was invalid: then nothing is given."""
    invalid: int
    disturbed: int
    """Of `repeats`, the disturbed ones."""
    warm_up_s: float
    """Cut from the beginning of each window: the longest over the starts and repeats."""
    unsteady: int
    """Of `repeats`, those in which MSER-5 found no steady state within the first half."""
    unanswered: int
    """Of `n`, those that never became final; they count as infinitely late, never as left out."""
    refused: int
    throughput: Interval | None
    """Committed operations per second, and only those."""
    latency: Mapping[Moment, Mapping[str, Interval]]
    """Seconds from due by `p50`, `p90`, `p95`, `p99`, `p99.9`; one with fewer than 100 observations
    beyond it, or that is infinite, is left out."""
    by_nodes: Mapping[str, Mapping[str, Interval]]
    """'3 of 4' to the latency until so many watched nodes had it; empty where none is watched."""
    repeat_values: Mapping[str, Sequence[Sequence[float]]]
    """`throughput` and `<moment>.<quantile>` of each window, a list for each start."""


@dataclass(frozen=True, slots=True)
class Step:
    """One window of a saturation search."""

    window: int
    start: int
    repeat: int
    rate: float
    throughput: float
    p95_s: float | None
    """Of `final`; None where it is infinite."""
    kept: bool
    why: str


@dataclass(frozen=True, slots=True)
class Saturation:
    """The highest rate that was kept, over the searches."""

    drive: Drive
    highest: Interval | None
    """Operations per second; None where no search kept even its lowest rate; with one search, `low` and
    `high` are the value."""
    searches: int
    """How often it was searched for; a search that the end of the bench cut short is none."""
    limited_by: str
    """What ended most of the searches, as `reports.bench.saturation.Cause` says."""
    headroom: Interval | None
    """`highest` over the demand: above 1 there is room."""
    stopped_at_generator: bool
    """True where a search ended because the generator could do no more: then `highest` is a lower bound."""
    steps: Sequence[Step]
    repeat_values: Mapping[str, Sequence[Sequence[float]]]
    """`highest` of each search, a list for each start."""


@dataclass(frozen=True, slots=True)
class Growth:
    """One load on a ledger filled beforehand."""

    grown_to: int
    load: Load


@dataclass(frozen=True, slots=True)
class GroupResources:
    """One group of processes; per entry but for `rss_bytes`; None where nothing counts it."""

    cpu_s: Interval | None
    rss_bytes: Interval | None
    written_bytes: Interval | None


@dataclass(frozen=True, slots=True)
class Resources:
    """Per final entry under one load of entries, but for `rss_bytes`; None where nothing counts it.

    With a single window (`repeats` 1) nothing is known of the spread: `low` and `high` are the value.
    """

    drive: Drive
    loop: Loop
    rate: float | None
    callers: int | None
    repeats: int
    cpu_s: Interval | None
    rss_bytes: Interval | None
    written_bytes: Interval | None
    stored_bytes: Interval | None
    network_bytes: Interval | None
    gas: Interval | None
    energy_j: Interval | None
    groups: Mapping[str, GroupResources]
    """The first three by group of processes; the figures above are their sums, but for the group `client`,
    which is the generator."""
    repeat_values: Mapping[str, Sequence[Sequence[float]]]
    """The figures above by their names, of each window, a list for each start."""


@dataclass(frozen=True, slots=True)
class Assured:
    """How long an entry takes to a level of assurance, seconds from due."""

    moment: Moment
    nodes: int
    p50: Interval | None
    p95: Interval | None


@dataclass(frozen=True, slots=True)
class Assurance:
    """The time to each level under one load."""

    drive: Drive
    rate: float | None
    levels: Mapping[Level, Assured | None]
    """Every level, in order; None, a dash, where the ledger never reaches it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure over another; `shown` where the interval excludes 1, so that it is more than noise."""

    ratio: Interval
    shown: bool


@dataclass(frozen=True, slots=True)
class Ingress:
    """The same load through one door and through all."""

    one: Load
    all: Load
    doors: Sequence[str]
    by_door: Mapping[str, Mapping[str, Interval]]
    """Latency until final by the node that took the entry, with all doors open."""
    all_over_one: Mapping[str, Difference]
    """`throughput`, `p50`, `p95` (of final) through all doors, over those through one."""


@dataclass(frozen=True, slots=True)
class LedgerSummary:
    """One ledger of a bench's `summary.json`."""

    status: Literal["measured", "not measured"]
    reason: str
    caution: str
    backend: str
    options: Mapping[str, Scalar]
    voucher: str
    parties: int
    durability: str
    nodes: Sequence[str]
    counts: Counts | None
    windows: Windows | None
    loads: Sequence[Load]
    saturation: Sequence[Saturation]
    """One for each drive that was searched."""
    growth: Sequence[Growth]
    resources: Sequence[Resources]
    assurance: Assurance | None
    ingress: Sequence[Ingress]
    """One for each drive and rate."""


@dataclass(frozen=True, slots=True)
class BenchSummary:
    """`summary.json` of a bench directory."""

    name: str
    quick: bool
    partial: str
    starts: int
    repeats: int
    """The most valid windows that one load of the phase `load` has, over all starts."""
    p95_limit_s: float
    demand_per_s: float
    demand_source: str
    equal_terms: Mapping[str, Scalar | Mapping[str, Scalar]]
    floor: Sequence[Load]
    """The bare harness: what the generator costs with no ledger at all."""
    ledgers: Mapping[str, LedgerSummary]
