"""Reads a bench's `observations/<label>.parquet`: one row per operation, as columns, split by window."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from reports.bench.shapes import Outcome
from reports.derived import Moment
from reports.errors import RunError
from reports.observations import Flags, Places, Texts, Times

OUTCOMES: tuple[str, ...] = get_args(Outcome)
COLUMNS = {
    "window": "int32",
    "due": "double",
    "sent": "double",
    "accepted": "double",
    "final": "double",
    "provable": "double",
    "outcome": "string",
    "door": "string",
    "position": "int64",
    "final_by": "list<double>",
}


@dataclass(frozen=True, slots=True, eq=False)
class Operations:
    """The operations of one window, in the order of the file. Seconds; NaN where a moment never came."""

    due: Times
    sent: Times
    accepted: Times
    final: Times
    provable: Times
    outcome: Texts
    door: Texts
    position: NDArray[np.int64]
    final_by: Times
    """A row for each operation: when the first, the second, ... watched node had it; no columns where none
    is watched."""

    def __len__(self) -> int:
        return len(self.due)

    def where(self, keep: Flags | Places) -> "Operations":
        """The operations for which `keep` is true, or those at the places that it lists, in its order."""
        return Operations(
            self.due[keep], self.sent[keep], self.accepted[keep], self.final[keep], self.provable[keep],
            self.outcome[keep], self.door[keep], self.position[keep], self.final_by[keep],
        )  # fmt: skip

    def moment(self, name: Moment) -> Times:
        """When each operation was accepted, final or provable."""
        times: dict[Moment, Times] = {
            "accepted": self.accepted,
            "final": self.final,
            "provable": self.provable,
        }
        return times[name]

    def at_nodes(self, count: int) -> Times:
        """When so many of the watched nodes had each; NaN where they never did. `count` is above 0."""
        if count > self.final_by.shape[1]:
            return np.full(len(self), np.nan)
        return np.asarray(self.final_by[:, count - 1], dtype=np.float64)


def read_operations(folder: Path, label: str) -> Mapping[int, Operations]:
    """One ledger's operations by window. Raises RunError naming the column and what is allowed in it."""
    path = folder / "observations" / f"{label}.parquet"
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise _broken(label, "not found; allowed: one file for each label in windows.json") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise _broken(label, f"{str(error).splitlines()[0]}; allowed: a Parquet file") from None
    for column, kind in COLUMNS.items():
        if column not in table.column_names:
            raise _broken(label, f"column '{column}': found nothing; allowed: {kind}")
        found = str(table.schema.field(column).type)
        if found.replace("element: ", "").replace("item: ", "") != kind:
            raise _broken(label, f"column '{column}': found type {found}; allowed: {kind}")
    due, sent, accepted, final, provable = (
        np.asarray(table.column(name).to_numpy(), dtype=np.float64) for name in _TIMES
    )
    whole = Operations(
        due,
        sent,
        accepted,
        final,
        provable,
        outcome=_texts(table, "outcome"),
        door=_texts(table, "door"),
        position=np.asarray(table.column("position").to_numpy(), dtype=np.int64),
        final_by=_lists(table.column("final_by").combine_chunks()),
    )
    _check(label, whole)
    window = np.asarray(table.column("window").to_numpy(), dtype=np.int64)
    order = np.argsort(window, kind="stable")
    numbers, begins = np.unique(window[order], return_index=True)
    ends = [*begins[1:].tolist(), len(order)]
    return {
        int(number): whole.where(order[begin:end])
        for number, begin, end in zip(numbers, begins.tolist(), ends, strict=True)
    }


_TIMES = ("due", "sent", "accepted", "final", "provable")


def _check(label: str, found: Operations) -> None:
    strange = np.flatnonzero(~np.isin(found.outcome, OUTCOMES))
    if strange.size:
        row = int(strange[0])
        said = f"column 'outcome', row {row}: found '{found.outcome[row]}'"
        raise _broken(label, f"{said}; allowed: {', '.join(OUTCOMES)}")
    bad = np.flatnonzero(~np.isfinite(found.due))
    if bad.size:
        raise _broken(label, f"column 'due', row {int(bad[0])}: found no time; allowed: a time")
    late = np.flatnonzero((found.outcome == "final") & ~np.isfinite(found.final))
    if late.size:
        raise _broken(label, f"column 'final', row {int(late[0])}: found NaN; allowed: a time")


def _texts(table: pa.Table, column: str) -> Texts:
    """By way of a dictionary: a few words stand in millions of rows."""
    words = table.column(column).combine_chunks().dictionary_encode()
    if words.null_count:
        return np.asarray(table.column(column).to_pylist(), dtype=np.str_)
    known = np.asarray(words.dictionary.to_pylist(), dtype=np.str_)
    return known[words.indices.to_numpy()] if len(known) else np.empty(0, dtype=np.str_)


def _lists(column: pa.ListArray) -> Times:
    """Lists of unequal length as rows, with NaN where a list is shorter than the longest."""
    lengths = np.diff(np.asarray(column.offsets.to_numpy(), dtype=np.int64))
    width = int(lengths.max(initial=0))
    rows = np.full((len(lengths), width), np.nan)
    if width:
        rows[np.arange(width) < lengths[:, None]] = column.flatten().to_numpy(zero_copy_only=False)
    return rows


def _broken(label: str, message: str) -> RunError:
    return RunError(f"observations/{label}.parquet: {message}. See docs/reference/bench-directory.md.")
