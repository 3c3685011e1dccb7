"""The protocol's bytes: framing of messages, the generated stubs, and the server on a real unix socket."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.cometbft.abci import generate
from backends.cometbft.abci import types_pb2 as abci
from backends.cometbft.abci.server import encode_message, serve, take_messages


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 50))
def test_messages_come_out_whole_however_the_bytes_are_cut(messages: list[bytes], step: int) -> None:
    data = b"".join(map(encode_message, messages))
    buffer, taken = bytearray(), []
    for at in range(0, len(data), step):
        buffer += data[at : at + step]
        taken += take_messages(buffer)
    assert taken == messages
    assert not buffer


def test_a_length_of_two_bytes_is_a_uvarint() -> None:
    assert encode_message(b"x" * 300)[:2] == bytes([0xAC, 0x02])


def test_a_length_out_of_bounds_is_refused_before_it_is_waited_for() -> None:
    with pytest.raises(ValueError, match="at most"):
        take_messages(bytearray(b"\xff" * 6))


def test_the_field_numbers_are_those_of_abci_2() -> None:
    assert abci.Request(finalize_block=abci.RequestFinalizeBlock(height=1)).SerializeToString() == (
        b"\xa2\x01\x02\x28\x01"
    )
    assert abci.Response(check_tx=abci.ResponseCheckTx(code=2)).SerializeToString() == b"\x4a\x02\x08\x02"


def test_the_committed_stubs_are_what_the_compiler_makes_of_the_proto(tmp_path: Path) -> None:
    pytest.importorskip("grpc_tools", reason="grpcio-tools is in the extra 'proto'")
    generate.generate(tmp_path)
    for name in generate.OUTPUTS:
        assert _lines(tmp_path / name) == _lines(generate.ABCI / name), name


def _lines(path: Path) -> list[str]:
    """Without the compiler's own version, which another grpcio-tools changes."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    start = next((at for at, line in enumerate(lines) if line.startswith("_runtime_version.Validate")), None)
    if start is not None:
        del lines[start : lines.index(")", start) + 1]
    return [line for line in lines if not line.startswith("# Protobuf Python Version")]


async def _ask(socket: str, requests: list[abci.Request]) -> list[abci.Response]:
    reader, writer = await asyncio.open_unix_connection(socket)
    writer.write(b"".join(encode_message(request.SerializeToString()) for request in requests))
    buffer = bytearray()
    answers: list[abci.Response] = []
    while len(answers) < len(requests):
        read = await reader.read(65_536)
        if not read:
            break
        buffer += read
        answers += [abci.Response.FromString(message) for message in take_messages(buffer)]
    writer.close()
    return answers


def test_the_server_answers_in_the_order_of_the_requests(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def handle(request: abci.Request) -> abci.Response:
        return abci.Response(echo=abci.ResponseEcho(message=request.echo.message))

    async def talk() -> list[abci.Response]:
        serving = asyncio.ensure_future(serve(handle, Path("app.sock")))
        while not os.path.exists("app.sock"):
            await asyncio.sleep(0)
        requests = [abci.Request(echo=abci.RequestEcho(message=f"{at}" * at)) for at in range(200)]
        answers = await _ask("app.sock", requests)
        serving.cancel()
        return answers

    assert [answer.echo.message for answer in asyncio.run(talk())] == [f"{at}" * at for at in range(200)]


def test_an_application_that_cannot_go_on_ends_without_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def handle(request: abci.Request) -> abci.Response:
        raise ValueError("the log is broken")

    async def talk() -> list[abci.Response]:
        serving = asyncio.ensure_future(serve(handle, Path("app.sock")))
        while not os.path.exists("app.sock"):
            await asyncio.sleep(0)
        answers = await _ask("app.sock", [abci.Request(flush=abci.RequestFlush())])
        with pytest.raises(ValueError, match="the log is broken"):
            await serving
        return answers

    assert asyncio.run(talk()) == []
