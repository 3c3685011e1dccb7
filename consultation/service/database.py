"""SQLite files of the service: what is committed survives a power loss, and what is deleted is gone.

WAL mode with `synchronous=FULL`: a commit that returned is durable, and readers and the writer do not wait
for each other. Deleting is not forgetting: SQLite leaves deleted bytes on free pages and in the gaps of
pages, and every earlier image of a page in the write-ahead log. Three things together take them away, and a
test searches the files' bytes for what they leave:

- `secure_delete` overwrites what is freed with zeros, whoever deletes it, at once;
- `VACUUM` writes the file afresh from the rows that are left: where a full page was split, cells were
  moved, and the gap they left keeps a copy that no later deletion knows of;
- a checkpoint with TRUNCATE brings the log's pages into the file and cuts the log to nothing.

Below the file it ends: a file system that copies on write, a disk's spare blocks and backups keep what they
keep.
"""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, create_engine, event

WAIT_S = 30
"""How long one connection waits for another's lock, seconds."""


@dataclass(frozen=True, slots=True)
class Disposal:
    """How thoroughly deleted bytes are taken out of a file; less than all of it is for tests alone."""

    secure_delete: bool = True
    vacuum: bool = True
    truncate: bool = True


class StillRead(Exception):
    """A reader holds earlier pages of a file, so that they cannot be taken out of its log."""


def connect(path: Path, disposal: Disposal) -> Engine:
    """An engine over a file that only its owner can read; made where it is missing.

    Errors of the driver do not show parameters: they hold names and keys, and end up in logs.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600, exist_ok=True)
    # As many connections as threads ask for: a reader that waited for one would hold up a request, and the
    # writer would wait among them.
    engine = create_engine(
        f"sqlite:///{path}",
        connect_args={"timeout": WAIT_S},
        pool_size=4,
        max_overflow=-1,
        hide_parameters=True,
    )

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA secure_delete={'ON' if disposal.secure_delete else 'OFF'}")
        connection.execute("PRAGMA temp_store=MEMORY")  # no copy of a page in a temporary file

    event.listen(engine, "connect", prepare)
    return engine


def purge(engine: Engine, disposal: Disposal, *, vacuum: bool) -> None:
    """Take what was deleted before out of the file and its log. Raises StillRead, SQLAlchemyError."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if vacuum and disposal.vacuum:
            connection.exec_driver_sql("VACUUM")
        if disposal.truncate:
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").scalar()
            if busy:
                raise StillRead(f"{engine.url.database}: somebody still reads earlier pages; do it again")
