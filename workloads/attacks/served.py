"""What a service would answer over a given store file: attacked or not, nobody can tell from outside."""

from consultation.core.bundle import Bundle
from consultation.core.errors import VerificationError
from consultation.service import schema
from consultation.service.reader import Kept
from consultation.service.store import Row
from workloads.attacks.files import Opened


class Served:
    """A reader of one consultation in opened files."""

    def __init__(self, files: Opened, consultation: str) -> None:
        self._files, self._consultation = files, consultation
        self._store = files.store

    def opinion(self, name: str) -> Kept | None:
        """The opinion with this id, in the clear. Raises VerificationError('service') on a broken seal."""
        return self._files.kept(name)

    def opinions(self) -> list[Kept]:
        """All of them. Raises VerificationError('service') on a broken seal."""
        return self._files.opinions(self._consultation)

    def summary(self) -> bytes:
        """The table of opinions, canonical JSON."""
        return str(self._whole()["summary"]).encode()

    def table(self) -> bytes:
        """The published table, with responses, canonical JSON."""
        return str(self._whole()["responded"]).encode()

    def checkpoint(self) -> bytes:
        """The unit's signed checkpoint of the certificates."""
        return octets(self._edition(), "checkpoint")

    def bundles(self) -> list[Bundle]:
        """Everybody's certificate."""
        anchor, status = str(self._whole()["anchor"]).encode(), octets(self._edition(), "status")
        rows = self._store.rows(schema.CERTIFICATES, consultation=self._consultation)
        return [Bundle(octets(row, "credential"), octets(row, "proof"), anchor, status) for row in rows]

    def _edition(self) -> Row:
        """The one edition of certificates that was published."""
        row = self._store.row(schema.EDITIONS, consultation=self._consultation)
        if row is None:
            raise VerificationError("service", f"no certificates of {self._consultation!r} are kept")
        return row

    def _whole(self) -> Row:
        row = self._store.row(schema.CONSULTATIONS, id=self._consultation)
        if row is None:
            raise VerificationError("service", f"the service knows no consultation {self._consultation!r}")
        return row


def octets(row: Row, column: str) -> bytes:
    """A column of bytes. Raises VerificationError('service')."""
    value = row[column]
    if not isinstance(value, bytes):
        raise VerificationError("service", f"{column} is {type(value).__name__}, bytes are expected")
    return value
