"""What comes in and goes out over HTTP."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from consultation.core.drafts import MAX_TEXT_CHARACTERS, Outcome, ProvisionKind, Stance

Name = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?$")]
Person = Annotated[str, Field(min_length=1, max_length=64)]
Words = Annotated[str, Field(max_length=MAX_TEXT_CHARACTERS)]


class Model(BaseModel):
    """Unknown names are refused, so that a typing mistake is not an omission."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ProvisionIn(Model):
    id: Annotated[str, Field(min_length=1, max_length=128)]
    label: str
    text: str
    kind: ProvisionKind | None = Field(None, description="Read off the id where it is left out.")
    parent: str = Field(
        "", max_length=128, description="Id of the provision that it stands in; empty at the top."
    )


Deadline = Annotated[
    str,
    Field(
        pattern=r"^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?$",
        description="The last second in which opinions are taken, RFC 3339 in UTC; empty for none.",
    ),
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


class DeadlineIn(Model):
    closes: Deadline = ""


class ExclusionIn(Model):
    opinion: Annotated[str, Field(max_length=64)]
    reason: Name


class ReconciliationIn(Model):
    excluded: list[ExclusionIn] = []


class DigestIn(Model):
    digest: Digest


class NextIn(Model):
    next: Name


class ReasonIn(Model):
    reason: Name


class OpinionIn(Model):
    participant: Person
    provision: str = Field("", max_length=128, description="Id of the provision; empty for the whole draft.")
    stance: Stance
    text: Words = ""
    proposal: Words = ""
    reason: Words = ""
    supersedes: str = Field("", max_length=64, description="Id of the opinion that this one replaces.")


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
    provision: str
    outcome: Outcome
    text: Words


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
    closed: str


class DraftOut(StateOut):
    provisions: list[ProvisionIn]


class CountsOut(Model):
    received: int
    counted: int


class ReconciledOut(CountsOut):
    excluded: int


class PublicationOut(Model):
    certificates: int


class OperationOut(Model):
    leaf: str
    sequence: int
    state: str
    reason: str
    position: int
    final_s: float | None
    provable_s: float | None


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
