"""Waiting for the library's coroutines, whatever loop the caller may have running."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Result = TypeVar("Result")


def finish(coroutine: Coroutine[None, None, Result]) -> Result:
    """The coroutine's result, from a loop of its own in a thread of its own: a notebook has one running."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
