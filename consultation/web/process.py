"""The unit's acts over HTTP, from the draft to its promulgation; each is an event on the ledger."""

from collections.abc import Sequence

from fastapi import APIRouter, Response
from fastapi.params import Depends

from consultation.core import canonical
from consultation.core.admission import Stage
from consultation.core.drafts import Draft, Provision
from consultation.core.provisions import TreeError, check_tree
from consultation.core.summary import Summary
from consultation.service.invitations import Invitation
from consultation.service.issuing import LEGAL_BASIS
from consultation.service.live import Live
from consultation.service.problems import Problem
from consultation.service.service import Service
from consultation.service.table import Response as Answered
from consultation.web import models, terms

NO_DEADLINE = models.OpeningIn()
NOTHING_MODERATED = models.SummaryIn()
NOTHING_EXCLUDED = models.ReconciliationIn()


def routes(service: Service, officer: Depends) -> APIRouter:
    """Routes that an officer of the unit alone may call."""
    router = APIRouter(prefix="/consultations", dependencies=[officer])
    desk, office = service.desk, service.office

    def state_of(name: str) -> models.StateOut:
        return state(desk.consultation(name))

    @router.post("", status_code=201)
    def draft(body: models.DraftIn) -> models.StateOut:
        """Lay a draft down as version 1."""
        form = _draft(body.title, body.issuer, body.provisions)
        office.draft(body.id, form, body.after, body.basis or LEGAL_BASIS)
        return state_of(body.id)

    @router.post("/{name}/versions", status_code=201)
    def revise(name: str, body: models.VersionIn) -> models.OpenedOut:
        """Another version in place of the draft; while open, with a deadline of its own, the law's."""
        live, closes = desk.consultation(name), body.closes
        rests_on: list[str] = []
        if live.stage is Stage.OPEN:
            bound = office.bound_by(name)
            closes, rests_on = terms.again(*bound, live.closes, body.closes, service.now())
        office.revise(name, _draft(body.title, body.issuer, body.provisions), closes)
        return models.OpenedOut(**state_of(name).model_dump(), rests_on=rests_on)

    @router.post("/{name}/approve")
    def approve(name: str) -> models.StateOut:
        """The draft as it stands may be posted."""
        office.approve(name)
        return state_of(name)

    @router.post("/{name}/invitations", status_code=201)
    def invite(name: str, body: list[models.InvitationIn]) -> list[models.InvitationOut]:
        """Ask agencies, organisations and groups, each with a due date, given or from the law."""
        now = service.now()
        terms_of = [terms.reply(one, now) for one in body]
        asked = [
            Invitation(one.audience, one.channel, canonical.nfc(one.name), one.unit, due)
            for one, (due, _) in zip(body, terms_of, strict=True)
        ]
        office.invite(name, asked)
        return [
            models.InvitationOut.model_validate(
                {**one.row(), "due_local": terms.local(one.due), "rests_on": rests_on}
            )
            for one, (_, rests_on) in zip(asked, terms_of, strict=True)
        ]

    @router.get("/{name}/invitations")
    def invitations(name: str) -> list[models.InvitationOut]:
        """Everybody who was asked, and by when they answer."""
        return [
            models.InvitationOut.model_validate({**one.row(), "due_local": terms.local(one.due)})
            for one in office.invitations(name)
        ]

    @router.post("/{name}/open")
    def open_(name: str, body: models.OpeningIn = NO_DEADLINE) -> models.OpenedOut:
        """Take opinions from now on: until a deadline, or for as long as the law asks of the instrument."""
        invited = [one.unit for one in office.invitations(name)]
        closes, rests_on = terms.posting(body, invited, service.now())
        office.open(name, closes, body.instrument, body.procedure.value)
        return models.OpenedOut(**state_of(name).model_dump(), rests_on=rests_on)

    @router.post("/{name}/extend")
    def extend(name: str, body: models.DeadlineIn) -> models.StateOut:
        """Take opinions longer."""
        office.extend(name, body.closes)
        return state_of(name)

    @router.post("/{name}/close")
    def close(name: str) -> models.CountsOut:
        """Take no more; waits until every accepted opinion is on the ledger."""
        received, counted = office.close(name)
        return models.CountsOut(received=received, counted=counted)

    @router.post("/{name}/reconcile")
    def reconcile(name: str, body: models.ReconciliationIn = NOTHING_EXCLUDED) -> models.ReconciledOut:
        """Count every opinion that stands, or exclude it by the rules; and those that an official names."""
        given = {item.opinion: item.reason for item in body.excluded}
        received, counted, excluded = office.reconcile(name, given)
        return models.ReconciledOut(received=received, counted=counted, excluded=excluded)

    @router.post("/{name}/summary")
    def summarise(name: str, body: models.SummaryIn = NOTHING_MODERATED) -> Response:
        """Fix the summary table's opinions, and return it; the words of those named are not shown."""
        return _json(office.summarise(name, {item.opinion: item.reason for item in body.moderated}))

    @router.get("/{name}/rows")
    def rows(name: str) -> list[models.RowOut]:
        """The rows of a table that is fixed, with the keys under which each can be answered."""
        return [
            models.RowOut(
                key=one.key,
                provision=one.row.provision,
                stance=one.row.stance,
                size=one.row.size,
                text=one.row.text,
                proposal=one.row.proposal,
                reason=one.row.reason,
            )
            for one in office.rows(name)
        ]

    @router.post("/{name}/responses")
    def respond(name: str, body: models.ResponsesIn) -> Response:
        """Fix the table with the unit's responses, and return it; once published, with changed ones."""
        given = [
            Answered(item.outcome, canonical.nfc(item.text), item.provision, item.stance, item.key)
            for item in body.responses
        ]
        return _json(office.respond(name, given))

    @router.post("/{name}/publish")
    def publish(name: str) -> models.PublicationOut:
        """Publish the table and issue everybody's certificate."""
        return models.PublicationOut(certificates=office.publish(name))

    @router.post("/{name}/appraisal")
    def appraise(name: str, body: models.DigestIn) -> models.StateOut:
        """Send the dossier for appraisal."""
        office.appraise(name, body.digest)
        return state_of(name)

    @router.post("/{name}/second-round")
    def ask_again(name: str, body: models.NextIn) -> models.StateOut:
        """Announce a second round, a consultation of its own."""
        office.ask_again(name, body.next)
        return state_of(name)

    @router.post("/{name}/promulgate")
    def promulgate(name: str, body: models.DigestIn) -> models.StateOut:
        """The document is issued."""
        office.promulgate(name, body.digest)
        return state_of(name)

    @router.post("/{name}/abandon")
    def abandon(name: str, body: models.ReasonIn) -> models.StateOut:
        """Give the draft up."""
        office.abandon(name, body.reason)
        return state_of(name)

    return router


def _json(table: Summary) -> Response:
    return Response(table.encode(), media_type="application/json")


def state(live: Live) -> models.StateOut:
    """Where a consultation stands, for people."""
    return models.StateOut(
        id=live.id,
        title=live.draft.title,
        issuer=live.draft.issuer,
        stage=live.stage.value,
        version=live.version,
        draft_digest=live.digest,
        opened=live.opened,
        closes=live.closes,
        closes_local=terms.local(live.closes),
        closed=live.closed,
    )


def _draft(title: str, issuer: str, provisions: Sequence[models.ProvisionIn]) -> Draft:
    parts = (Provision(part.id, part.label, part.text, part.kind, part.parent) for part in provisions)
    form = Draft(title, issuer, tuple(parts)).normalised()
    try:
        check_tree(form)
    except TreeError as error:
        raise Problem(422, "malformed", "Malformed", str(error)) from None
    return form
