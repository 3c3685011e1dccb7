"""Reads a bench's `observations/<label>.parquet`: one row per operation, as columns, split by window."""

from collections.abc import Iterator, Mapping, Sequence
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
from reports.observations import Flags, Places, Texts, Times, wrong_column

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


@dataclass(frozen=True, slots=True, eq=False)
class ByWindow(Mapping[int, Operations]):
    """One ledger's operations by window, as slices of compact columns: reading alone makes millions."""

    times: Sequence[Times]
    """Due, sent, accepted, final, provable."""
    outcome: NDArray[np.int8]
    outcomes: Texts
    door: NDArray[np.int32]
    doors: Texts
    position: NDArray[np.int64]
    final_by: Times
    begins: Mapping[int, tuple[int, int]]
    """Window to its first row and the one after its last."""

    def __getitem__(self, window: int) -> Operations:
        part = slice(*self.begins[window])
        due, sent, accepted, final, provable = (column[part] for column in self.times)
        outcome, door = self.outcomes[self.outcome[part]], self.doors[self.door[part]]
        return Operations(
            due, sent, accepted, final, provable, outcome, door, self.position[part], self.final_by[part]
        )

    def __iter__(self) -> Iterator[int]:
        return iter(self.begins)

    def __len__(self) -> int:
        return len(self.begins)


def read_operations(folder: Path, label: str) -> ByWindow:
    """One ledger's operations by window. Raises RunError naming the column and what is allowed in it."""
    path = folder / "observations" / f"{label}.parquet"
    try:
        schema = pq.read_schema(path)
    except FileNotFoundError:
        raise _broken(label, "not found; allowed: one file for each label in windows.json") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise _broken(label, f"{str(error).splitlines()[0]}; allowed: a Parquet file") from None
    if wrong := wrong_column(schema, COLUMNS):
        raise _broken(label, wrong)

    def column(name: str) -> pa.ChunkedArray:
        """One at a time, so that a file of millions of rows is in memory once."""
        words = [name] if COLUMNS[name] == "string" else []
        return pq.read_table(path, columns=[name], read_dictionary=words).column(0)

    window = np.asarray(column("window").to_numpy(), dtype=np.int64)
    order = np.argsort(window, kind="stable") if np.any(np.diff(window) < 0) else slice(None)
    window = window[order]
    numbers, begins = np.unique(window, return_index=True)
    ends = [*begins[1:].tolist(), len(window)]
    outcome, outcomes = _coded(column("outcome"))
    door, doors = _coded(column("door"))
    columns = ByWindow(
        times=[np.asarray(column(name).to_numpy(), dtype=np.float64)[order] for name in _TIMES],
        outcome=outcome[order].astype(np.int8),
        outcomes=outcomes,
        door=door[order],
        doors=doors,
        position=np.asarray(column("position").to_numpy(), dtype=np.int64)[order],
        final_by=_lists(column("final_by").combine_chunks())[order],
        begins={
            int(number): (begin, end)
            for number, begin, end in zip(numbers, begins.tolist(), ends, strict=True)
        },
    )
    _check(label, columns)
    return columns


_TIMES = ("due", "sent", "accepted", "final", "provable")


def _check(label: str, found: ByWindow) -> None:
    """Rows are counted as they stand in the file, which holds window after window."""
    due, _, _, final, _ = found.times
    strange = np.flatnonzero(~np.isin(found.outcomes, OUTCOMES)[found.outcome])
    if strange.size:
        row = int(strange[0])
        said = f"column 'outcome', row {row}: found '{found.outcomes[found.outcome[row]]}'"
        raise _broken(label, f"{said}; allowed: {', '.join(OUTCOMES)}")
    bad = np.flatnonzero(~np.isfinite(due))
    if bad.size:
        raise _broken(label, f"column 'due', row {int(bad[0])}: found no time; allowed: a time")
    late = np.flatnonzero((found.outcomes == "final")[found.outcome] & ~np.isfinite(final))
    if late.size:
        raise _broken(label, f"column 'final', row {int(late[0])}: found NaN; allowed: a time")


def _coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int32], Texts]:
    """The number of each row's word, and the words."""
    coded = column.unify_dictionaries().combine_chunks()
    words = np.asarray([*coded.dictionary.to_pylist(), ""], dtype=np.str_)
    codes = coded.indices.fill_null(len(words) - 1)
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int32), words


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
