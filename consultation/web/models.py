"""What comes in and goes out over HTTP."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from consultation.core import moments
from consultation.core.drafts import (
    MAX_PARTICIPANT_CHARACTERS,
    MAX_PROVISION_CHARACTERS,
    MAX_TEXT_CHARACTERS,
    Outcome,
    ProvisionKind,
    Stance,
)
from consultation.core.people import Audience, Channel
from consultation.core.reconciliation import Author, ReasonCode
from consultation.core.summary import Moderation
from consultation.law.rows import Procedure

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Person = Annotated[str, Field(min_length=1, max_length=MAX_PARTICIPANT_CHARACTERS)]
Words = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]


class Model(BaseModel):
    """Unknown names are refused, so that a typing mistake is not an omission."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProvisionIn(Model):
    id: Annotated[str, Field(min_length=1, max_length=MAX_PROVISION_CHARACTERS)]
    label: str
    text: str
    kind: ProvisionKind | None = Field(None, description="Read off the id where it is left out.")
    parent: str = Field(
        "",
        max_length=MAX_PROVISION_CHARACTERS,
        description="Id of the provision that it stands in; empty at the top.",
    )


def _moment(text: str) -> str:
    if text and (not text.endswith("Z") or len(text) != len("2026-11-23T16:59:59Z")):
        raise ValueError("a moment reads '2026-11-23T16:59:59Z': RFC 3339, in UTC, whole seconds")
    if text:
        moments.parse(text)
    return text


Deadline = Annotated[
    str,
    AfterValidator(_moment),
    Field(description="The last second in which opinions are taken, RFC 3339 in UTC; empty for none."),
]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256, hex.")]


class VersionIn(Model):
    title: Annotated[str, Field(min_length=1, max_length=1000)]
    issuer: str
    provisions: Annotated[list[ProvisionIn], Field(min_length=1)]
    closes: Deadline = ""


class DraftIn(Model):
    id: Name
    title: Annotated[str, Field(min_length=1, max_length=1000)]
    issuer: str
    provisions: Annotated[list[ProvisionIn], Field(min_length=1)]
    after: Name | Literal[""] = Field("", description="The consultation of which this is the second round.")
    basis: str = Field("", max_length=1000, description="The law that asks for it.")


class DeadlineIn(Model):
    closes: Deadline = ""


class OpeningIn(Model):
    closes: Deadline = ""
    instrument: Annotated[str, Field(max_length=64, description="Whose posting the law sets.")] = ""
    procedure: Procedure = Procedure.NORMAL


class ExclusionIn(Model):
    opinion: Annotated[str, Field(max_length=64)]
    reason: ReasonCode


class ModerationIn(Model):
    opinion: Annotated[str, Field(max_length=64)]
    reason: Moderation


class SummaryIn(Model):
    moderated: list[ModerationIn] = []


class ReconciliationIn(Model):
    excluded: list[ExclusionIn] = []


class DigestIn(Model):
    digest: Digest


class NextIn(Model):
    next: Name


class ReasonIn(Model):
    reason: Name


class OriginIn(Model):
    """Whose voice it is and how it came; a citizen may leave it out."""

    audience: Audience = Audience.PUBLIC
    organisation: Annotated[str, Field(max_length=200)] = ""
    channel: Channel = Channel.PORTAL
    author: Author = Author.PERSON
    unit: Annotated[str, Field(max_length=64)] = ""
    written: bool = True
    reported_by: Annotated[str, Field(max_length=64)] = ""
    sheet: Annotated[str, Field(max_length=64)] = ""


class OpinionIn(Model):
    participant: Person
    provision: str = Field(
        "",
        max_length=MAX_PROVISION_CHARACTERS,
        description="Id of the provision; empty for the whole draft.",
    )
    stance: Stance
    text: Words = ""
    proposal: Words = ""
    reason: Words = ""
    supersedes: str = Field("", max_length=64, description="Id of the opinion that this one replaces.")
    origin: OriginIn = OriginIn()


class WithdrawalIn(Model):
    participant: Person


class ErasureIn(Model):
    participant: Person


class ErasureOut(Model):
    opinions: int = Field(description="Entries that get a tombstone by it; 0 where nothing is kept.")
    waiting: int = Field(description="Tombstones that the ledger has not settled yet.")


class LookOut(Model):
    number: int
    at: str
    who: str
    consultation: str
    leaf: str
    field: str
    why: str


class ResponseIn(Model):
    """To one row by its key, or to all on a provision, or of a stance, or to all others."""

    outcome: Outcome
    text: Words = ""
    provision: str | None = None
    stance: Stance | None = None
    key: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""


class ResponsesIn(Model):
    responses: list[ResponseIn] = []


class ReceiptOut(Model):
    consultation: str
    opinion: str
    leaf: str = Field(description="RFC 6962 leaf hash of the promised entry, hex.")
    accepted: str = Field(description="RFC 3339, UTC.")
    within_s: int = Field(description="The entry is provable within this many seconds.")
    key: str
    signature: str


class StateOut(Model):
    id: str
    title: str
    issuer: str
    stage: str
    version: int
    draft_digest: str
    opened: str
    closes: str
    closes_local: str = Field(description="The deadline as people in Vietnam read it.")
    closed: str


class OpenedOut(StateOut):
    rests_on: list[str] = Field(description="What the deadline rests on that nobody has verified yet.")


class RowOut(Model):
    key: str
    provision: str
    stance: Stance
    size: int
    text: str
    proposal: str
    reason: str


class DraftTextOut(Model):
    title: str
    issuer: str
    provisions: list[ProvisionIn]


class DocumentOut(DraftTextOut):
    number: str
    grounds: list[str]


class EditOut(Model):
    kind: str
    text: str


class ChangeOut(Model):
    kind: str
    old: str = Field(description="Id of the provision before; empty where it was added.")
    new: str = Field(description="Id of the provision now; empty where it was removed.")
    edits: list[EditOut]


class InvitationIn(Model):
    """Somebody is asked for an opinion by a date; `due` may be left to the law's agency reply."""

    audience: Audience
    channel: Channel
    name: Annotated[str, Field(min_length=1, max_length=200)]
    unit: Annotated[str, Field(max_length=64)] = ""
    due: Deadline = ""
    instrument: Annotated[str, Field(max_length=64)] = ""
    procedure: Procedure = Procedure.NORMAL


class InvitationOut(Model):
    audience: Audience
    channel: Channel
    name: str
    unit: str
    due: str
    due_local: str
    rests_on: list[str] = []


class DraftOut(StateOut):
    provisions: list[ProvisionIn]


class CountsOut(Model):
    received: int
    counted: int


class ReconciledOut(CountsOut):
    excluded: int


class PublicationOut(Model):
    certificates: int


class PromiseOut(Model):
    leaf: str
    state: str
    reason: str
    position: int


class LinkOut(Model):
    name: str
    ok: bool | None
    detail: str


class VerificationOut(Model):
    valid: bool
    links: list[LinkOut]


class UseOut(Model):
    service_cpu_s: float
    ledger_cpu_s: float
    ledger_rss_bytes: int
    ledger_processes: int
    entries: int
    handed_over_bytes: int
    stored_bytes: int
    gas: int


class TraitsOut(Model):
    name: str
    voucher: str = Field(description="Who vouches for the ledger's heads.")
    parties: int
    durability: str
    admission: str
    detail: str


class HealthOut(Model):
    ok: bool
    detail: str
    trouble: str
    waiting: Annotated[int, Field(ge=0, description="Entries that are neither provable nor refused yet.")]
