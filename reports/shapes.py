"""The shape of what the pilot measured: manifest.json, raw.json and risk.json as frozen values.

`reports.run` checks files against these types; `docs/reference/run-directory.md` describes them in prose.
Keys that a type does not name are passed over, so a later run may add some. Derived files are in
`reports.derived`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Machine:
    """Where the run was made."""

    cpus: Annotated[int, Field(ge=1)]
    model: str
    memory_bytes: Count
    kernel: str
    python: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """`manifest.json`: what ran, where, and the SHA-256 of every measured file."""

    name: Name
    started: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d")]
    """UTC, ISO 8601."""
    finished: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d")]
    machine: Machine
    versions: Mapping[str, str]
    seed: int
    load_average: Sequence[Amount]
    files: Mapping[str, Digest]
    finality: Mapping[str, str]
    """What 'final' means on each ledger, and which nodes have it."""
    workload: str = ""
    """Which consultation was replayed."""
    generator_lag_s: Mapping[str, Amount] = field(default_factory=dict)
    """By ledger, how late the load generator itself was at most; it is inside every latency."""
    complete: bool = False
    """Written last: true once every measured file stands."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Operations of the whole run, warm-up included."""

    submitted: Count
    accepted: Count
    final: Count
    failed: Count
    lost: Count
    duplicated: Count


@dataclass(frozen=True, slots=True)
class ResourcesTotal:
    """What a ledger's processes used over the run; null where it was not measured."""

    cpu_s: Amount | None = None
    stored_bytes: Amount | None = None
    gas: Amount | None = None
    rss_bytes: Amount | None = None
    handed_over_bytes: Amount | None = None
    service_cpu_s: Amount | None = None


@dataclass(frozen=True, slots=True)
class RawLedger:
    """One ledger of `raw.json`. Where it was not measured, `reason` says why and the rest may be left out."""

    status: Literal["measured", "not measured"]
    reason: str = ""
    voucher: str = ""
    """Who vouches for a head, in one phrase."""
    parties: Count = 0
    """Independent parties that must collude to show two histories; 0 where nobody vouches."""
    durability: Literal["none", "process", "power", ""] = ""
    evm: str = ""
    """Which EVM ran; empty where the ledger is none."""
    counts: Counts | None = None
    resources_total: ResourcesTotal = field(default_factory=ResourcesTotal)
    entries: Count = 0
    """Entries that the totals cover: the denominator of every figure per opinion."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What the consultation came to, by replay."""

    received: Count
    counted: Count
    withdrawn: Count
    superseded: Count
    per_provision: Sequence[Mapping[str, Scalar | Mapping[str, Scalar]]] = ()


@dataclass(frozen=True, slots=True)
class Raw:
    """`raw.json`: counts and resources as the pilot met them."""

    ledgers: Mapping[str, RawLedger]
    tally: Tally | None = None


Threat = Literal["edit", "delete", "rewrite"]
Store = Literal["service", "ledger"]
Defender = Literal["certificate holder", "auditor with pins", "another validator or witness"]
Outcome = Literal["detected", "not detected", "not applicable", "not measured"]

THREATS: tuple[Threat, ...] = ("edit", "delete", "rewrite")
STORES: tuple[Store, ...] = ("service", "ledger")
DEFENDERS: tuple[Defender, ...] = (
    "certificate holder",
    "auditor with pins",
    "another validator or witness",
)


@dataclass(frozen=True, slots=True)
class RiskCell:
    """One cell of `risk.json`: an attack really staged, seen by one defender."""

    threat: Threat
    store: Store
    ledger: Name
    defender: Defender
    outcome: Outcome
    mode: str = ""
    detected_by: str | None = ""
    """The link of the verification that broke; empty where nothing did."""
    seconds: Amount | None = None
    """From the start of the check to its answer."""
    evidence: str = ""
    staged: str = ""
    """What was really done."""
    lost: Count | None = None
    duplicated: Count | None = None
