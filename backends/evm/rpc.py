"""JSON-RPC over HTTP with connections that are kept, single calls and batches.

web3.py refuses to batch `eth_sendRawTransaction`, which is what makes the difference between 450 and 1,500
transactions a second on loopback; so the batch is posted here. Every call that this package makes may be
repeated (a raw transaction sent again is 'already known'), hence one silent retry where a kept connection
turns out to be dead. Safe from several threads.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from itertools import count
from threading import Lock
from urllib.parse import urlsplit

from backends.evm.answers import BadAnswer, as_list, as_object
from consultation.core.canonical import Json

Call = tuple[str, Sequence[Json]]


class NotSent(Exception):
    """No connection to the node: the request has certainly not reached it."""


class NoAnswer(Exception):
    """The request may have reached the node, and there is no usable answer."""


class Refused(Exception):
    """The node answered with an error."""


@dataclass(frozen=True, slots=True)
class RpcError:
    """An error as the answer to one call of a batch."""

    message: str


class Rpc:
    """One endpoint. `timeout_s` is for a whole request; a call may ask for less."""

    def __init__(self, url: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError(f"a node's address reads 'http://host:port/path', found {url!r}")
        self.url = url
        self._host = parts.hostname
        self._port = parts.port
        self._secure = parts.scheme == "https"
        self._path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        self._timeout_s = timeout_s
        self._ids = count(1)
        self._lock = Lock()
        self._idle: list[HTTPConnection] = []
        self._closed = False

    def call(self, method: str, *params: Json, timeout_s: float | None = None) -> Json:
        """One call's result. Raises NotSent, NoAnswer, Refused, BadAnswer."""
        answer = as_object(self._post(self._request((method, params)), timeout_s))
        result = _result(answer)
        if isinstance(result, RpcError):
            raise Refused(f"{method}: {result.message}")
        return result

    def batch(self, calls: Sequence[Call], timeout_s: float | None = None) -> list[Json | RpcError]:
        """The results in the order of the calls. Raises NotSent, NoAnswer, BadAnswer."""
        if not calls:
            return []
        requests = [self._request(call) for call in calls]
        answers = as_list(self._post(requests, timeout_s))
        by_id: dict[Json, Mapping[str, Json]] = {}
        for answer in map(as_object, answers):
            by_id[answer.get("id")] = answer
        try:
            return [_result(by_id[request["id"]]) for request in requests]
        except KeyError as error:
            raise BadAnswer(f"a batch of {len(calls)} calls has no answer to the call {error}") from error

    def close(self) -> None:
        """Drop the kept connections, and keep none from now on."""
        with self._lock:
            idle, self._idle, self._closed = self._idle, [], True
        for connection in idle:
            connection.close()

    def _keep(self, connection: HTTPConnection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()

    def _request(self, call: Call) -> dict[str, Json]:
        method, params = call
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, payload: Json, timeout_s: float | None) -> Json:
        body = json.dumps(payload, separators=(",", ":")).encode()
        limit_s = self._timeout_s if timeout_s is None else max(0.01, min(timeout_s, self._timeout_s))
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        doubtful = False
        if kept is not None:
            try:
                return self._exchange(kept, body, limit_s)
            except TimeoutError as error:
                raise NoAnswer(f"{self.url} did not answer within {limit_s:g} s") from error
            except (OSError, HTTPException):
                doubtful = True  # the node closed the kept connection, before or after reading the request
        fresh = (HTTPSConnection if self._secure else HTTPConnection)(self._host, self._port, timeout=limit_s)
        try:
            fresh.connect()
        except OSError as error:
            fresh.close()
            said = f"{self.url} cannot be reached: {error}"
            raise (NoAnswer(said) if doubtful else NotSent(said)) from error
        try:
            return self._exchange(fresh, body, limit_s)
        except TimeoutError as error:
            raise NoAnswer(f"{self.url} did not answer within {limit_s:g} s") from error
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"{self.url} broke off: {error!r}") from error

    def _exchange(self, connection: HTTPConnection, body: bytes, timeout_s: float) -> Json:
        connection.timeout = timeout_s
        if connection.sock is not None:
            connection.sock.settimeout(timeout_s)
        try:
            connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            data = response.read()
        except BaseException:
            connection.close()
            raise
        if response.will_close:
            connection.close()
        else:
            self._keep(connection)
        try:
            found: Json = json.loads(data)
        except ValueError as error:
            raise NoAnswer(f"{self.url} answered {response.status} and not JSON: {data[:80]!r}") from error
        return found


def _result(answer: Mapping[str, Json]) -> Json | RpcError:
    error = answer.get("error")
    if error is None:
        return answer.get("result")
    message = error.get("message") if isinstance(error, Mapping) else error
    return RpcError(str(message))
