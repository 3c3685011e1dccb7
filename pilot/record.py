"""What the experiment saw, as `raw.json`: counts, resources and the tally, nothing derived."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from backends.nodes.toolchain import NODES
from pilot import measure
from pilot.rundir import Value
from workloads.consultations import ActionKind

if TYPE_CHECKING:
    from pilot.experiment import Experiment

_FINALITY: Mapping[str, str] = {
    "memory": "stored in the memory of one process",
    "signed-db": "durable commit on one disk",
    "merkle-log": "a published checkpoint covers it, with the quorum of witnesses",
    "cometbft": "block decided by the validators, next header fetched and checked by the service's client",
    "evm": "in a block of the node that the service asks",
    "evm-anchored": "stored on disk, its tree head in a block of the node that the service asks",
}


def finality(experiment: Experiment) -> Mapping[str, Value]:
    """What 'final' means on each ledger, and who vouches for it."""
    found: dict[str, Value] = {}
    for name in experiment.scenario.ledgers:
        measured = experiment.measured.get(name)
        voucher = f"; vouched for by {measured.traits['voucher']}" if measured else ""
        found[name] = f"{_FINALITY.get(name, 'as its traits say')}{voucher}"
    return found


def raw(experiment: Experiment) -> Mapping[str, Value]:
    """The file's content."""
    ledgers: dict[str, Value] = {}
    for name in experiment.scenario.ledgers:
        if name in experiment.missing:
            ledgers[name] = {"status": "not measured", "reason": experiment.missing[name]}
        else:
            ledgers[name] = _ledger(experiment, name)
    return {"ledgers": ledgers, "tally": _tally(experiment)}


def _ledger(experiment: Experiment, name: str) -> Mapping[str, Value]:
    measured = experiment.measured[name]
    counts: dict[str, Value] = {**measure.counts(measured)}
    found = experiment.audits.get(name)
    if found is not None and found.ok is not None:
        counts |= {"lost": found.missing, "duplicated": found.duplicated}
    used = measured.used
    traits = measured.traits
    return {
        "status": "measured",
        "reason": "",
        "voucher": traits["voucher"],
        "parties": traits["parties"],
        "durability": traits["durability"],
        "evm": _evm(experiment, name),
        "counts": counts,
        "resources_total": {
            "cpu_s": used.get("ledger_cpu_s"),
            "stored_bytes": used.get("stored_bytes"),
            "gas": used.get("gas") or None,
            # A ledger without processes of its own lives in the service's memory, which is not told apart.
            "rss_bytes": used.get("ledger_rss_bytes") or None,
            "handed_over_bytes": used.get("handed_over_bytes"),
            "service_cpu_s": used.get("service_cpu_s"),
        },
        "entries": int(used.get("entries", 0)),
        "generator_lag_s": measured.lag_s,
    }


def _evm(experiment: Experiment, name: str) -> str:
    """Which EVM ran, for a ledger on one."""
    ledger = experiment.scenario.ledgers[name]
    if not ledger.backend.startswith("evm"):
        return ""
    if ledger.options.get("url"):
        return "a chain by URL, named in the scenario"
    return f"anvil {NODES['anvil'].version}, one node, no consensus"


def _tally(experiment: Experiment) -> Value:
    """The consultation as the ledger that took most of it counted it, in one repeat."""
    if not experiment.summaries:
        return None
    name = max(experiment.summaries, key=lambda ledger: int(str(experiment.summaries[ledger]["received"])))
    summary = experiment.summaries[name]
    kinds = [
        item.action.kind
        for repeat, item in experiment.measured[name].operations
        if repeat == experiment.last_repeat and item.leaf
    ]
    totals: Mapping[str, Mapping[str, int]] = json.loads(json.dumps(summary["totals"]))
    return {
        "received": int(str(summary["received"])),
        "counted": int(str(summary["counted"])),
        "withdrawn": kinds.count(ActionKind.WITHDRAW),
        "superseded": kinds.count(ActionKind.AMEND),
        "per_provision": [{"provision": provision, **stances} for provision, stances in totals.items()],
    }
