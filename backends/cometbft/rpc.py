"""JSON-RPC to one CometBFT node over loopback HTTP with keep-alive: the few calls that are needed.

Safe from several threads: each call takes an idle connection, or makes one.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from threading import Lock
from time import monotonic

from backends.cometbft.light import BlockId, Commit, Header, Signature
from consultation.core.errors import OutcomeUnknown, Unavailable

_BLOCK_ID_FLAG_COMMIT = 2
_IDLE_CONNECTIONS = 32


class Stalled(Unavailable):
    """The node did not answer in time, though it may yet."""


class NodeError(Exception):
    """The node answered with an error of its own; `data` says which."""

    def __init__(self, data: str) -> None:
        super().__init__(data)
        self.data = data


@dataclass(frozen=True, slots=True)
class Checked:
    """What CheckTx said of a transaction, or why the node did not ask it."""

    code: int
    data: bytes
    error: str = ""


@dataclass(frozen=True, slots=True)
class Status:
    height: int
    catching_up: bool
    peers: int


class _Reply:
    """A JSON value from a node, read by name; a missing or mistyped one raises Unavailable."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __getitem__(self, name: str) -> "_Reply":
        if not isinstance(self.value, Mapping) or name not in self.value:
            raise Unavailable(f"the node's answer has no {name!r}: {str(self.value)[:200]}")
        return _Reply(self.value[name])

    def get(self, name: str) -> "_Reply | None":
        return self[name] if isinstance(self.value, Mapping) and name in self.value else None

    def items(self) -> "list[_Reply]":
        if not isinstance(self.value, list):
            raise Unavailable(f"the node's answer is not a list: {str(self.value)[:200]}")
        return [_Reply(item) for item in self.value]

    def text(self) -> str:
        return "" if self.value is None else str(self.value)

    def number(self) -> int:
        try:
            return int(self.text())
        except ValueError as error:
            raise Unavailable(f"the node's answer is not a number: {self.text()[:60]}") from error

    def hex(self) -> bytes:
        return bytes.fromhex(self.text())

    def base64(self) -> bytes:
        return base64.b64decode(self.text())


