"""The one way to what people said: a row of the store, opened under the key that the vault has for it.

What was erased reads as such: the words are gone and say so, the stance and the provision stay as the
number that they have become.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from consultation.core.drafts import Opinion, Stance
from consultation.service import schema
from consultation.service.ports import Chance
from consultation.service.schema import SEALED
from consultation.service.seal import NONCE_BYTES, Person, SealBroken
from consultation.service.store import Row, Store
from consultation.service.vault import Vault

ERASED_TEXT = "đã xóa"
"""What stands in place of words that were erased."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One opinion as the store has it, opened."""

    id: str
    leaf: str
    """Leaf hash of its entry, hex."""
    status: str
    opinion: Opinion
    salt: bytes = field(repr=False)
    """Empty where it is erased."""
    erased: bool = False


class Reader:
    """Reads opinions; from any thread."""

    def __init__(self, store: Store, vault: Vault) -> None:
        self._store, self._vault = store, vault

    def opinions(self, consultation: str, status: str = "") -> Iterator[Kept]:
        """All opinions of a consultation, or those of one status, one at a time. Raises SealBroken."""
        where = {"consultation": consultation, **({"status": status} if status else {})}
        return map(self.read, self._store.each(schema.OPINIONS, **where))

    def opinion(self, name: str) -> Kept | None:
        """The opinion with this id. Raises SealBroken."""
        row = self._store.row(schema.OPINIONS, id=name)
        return None if row is None else self.read(row)

    def entered_as(self, consultation: str, leaf: str) -> Kept | None:
        """The opinion whose entry has this leaf hash. Raises SealBroken."""
        row = self._store.row(schema.OPINIONS, leaf=leaf, consultation=consultation)
        return None if row is None else self.read(row)

    def read(self, row: Row) -> Kept:
        """Open one row. Raises SealBroken, also where its stance is none."""
        name, handle = str(row["id"]), str(row["handle"])
        try:
            stance = Stance(str(row["stance"]))
        except ValueError as error:
            raise SealBroken(f"opinion {name}: {error}") from error
        place, draft = str(row["provision"]), str(row["draft"])
        if row["erased"]:
            gone = Opinion("", place, stance, ERASED_TEXT, draft=draft)
            return Kept(name, str(row["leaf"]), str(row["status"]), gone, b"", erased=True)
        person = self._vault.behind(handle)
        if person is None:
            now = self._store.row(schema.OPINIONS, id=name)
            if now is not None and now["erased"]:
                return self.read(now)  # erased since the row was fetched
            raise SealBroken(f"opinion {name}: the vault knows nobody of the handle {handle!r}")
        words = [person.unseal(name, column, _octets(row, column)) for column in SEALED]
        try:
            text, proposal, reason = (word.decode() for word in words[:3])
        except UnicodeDecodeError as error:
            raise SealBroken(f"opinion {name}: {error}") from error
        opinion = Opinion(person.participant, place, stance, text, proposal, reason, draft)
        return Kept(name, str(row["leaf"]), str(row["status"]), opinion, words[3])


def sealed(person: Person, name: str, opinion: Opinion, salt: bytes, chance: Chance) -> Row:
    """What the columns of a row hold, the words sealed. The inverse of `Reader.read`."""
    words = {
        "text": opinion.text.encode(),
        "proposal": opinion.proposal.encode(),
        "reason": opinion.reason.encode(),
        "salt": salt,
    }
    closed = person.seal_all(name, words, chance.draw(NONCE_BYTES * len(words)))
    return {
        "handle": person.handle,
        "provision": opinion.provision,
        "stance": opinion.stance.value,
        "draft": opinion.draft,
        **closed,
    }


def _octets(row: Row, column: str) -> bytes:
    value = row[column]
    if not isinstance(value, bytes):
        raise SealBroken(f"opinion {row['id']!s}: {column} is {type(value).__name__}, bytes are expected")
    return value
