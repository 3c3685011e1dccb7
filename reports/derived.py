"""The shape of what is computed from a run: summary, simulation, cost and verdict as frozen values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from reports.shapes import Counts, Scalar, Tally

Moment = Literal["accepted", "final", "provable"]
MOMENTS: tuple[Moment, ...] = ("accepted", "final", "provable")


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 95 % confidence interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Rate:
    """What one ledger did at one offered rate, warm-up cut."""

    rate: float
    """Offered, operations per second, as the scenario asked."""
    offered: float
    """Offered in fact: due after the warm-up, over its seconds; a random schedule strays from `rate`."""
    n: int
    """Operations behind the latencies: due after the warm-up and not refused by the rules."""
    repeats: int
    warm_up_s: float
    """Cut from the start of each repeat, seconds: the median of what MSER-5 finds in them."""
    unanswered: int
    """Of `n`, those that never became final; they count as infinitely late, never as left out."""
    refused: int
    throughput: Interval
    """Final operations per second within the schedule."""
    latency: Mapping[Moment, Mapping[str, Interval]]
    """Seconds from the due time; a quantile with fewer than 100 observations beyond it is left out."""
    repeat_values: Mapping[str, Sequence[float]]
    """`throughput` and `<moment>.<quantile>` of each repeat, for the noise between repeats."""
    unsteady: int = 0
    """Of `repeats`, those in which no steady state was found within the first half."""
    lag_p99_s: float = 0.0
    """How late the generator itself was in the worst repeat, for 99 of 100 operations at most."""
    kept: bool = True
    """Whether that is little: else the figures are partly the generator's, and break no rule."""


@dataclass(frozen=True, slots=True)
class Resources:
    """Per opinion, but for `rss_bytes`; null where it was not measured."""

    cpu_s_per_opinion: float | None
    stored_bytes_per_opinion: float | None
    gas_per_opinion: float | None
    rss_bytes: float | None
    handed_over_bytes_per_opinion: float | None
    service_cpu_s_per_opinion: float | None


@dataclass(frozen=True, slots=True)
class SummaryLedger:
    """One ledger of `summary.json`."""

    status: Literal["measured", "not measured"]
    reason: str
    voucher: str
    parties: int
    durability: str
    evm: str
    counts: Counts | None
    rates: Sequence[Rate]
    resources: Resources


@dataclass(frozen=True, slots=True)
class Summary:
    """`summary.json`."""

    ledgers: Mapping[str, SummaryLedger]
    tally: Tally | None


@dataclass(frozen=True, slots=True)
class Validation:
    """A prediction beside what was measured."""

    ledger: str
    metric: str
    regime: str
    measured: float
    predicted: float
    error: float
    """(predicted - measured) / measured."""
    noise: float
    """Between repeats: (largest - smallest) / mean of the measured values."""
    held_out: bool
    """True where the rate took no part in the calibration."""


@dataclass(frozen=True, slots=True)
class Simulation:
    """`simulation.json`."""

    model: str
    seed: int
    parameters: Mapping[str, Mapping[str, float]]
    validation: Sequence[Validation]
    not_predicted: Mapping[str, str]
    """Ledgers without a prediction, and why."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A distribution: 5 %, 50 % and 95 % of the draws."""

    p5: float
    p50: float
    p95: float


@dataclass(frozen=True, slots=True)
class YearCost:
    """What a year costs at a stated volume, VND."""

    volume: int
    year: Spread
    per_opinion: Spread
    parts: Mapping[str, float]
    """Median of each part of the year."""
    measured_share: float
    """Share of the median year that rests on a measured quantity; the rest is assumed."""


@dataclass(frozen=True, slots=True)
class LedgerCost:
    """One ledger's cost. `reason` is filled where it could not be computed."""

    reason: str
    machines: int
    parties: int
    usage_per_opinion: Spread | None
    """CPU and storage of one opinion, VND: measured quantity times price."""
    gas_per_opinion: float | None
    fee_per_opinion: Spread | None
    """Gas times an assumed price, kept out of every total; null without gas."""
    years: Sequence[YearCost]
    peer_over_ours: Spread | None
    """The reference ledger's year over this one's, draw by draw, at the likely volume: larger is better."""
    cheaper_than: Mapping[str, float]
    """Share of the draws in which this ledger's year costs less than the other's, at the likely volume."""


@dataclass(frozen=True, slots=True)
class Cost:
    """`cost.json`."""

    currency: str
    seed: int
    draws: int
    reference: str
    likely_volume: int
    ledgers: Mapping[str, LedgerCost]
    prices: Mapping[str, Mapping[str, Scalar]]
    sources: Mapping[str, str]
    """Digests of the price and operations files that were used."""


Answer = Literal["yes", "no", "not enough evidence"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that a rule used, and where it stands in the run."""

    ref: str
    value: Scalar


@dataclass(frozen=True, slots=True)
class Ruling:
    """A rule's answer for one ledger, or for the run where `ledger` is empty."""

    rule: str
    ledger: str
    answer: Answer
    facts: Sequence[Fact]
    missing: Sequence[str]
    """References that the rule needed and the run does not hold."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """A published suitability scheme, answered from facts and the scenario's declared context."""

    name: str
    result: str
    steps: Sequence[Ruling]


@dataclass(frozen=True, slots=True)
class Condition:
    """A single change of a fact after which the overall verdict would be another."""

    change: str
    ledger: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`verdict.json`."""

    overall: str
    """The key of the verdict's sentence in the texts."""
    line: Mapping[str, str]
    """The sentence, by language."""
    subjects: Mapping[str, str]
    """The ledgers that the sentence names, by role."""
    rulings: Sequence[Ruling]
    schemes: Sequence[Scheme]
    conditions: Sequence[Condition]
    adds: Mapping[str, Sequence[str]]
    """'chain / other ledger' to references of what the chain assures and the other does not."""
    not_judged: Mapping[str, str]
    """Ledgers that the verdict draws nothing from, and why (a key of the texts)."""
    rules_digest: str
    fixed_before_run: bool
    """True where protocol.md holds `rules_digest`."""
