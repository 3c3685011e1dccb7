"""The application's end of ABCI: messages behind a uvarint length, over a unix socket.

A node opens four connections (consensus, mempool, query, snapshots) and expects answers in the order of its
requests on each; one event loop answers all four, so that the application needs no lock. What was read at
once is answered with one write.
"""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

from backends.cometbft.abci import types_pb2 as abci

Handler = Callable[[abci.Request], abci.Response]

_MAX_MESSAGE_BYTES = 256 * 1024 * 1024


def encode_message(payload: bytes) -> bytes:
    """The payload behind its length as a uvarint."""
    length, prefix = len(payload), bytearray()
    while length > 0x7F:
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + payload


def take_messages(buffer: bytearray) -> list[bytes]:
    """Take every complete message off the front of `buffer`. Raises ValueError on a length out of bounds."""
    taken, at = [], 0
    while True:
        start, length, shift = at, 0, 0
        while start < len(buffer):
            byte = buffer[start]
            start += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if length > _MAX_MESSAGE_BYTES or shift > 35:
                raise ValueError(f"a message has at most {_MAX_MESSAGE_BYTES} bytes")
            if not byte & 0x80:
                break
        else:
            break  # the length itself is not complete
        if len(buffer) - start < length:
            break
        taken.append(bytes(buffer[start : start + length]))
        at = start + length
    del buffer[:at]
    return taken


class _Connection(asyncio.Protocol):
    def __init__(self, handle: Handler, broken: "asyncio.Future[None]") -> None:
        self._handle = handle
        self._broken = broken
        self._buffer = bytearray()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._buffer += data
        try:
            requests = [abci.Request.FromString(message) for message in take_messages(self._buffer)]
            answers = [self._handle(request).SerializeToString() for request in requests]
        except (
            Exception
        ) as error:  # an application that cannot go on ends, and its node with it: never a wrong answer
            self._transport.abort()
            if not self._broken.done():
                self._broken.set_exception(error)
            return
        self._transport.write(b"".join(map(encode_message, answers)))


async def serve(handle: Handler, socket: Path) -> None:
    """Answer on `socket` until cancelled; raises what `handle` raised. The path appears once it can be
    connected to.
    """
    loop = asyncio.get_running_loop()
    broken: asyncio.Future[None] = loop.create_future()
    early = socket.with_suffix(".early")
    early.unlink(missing_ok=True)
    server = await loop.create_unix_server(lambda: _Connection(handle, broken), str(early))
    os.replace(early, socket)
    async with server:
        await broken
