"""The scenario keys of the signed database, checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from backends.ports import Option, Options
from backends.signed_db.statements import POSTGRESQL, SQLITE
from consultation.core.errors import Rejected


@dataclass(frozen=True, slots=True)
class DbOptions:
    """Which database the rows are in, what a head of them is, and how long a writer waits."""

    busy_timeout_s: float = 2.0
    """Seconds that an append waits for another writer before it is Overloaded; of PostgreSQL also those that
    one statement may take.
    """
    tree_head: bool = False
    """Heads are checkpoints of the RFC 6962 tree over the entries, in place of the last chain hash."""
    database: str = SQLITE
    """`sqlite` or `postgresql`."""
    dsn: str = ""
    """A PostgreSQL server of somebody's own, without a password; empty starts one in the ledger's folder."""
    standby: bool = False
    """A second PostgreSQL server with a disk of its own; a commit returns once both have it."""

    def as_options(self) -> Mapping[str, Option]:
        return {
            "busy_timeout_s": self.busy_timeout_s,
            "tree_head": self.tree_head,
            "database": self.database,
            "dsn": self.dsn,
            "standby": self.standby,
        }

    @classmethod
    def parse(cls, options: Options) -> "DbOptions":
        """Raises Rejected on a value out of bounds; unknown keys are the scenario's to refuse."""
        given = {**cls().as_options(), **options}
        busy_s, database, dsn = given["busy_timeout_s"], given["database"], given["dsn"]
        if not isinstance(busy_s, int | float) or isinstance(busy_s, bool) or not 0 <= busy_s <= 3600:
            raise Rejected(f"busy_timeout_s is a number of seconds from 0 to 3600, found {busy_s!r}")
        if not isinstance(database, str) or database not in (SQLITE, POSTGRESQL):
            raise Rejected(f"database is {SQLITE!r} or {POSTGRESQL!r}, found {database!r}")
        if not isinstance(dsn, str):
            raise Rejected(f"dsn is a connection string, or empty, found {dsn!r}")
        tree_head, standby = _switch("tree_head", given), _switch("standby", given)
        if database == SQLITE and (dsn or standby):
            raise Rejected(f"dsn and standby are for database = {POSTGRESQL!r}: SQLite has one file")
        if dsn and standby:
            raise Rejected(
                "standby = true starts two servers of the ledger's own: for the server that dsn names set "
                "synchronous_standby_names there, and leave standby out"
            )
        return cls(float(busy_s), tree_head, database, dsn, standby)


def _switch(name: str, given: Mapping[str, Option]) -> bool:
    found = given[name]
    if not isinstance(found, bool):
        raise Rejected(f"{name} is true or false, found {found!r}")
    return found
