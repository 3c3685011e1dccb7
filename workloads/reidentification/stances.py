"""What the attacker learns of answers: an entry tells none, so she needs the table, and a set that agrees.

A row fits an entry and a person when they do not differ in anything that two of the three show: provision,
unit, the entry's position. A stance is *learnt* when every row that fits any entry which the author may have
given says the same (the homogeneous set): then it does not matter which are theirs. Where the provision of an
entry is known, from its envelope or from a row that names it, only entries on that one are asked about. It
says 'if this person spoke on it, this was the answer', and of somebody singled out that they did.

That is sound and not complete: who reasons over all rows and entries at once (so many rows, so many entries)
may learn more. Where totals are published and a provision is unanimous, whoever spoke on it is known to have
said so, under any design and without a ledger; `unanimous` counts these as the floor.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from workloads.consultations import Stance
from workloads.reidentification.join import members
from workloads.reidentification.people import Roster
from workloads.reidentification.views import Row, Truth, View

People = int
"""A set of people, as `join` has it."""


def learnt(view: View, truth: Truth, roster: Roster, candidates: Sequence[People]) -> list[bool]:
    """For each standing entry, in the ledger's order, whether the attacker learns its stance for certain.

    `candidates` are those that `distinct.separate` leaves.
    """
    rows = _Rows(view.table, roster)
    standing = [position for position, entry in enumerate(view.entries) if entry.standing]
    fitting = [rows.fitting(position, view.entries[position].provision) for position in standing]
    possible: dict[tuple[int | None, Stance], People] = defaultdict(int)
    for position, (provision, by_stance) in zip(standing, fitting, strict=True):
        for stance, people in by_stance.items():
            possible[provision, stance] |= candidates[position] & people
    found = []
    for position, (provision, _) in zip(standing, fitting, strict=True):
        author = 1 << truth.acts[position].person
        found.append(sum(1 for stance in Stance if possible[provision, stance] & author) == 1)
    return found


def unanimous(table: Iterable[Row]) -> int:
    """How many rows are on a provision on which every row says the same."""
    said: dict[int, list[Stance]] = defaultdict(list)
    for row in table:
        said[row.provision].append(row.stance)
    return sum(len(stances) for stances in said.values() if len(set(stances)) == 1)


class _Rows:
    """The rows, so that those which fit an entry are found at once."""

    def __init__(self, table: Sequence[Row], roster: Roster) -> None:
        self._by_entry: dict[int, Row] = {}
        self._by_provision: dict[int | None, dict[Stance, People]] = defaultdict(dict)
        units = members(roster)
        self._everybody = sum(units.values())
        for row in table:
            people = self._everybody if row.unit is None else units.get(row.unit, 0)
            if row.entry is not None:
                self._by_entry[row.entry] = row
            for provision in (None, row.provision):
                by_stance = self._by_provision[provision]
                by_stance[row.stance] = by_stance.get(row.stance, 0) | people

    def fitting(self, position: int, provision: int | None) -> tuple[int | None, Mapping[Stance, People]]:
        """The entry's provision as far as it is known, and for each stance whose a fitting row could be."""
        row = self._by_entry.get(position)
        if row is not None:
            return row.provision, {row.stance: self._everybody}
        return provision, self._by_provision[provision]
