"""Reads `observations/<ledger>.parquet`: one row per operation, as columns of numbers.

Times are seconds from the run's start, NaN where the moment was never reached.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reports.derived import Moment
from reports.errors import RunError

Floats = NDArray[np.float64]
Times = NDArray[np.float64]
Texts = NDArray[np.str_]
Flags = NDArray[np.bool_]
Places = NDArray[np.intp]

KINDS = ("submit", "amend", "withdraw")
OUTCOMES = ("final", "refused", "failed", "lost")
COLUMNS = {
    "repeat": "int32",
    "rate": "double",
    "kind": "string",
    "due": "double",
    "sent": "double",
    "accepted": "double",
    "final": "double",
    "provable": "double",
    "outcome": "string",
    "node": "string",
}


@dataclass(frozen=True, slots=True, eq=False)
class Observations:
    """The operations of one ledger, in the order of the file."""

    repeat: NDArray[np.int32]
    rate: Floats
    """Offered, operations per second."""
    kind: Texts
    due: Times
    sent: Times
    accepted: Times
    final: Times
    provable: Times
    outcome: Texts
    node: Texts

    def __len__(self) -> int:
        return len(self.due)

    def where(self, keep: Flags | Places) -> "Observations":
        """The operations for which `keep` is true, or those at the places that it lists, in its order."""
        return Observations(
            self.repeat[keep], self.rate[keep], self.kind[keep], self.due[keep], self.sent[keep],
            self.accepted[keep], self.final[keep], self.provable[keep], self.outcome[keep], self.node[keep],
        )  # fmt: skip

    def moment(self, name: Moment) -> Times:
        """When each operation was accepted, final or provable."""
        times: dict[Moment, Times] = {
            "accepted": self.accepted,
            "final": self.final,
            "provable": self.provable,
        }
        return times[name]

    def rates(self) -> list[float]:
        """Offered rates, ascending."""
        return [float(rate) for rate in np.unique(self.rate)]

    def repeats(self, rate: float) -> Iterator["Observations"]:
        """The repeats at one offered rate, in order."""
        at_rate = self.where(self.rate == rate)
        for repeat in np.unique(at_rate.repeat):
            yield at_rate.where(at_rate.repeat == repeat)


def wrong_column(schema: pa.Schema, columns: Mapping[str, str]) -> str:
    """The first of the columns that is missing or of another type, and what is allowed; empty where none."""
    for name, kind in columns.items():
        if name not in schema.names:
            return f"column '{name}': found nothing; allowed: {kind}"
        found = _ITEM.sub("list<", str(schema.field(name).type))
        if found != kind:
            return f"column '{name}': found type {found}; allowed: {kind}"
    return ""


_ITEM = re.compile(r"list<(?:element|item): ")
"""How pyarrow calls a list's values, by who wrote the file."""


def _broken(name: str, message: str) -> RunError:
    return RunError(f"observations/{name}.parquet: {message}. See docs/reference/run-directory.md.")


def _floats(table: pa.Table, column: str) -> Floats:
    return np.asarray(table.column(column).to_numpy(), dtype=np.float64)


def _texts(table: pa.Table, column: str) -> Texts:
    return np.asarray(table.column(column).to_pylist(), dtype=np.str_)


def read_observations(folder: Path, name: str) -> Observations:
    """Read one ledger's operations. Raises RunError naming the column and what is allowed in it."""
    path = folder / "observations" / f"{name}.parquet"
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise _broken(name, "not found; allowed: one file for each measured ledger") from None
    except pa.ArrowInvalid as error:
        raise _broken(name, f"{str(error).splitlines()[0]}; allowed: a Parquet file") from None
    if wrong := wrong_column(table.schema, COLUMNS):
        raise _broken(name, wrong)
    result = Observations(
        repeat=np.asarray(table.column("repeat").to_numpy(), dtype=np.int32),
        rate=_floats(table, "rate"),
        kind=_texts(table, "kind"),
        due=_floats(table, "due"),
        sent=_floats(table, "sent"),
        accepted=_floats(table, "accepted"),
        final=_floats(table, "final"),
        provable=_floats(table, "provable"),
        outcome=_texts(table, "outcome"),
        node=_texts(table, "node"),
    )
    for column, allowed in (("kind", KINDS), ("outcome", OUTCOMES)):
        values = result.kind if column == "kind" else result.outcome
        strange = np.flatnonzero(~np.isin(values, allowed))
        if strange.size:
            row = int(strange[0])
            found = f"column '{column}', row {row}: found '{values[row]}'"
            raise _broken(name, f"{found}; allowed: {', '.join(allowed)}")
    if not np.all(np.isfinite(result.due)) or not np.all(result.rate > 0):
        raise _broken(name, "columns 'due', 'rate': found a bad value; allowed: finite, rate > 0")
    late = np.flatnonzero((result.outcome == "final") & ~np.isfinite(result.final))
    if late.size:
        raise _broken(name, f"column 'final', row {int(late[0])}: found NaN; allowed: a time")
    return result