class NodeClient:
    """One node by host and port."""

    def __init__(self, host: str, port: int, timeout_s: float = 10.0) -> None:
        self.url = f"http://{host}:{port}"
        self._address = (host, port)
        self._timeout_s = timeout_s
        self._idle: list[HTTPConnection] = []
        self._lock = Lock()
        self._closed = False

    # Calls

    def broadcast(self, transactions: Sequence[bytes]) -> list[Checked]:
        """`broadcast_tx_sync` for each, in order, in one post. Raises OutcomeUnknown, Unavailable."""
        calls = [
            {
                "jsonrpc": "2.0",
                "id": at,
                "method": "broadcast_tx_sync",
                "params": {"tx": base64.b64encode(tx).decode()},
            }
            for at, tx in enumerate(transactions)
        ]
        try:
            answer = self._post(calls, self._timeout_s)
        except Stalled as error:
            raise OutcomeUnknown(f"{error}: hand the same bytes over again") from error
        replies = (
            answer.items() if len(calls) > 1 else [answer]
        )  # a batch of one is answered without its list
        if len(replies) != len(calls):
            raise OutcomeUnknown(
                f"{self.url} answered {len(replies)} of {len(calls)} calls: hand the same bytes over"
            )
        return [_checked(reply) for reply in replies]

    def query(self, path: str, data: bytes = b"", timeout_s: float | None = None) -> bytes:
        """`abci_query`. Raises NodeError where the application refuses, Unavailable."""
        response = self._call("abci_query", {"path": path, "data": data.hex()}, timeout_s)["response"]
        if response["code"].number():
            raise NodeError(response["log"].text())
        value = response.get("value")
        return value.base64() if value is not None else b""

    def signed_header(self, height: int, timeout_s: float | None = None) -> tuple[Header, Commit] | None:
        """`commit`: the header at `height` with the votes for it; None while there is none."""
        try:
            reply = self._call("commit", {"height": str(height)}, timeout_s)
        except NodeError as error:
            if "less than or equal" in error.data:
                return None
            raise Unavailable(f"{self.url} gives no header {height}: {error.data}") from error
        try:
            signed = reply["signed_header"]
            return _header(signed["header"]), _commit(signed["commit"])
        except ValueError as error:
            raise Unavailable(f"{self.url} gives a header that cannot be read: {error}") from error

    def status(self, timeout_s: float) -> Status:
        sync = self._call("status", {}, timeout_s)["sync_info"]
        peers = self._call("net_info", {}, timeout_s)["n_peers"].number()
        return Status(sync["latest_block_height"].number(), sync["catching_up"].value is True, peers)

    def sent(self, timeout_s: float) -> Mapping[str, int]:
        """`net_info`: bytes sent so far on each connection, by the peer's id and when it began."""
        found: dict[str, int] = {}
        for peer in self._call("net_info", {}, timeout_s)["peers"].items():
            monitor = peer["connection_status"]["SendMonitor"]
            found[f"{peer['node_info']['id'].text()} {monitor['Start'].text()}"] = monitor["Bytes"].number()
        return found

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    # Within

    def _call(self, method: str, params: Mapping[str, str], timeout_s: float | None) -> _Reply:
        call = {"jsonrpc": "2.0", "id": 0, "method": method, "params": params}
        reply = self._post(call, self._timeout_s if timeout_s is None else timeout_s)
        error = reply.get("error")
        if error is not None:
            raise NodeError(f"{error['message'].text()} {(error.get('data') or error['message']).text()}")
        return reply["result"]

    def _post(self, call: object, timeout_s: float) -> _Reply:
        body = json.dumps(call).encode()
        deadline = monotonic() + timeout_s
        doubtful = False
        while True:
            connection, kept = self._take(max(0.001, deadline - monotonic()))
            try:
                connection.request("POST", "/", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                read = answer.read()
            except TimeoutError as error:
                connection.close()
                raise Stalled(f"{self.url} did not answer within {timeout_s:g} s") from error
            except ConnectionRefusedError as error:
                if doubtful:
                    raise Stalled(f"{self.url} ended while it was asked") from error
                raise Unavailable(f"{self.url} does not listen: is the node running?") from error
            except (OSError, HTTPException) as error:
                connection.close()
                if kept:
                    doubtful = True
                    continue  # the node had closed the kept connection, or died: a new one tells
                raise Stalled(f"{self.url} broke off: {error!r}") from error
            self._give_back(connection)
            try:
                return _Reply(json.loads(read))
            except ValueError as error:
                raise Unavailable(
                    f"{self.url} answered {answer.status} without JSON: {read[:200]!r}"
                ) from error

    def _take(self, timeout_s: float) -> tuple[HTTPConnection, bool]:
        with self._lock:
            if self._closed:
                raise Unavailable(f"this client of {self.url} is closed: connect again")
            connection = self._idle.pop() if self._idle else None
        if connection is None or connection.sock is None:
            return HTTPConnection(*self._address, timeout=timeout_s), False
        connection.sock.settimeout(timeout_s)
        return connection, True

    def _give_back(self, connection: HTTPConnection) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()


def _checked(reply: _Reply) -> Checked:
    error = reply.get("error")
    if error is not None:
        return Checked(-1, b"", (error.get("data") or error["message"]).text())
    result = reply["result"]
    return Checked(result["code"].number(), result["data"].hex())


def _header(reply: _Reply) -> Header:
    last = reply["last_block_id"]
    return Header(
        reply["version"]["block"].number(),
        app.number() if (app := reply["version"].get("app")) else 0,
        reply["chain_id"].text(),
        reply["height"].number(),
        reply["time"].text(),
        BlockId(last["hash"].hex(), last["parts"]["total"].number(), last["parts"]["hash"].hex()),
        *(
            reply[name].hex()
            for name in (
                "last_commit_hash",
                "data_hash",
                "validators_hash",
                "next_validators_hash",
                "consensus_hash",
                "app_hash",
                "last_results_hash",
                "evidence_hash",
                "proposer_address",
            )
        ),
    )


def _commit(reply: _Reply) -> Commit:
    parts = reply["block_id"]["parts"]
    signatures = [
        Signature(at, signed["timestamp"].text(), signed["signature"].base64())
        for at, signed in enumerate(reply["signatures"].items())
        if signed["block_id_flag"].number() == _BLOCK_ID_FLAG_COMMIT
    ]
    return Commit(reply["round"].number(), parts["total"].number(), parts["hash"].hex(), signatures)
