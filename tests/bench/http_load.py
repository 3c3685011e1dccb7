"""A cheap client in a process of its own: posts opinions as fast as they are answered, prints the rate.

Arguments: URL, token, consultation, provision, number, connections, a word that makes participants fresh.
"""

import asyncio
import json
import sys
from itertools import count
from time import perf_counter

import aiohttp

_TEXT = "Đề nghị nêu rõ thời hạn trả lời kiến nghị của tiểu thương trong khoản này, kèm nơi tiếp nhận. " * 3


async def _load(
    url: str, token: str, consultation: str, provision: str, number: int, connections: int, word: str
) -> dict[str, float]:
    path = f"{url}/consultations/{consultation}/opinions"
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    numbers = count()
    latencies: list[float] = []

    async def work(session: aiohttp.ClientSession) -> None:
        while (n := next(numbers)) < number:
            name = f"{word}-{n}"
            body = {"participant": name, "provision": provision, "stance": "disagree", "text": _TEXT}
            data = json.dumps(body).encode()
            start = perf_counter()
            async with session.post(path, data=data, headers={**headers, "Idempotency-Key": name}) as answer:
                said = await answer.read()
            latencies.append(perf_counter() - start)
            if answer.status != 201:
                raise SystemExit(f"{answer.status}: {said[:300].decode()}")

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections)) as session:
        start = perf_counter()
        await asyncio.gather(*(work(session) for _ in range(connections)))
        took_s = perf_counter() - start
    latencies.sort()
    return {"per_s": number / took_s, "p50_s": latencies[number // 2], "max_s": latencies[-1]}


if __name__ == "__main__":
    url, token, consultation, provision, number, connections, word = sys.argv[1:]
    print(
        json.dumps(
            asyncio.run(_load(url, token, consultation, provision, int(number), int(connections), word))
        )
    )
