"""How late the load generator itself was: of a ledger whose schedule was not kept little can be said."""

import numpy as np

from reports.observations import Observations
from reports.statistics.ranks import at_share

KEPT_LAG_S = 0.025
"""The generator kept its schedule where it was at most so late for 99 of 100 operations."""


def lag_p99(observed: Observations) -> float:
    """Seconds, exceeded by one of 100 operations; 0 without any that left.

    What amends or withdraws waits on purpose for the answer before it, and is left out.
    """
    late = (observed.sent - observed.due)[observed.kind == "submit"]
    known = np.sort(late[np.isfinite(late)])
    return at_share(known, 0.99) if len(known) else 0.0
