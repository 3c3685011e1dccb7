"""POST requests over one kept-alive connection, whose bytes are counted both ways."""

from collections.abc import Iterable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from urllib.parse import urlsplit

_MAX_ANSWER_BYTES = 65_536


class NoAnswer(Exception):
    """Not reached, timed out, or not HTTP."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes

    @property
    def size(self) -> int | None:
        """The number that the body is, as a 409 tells it; None where it is none."""
        digits = self.body.strip()
        return int(digits) if digits.isdigit() and len(digits) <= 19 else None

    @property
    def excerpt(self) -> str:
        """The beginning of the body, to be shown."""
        return self.body[:120].decode("utf-8", errors="replace").strip()


class Poster:
    """One server; used by one thread at a time."""

    def __init__(self, url: str, timeout_s: float, content_type: str = "") -> None:
        parts = urlsplit(url)
        self.network_bytes = 0
        """Sent and received so far: HTTP, without what TCP adds."""
        self._host, self._port = parts.hostname or "", parts.port or 80
        self._prefix = parts.path.rstrip("/")
        self._timeout_s = timeout_s
        self._headers = {"Content-Type": content_type} if content_type else {}
        self._connection: HTTPConnection | None = None

    def post(self, path: str, body: bytes) -> Answer:
        """One request, which must be safe to repeat. Raises NoAnswer."""
        kept = self._connection is not None
        try:
            return self._post(path, body)
        except (OSError, HTTPException) as error:
            self.close()
            if not kept or isinstance(error, TimeoutError):
                raise NoAnswer(repr(error)) from error
        try:  # a kept connection may have been closed while idle
            return self._post(path, body)
        except (OSError, HTTPException) as error:
            self.close()
            raise NoAnswer(repr(error)) from error

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _post(self, path: str, body: bytes) -> Answer:
        if self._connection is None:
            self._connection = HTTPConnection(self._host, self._port, timeout=self._timeout_s)
        headers = {"Content-Length": str(len(body)), **self._headers}
        line = f"POST {self._prefix}{path} HTTP/1.1"
        self._connection.request("POST", self._prefix + path, body, headers)
        host = f"{self._host}:{self._port}"
        sent = {"Host": host, "Accept-Encoding": "identity", **headers}
        self.network_bytes += len(line) + 2 + _header_bytes(sent.items()) + len(body)
        with self._connection.getresponse() as response:
            answer = Answer(response.status, response.read(_MAX_ANSWER_BYTES))
            self.network_bytes += _received_bytes(response) + len(answer.body)
            return answer


def _received_bytes(response: HTTPResponse) -> int:
    """Of the status line and the headers."""
    return len(f"HTTP/1.1 {response.status} {response.reason}\r\n") + _header_bytes(response.getheaders())


def _header_bytes(headers: Iterable[tuple[str, str]]) -> int:
    """As they are written: a line each, and an empty one."""
    return sum(len(name) + len(value) + len(": \r\n") for name, value in headers) + len("\r\n")
