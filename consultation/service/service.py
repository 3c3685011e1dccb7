"""The service put together: store, vault, desk, batcher, office and erasure around one ledger."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from consultation.core.bundle import Anchor
from consultation.core.ledger import Ledger, Verifier
from consultation.service import schema
from consultation.service.batcher import Batcher, Decided
from consultation.service.desk import Desk
from consultation.service.erasure import Erasure
from consultation.service.issuing import anchored
from consultation.service.office import Office
from consultation.service.openings import Openings
from consultation.service.ports import Chance, Clock, Keys, Settings
from consultation.service.redaction import TableRedaction
from consultation.service.schema import REFUSED, SETTLED
from consultation.service.store import Changes, Row, Store
from consultation.service.vault import Vault

_OPERATION = ("leaf", "sequence", "state", "reason", "position", "final_s", "provable_s")


class Service:
    """What a process runs. It picks up whatever an earlier one left in the outbox."""

    def __init__(
        self,
        store: Store,
        vault: Vault,
        ledger: Ledger,
        verifier: Verifier,
        keys: Keys,
        clock: Clock,
        chance: Chance,
        settings: Settings,
    ) -> None:
        self.store, self.ledger, self.keys, self.settings = store, ledger, keys, settings
        self._clock = clock
        shuffle = Random(chance.draw(16))
        self.batcher = Batcher(ledger, verifier, clock, shuffle, settings, self._record)
        self.desk = Desk(store, vault, keys, clock, chance, settings, self.batcher.offer)
        redaction = TableRedaction(store, self.desk.reader)
        self.erasure = Erasure(store, self.desk, self.batcher, keys, clock, settings, redaction)
        self.openings = Openings(store, self.desk, clock)
        self.office = Office(store, self.desk, self.batcher, ledger, keys, clock, chance, settings)

    def now(self) -> datetime:
        """The wall clock's time, in UTC."""
        return self._clock.now()

    def start(self) -> None:
        """Raises Problem where an erasure that an earlier process began cannot be finished."""
        self.erasure.resume()
        self.batcher.start()

    def operations(self, consultation: str) -> list[Row]:
        """What became of each entry: leaf, state, index, final and provable times (monotonic seconds)."""
        self.desk.consultation(consultation)
        columns = [schema.OUTBOX.c[name] for name in _OPERATION]
        return sorted(self.store.rows(schema.OUTBOX, *columns, consultation=consultation), key=_sequence)

    def own_entry(self, consultation: str, leaf: str) -> Anchor | None:
        """An entry that has settled, with the ledger's proof and head; None before. Raises Problem(503)."""
        row = self.store.row(schema.OUTBOX, leaf=leaf, consultation=consultation)
        if row is None or row["state"] != SETTLED or not isinstance(entry := row["entry"], bytes):
            return None
        return anchored(self.ledger, entry, int(str(row["position"])))

    def operation(self, consultation: str, leaf: str) -> Row | None:
        """The same of one entry, or None where there is none."""
        row = self.store.row(schema.OUTBOX, leaf=leaf, consultation=consultation)
        return None if row is None else {name: row[name] for name in _OPERATION}

    def close(self) -> None:
        """Stop following, then finish what waits for a commit. Undecided entries stay in the outbox."""
        self.batcher.close()
        self.desk.close()
        self.store.close()
        self.desk.vault.close()

    def _record(self, decided: Sequence[Decided], proved: Sequence[tuple[str, float]]) -> None:
        settled = [item for item in decided if item.index >= 0]
        refused = [item for item in decided if item.index < 0]

        def keep(changes: Changes) -> None:
            for item in settled:
                values: Row = {"state": SETTLED, "position": item.index, "final_s": item.final_s}
                changes.update(schema.OUTBOX, {"leaf": item.leaf}, {**values, "reason": ""})
            for leaf, provable_s in proved:
                changes.update(schema.OUTBOX, {"leaf": leaf}, {"provable_s": provable_s})

        def undo(changes: Changes) -> None:
            for item in refused:
                values: Row = {"state": REFUSED, "reason": item.reason, "final_s": item.final_s}
                changes.update(schema.OUTBOX, {"leaf": item.leaf}, values)
                self.desk.undo(item.entry, changes)

        if settled or proved:
            self.desk.writer.record(keep)
        if refused:
            self.desk.writer.record(undo, alone=True)


def _sequence(row: Row) -> int:
    return int(str(row["sequence"]))
