"""A limit on the size of request bodies, whether announced or not."""

import re

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from consultation.service.problems import Problem

_OF_OFFICERS = re.compile(r"/drafts|/consultations(/[^/]+/(versions|responses|summary|reconcile))?")
"""Paths to which an officer may send a whole document or table; a citizen is refused there by the role."""


class BodyLimit:
    """Answers 413 before a larger body is read to its end."""

    def __init__(self, app: ASGIApp, max_bytes: int, for_officers: int) -> None:
        self._app, self._max_bytes, self._for_officers = app, max_bytes, for_officers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._for_officers if _OF_OFFICERS.fullmatch(scope["path"]) else self._max_bytes
        headers = dict(scope["headers"])
        announced = headers.get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > most:
            await self._refuse(scope, receive, send, most)
            return
        if announced != b"0" and b"transfer-encoding" not in headers:
            # The server reads no more than was announced.
            await self._app(scope, receive, send)
            return
        read = 0
        started = False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _too_large(most)
            return message

        async def answering(message: Message) -> None:
            nonlocal started
            # The framework takes the problem above for a body that it cannot parse, and would say 400.
            if started or read <= most:
                started = True
                await send(message)

        await self._app(scope, counted, answering)
        if not started:
            await self._refuse(scope, receive, send, most)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, most: int) -> None:
        problem = _too_large(most)
        media = "application/problem+json"
        await JSONResponse(problem.to_json(), problem.status, media_type=media)(scope, receive, send)


def _too_large(most: int) -> Problem:
    return Problem(413, "too-large", "Too large", f"a request has at most {most} bytes here")
