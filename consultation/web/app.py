"""The HTTP interface of one service: routes, and how errors look. OpenAPI: /openapi.json, read at /docs."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated

from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from consultation import archive
from consultation.core import bundle as bundles
from consultation.core import canonical
from consultation.core.bundle import Bundle, MakeVerifier, Pins
from consultation.core.errors import LedgerError, VerificationError
from consultation.service.desk import Withdrawal
from consultation.service.problems import Problem, not_found, unavailable
from consultation.service.seal import SealBroken
from consultation.service.service import Service
from consultation.web import drafting, models, papers, process, submit, verifier
from consultation.web.access import Role, Tokens, guard
from consultation.web.answers import Answers
from consultation.web.limit import BodyLimit
from consultation.web.submit import GIVERS, Key

Reason = Annotated[
    str, Query(min_length=1, max_length=500, pattern=r"\S", description="Why it is opened; it is logged.")
]
EVERYBODY = tuple(Role)
MAX_BODY_BYTES = 1_000_000
MAX_OFFICERS_BODY_BYTES = 12_000_000
"""Of a draft as a document, or a table's responses: routes that an officer alone may call."""
_LOG = logging.getLogger(__name__)
_HEADERS = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}


def make_app(
    service: Service,
    tokens: Tokens,
    pins: Pins,
    make_verifier: MakeVerifier,
    use: Callable[[], models.UseOut],
    printer: Callable[[Bundle], bytes],
) -> FastAPI:
    """The application around a started service; `use` tells what its processes have used.

    `printer` makes the signed PDF of a certificate.
    """
    app = FastAPI(title="Consultation", version="0.1.0", description="Opinions on draft legal documents.")
    app.add_middleware(BodyLimit, max_bytes=MAX_BODY_BYTES, for_officers=MAX_OFFICERS_BODY_BYTES)
    _problems(app)
    allow = guard(tokens)
    anybody = Depends(allow(*EVERYBODY))
    officer = Depends(allow(Role.OFFICER))
    citizen = Depends(allow(*GIVERS))
    operator = Depends(allow(Role.OPERATOR, Role.AUDITOR))
    auditor = Depends(allow(Role.AUDITOR))
    desk, office = service.desk, service.office
    answers = Answers()
    # Before all others: routes are tried in turn, and each costs a request as much as the next.
    app.router.routes.append(submit.route(desk, tokens, citizen, answers))
    app.include_router(process.routes(service, officer))
    app.include_router(drafting.routes(service, anybody, officer))
    app.include_router(papers.routes(service, anybody))

    @app.get("/consultations/{name}", dependencies=[anybody])
    def state(name: str) -> models.StateOut:
        """Where the consultation stands."""
        return process.state(desk.consultation(name))

    @app.get("/consultations/{name}/draft", dependencies=[anybody])
    def read_draft(name: str) -> models.DraftOut:
        """The draft with its provisions."""
        live = desk.consultation(name)
        return models.DraftOut(**process.state(live).model_dump(), provisions=drafting.parts(live.draft))

    @app.post(
        "/consultations/{name}/opinions/{opinion}/withdrawal",
        status_code=201,
        response_model=models.ReceiptOut,
        dependencies=[citizen],
    )
    async def withdraw(name: str, opinion: str, body: models.WithdrawalIn, key: Key) -> Response:
        """Take an opinion back."""
        future = desk.withdraw(Withdrawal(name, body.participant, opinion, key))
        return submit.receipt(await answers.of(future))

    @app.get("/consultations/{name}/receipts/{leaf}", dependencies=[anybody])
    def receipt(name: str, leaf: str) -> models.PromiseOut:
        """Where a receipt's entry is by now: pending, settled at a position, or refused; not when."""
        found = service.operation(name, leaf)
        if found is None:
            raise not_found("entry of this consultation", leaf)
        told = {part: found[part] for part in models.PromiseOut.model_fields}
        return models.PromiseOut.model_validate(told)

    @app.get("/consultations/{name}/receipts/{leaf}/proof", dependencies=[anybody])
    def proof(name: str, leaf: str) -> Response:
        """The receipt's entry with the ledger's proof and head, for its holder to verify."""
        found = service.own_entry(name, leaf)
        if found is None:
            raise not_found("entry of this consultation that has settled", leaf)
        return Response(canonical.encode(found.to_json()), media_type="application/json")

    @app.get("/consultations/{name}/certificates/{participant}", dependencies=[citizen])
    def certificate(name: str, participant: str) -> Response:
        """A participant's certificate as a zip of four files."""
        data = archive.pack(office.certificate(name, participant))
        return Response(data, media_type="application/zip")

    @app.get("/consultations/{name}/certificates/{participant}/pdf", dependencies=[citizen])
    def paper(name: str, participant: str) -> Response:
        """The same as a signed PDF, with the zip attached."""
        data = printer(office.certificate(name, participant))
        return Response(data, media_type="application/pdf")

    @app.get("/consultations/{name}/status/{edition}", dependencies=[anybody])
    def status(name: str, edition: int) -> Response:
        """The signed status list of an edition of certificates, as of now."""
        return Response(office.status(name, edition), media_type="application/vc")

    @app.post("/consultations/{name}/erasures", dependencies=[officer])
    def erase(name: str, body: models.ErasureIn) -> models.ErasureOut:
        """Erase all that somebody gave here, for good; the officer has made sure that it is they who ask."""
        found = service.erasure.erase(name, body.participant)
        return models.ErasureOut(opinions=found.opinions, waiting=found.waiting)

    @app.get("/consultations/{name}/openings", dependencies=[auditor])
    def looks(name: str) -> list[models.LookOut]:
        """Who opened what, when and why."""
        return [models.LookOut(**asdict(look)) for look in service.openings.log(name)]

    @app.get("/consultations/{name}/openings/{leaf}/{field}", dependencies=[auditor])
    def opening(name: str, leaf: str, field: str, reason: Reason) -> Response:
        """Open one field of one opinion's commitment; logged with the reason before it is shown."""
        return JSONResponse(service.openings.open(name, leaf, field, Role.AUDITOR.value, reason))

    @app.get("/consultations/{name}/operations", dependencies=[operator])
    def operations(name: str) -> Response:
        """What became of each entry, with times in seconds of this machine's monotonic clock."""
        return JSONResponse(service.operations(name))

    @app.post(
        "/verify",
        dependencies=[anybody],
        openapi_extra={"requestBody": {"content": {"application/zip": {}}, "required": True}},
    )
    async def verify(request: Request) -> models.VerificationOut:
        """Check a certificate's zip against this service's pins, link by link."""
        try:
            bundle = archive.unpack(await request.body())
        except VerificationError as error:
            raise Problem(422, "malformed", "Not a certificate", error.message) from error
        links = await run_in_threadpool(lambda: list(bundles.verify(bundle, pins, make_verifier)))
        return models.VerificationOut(
            valid=all(link.ok for link in links),
            links=[models.LinkOut(name=link.name, ok=link.ok, detail=link.detail) for link in links],
        )

    @app.get("/verify", response_class=HTMLResponse)
    def verify_in_browser() -> Response:
        """The page that checks a certificate in the reader's own browser; asks for no token."""
        return HTMLResponse(verifier.page())

    @app.get("/pins", dependencies=[anybody])
    def pinned() -> Response:
        """What a verifier would pin of this service; worth pinning only when it came another way."""
        return JSONResponse(pins.to_json())

    @app.get("/ledger", dependencies=[anybody])
    def promised() -> models.TraitsOut:
        """What the ledger under this service promises."""
        traits = service.ledger.traits
        return models.TraitsOut(
            name=traits.name,
            voucher=traits.voucher,
            parties=traits.parties,
            durability=traits.durability.value,
            admission=traits.admission.value,
            detail=service.ledger.health().detail,
        )

    @app.get("/use", dependencies=[operator])
    def used() -> models.UseOut:
        """What the service and the ledger under it have used so far."""
        return use()

    @app.get("/health", dependencies=[anybody])
    def health() -> models.HealthOut:
        """Whether the ledger settles entries now; the desk takes opinions either way."""
        found = service.ledger.health()
        batcher = service.batcher
        return models.HealthOut(
            ok=found.ok, detail=found.detail, trouble=batcher.trouble, waiting=batcher.waiting
        )

    return app


