"""The route that takes opinions. Nearly all requests are of it, so that the usual one takes a short way.

The framework reads headers and body with a machine for everything, and takes longer for that than for all
else it does. A request that is as it should be is read here directly; every other goes the framework's way,
so that each refusal is found in one place and said in the same words.
"""

from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated

from fastapi import Header, Request, Response
from fastapi.params import Depends
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.requests import ClientDisconnect

from consultation.core import canonical
from consultation.core.drafts import Opinion
from consultation.service.desk import Answer, Desk, Submission
from consultation.service.origin import ANYBODY, Origin
from consultation.web import models
from consultation.web.access import Role, Tokens, role_of
from consultation.web.answers import Answers

MAX_KEY_CHARACTERS = 128
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=1, max_length=MAX_KEY_CHARACTERS)]
GIVERS = (Role.CITIZEN, Role.OFFICER)
Short = Callable[[Request], Awaitable[Response | None]]
_NOTHING_SAID = models.OriginIn()


class ShortRoute(APIRoute):
    """A route as its endpoint declares it; `short` is asked first, and may leave it to the framework."""

    def __init__(self, path: str, endpoint: Callable[..., Coroutine[object, object, Response]], short: Short):
        self._short = short
        super().__init__(path, endpoint, methods=["POST"], status_code=201, response_model=models.ReceiptOut)

    def get_route_handler(self) -> Callable[[Request], Coroutine[object, object, Response]]:
        usual = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await self._short(request) or await usual(request)

        return handle


def route(desk: Desk, tokens: Tokens, citizen: Depends, answers: Answers) -> ShortRoute:
    """POST an opinion."""

    async def submit(name: str, body: models.OpinionIn, key: Key, role: Annotated[Role, citizen]) -> Response:
        """Give an opinion, or another in place of one; the receipt promises its place on the ledger."""
        origin = _origin(body.origin)
        origin.check(official=role is Role.OFFICER)
        opinion = Opinion(
            body.participant, body.provision, body.stance, body.text, body.proposal, body.reason
        )
        future = desk.submit(Submission(name, opinion, body.supersedes, key, origin))
        return receipt(await answers.of(future))

    async def short(request: Request) -> Response | None:
        headers = request.headers
        role = role_of(tokens, headers.get("authorization", ""))
        key = headers.get("idempotency-key", "")
        if role not in GIVERS or not 0 < len(key) <= MAX_KEY_CHARACTERS:
            return None
        if headers.get("content-type") != "application/json":
            return None
        try:
            body = models.OpinionIn.model_validate_json(await request.body())
        except (ValidationError, ClientDisconnect):
            return None
        return await submit(request.path_params["name"], body, key, role)

    return ShortRoute("/consultations/{name}/opinions", submit, short)


def receipt(answer: Answer) -> Response:
    """As signed, without a detour by the model that documents it."""
    return Response(answer.written, 200 if answer.again else 201, media_type="application/json")


def _origin(given: models.OriginIn) -> Origin:
    if given == _NOTHING_SAID:
        return ANYBODY
    return Origin(
        given.audience,
        canonical.nfc(given.organisation),
        given.channel,
        given.author,
        given.unit,
        given.written,
        given.reported_by,
        given.sheet,
    )
