"""What a service would answer over a given store file: attacked or not, nobody can tell from outside."""

from pathlib import Path
from types import TracebackType

from consultation.core.bundle import Bundle
from consultation.core.drafts import Opinion, Stance
from consultation.core.errors import VerificationError
from consultation.service import schema
from consultation.service.schema import ACTIVE
from consultation.service.store import Row, Store


class Served:
    """A reader of a store; use it in a `with` statement."""

    def __init__(self, path: Path, consultation: str) -> None:
        self._store = Store(path)
        self._consultation = consultation

    def __enter__(self) -> "Served":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._store.close()

    def opinion(self, name: str) -> Row | None:
        """The row with this id: the opinion's fields, salt, leaf and status."""
        return self._store.row(schema.OPINIONS, id=name)

    def opinions(self) -> list[Row]:
        return self._store.rows(schema.OPINIONS, consultation=self._consultation)

    def standing(self) -> list[Row]:
        return [row for row in self.opinions() if row["status"] == ACTIVE]

    def summary(self) -> bytes:
        """The published table, canonical JSON."""
        return str(self._whole()["summary"]).encode()

    def checkpoint(self) -> bytes:
        """The unit's signed checkpoint of the certificates."""
        return octets(self._whole(), "checkpoint")

    def bundles(self) -> list[Bundle]:
        """Everybody's certificate."""
        whole = self._whole()
        anchor, status = str(whole["anchor"]).encode(), octets(whole, "status")
        rows = self._store.rows(schema.CERTIFICATES, consultation=self._consultation)
        return [Bundle(octets(row, "credential"), octets(row, "proof"), anchor, status) for row in rows]

    def _whole(self) -> Row:
        row = self._store.row(schema.CONSULTATIONS, id=self._consultation)
        if row is None:
            raise VerificationError("service", f"the service knows no consultation {self._consultation!r}")
        return row


def opinion_of(row: Row) -> Opinion:
    """The opinion in a row. Raises VerificationError('service') where its stance is none."""
    try:
        stance = Stance(str(row["stance"]))
    except ValueError as error:
        raise VerificationError("service", f"opinion {row['id']!s}: {error}") from error
    words = (str(row[name]) for name in ("text", "proposal", "reason"))
    return Opinion(str(row["participant"]), str(row["provision"]), stance, *words)


def octets(row: Row, column: str) -> bytes:
    """A column of bytes. Raises VerificationError('service')."""
    value = row[column]
    if not isinstance(value, bytes):
        raise VerificationError("service", f"{column} is {type(value).__name__}, bytes are expected")
    return value