def _route(request: Request) -> str:
    """The route and not its path, which may name a participant."""
    return str(getattr(request.scope.get("route"), "path", "?"))


def _problems(app: FastAPI) -> None:
    """Every refusal is `application/problem+json`: RFC 9457."""

    def respond(problem: Problem, headers: Mapping[str, str]) -> Response:
        media = "application/problem+json"
        return JSONResponse(problem.to_json(), problem.status, headers=dict(headers), media_type=media)

    @app.exception_handler(Problem)
    async def refused(_: Request, problem: Problem) -> Response:
        return respond(problem, _HEADERS.get(problem.status, {}))

    @app.exception_handler(SealBroken)
    async def altered(request: Request, error: SealBroken) -> Response:
        _LOG.error("%s %s: %s", request.method, _route(request), error)
        detail = "a kept opinion does not open: store or vault were altered, or do not belong together"
        return respond(Problem(500, "seal-broken", "Altered", detail), {})

    @app.exception_handler(LedgerError)
    async def silent(_: Request, error: LedgerError) -> Response:
        return respond(unavailable(f"the ledger: {error}"), _HEADERS[503])

    @app.exception_handler(VerificationError)
    async def dishonest(request: Request, error: VerificationError) -> Response:
        _LOG.error("%s %s: %s", request.method, _route(request), error)
        detail = f"what the ledger shows does not hold under the pins: {error}"
        return respond(Problem(502, "evidence-refused", "Evidence does not hold", detail), {})

    @app.exception_handler(RequestValidationError)
    async def malformed(_: Request, error: RequestValidationError) -> Response:
        found = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()
        )
        return respond(Problem(422, "malformed", "Malformed", found), {})

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> Response:
        problem = Problem(error.status_code, "http", "Refused", str(error.detail))
        return respond(problem, error.headers or {})

    @app.exception_handler(Exception)
    async def defect(request: Request, error: Exception) -> Response:
        _LOG.error("%s %s failed", request.method, _route(request), exc_info=error)
        detail = "a defect of the service; what was sent may be sent again with the same key"
        return respond(Problem(500, "defect", "The service failed", detail), {})
