"""The service's files as whoever has root on its machine has them: the store, the vault, and the keys.

Sealing keeps words from a thief of one file. The attackers here hold all three, and seal what they put in.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

from sqlalchemy import Connection, update

from consultation.core.drafts import Opinion
from consultation.core.errors import VerificationError
from consultation.service import schema, vault
from consultation.service.reader import Kept, Reader, sealed
from consultation.service.seal import SealBroken
from consultation.service.store import Row, Store
from consultation.service.vault import Vault
from workloads.attacks.honest import CONSULTATION


def paths(store: Path) -> tuple[Path, ...]:
    """All files of the service, the store first."""
    return store, *vault.beside(store)


def copy(source: Path, target: Path) -> Path:
    """The service's files as they stand, write-ahead logs included; one service a folder."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for old_path, new_path in zip(paths(source), paths(target), strict=True):
        with closing(sqlite3.connect(old_path)) as old, closing(sqlite3.connect(new_path)) as new:
            old.backup(new)
    return target


def remove(store: Path) -> None:
    """Let a new service begin with nothing."""
    for path in paths(store):
        path.unlink(missing_ok=True)


class Opened:
    """All three files; use it in a `with` statement."""

    def __init__(self, store: Path) -> None:
        self.store, self.vault = Store(store), Vault(*vault.beside(store))
        self._reader = Reader(self.store, self.vault)

    def __enter__(self) -> "Opened":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.vault.close()
        self.store.close()

    def kept(self, name: str) -> Kept | None:
        """The opinion with this id, in the clear. Raises VerificationError('service') on a broken seal."""
        with _seals():
            return self._reader.opinion(name)

    def opinions(self, consultation: str) -> list[Kept]:
        """All of a consultation. Raises VerificationError('service') on a broken seal."""
        with _seals():
            return list(self._reader.opinions(consultation))

    def sealed(self, name: str, opinion: Opinion, salt: bytes) -> Row:
        """What a row with this id holds when its person says this, sealed under their own key."""
        person = self.vault.person(CONSULTATION, opinion.participant)
        if person is None:
            raise VerificationError("service", f"the vault knows nobody named {opinion.participant!r}")
        return sealed(person, name, opinion, salt, _Chance())

    def say(self, connection: Connection, name: str, said: Opinion) -> int:
        """Put other words into an opinion, its salt as it was; returns how many rows were changed."""
        kept = self.kept(name)
        if kept is None:
            return 0
        table = schema.OPINIONS
        query = update(table).where(table.c.id == name).values(**self.sealed(name, said, kept.salt))
        return connection.execute(query).rowcount


@contextmanager
def _seals() -> Iterator[None]:
    try:
        yield
    except SealBroken as error:
        raise VerificationError("service", str(error)) from error


class _Chance:
    def draw(self, size: int) -> bytes:
        return secrets.token_bytes(size)
