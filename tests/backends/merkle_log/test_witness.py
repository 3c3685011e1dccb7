"""The client of c2sp.org/tlog-witness, against good and bad answers; for real in `test_publishing`."""

from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from nacl.signing import SigningKey

from backends.merkle_log.witness import WitnessClient, WitnessDown, WitnessRefused
from backends.nodes.ports import LOOPBACK, free_ports
from consultation.core.checkpoint import Checkpoint, sign
from consultation.core.merkle import Tree, leaf_hash
from consultation.core.note import KeyType, NoteKey, Signature
from tests.backends.merkle_log.conftest import OPERATOR, ORIGIN, entries_named

KEY = SigningKey(sha256(b"witness").digest())
PUBLIC = NoteKey("witness.example", KeyType.COSIGNATURE_V1, bytes(KEY.verify_key))
TREE = Tree(map(leaf_hash, entries_named("opinion", 9)))
NOTE = sign(Checkpoint(ORIGIN, 9, TREE.root()), OPERATOR)


def cosignature(text: str = NOTE.text, name: str = PUBLIC.name) -> bytes:
    signed = KEY.sign(f"cosignature/v1\ntime 5\n{text}".encode()).signature
    return Signature(name, PUBLIC.id, (5).to_bytes(8, "big") + signed).line().encode()


class ScriptedWitness(ThreadingHTTPServer):
    """Answers as it is told, one answer after the other; None hangs up. Keeps what it was asked."""

    daemon_threads = True

    def __init__(self, answers: list[tuple[int, bytes] | None]) -> None:
        super().__init__((LOOPBACK, 0), _Handler)
        self.answers = answers
        self.asked: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_port}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedWitness

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append(body)
        answer = self.server.answers.pop(0)
        if answer is None:
            self.close_connection = True
            return
        status, content = answer
        self.send_response(status if self.path == "/add-checkpoint" else 404)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Scripts:
    """Starts scripted witnesses, and ends them."""

    def __init__(self) -> None:
        self.servers: list[ScriptedWitness] = []

    def play(self, *answers: tuple[int, bytes] | None) -> tuple[ScriptedWitness, WitnessClient]:
        server = ScriptedWitness(list(answers))
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        self.servers.append(server)
        return server, WitnessClient(PUBLIC, server.url, 10.0)


@pytest.fixture
def scripts() -> Iterator[Scripts]:
    made = Scripts()
    yield made
    for server in made.servers:
        server.shutdown()
        server.server_close()


def test_the_request_is_old_size_proof_empty_line_and_checkpoint(scripts: Scripts) -> None:
    server, client = scripts.play((200, cosignature()))
    client.size = 6
    client.cosign(NOTE, 9, TREE.prove_consistency)
    client.close()
    lines = server.asked[0].split(b"\n")
    hashes = len(TREE.prove_consistency(6))
    assert lines[0] == b"old 6"
    assert all(len(line) == 44 for line in lines[1 : 1 + hashes])
    assert lines[1 + hashes] == b""
    assert b"\n".join(lines[2 + hashes :]) == NOTE.encode()
    assert client.size == 9


def test_a_witness_that_knows_another_size_is_asked_from_there(scripts: Scripts) -> None:
    server, client = scripts.play((409, b"4\n"), (200, cosignature()))
    signature = client.cosign(NOTE, 9, TREE.prove_consistency)
    client.close()
    assert signature.name == PUBLIC.name
    assert [asked.partition(b"\n")[0] for asked in server.asked] == [b"old 0", b"old 4"]


def test_lines_of_other_keys_are_ignored(scripts: Scripts) -> None:
    _, client = scripts.play((200, cosignature(name="other.example") + cosignature()))
    assert client.cosign(NOTE, 9, TREE.prove_consistency).name == PUBLIC.name
    client.close()


def test_a_kept_connection_that_was_closed_is_opened_once_more(scripts: Scripts) -> None:
    server, client = scripts.play((200, cosignature()), None, (200, cosignature()))
    client.cosign(NOTE, 9, TREE.prove_consistency)
    client.cosign(NOTE, 9, TREE.prove_consistency)
    client.close()
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, b"", "no cosignature by its key"),
        (200, cosignature("other text\n"), "bad cosignature"),
        (200, b"not a signature line\n", "bad cosignature"),
        (200, b"\xff\xfe\n", "bad cosignature"),
        (200, cosignature(name="other.example"), "no cosignature by its key"),
        (400, b"", "malformed"),
        (403, b"", "signature"),
        (404, b"", "does not know the log"),
        (409, b"", "without a size"),
        (409, b"-3\n", "without a size"),
        (409, b"9" * 30, "without a size"),
        (409, b"10\n", "this log has only 9"),
        (422, b"", "a fork"),
        (429, b"", "busy"),
        (500, b"oops", "oops"),
        (503, b"", "refused"),
    ],
)
def test_anything_but_a_cosignature_is_a_refusal_with_a_reason(
    scripts: Scripts, status: int, body: bytes, said: str
) -> None:
    _, client = scripts.play((status, body))
    with pytest.raises(WitnessRefused, match=said) as caught:
        client.cosign(NOTE, 9, TREE.prove_consistency)
    client.close()
    assert caught.value.status == status
    assert PUBLIC.name in str(caught.value)


def test_a_witness_ahead_of_us_is_asked_again_from_nothing(scripts: Scripts) -> None:
    """It may have been another log's size by mistake, or ours may have been restored in the meantime."""
    server, client = scripts.play((409, b"10\n"), (409, b"9\n"), (200, cosignature()))
    with pytest.raises(WitnessRefused):
        client.cosign(NOTE, 9, TREE.prove_consistency)
    client.cosign(NOTE, 9, TREE.prove_consistency)
    client.close()
    assert [asked.partition(b"\n")[0] for asked in server.asked] == [b"old 0", b"old 0", b"old 9"]


def test_a_witness_that_changes_its_mind_for_ever_is_a_refusal(scripts: Scripts) -> None:
    _, client = scripts.play((409, b"4\n"), (409, b"5\n"))
    with pytest.raises(WitnessRefused, match="twice"):
        client.cosign(NOTE, 9, TREE.prove_consistency)
    client.close()


def test_a_witness_that_hangs_up_or_is_not_there_is_down(scripts: Scripts) -> None:
    _, client = scripts.play(None)
    with pytest.raises(WitnessDown, match="does not answer"):
        client.cosign(NOTE, 9, TREE.prove_consistency)
    nobody = WitnessClient(PUBLIC, f"http://{LOOPBACK}:{free_ports(1)[0]}", 10.0)
    with pytest.raises(WitnessDown, match="does not answer"):
        nobody.cosign(NOTE, 9, TREE.prove_consistency)
