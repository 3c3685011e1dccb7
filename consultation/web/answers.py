"""How the writer's answers come to the event loop: all of a group by one call, not by one for each.

A commit answers up to 200 requests at once, and each call from another thread wakes the loop and waits for
the interpreter's lock.
"""

import asyncio
from collections import deque
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


class Answers:
    """For the requests of one event loop."""

    def __init__(self) -> None:
        self._done: deque[asyncio.Future[None]] = deque()
        self._called = False
        """A call into the loop is on its way that will see what is in `_done`."""

    async def of(self, future: "Future[Result]") -> Result:
        """What the future gives, or its exception; it is cancelled when the caller goes away before."""
        loop = asyncio.get_running_loop()
        waiting = loop.create_future()

        def decided(_: "Future[Result]") -> None:
            self._done.append(waiting)
            if not self._called and not loop.is_closed():
                self._called = True
                loop.call_soon_threadsafe(self._tell)

        future.add_done_callback(decided)
        try:
            await waiting
        except asyncio.CancelledError:
            future.cancel()
            raise
        return future.result()

    def _tell(self) -> None:
        # In this order: what comes after the mark is taken away makes a call of its own.
        self._called = False
        while self._done:
            waiting = self._done.popleft()
            if not waiting.done():
                waiting.set_result(None)
