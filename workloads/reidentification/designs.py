"""What might be published: the design, one careless field at a time, careless designs, two more careful ones.

A design is judged by what it shows, so it is a value here and no code: how exact the time in the envelope is,
for how long entries are gathered before they are handed over shuffled, whom a pseudonym stands for, and which
of unit and provision stand open in the envelope or in the table's rows.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

CROWD_PEOPLE = 20


class Grain(StrEnum):
    """How exactly a time is shown, from the finest. Each cuts the next finer one at none but whole hours."""

    MINUTE = "minute"
    TEN_MINUTES = "10 minutes"
    HOUR = "hour"
    DAY = "day"
    CROWD = "20 people"
    """Whole hours, as many as it takes until 20 people have given an opinion in them (`CROWD_PEOPLE`)."""


class Pseudonym(StrEnum):
    """Whom one pseudonym stands for, within a consultation."""

    PERSON_AND_PROVISION = "person and provision"
    PERSON = "person"


class Table(StrEnum):
    """What a row of the published table says beside provision and stance."""

    CONTENT = "content"
    """Nothing: rows are sorted by content."""
    UNIT = "unit"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Design:
    """What is published. `lot` is how long entries are gathered before they are handed over, shuffled.

    A window finer than the lot tells the time in spite of it, and a lot finer than the window does so to
    whoever saw the ledger grow: what counts is the finer of the two.
    """

    name: str
    window: Grain = Grain.HOUR
    lot: Grain = Grain.HOUR
    pseudonym: Pseudonym = Pseudonym.PERSON_AND_PROVISION
    unit: bool = False
    provision: bool = False
    table: Table = Table.CONTENT

    @property
    def shows_units(self) -> bool:
        return self.unit or self.table is Table.UNIT

    @property
    def time(self) -> Grain:
        """How exactly the attacker knows when an opinion was given."""
        order = list(Grain)
        return min(self.window, self.lot, key=order.index)


DESIGN = Design("design")
CARELESS = Design("unit and minute", window=Grain.MINUTE, unit=True)

DESIGNS: tuple[Design, ...] = (
    DESIGN,
    Design("+ unit", unit=True),
    Design("+ minute", window=Grain.MINUTE),
    Design("+ one pseudonym", pseudonym=Pseudonym.PERSON),
    Design("+ order, seen every 10 min", lot=Grain.TEN_MINUTES),
    Design("+ order, seen every minute", lot=Grain.MINUTE),
    Design("+ provision", provision=True),
    Design("+ unit in the table", table=Table.UNIT),
    Design("+ entry in the table", table=Table.ENTRY),
    CARELESS,
    replace(CARELESS, name="unit, minute, one pseudonym", pseudonym=Pseudonym.PERSON),
    replace(
        CARELESS,
        name="all of it",
        lot=Grain.MINUTE,
        pseudonym=Pseudonym.PERSON,
        provision=True,
        table=Table.ENTRY,
    ),
    Design("window of a day", window=Grain.DAY, lot=Grain.DAY),
    Design("window of 20 people", window=Grain.CROWD, lot=Grain.CROWD),
)
"""In the order in which they are shown: each '+' is the design with that one change."""
