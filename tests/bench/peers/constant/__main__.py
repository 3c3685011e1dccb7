"""The peer of the row 'HTTP submit': the same server, which answers a constant after the same one-row commit.

The same: uvicorn with uvloop and httptools, FastAPI, a route of the same path tried as early, its process,
SQLite on the same disk in WAL mode with `synchronous=FULL`, and group commit: requests that wait while one
transaction commits share the next, at most 200. A row is as long as all that the service stores for an
opinion, in whichever of its three files; the answer is as long as a receipt. What it has not: token, limit,
validation, digests, keys, seals, signatures, indexes, a second file, and a ledger.

It is as fast as such a server can be: one prepared insert of one column, and one call into the event loop
that answers a whole group.

Life of a request:

1. Its body is read and queued. A crash up to 3 loses it unanswered.
2. The thread inserts it with all that waits.
3. The commit returns: durable.
4. The event loop is told, and sends the constant.

Arguments: folder, bytes of a row, bytes of an answer. The address is written to FOLDER/address.json, as the
service writes its own.
"""

import asyncio
import json
import sqlite3
import sys
from pathlib import Path
from threading import Condition, Thread

import uvicorn
from fastapi import FastAPI, Request, Response

from consultation.service.ports import Settings
from pilot import serve

_MAX_GROUP = Settings().max_group


class Rows:
    """One table and the thread that writes to it."""

    def __init__(self, path: Path, row_bytes: int) -> None:
        self._path, self._row_bytes = path, row_bytes
        self._changed = Condition()
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        Thread(target=self._work, name="rows", daemon=True).start()

    def put(self, body: bytes) -> "asyncio.Future[None]":
        """Done when a row that begins with the body is durable."""
        future = asyncio.get_running_loop().create_future()
        with self._changed:
            self._waiting.append((body.ljust(self._row_bytes)[: self._row_bytes], future))
            self._changed.notify()
        return future

    def _work(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE IF NOT EXISTS rows (number INTEGER PRIMARY KEY, row BLOB NOT NULL)")
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                group, self._waiting = self._waiting[:_MAX_GROUP], self._waiting[_MAX_GROUP:]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany("INSERT INTO rows (row) VALUES (?)", [(row,) for row, _ in group])
            connection.execute("COMMIT")
            group[0][1].get_loop().call_soon_threadsafe(_tell, [future for _, future in group])


def _tell(futures: "list[asyncio.Future[None]]") -> None:
    for future in futures:
        if not future.done():
            future.set_result(None)


def make_app(rows: Rows, answer: bytes) -> FastAPI:
    app = FastAPI()

    @app.post("/consultations/{name}/opinions")
    async def submit(name: str, request: Request) -> Response:
        await rows.put(await request.body())
        return Response(answer, 201, media_type="application/json")

    return app


def main(folder: Path, row_bytes: int, answer_bytes: int) -> None:
    listening = serve.bind(0)
    app = make_app(Rows(folder / "rows.sqlite", row_bytes), json.dumps("x" * (answer_bytes - 2)).encode())
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
    serve.announce(folder / "address.json")(f"http://127.0.0.1:{listening.getsockname()[1]}")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:]))
