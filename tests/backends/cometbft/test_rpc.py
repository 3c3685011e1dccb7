"""What a node says and how it fails, from a small HTTP server that says so on demand."""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import pytest

from backends.cometbft.abci import types_pb2 as abci
from backends.cometbft.application import Application
from backends.cometbft.ledger import CometLedger
from backends.cometbft.queries import Answers
from backends.cometbft.rpc import NodeClient, Stalled
from backends.nodes.ports import free_ports
from consultation.core.canonical import Json
from consultation.core.errors import OutcomeUnknown, Overloaded, Unavailable
from consultation.core.ledger import Refusal, Ticket
from tests.backends.cometbft.chain import Chain

FULL = "mempool is full: number of txs 5000 (max: 5000)"
KNOWN = "tx already exists in cache"
BIG = 60_000
"""Four such entries fill a transaction."""


@contextmanager
def served(broadcast: Callable[[int], Json | None], folder: Path) -> Iterator[CometLedger]:
    """A ledger over a server that answers the nth transaction of all with this; None breaks off."""
    application = Application(folder / "app", "all")
    answers = Answers(application, folder)
    seen = 0

    class Node(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            nonlocal seen
            calls = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            replies: list[Json] = []
            for call in calls if isinstance(calls, list) else [calls]:
                params = call["params"]
                if call["method"] == "abci_query":
                    asked = abci.RequestQuery(path=params["path"], data=bytes.fromhex(params["data"]))
                    value = answers(asked).value
                    said: Json = {"result": {"response": {"code": 0, "value": _base64(value)}}}
                elif call["method"] == "broadcast_tx_sync":
                    said = broadcast(seen)
                    seen += 1
                else:
                    said = {"error": {"message": "no", "data": "height must be less than or equal"}}
                if said is None:
                    self.close_connection = True
                    return
                replies.append(said)
            body = json.dumps(replies if len(replies) > 1 else replies[0]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            try:
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                self.close_connection = True  # the client has given up waiting

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Node)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    chain = Chain.of(["v0", "v1", "v2", "v3"])
    ledger = CometLedger(NodeClient("127.0.0.1", server.server_port, timeout_s=1.0), chain.pins)
    try:
        yield ledger
    finally:
        ledger.close()
        server.shutdown()
        thread.join()
        server.server_close()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def ok(code: int = 0, data: bytes = b"") -> Json:
    return {"result": {"code": code, "data": data.hex().upper()}}


def error(data: str) -> Json:
    return {"error": {"message": "Internal error", "data": data}}


def entries(count: int) -> list[bytes]:
    return [bytes([at]) * BIG for at in range(count)]


def test_what_the_node_has_already_is_a_ticket(tmp_path: Path) -> None:
    with served(lambda _: error(KNOWN), tmp_path) as ledger:
        assert all(isinstance(answer, Ticket) for answer in ledger.append([b"a", b"b"]))


def test_a_full_mempool_is_overloaded_when_nothing_of_the_call_went_in(tmp_path: Path) -> None:
    with served(lambda _: error(FULL), tmp_path) as ledger, pytest.raises(Overloaded, match="slow down"):
        ledger.append(entries(10))


@pytest.mark.parametrize("first", [True, False])
def test_a_full_mempool_is_unknown_when_part_of_the_call_went_in(tmp_path: Path, first: bool) -> None:
    def broadcast(number: int) -> Json:
        return ok() if (number == 0) is first else error(FULL)

    with served(broadcast, tmp_path) as ledger, pytest.raises(OutcomeUnknown, match="only part"):
        ledger.append(entries(8))


def test_what_the_check_refuses_is_left_out_and_the_rest_sent_again(tmp_path: Path) -> None:
    def broadcast(number: int) -> Json:
        return ok(2, b'[[1,"not so"]]') if number == 0 else ok()

    with served(broadcast, tmp_path) as ledger:
        answers = ledger.append([b"a", b"b", b"c"])
    assert [type(answer) for answer in answers] == [Ticket, Refusal, Ticket]
    assert answers[1] == Refusal("not so")


def test_another_error_of_the_node_is_unavailable(tmp_path: Path) -> None:
    broken = error("the application is gone")
    with served(lambda _: broken, tmp_path) as ledger, pytest.raises(Unavailable, match="is gone"):
        ledger.append([b"a"])


def test_a_connection_broken_off_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    with served(lambda _: None, tmp_path) as ledger, pytest.raises(OutcomeUnknown, match="same bytes"):
        ledger.append([b"a"])


def test_a_node_that_does_not_answer_in_time_leaves_the_outcome_unknown(tmp_path: Path) -> None:
    free = Event()

    def broadcast(_: int) -> Json:
        free.wait(10)
        return ok()

    with served(broadcast, tmp_path) as ledger:
        with pytest.raises(OutcomeUnknown, match="within 1 s"):
            ledger.append([b"a"])
        free.set()


def test_nobody_listening_is_unavailable() -> None:
    node = NodeClient("127.0.0.1", free_ports(1)[0])
    with pytest.raises(Unavailable, match="is the node running"):
        node.query("/usage")


def test_a_stall_is_a_kind_of_unavailable() -> None:
    assert issubclass(Stalled, Unavailable)
