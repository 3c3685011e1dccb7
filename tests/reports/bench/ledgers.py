"""The invented ledgers of `synthetic.py`: how each behaves, and what `raw.json` says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tests.reports.synthetic import Json

_ONE: Mapping[str, Json] = {"durable on one disk": {"moment": "final", "nodes": 0}}
_SIGNED: Mapping[str, Json] = {"head signed": {"moment": "provable", "nodes": 0}}
_NO_FORK: Mapping[str, Json] = {"no fork unless several collude": {"moment": "final", "nodes": 0}}
_DEMAND = "4.3 million opinions in 7 days nationwide (May 2025), 7 a second; a city's seventh"
_FOUR = ("node-0", "node-1", "node-2", "node-3")
_VALIDATED: Mapping[str, Json] = {
    "durable on one disk": {"moment": "final", "nodes": 1},
    "durable on two failure domains": {"moment": "final", "nodes": 2},
    "head signed": {"moment": "provable", "nodes": 0},
    "no fork unless several collude": {"moment": "provable", "nodes": 0},
    "rules checked by others": {"moment": "final", "nodes": 3},
}


@dataclass(frozen=True, slots=True)
class Plot:
    """How an invented ledger behaves; bytes, gas and CPU seconds are per entry."""

    backend: str
    voucher: str
    parties: int
    durability: str
    round_s: float
    """How long it takes to make a batch final."""
    per_second: float
    """At most so many entries."""
    proof_s: float
    cpu_s: Mapping[str, float]
    """By group of processes."""
    written_bytes: int
    stored_bytes: int
    network_bytes: int = 0
    gas: int = 0
    rss_bytes: int = 80_000_000
    grows: float = 1.0
    """How much a ledger that holds more slows it."""
    failing: float = 0.0
    nodes: Sequence[str] = ()
    many_doors: bool = False
    caution: str = ""
    assurance: Mapping[str, Json] = field(default_factory=dict)
    options: Mapping[str, Json] = field(default_factory=dict)


PLOTS: Mapping[str, Plot] = {
    "memory": Plot("memory", "nobody", 0, "none", 0.0004, 9_000, 0.0001, {"service": 0.00009}, 0, 0),
    "signed-db": Plot(
        "signed-db", "the operator alone", 1, "power", 0.004, 2_600, 0.001, {"service": 0.0003},
        1_900, 1_100, grows=2.0, assurance={**_ONE, **_SIGNED},
    ),
    "signed-db-standby": Plot(
        "signed-db", "the operator alone", 1, "power", 0.006, 1_900, 0.001,
        {"service": 0.0003, "postgres": 0.0004}, 4_200, 2_400, network_bytes=900, rss_bytes=190_000_000,
        assurance={
            "durable on one disk": {"moment": "final", "nodes": 0},
            "durable on two failure domains": {"moment": "final", "nodes": 0},
            **_SIGNED,
        },
        options={"standby": True},
    ),
    "merkle-log": Plot(
        "merkle-log", "3 of 4 witnesses", 4, "power", 0.012, 2_800, 0.0001,
        {"service": 0.0004, "witness": 0.0002}, 2_300, 1_300, network_bytes=380,
        assurance={**_ONE, "head signed": {"moment": "final", "nodes": 0}, **_NO_FORK},
        options={"witnesses": 4, "quorum": 3},
    ),
    "log-alone": Plot(
        "merkle-log", "the operator alone", 1, "power", 0.007, 2_900, 0.0001, {"service": 0.0004},
        1_800, 1_150, assurance={**_ONE, "head signed": {"moment": "final", "nodes": 0}},
        options={"witnesses": 0},
    ),
    "cometbft": Plot(
        "cometbft", "more than two thirds of 4 validators", 3, "power", 0.09, 1_500, 0.11,
        {"node": 0.0011, "application": 0.0005, "service": 0.0001}, 9_800, 5_200,
        network_bytes=11_000, rss_bytes=620_000_000, nodes=_FOUR, many_doors=True, assurance=_VALIDATED,
    ),
    "cometbft-50ms": Plot(
        "cometbft", "more than two thirds of 5 validators", 4, "power", 0.42, 1_100, 0.44,
        {"node": 0.0015, "application": 0.0006, "service": 0.0001}, 12_100, 6_400,
        network_bytes=15_500, rss_bytes=770_000_000, nodes=(*_FOUR, "node-4"), assurance=_VALIDATED,
        options={"validators": 5, "delay_ms": 50},
    ),
    "evm-clique": Plot(
        "evm", "at least 3 of 4 signers", 3, "power", 1.6, 620, 0.05,
        {"node": 0.0062, "service": 0.0004}, 15_000, 7_300, network_bytes=9_400, gas=46_500,
        rss_bytes=900_000_000, failing=0.0004, nodes=_FOUR, many_doors=True,
        caution="proof of authority, no finality",
        assurance={
            level: reached for level, reached in _VALIDATED.items() if level != "rules checked by others"
        },
        options={"signers": 4, "block_time_s": 1.0},
    ),
    "evm": Plot(
        "evm", "operator only, one node, no consensus", 1, "none", 0.25, 330, 0.004,
        {"node": 0.0042, "service": 0.0004}, 3_100, 2_400, gas=46_500, rss_bytes=260_000_000,
        caution="one node, no consensus", assurance=_SIGNED,
    ),
}  # fmt: skip

HARNESS = Plot("harness", "nobody", 0, "none", 0.00002, 60_000, 0.00001, {"harness": 0.00002}, 0, 0)


def _ledger(plot: Plot) -> dict[str, Json]:
    return {
        "status": "measured",
        "backend": plot.backend,
        "options": dict(plot.options),
        "voucher": plot.voucher,
        "parties": plot.parties,
        "durability": plot.durability,
        "nodes": list(plot.nodes),
        "caution": plot.caution,
        "assurance": dict(plot.assurance),
    }


def raw(labels: Sequence[str], unmeasured: Mapping[str, str]) -> dict[str, Json]:
    """`raw.json` for these ledgers."""
    ledgers: dict[str, Json] = {label: _ledger(PLOTS[label]) for label in labels}
    for label, reason in unmeasured.items():
        ledgers[label] = {"status": "not measured", "reason": reason}
    terms: dict[str, Json] = {
        "batch_age_s": 0.01,
        "batch_size": 1000,
        "admission": "rules",
        "entry_bytes": 512,
        "arrivals": "poisson",
        "durability": {label: PLOTS[label].durability for label in labels},
    }
    return {
        "ledgers": ledgers,
        "equal_terms": terms,
        "limits": {
            "p95_s": 5.0,
            "demand_per_s": 1.0,
            "demand_source": _DEMAND,
        },
    }
