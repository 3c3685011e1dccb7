"""Drafts over HTTP: read from a document as officials have it, and two versions compared."""

from functools import lru_cache

from fastapi import APIRouter, Request
from fastapi.params import Depends
from starlette.concurrency import run_in_threadpool

from consultation.core.drafts import Draft
from consultation.drafting import comparison, docx, text
from consultation.drafting.comparison import Change
from consultation.drafting.document import DraftDocument, DraftError
from consultation.service.problems import Problem
from consultation.service.service import Service
from consultation.web import models


def routes(service: Service, anybody: Depends, officer: Depends) -> APIRouter:
    """Reading a document is for officers; versions are for everybody."""
    router = APIRouter()
    office = service.office

    @router.post(
        "/drafts",
        dependencies=[officer],
        openapi_extra={
            "requestBody": {"content": {"application/octet-stream": {}, "text/plain": {}}, "required": True}
        },
    )
    async def read(request: Request, title: str = "", issuer: str = "") -> models.DocumentOut:
        """The provisions of a Word file or plain text, ready to be laid down; nothing is stored.

        Title and issuer are for a document that does not say them.
        """
        data = await request.body()
        try:
            found = await run_in_threadpool(_read, data, title, issuer)
        except DraftError as error:
            raise Problem(422, "malformed-draft", "Not a draft", str(error)) from error
        return models.DocumentOut(
            title=found.title,
            issuer=found.issuer,
            number=found.number,
            grounds=list(found.grounds),
            provisions=parts(found.draft()),
        )

    @router.get("/consultations/{name}/versions/{number}", dependencies=[anybody])
    def version(name: str, number: int) -> models.DraftTextOut:
        """A version of the draft, from 1."""
        found = office.version(name, number)
        return models.DraftTextOut(title=found.title, issuer=found.issuer, provisions=parts(found))

    @router.get("/consultations/{name}/versions/{number}/changes/{since}", dependencies=[anybody])
    def changes(name: str, number: int, since: int) -> list[models.ChangeOut]:
        """What a version changed since an earlier one, provision by provision, but for what is the same."""
        found = _compared(office.version(name, since), office.version(name, number))
        return [_change(one) for one in found if one.kind is not comparison.ChangeKind.UNCHANGED]

    return router


@lru_cache(maxsize=64)
def _compared(old: Draft, new: Draft) -> tuple[Change, ...]:
    """Versions do not change: whoever asks again is not worked for again."""
    return comparison.compare(old, new)


def parts(draft: Draft) -> list[models.ProvisionIn]:
    """A draft's provisions as they go over HTTP."""
    return [
        models.ProvisionIn(id=part.id, label=part.label, text=part.text, kind=part.kind, parent=part.parent)
        for part in draft.provisions
    ]


def _read(data: bytes, title: str, issuer: str) -> DraftDocument:
    if data[:2] == b"PK":
        return docx.read(data, title=title, issuer=issuer)
    return text.read(data, title=title, issuer=issuer)


def _change(change: Change) -> models.ChangeOut:
    return models.ChangeOut(
        kind=change.kind.value,
        old=change.old.id if change.old else "",
        new=change.new.id if change.new else "",
        edits=[models.EditOut(kind=edit.kind.value, text=edit.text) for edit in change.edits],
    )
