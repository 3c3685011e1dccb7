"""The service put together: store, desk, batcher and office around one ledger."""

from collections.abc import Sequence
from random import Random

from sqlalchemy import Connection

from consultation.core.ledger import Ledger, Verifier
from consultation.service import schema
from consultation.service.batcher import Batcher, Decided
from consultation.service.desk import Desk, Outgoing
from consultation.service.office import Office
from consultation.service.ports import Chance, Clock, Keys, Settings
from consultation.service.store import Changes, Row, Store


class Service:
    """What a process runs. Starting it picks up whatever an earlier one left in the outbox."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        verifier: Verifier,
        keys: Keys,
        clock: Clock,
        chance: Chance,
        settings: Settings,
    ) -> None:
        self.store, self.ledger, self.keys, self.settings = store, ledger, keys, settings
        shuffle = Random(chance.draw(16))
        self.batcher = Batcher(ledger, verifier, clock, shuffle, settings, self._record)
        self.desk = Desk(store, keys, clock, chance, settings, self.batcher.offer)
        self.office = Office(store, self.desk, self.batcher, ledger, keys, clock, chance, settings)

    def start(self) -> None:
        rows = self.store.rows(schema.OUTBOX, state="pending")
        left = [
            Outgoing(str(row["leaf"]), bytes(row["entry"]), str(row["after"]))
            for row in sorted(rows, key=_sequence)
            if isinstance(row["entry"], bytes)
        ]
        self.batcher.offer(left)
        self.batcher.start()

    def operations(self, consultation: str) -> list[Row]:
        """What became of each entry: leaf, state, index, final and provable times (monotonic seconds)."""
        self.desk.consultation(consultation)
        rows = self.store.rows(schema.OUTBOX, consultation=consultation)
        return [_operation(row) for row in sorted(rows, key=_sequence)]

    def operation(self, consultation: str, leaf: str) -> Row | None:
        """The same of one entry, or None where there is none."""
        row = self.store.row(schema.OUTBOX, leaf=leaf, consultation=consultation)
        return None if row is None else _operation(row)

    def close(self) -> None:
        """Stop following, then finish what waits for a commit. Undecided entries stay in the outbox."""
        self.batcher.close()
        self.desk.close()
        self.store.close()

    def _record(self, decided: Sequence[Decided], proved: Sequence[tuple[str, float]]) -> None:
        def keep(_: Connection, changes: Changes) -> None:
            for item in decided:
                values: Row = {
                    "state": "settled" if item.index >= 0 else "refused",
                    "position": item.index,
                    "reason": item.reason,
                    "final_s": item.final_s,
                }
                changes.update(schema.OUTBOX, {"leaf": item.leaf}, values)
            for leaf, provable_s in proved:
                changes.update(schema.OUTBOX, {"leaf": leaf}, {"provable_s": provable_s})

        self.desk.writer.record(keep)


def _operation(row: Row) -> Row:
    names = ("leaf", "sequence", "state", "reason", "position", "final_s", "provable_s")
    return {name: row[name] for name in names}


def _sequence(row: Row) -> int:
    return int(str(row["sequence"]))
