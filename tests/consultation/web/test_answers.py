"""Answers come to the event loop together, each to whoever asked, and a caller who goes away is noticed."""

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from consultation.web.answers import Answers


def test_each_caller_gets_its_own_result_or_exception_from_another_thread() -> None:
    futures: list[Future[int]] = [Future() for _ in range(200)]

    def decide() -> None:
        for number, future in enumerate(futures):
            if number % 10:
                future.set_result(number)
            else:
                future.set_exception(ValueError(str(number)))

    async def ask() -> list[int | BaseException]:
        answers = Answers()
        asked = [asyncio.ensure_future(answers.of(future)) for future in futures]
        await asyncio.sleep(0)
        with ThreadPoolExecutor(1) as thread:
            await asyncio.get_running_loop().run_in_executor(thread, decide)
        return await asyncio.gather(*asked, return_exceptions=True)

    found = asyncio.run(ask())
    assert [str(item) for item in found] == [str(number) for number in range(200)]
    assert [isinstance(item, ValueError) for item in found] == [number % 10 == 0 for number in range(200)]


def test_an_answer_that_is_there_already_is_given_too() -> None:
    future: Future[str] = Future()
    future.set_result("there")
    assert asyncio.run(Answers().of(future)) == "there"


def test_who_goes_away_before_the_decision_takes_the_request_back() -> None:
    future: Future[str] = Future()

    async def go_away() -> None:
        asked = asyncio.ensure_future(Answers().of(future))
        await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked

    asyncio.run(go_away())
    assert future.cancelled()
