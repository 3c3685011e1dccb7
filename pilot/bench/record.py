"""`raw.json` and `manifest.json` of a bench."""

import os
from dataclasses import asdict
from datetime import UTC, datetime

from pilot import rundir
from pilot.bench.conduct import Conduct, Declared
from pilot.rundir import Value

_MEASURED = ("scenario.toml", "raw.json", "windows.json")


def write(self: Conduct, started: datetime) -> None:
    """Everything measured, then the manifest. Raises OSError; without the manifest the folder is refused."""
    self.book.write(self.run)
    self.run.write_json("raw.json", _raw(self))
    said = [self.partial] if self.partial else []
    said += [
        f"{label} ended early: {_line(reason)}"
        for label, reason in self.missing.items()
        if self.measured(label)
    ]
    rundir.finish(
        self.run,
        {
            "bench": True,
            "name": self.run.path.name,
            "quick": self.quick,
            "starts": self.bench.starts,
            "repeats": self.bench.repeats,
            "partial": "; ".join(said),
            "started": rundir.utc(started),
            "finished": rundir.utc(datetime.now(UTC)),
            "machine": rundir.machine(),
            "versions": rundir.versions(),
            "seed": self.scenario.seed,
            "load_average": list(os.getloadavg()),
            "finality": {},
        },
        _MEASURED,
    )


def _raw(self: Conduct) -> dict[str, Value]:
    bench, service = self.bench, self.scenario.service
    declared = {label: self.declared.get(label) for label in self.scenario.ledgers}
    return {
        "ledgers": {label: _ledger(self, label, found) for label, found in declared.items()},
        "limits": {
            "p95_s": bench.p95_limit_s,
            "demand_per_s": bench.demand_per_s,
            "demand_source": bench.demand_source,
        },
        "equal_terms": {
            "batch_age_s": service.batch_age_s,
            "batch_size": service.batch_size,
            "admission": self.scenario.admission,
            "entry_bytes": self.entry_bytes,
            "arrivals": bench.arrivals,
            "durability": {
                label: found.traits.durability.value for label, found in declared.items() if found is not None
            },
        },
    }


def _ledger(self: Conduct, label: str, declared: Declared | None) -> Value:
    keys = self.scenario.ledgers[label]
    reason = _line(self.missing.get(label, ""))
    if declared is None or not self.measured(label):
        return {"status": "not measured", "reason": reason or "nothing was measured before the bench ended"}
    traits = declared.traits
    return {
        "status": "measured",
        "reason": reason,
        "backend": keys.backend,
        "options": self.scenario.options(label),
        "voucher": traits.voucher,
        "parties": traits.parties,
        "durability": traits.durability.value,
        "nodes": list(declared.nodes),
        "caution": declared.caution,
        "assurance": {level.value: asdict(reached) for level, reached in declared.assurance.items()},
    }


def _line(reason: str) -> str:
    return reason.splitlines()[0] if reason else ""
