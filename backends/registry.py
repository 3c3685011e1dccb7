"""Every ledger by its name; a new one is one line here, or an entry point of `consultation.ledgers`."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points

from backends.ports import Backend
from consultation.core.errors import Rejected

BUILT_IN: Mapping[str, str] = {
    "memory": "backends.memory:BACKEND",
    "signed-db": "backends.signed_db:BACKEND",
    "merkle-log": "backends.merkle_log:BACKEND",
    "cometbft": "backends.cometbft.deployment:BACKEND",
    "evm": "backends.evm:BACKEND",
    "evm-anchored": "backends.anchored:EVM",
}


def names() -> list[str]:
    """The ledgers that can be asked for: ours in the order of reports, then others' by name."""
    others = {point.name for point in entry_points(group="consultation.ledgers")}
    return [*BUILT_IN, *sorted(others - set(BUILT_IN))]


def backend(name: str) -> Backend:
    """The backend called `name`, imported when asked for. Raises Rejected with the nearest right name."""
    if name in BUILT_IN:
        module, _, attribute = BUILT_IN[name].partition(":")
        found: Backend = getattr(import_module(module), attribute)
        return found
    for point in entry_points(group="consultation.ledgers", name=name):
        found = point.load()
        return found
    near = get_close_matches(name, names(), n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise Rejected(f"there is no ledger {name!r}{hint} Known are: {', '.join(names())}")
