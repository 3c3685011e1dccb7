"""The identity vault: who stands behind a handle, and the key drawn for them; apart from the opinions.

Two files beside the store, or elsewhere. `vault.sqlite` has who is who and who opened what; `keys.sqlite`
has keys by handle. The keys alone name nobody, the names alone open nothing, and the store alone has
handles and sealed words. One key for each person and consultation: erasing somebody from one consultation
leaves what they said in another, and nothing joins the two.

Life of a key, and what a crash does:

1. `draw` makes a candidate in memory; a request that is refused leaves nothing of it.
2. `keep` has it wait for the commit of the group of requests in which the person first appears.
3. `commit` writes keys, then identities, each durable when it returns. A crash between leaves a key that
   nobody's name leads to, which is harmless and stays. Where many people come at once it writes keys for
   those who come next too, so that not every group waits for one file more; the end of the process leaves the
   rest of them, like a crash, and none is taken up again.
4. Only then does the store commit the opinion. A crash before leaves a person without an opinion: the retry
   finds them. No opinion is ever stored whose key is not.
5. `mark` begins an erasure: durable with the next commit, found again by `erasing` after a crash.
6. `destroy` deletes the key and takes its bytes out of the file, then the identity. A crash between leaves
   a marked identity without a key, and `destroy` again finishes.

Everything is in memory too, about half a kilobyte a person, as the standing opinions are: see `live`.
`commit` and what changes memory belong to the writer's thread; reading may be done in any.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock

from sqlalchemy import bindparam, delete, select, update

from consultation.service import database, schema
from consultation.service.database import Disposal
from consultation.service.ports import Chance
from consultation.service.seal import KEY_BYTES, Person
from consultation.service.statements import Row, insert

_HANDLE_BYTES = 16
_MANY = 8
"""Where a group has so many new people, so many keys are made ahead for each of them."""


@dataclass(frozen=True, slots=True)
class Look:
    """One opened field, as the log has it."""

    number: int
    at: str
    """RFC 3339, UTC."""
    who: str
    consultation: str
    leaf: str
    field: str
    why: str


def beside(store: Path) -> tuple[Path, Path]:
    """Where the identities and the keys of a store rest unless another place is given."""
    return store.with_name("vault.sqlite"), store.with_name("keys.sqlite")


class Vault:
    """Both files, opened or made. Raises ValueError where they do not belong together."""

    def __init__(self, identities: Path, keys: Path, disposal: Disposal | None = None) -> None:
        self._disposal = disposal or Disposal()
        self.identities = database.connect(identities, self._disposal)
        self.keys = database.connect(keys, self._disposal)
        schema.VAULT.create_all(self.identities)
        schema.SECRETS.create_all(self.keys)
        self._writing = Lock()
        self._by_name: dict[tuple[str, str], Person] = {}
        self._by_handle: dict[str, Person] = {}
        self._erasing: dict[str, Person] = {}
        """Those of them whose erasure has begun, which is asked for at every act."""
        self._new: list[Person] = []
        self._spare: list[tuple[str, bytes]] = []
        """Handles and keys that are durable and nobody's."""
        self._bare: list[tuple[str, bytes]] = []
        """Those of new people that are not durable yet."""
        self._marked: list[Person] = []
        self.reload()

    def close(self) -> None:
        self.identities.dispose()
        self.keys.dispose()

    def reload(self) -> None:
        """Read memory again from the files: a commit failed, before or after it was durable."""
        for waiting in (self._new, self._marked, self._spare, self._bare):
            waiting.clear()
        with self.keys.connect() as connection:
            keys = {row.handle: row.key for row in connection.execute(select(schema.KEYS))}
        found = []
        with self.identities.connect() as connection:
            for row in connection.execute(select(schema.PERSONS)):
                key = keys.get(row.handle, b"")
                if not key and not row.erasing:
                    names, secrets = self.identities.url.database, self.keys.url.database
                    raise ValueError(
                        f"{secrets} has no key for a person whom {names} names: the two files do not belong "
                        "together; put the right ones side by side"
                    )
                found.append(Person(row.handle, row.consultation, row.participant, key, bool(row.erasing)))
        self._by_name = {(person.consultation, person.participant): person for person in found}
        self._by_handle = {person.handle: person for person in found}
        self._erasing = {person.handle: person for person in found if person.erasing}

    # Reading

    def person(self, consultation: str, participant: str) -> Person | None:
        return self._by_name.get((consultation, participant))

    def behind(self, handle: str) -> Person | None:
        """Whose handle it is; None after an erasure."""
        return self._by_handle.get(handle)

    def erasing(self) -> list[Person]:
        """Whose erasure has begun and is not finished."""
        return list(self._erasing.copy().values())

    # Writing, in the writer's thread

    def draw(self, consultation: str, participant: str, chance: Chance) -> Person:
        """A candidate, kept nowhere yet."""
        handle, key = self._spare[-1] if self._spare else _drawn(chance)
        return Person(handle, consultation, participant, key)

    def keep(self, person: Person) -> None:
        """Keep the candidate drawn last with the next commit."""
        self._new.append(person)
        if self._spare and self._spare[-1][0] == person.handle:
            self._spare.pop()
        else:
            self._bare.append((person.handle, person.key))
        self._remember(person)

    def mark(self, person: Person) -> None:
        """Begin an erasure with the next commit: nothing more is taken from this person."""
        self._marked.append(person)
        self._remember(replace(person, erasing=True))

    def commit(self, ahead: Chance | None = None) -> None:
        """Make durable what was kept and marked, the keys first. Raises SQLAlchemyError.

        With `ahead`, keys for whoever comes next may be drawn from it.
        """
        if not self._new and not self._marked:
            return
        new, marked = self._new, self._marked
        with self._writing:
            if self._bare:
                spare: list[tuple[str, bytes]] = []
                if ahead is not None and len(self._bare) >= _MANY:
                    spare = [_drawn(ahead) for _ in range(_MANY * len(self._bare))]
                with self.keys.begin() as connection:
                    rows: list[Row] = [{"handle": handle, "key": key} for handle, key in self._bare + spare]
                    insert(schema.KEYS).run(connection, rows)
                self._bare, self._spare = [], self._spare + spare
            with self.identities.begin() as connection:
                if new:
                    insert(schema.PERSONS).run(connection, [_identity(person) for person in new])
                if marked:
                    query = update(schema.PERSONS).where(schema.PERSONS.c.handle == bindparam("whose"))
                    whose = [{"whose": person.handle} for person in marked]
                    connection.execute(query.values(erasing=1), whose)
        self._new, self._marked = [], []

    # Erasing

    def destroy(self, people: Sequence[Person]) -> None:
        """Destroy keys, then identities, for good; done again safely. Raises StillRead, SQLAlchemyError."""
        handles = [person.handle for person in people]
        with self._writing:
            with self.keys.begin() as connection:
                connection.execute(delete(schema.KEYS).where(schema.KEYS.c.handle.in_(handles)))
            database.purge(self.keys, self._disposal, vacuum=True)
            with self.identities.begin() as connection:
                connection.execute(delete(schema.PERSONS).where(schema.PERSONS.c.handle.in_(handles)))
            database.purge(self.identities, self._disposal, vacuum=True)

    def forget(self, people: Sequence[Person]) -> None:
        """Take out of memory who was destroyed; in the writer's thread."""
        for person in people:
            self._by_handle.pop(person.handle, None)
            self._erasing.pop(person.handle, None)
            self._by_name.pop((person.consultation, person.participant), None)

    # Openings

    def log(self, look: Look) -> None:
        """Note who opens what, durable when this returns. Raises SQLAlchemyError."""
        with self._writing, self.identities.begin() as connection:
            row = {
                "at": look.at,
                "who": look.who,
                "consultation": look.consultation,
                "leaf": look.leaf,
                "field": look.field,
                "why": look.why,
            }
            insert(schema.OPENINGS).run(connection, [row])

    def looks(self, consultation: str) -> Iterator[Look]:
        """The log of one consultation, in its order."""
        table = schema.OPENINGS
        query = select(table).where(table.c.consultation == consultation).order_by(table.c.number)
        with self.identities.connect() as connection:
            for row in connection.execute(query):
                yield Look(row.number, row.at, row.who, row.consultation, row.leaf, row.field, row.why)

    def _remember(self, person: Person) -> None:
        self._by_name[person.consultation, person.participant] = person
        self._by_handle[person.handle] = person
        if person.erasing:
            self._erasing[person.handle] = person


def _drawn(chance: Chance) -> tuple[str, bytes]:
    """A fresh handle and key."""
    drawn = chance.draw(_HANDLE_BYTES + KEY_BYTES)
    return drawn[:_HANDLE_BYTES].hex(), drawn[_HANDLE_BYTES:]


def _identity(person: Person) -> dict[str, str | int]:
    return {
        "handle": person.handle,
        "consultation": person.consultation,
        "participant": person.participant,
        "erasing": int(person.erasing),
    }
