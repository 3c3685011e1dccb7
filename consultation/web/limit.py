"""A limit on the size of request bodies, whether announced or not."""

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from consultation.service.problems import Problem


class BodyLimit:
    """Answers 413 before a larger body is read to its end."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app, self._max_bytes = app, max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = dict(scope["headers"]).get(b"content-length", b"0")
        if not announced.isdigit() or int(announced) > self._max_bytes:
            await self._refuse(scope, receive, send)
            return
        read = 0
        started = False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._max_bytes:
                raise self._problem()
            return message

        async def answering(message: Message) -> None:
            nonlocal started
            # The framework takes the problem above for a body that it cannot parse, and would say 400.
            if started or read <= self._max_bytes:
                started = True
                await send(message)

        await self._app(scope, counted, answering)
        if not started:
            await self._refuse(scope, receive, send)

    def _problem(self) -> Problem:
        return Problem(413, "too-large", "Too large", f"a request has at most {self._max_bytes} bytes")

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._problem()
        media = "application/problem+json"
        await JSONResponse(problem.to_json(), problem.status, media_type=media)(scope, receive, send)
