"""The mirror as a process: `python -m backends.merkle_log.mirror_server --home DIR --port N --log VKEY`.

Its key is `DIR/key`. It listens on loopback, answers the log's add-entries one after the other, and starts no
connection. It may be killed at any moment: see `mirror`.
"""

import argparse
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock
from time import time

from backends.merkle_log import cosigner_key, mirror_wire
from backends.merkle_log.mirror import Mirror
from backends.merkle_log.mirror_wire import Part
from backends.merkle_log.post import Answer
from backends.nodes.ports import LOOPBACK
from consultation.core.errors import Unavailable
from consultation.core.note import NoteKey


class Server(ThreadingHTTPServer):
    """Requests of all connections, one at a time."""

    daemon_threads = True

    def __init__(self, port: int, mirror: Mirror) -> None:
        super().__init__((LOOPBACK, port), Handler)
        self._mirror = mirror
        self._one_at_a_time = Lock()

    def answer(self, body: bytes) -> Answer:
        try:
            part = Part.parse(body)
        except ValueError as error:
            return Answer(400, str(error).encode())
        with self._one_at_a_time:
            try:
                return self._mirror.add(part.start, part.checkpoint, part.proof, part.entries)
            except (OSError, ValueError) as error:
                return Answer(500, f"the mirror cannot keep it: {error}".encode())


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        assert isinstance(self.server, Server)
        length = int(self.headers.get("Content-Length", "0"))
        if self.path != mirror_wire.PATH or length > mirror_wire.MAX_BYTES:
            self.close_connection = True
            answer = Answer(404 if self.path != mirror_wire.PATH else 413, b"")
        else:
            answer = self.server.answer(self.rfile.read(length))
        self.send_response(answer.status)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Only what went wrong: the log sends a hundred requests a second."""
        if code != 200:
            super().log_request(code, size)


def main() -> None:
    parser = argparse.ArgumentParser(prog="backends.merkle_log.mirror_server")
    parser.add_argument("--home", type=Path, required=True, help="the mirror's folder, with its key")
    parser.add_argument("--port", type=int, required=True, help="on loopback")
    parser.add_argument("--log", required=True, metavar="VKEY", help="the operator's verifier key")
    arguments = parser.parse_args()
    path = arguments.home / "key"
    try:
        log = NoteKey.parse(arguments.log)
        mirror = Mirror(arguments.home, log, cosigner_key.name_of(path), cosigner_key.secret(path), time)
        Server(arguments.port, mirror).serve_forever()
    except (OSError, ValueError, Unavailable) as error:
        sys.exit(f"the mirror ends: {error}")


if __name__ == "__main__":
    main()
