"""A cheap client in a process of its own: posts opinions as fast as they are answered, prints the rate.

Every request is written out before the clock starts, and of an answer only status and length are read, so
that the server is what is measured: a library for HTTP would use as much of the machine as the server does.

Arguments: URL, token, consultation, provision, number, connections, a word that makes participants fresh.
"""

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from time import perf_counter
from typing import Protocol, runtime_checkable
from urllib.parse import urlsplit

import uvloop

TEXT = "Đề nghị nêu rõ thời hạn trả lời kiến nghị của tiểu thương trong khoản này, kèm nơi tiếp nhận. " * 3
_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)
_CREATED = b"HTTP/1.1 201 "


@runtime_checkable
class _Wire(Protocol):
    """What is used of a transport; uvloop's is no `asyncio.WriteTransport`."""

    def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class Connection(asyncio.Protocol):
    """One connection: sends a request, waits for its answer whole, sends the next."""

    def __init__(self, requests: Iterator[bytes], latencies: list[float]) -> None:
        self._requests, self._latencies = requests, latencies
        self._wire: _Wire | None = None
        self._read = b""
        self._sent_s = 0.0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, _Wire)
        self._wire = transport

    def send(self) -> None:
        """The next request, or the end."""
        assert self._wire is not None
        request = next(self._requests, None)
        if request is None:
            self._wire.close()
            return
        self._sent_s = perf_counter()
        self._wire.write(request)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, body = self._read.partition(_END)
        length = _LENGTH.search(head)
        if not end or (length is not None and len(body) < int(length[1])):
            return
        if length is None or not head.startswith(_CREATED):
            self._fail(f"{head[:60].decode()}: {body[:300].decode()}")
            return
        self._latencies.append(perf_counter() - self._sent_s)
        self._read = b""
        self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _fail(self, why: str) -> None:
        if not self.done.done():
            self.done.set_exception(SystemExit(why))
        assert self._wire is not None
        self._wire.close()


def _requests(
    url: str, token: str, consultation: str, provision: str, number: int, word: str
) -> Iterator[bytes]:
    """Whole requests, each of another participant."""
    for n in range(number):
        name = f"{word}-{n}"
        said = {"participant": name, "provision": provision, "stance": "disagree", "text": TEXT}
        body = json.dumps(said).encode()
        lines = (
            f"POST /consultations/{consultation}/opinions HTTP/1.1",
            f"Host: {urlsplit(url).netloc}",
            f"Authorization: Bearer {token}",
            "Content-Type: application/json",
            f"Idempotency-Key: {name}",
            f"Content-Length: {len(body)}",
        )
        yield "\r\n".join(lines).encode() + _END + body


async def _load(url: str, requests: list[bytes], connections: int) -> dict[str, float]:
    loop, number = asyncio.get_running_loop(), len(requests)
    latencies: list[float] = []
    waiting = iter(requests)
    place = urlsplit(url)
    host, port = place.hostname or "", place.port or 80
    opened = [
        await loop.create_connection(lambda: Connection(waiting, latencies), host, port)
        for _ in range(connections)
    ]
    start = perf_counter()
    for _, connection in opened:
        connection.send()
    await asyncio.gather(*(connection.done for _, connection in opened))
    took_s = perf_counter() - start
    if len(latencies) != number:
        raise SystemExit(f"{number - len(latencies)} of {number} requests were not answered")
    latencies.sort()
    return {"per_s": number / took_s, "p50_s": latencies[number // 2], "max_s": latencies[-1]}


if __name__ == "__main__":
    url, token, consultation, provision, number, connections, word = sys.argv[1:]
    written = list(_requests(url, token, consultation, provision, int(number), word))
    print(json.dumps(uvloop.run(_load(url, written, int(connections)))))
