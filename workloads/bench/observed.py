"""What was seen of the operations of one window: a column of times for each moment, and what became of
each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from backends.ports import Grown

Times = NDArray[np.float64]
"""Seconds of the machine's monotonic clock; NaN where the moment was never reached."""


class Became(IntEnum):
    """What became of an operation; the order is that of `OUTCOMES`."""

    FINAL = 0
    REFUSED = 1
    """Answered with a refusal: nothing was appended."""
    FAILED = 2
    """Never taken: an error, or no answer until the end."""
    LOST = 3
    """Taken, and not final when the window's drain ended."""


OUTCOMES = ("final", "refused", "failed", "lost")


@dataclass(slots=True, eq=False)
class Observed:
    """`n` operations in the order of their due times; every column has `n` rows."""

    due: Times
    sent: Times
    accepted: Times
    final: Times
    provable: Times
    became: NDArray[np.int8]
    position: NDArray[np.int64]
    """Index on the ledger, -1 where unknown."""
    door: NDArray[np.int16]
    """Which of `doors` took it."""
    doors: Sequence[str]
    free_lag: Times
    """The generator's own delay: from when an operation had nothing left to wait for until it was sent."""
    final_by: Sequence[Times] = ()
    """The k-th column is when k + 1 of the watched nodes had it; empty where none were watched."""
    troubles: Mapping[str, int] = field(default_factory=dict)
    """Errors that the ledger answered with and the driver tried again after, by name."""

    def __len__(self) -> int:
        return len(self.due)

    @classmethod
    def of(cls, due: Times, doors: Sequence[str]) -> "Observed":
        """Nothing has been sent yet."""
        n = len(due)

        def never() -> Times:
            return np.full(n, np.nan)

        return cls(
            due,
            never(),
            never(),
            never(),
            never(),
            np.full(n, Became.FAILED, dtype=np.int8),
            np.full(n, -1, dtype=np.int64),
            np.zeros(n, dtype=np.int16),
            tuple(doors),
            never(),
        )

    def where(self, keep: NDArray[np.bool_]) -> "Observed":
        """The operations for which `keep` is true."""
        return Observed(
            self.due[keep], self.sent[keep], self.accepted[keep], self.final[keep], self.provable[keep],
            self.became[keep], self.position[keep], self.door[keep], self.doors, self.free_lag[keep],
            [column[keep] for column in self.final_by], self.troubles,
        )  # fmt: skip

    def count(self, became: Became) -> int:
        return int(np.count_nonzero(self.became == became))


def by_nodes(position: NDArray[np.int64], seen: Sequence[Grown]) -> list[Times]:
    """When the first, the second, ... node held each entry; NaN where so many never did.

    `seen` is what a Watch saw; a node holds the entry at an index once its size is larger.
    """
    nodes = sorted({grown.node for grown in seen})
    columns = []
    for node in nodes:
        mine = [grown for grown in seen if grown.node == node]
        sizes = np.array([grown.size for grown in mine], dtype=np.int64)
        times = np.append(np.array([grown.at_s for grown in mine]), np.nan)
        at = np.searchsorted(sizes, position, side="right")
        columns.append(np.where(position < 0, np.nan, times[at]))
    if not columns:
        return []
    ordered = np.sort(np.vstack(columns), axis=0)  # NaN sorts last
    return [row.copy() for row in ordered]
