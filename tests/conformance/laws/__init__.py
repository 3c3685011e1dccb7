"""The ten laws of the ledger port as plain functions over a harness.

Where a law does not hold, its function raises AssertionError, or lets an error of the port through.

`appending`, `reading`, `proving` and `metering` leave the ledger running and only add to it; `breaking`
restarts, kills and stalls it, so it is given a deployment that nothing else uses.
"""

from collections.abc import Callable, Mapping

from tests.conformance.harness import Harness
from tests.conformance.laws import appending, breaking, metering, proving, reading

Law = Callable[[Harness], None]


def _laws() -> dict[str, Law]:
    found: dict[str, Law] = {}
    for module in (appending, reading, proving, metering, breaking):
        for name, law in vars(module).items():
            if name.startswith("law_"):
                found[name] = law
    return dict(sorted(found.items(), key=lambda item: (int(item[0].split("_")[1]), item[0])))


LAWS: Mapping[str, Law] = _laws()
"""Every law by its function's name, in the order of the port's docstring."""
