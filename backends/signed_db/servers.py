"""PostgreSQL as the place of the rows: servers of the ledger's own in its folder, or another's by DSN."""

from collections.abc import Mapping
from hashlib import sha256

import psycopg
from psycopg.conninfo import conninfo_to_dict

from backends.nodes.errors import NodeFailed
from backends.ports import Level, ProcessUse, Reached, Setting
from backends.postgresql.pair import Pair
from backends.signed_db.places import ALONE, WriteLock
from backends.signed_db.postgresql import PostgresDatabase
from consultation.core.errors import Rejected, Unavailable

_BOTH: Mapping[Level, Reached] = {**ALONE, Level.TWO_DOMAINS: Reached("final")}
_OWN_SCHEMA = "ledger"


class OwnServers:
    """A primary, and a standby where one is asked for, in the ledger's folder."""

    def __init__(self, setting: Setting, busy_timeout_s: float, *, standby: bool) -> None:
        self.pair = Pair(setting.folder, standby=standby)
        self._busy_timeout_s = busy_timeout_s

    def start(self) -> None:
        try:
            self.pair.start()
        except NodeFailed as error:
            self.pair.stop()
            raise Unavailable(str(error)) from error
        except BaseException:
            self.pair.stop()
            raise

    def open(self) -> PostgresDatabase:
        return PostgresDatabase(self.pair.dsn, _OWN_SCHEMA, self._busy_timeout_s)

    def kill(self) -> None:
        self.pair.kill()

    def stop(self) -> None:
        self.pair.stop()

    def pause(self) -> None:
        """SIGSTOP to every process of both: what is asked meanwhile fails after a while, or waits."""
        self.pair.pause()

    def resume(self) -> None:
        self.pair.resume()

    def use(self) -> ProcessUse:
        return self.pair.use()

    def assurance(self) -> Mapping[Level, Reached]:
        """With a standby a commit is on two disks when it returns; still one key, and one operator."""
        return ALONE if self.pair.standby is None else _BOTH


class OthersServer:
    """A server that runs already. The ledger has a schema of its own there, named for key, origin and folder.

    Nothing of it can be killed or metered from here; a pause holds the table's lock.
    """

    def __init__(self, setting: Setting, dsn: str, busy_timeout_s: float) -> None:
        """Raises Rejected on a DSN that is none, or that has a password."""
        try:
            parts = conninfo_to_dict(dsn)
        except psycopg.Error as error:
            raise Rejected(f"dsn is no connection string of PostgreSQL: {error}") from error
        if parts.get("password"):
            raise Rejected(
                "dsn has a password, and the scenario is copied into every run directory: leave it out, "
                "libpq takes it from the variable PGPASSWORD or from ~/.pgpass"
            )
        named = "\0".join(
            (bytes(setting.operator.verify_key).hex(), setting.origin, str(setting.folder.resolve()))
        )
        self.schema = "ledger_" + sha256(named.encode()).hexdigest()[:16]
        self._dsn, self._busy_timeout_s = dsn, busy_timeout_s
        self._lock = WriteLock(self.open)
        self._waits_for_standby = False

    def start(self) -> None:
        """It runs."""

    def open(self) -> PostgresDatabase:
        database = PostgresDatabase(self._dsn, self.schema, self._busy_timeout_s)
        self._waits_for_standby = database.waits_for_standby
        return database

    def kill(self) -> None:
        self.resume()

    def stop(self) -> None:
        self.resume()

    def pause(self) -> None:
        self._lock.take()

    def resume(self) -> None:
        self._lock.give_back()

    def use(self) -> ProcessUse:
        return ProcessUse(0.0, 0, 0, 0)

    def assurance(self) -> Mapping[Level, Reached]:
        """As the server is set: with `synchronous_standby_names` its commits wait for a standby."""
        return _BOTH if self._waits_for_standby else ALONE
