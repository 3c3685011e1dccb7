"""A primary and, where one is asked for, its synchronous standby, in one folder."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import psycopg

from backends.named_sql import named
from backends.nodes.guard import Guard
from backends.nodes.process import await_ready
from backends.ports import ProcessUse
from backends.postgresql.binaries import run
from backends.postgresql.server import Server

_START_S = 60.0
_PROBE_S = 5
_USER = "postgres"
_FILES = files(__package__)
_SQL = named(__package__, "queries.sql")
_CONF = "ledger.conf"


class Pair:
    """The servers of one ledger. Everything is below `folder`."""

    def __init__(self, folder: Path, *, standby: bool) -> None:
        self._folder = folder.resolve()
        guard = Guard()
        self.primary = Server("primary", self._folder / "primary", 5432, guard)
        self.standby = Server("standby", self._folder / "standby", 5433, guard) if standby else None
        self._descriptor = -1
        self._sent_before = 0
        self._sent = 0

    # Where it answers

    @property
    def dsn(self) -> str:
        """Of the primary, for this process.

        The path of a unix socket has at most 107 bytes, so the sockets' folder is named by a descriptor.
        """
        if self._descriptor < 0:
            self._descriptor = os.open(self._folder / "sockets", os.O_PATH | os.O_DIRECTORY)
        return f"host=/proc/self/fd/{self._descriptor} port={self.primary.port} user={_USER} dbname=postgres"

    # Life

    def start(self) -> None:
        """Make what is missing, start what is down, return when ready. Raises NodeUnavailable, NodeFailed."""
        (self._folder / "sockets").mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.primary.data.exists():
            _whole(self.primary.data, self._initdb)
        self.primary.start()
        if self.standby is None:
            self._await("reload", self.primary)
            return
        new = not self.standby.data.exists()
        if new:
            self._await("reload", self.primary)
            _whole(self.standby.data, self._base_backup)
        self.standby.start()
        self._await("standby_streams", self.primary, self.standby)
        # Crash state: without these two lines the standby would be asynchronous for ever; so at every start.
        self._asks("make_synchronous")
        self._asks("reload")
        self._await("standby_ready", self.primary, self.standby)
        if new or not self._sent_before:
            self._sent_before = self._sent = self._query("sent_bytes")

    def _await(self, query: str, *servers: Server) -> None:
        """Return once the primary says yes. Raises NodeFailed."""
        await_ready([each.process for each in servers], lambda: self._asks(query), timeout_s=_START_S)

    def _initdb(self, data: Path) -> None:
        options = ["--auth=trust", "--encoding=UTF8", "--locale=C", f"--username={_USER}"]
        run("initdb", *options, "-D", str(data), cwd=self._folder)
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(f"\ninclude '{_CONF}'\n")
        (data / _CONF).write_bytes(_FILES.joinpath("postgresql.conf").read_bytes())

    def _base_backup(self, data: Path) -> None:
        # Both programs run in a folder beside 'sockets', so that its name is short for them too.
        source = (
            f"host=/proc/self/cwd/../sockets port={self.primary.port} user={_USER} application_name=standby"
        )
        slot = ["--create-slot", "--slot=standby"]
        self._asks("drop_slot")  # left by a copy that did not come to its end
        run(
            "pg_basebackup", "-D", str(data), "-d", source, "-X", "stream", "-c", "fast", "-R", *slot,
            cwd=self.primary.data,
        )  # fmt: skip

    def kill(self) -> None:
        for server in self._servers():
            server.kill()
        self._forget()

    def stop(self) -> None:
        """The primary first, so that the standby gets the last of its log; idempotent."""
        for server in self._servers():
            server.resume()
        for server in self._servers():
            server.stop()
        self._forget()

    def pause(self) -> None:
        for server in self._servers():
            server.pause()

    def resume(self) -> None:
        for server in self._servers():
            server.resume()

    # Metering

    def use(self) -> ProcessUse:
        """By server; between them goes the primary's log, counted by what it has sent since the start."""
        groups = {server.name: server.use() for server in self._servers()}
        sent: int | None = None
        if self.standby is not None:
            with suppress(psycopg.Error, OSError):
                self._sent = max(self._sent, self._query("sent_bytes"))
            sent = self._sent - self._sent_before
        return ProcessUse.summed(groups, sent)

    def _servers(self) -> list[Server]:
        return [self.primary] if self.standby is None else [self.primary, self.standby]

    def _asks(self, name: str) -> bool:
        """A query's answer, False where nobody answers yet."""
        try:
            return self._query(name) != 0
        except psycopg.Error:
            return False

    def _query(self, name: str) -> int:
        """One number or truth; 1 where the statement returns nothing."""
        with psycopg.connect(self.dsn, autocommit=True, connect_timeout=_PROBE_S) as connection:
            cursor = connection.execute(_SQL[name].encode())
            row = cursor.fetchone() if cursor.description else (1,)
        return int(row[0]) if row else 0

    def _forget(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)


def _whole(data: Path, make: Callable[[Path], None]) -> None:
    """Make a data folder whole or not at all: under another name beside it first."""
    part = data.with_name(data.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    make(part)
    part.rename(data)
