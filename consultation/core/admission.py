"""Admission: the pure rules that say which entry may follow, given what the ledger holds already.

The state of a consultation goes draft, approved, open, closed, reconciled, summarised, responded, published,
in appraisal, and ends with a second round, promulgated or abandoned. A service applies the rules before it
hands an entry over; a validator applies them for itself.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from consultation.core import merkle, records
from consultation.core.events import (
    Abandoned,
    Appraised,
    Approved,
    Certified,
    Closed,
    Drafted,
    Erased,
    Event,
    Excluded,
    Extended,
    Opened,
    OpinionGiven,
    Promulgated,
    Reconciled,
    Redacted,
    Responded,
    Revised,
    Revoked,
    Rotated,
    SecondRound,
    Summarised,
    Withdrawn,
)
from consultation.core.records import Record


class Stage(StrEnum):
    """Where a consultation stands."""

    DRAFT = "draft"
    APPROVED = "approved"
    OPEN = "open"
    CLOSED = "closed"
    RECONCILED = "reconciled"
    SUMMARISED = "summarised"
    RESPONDED = "responded"
    PUBLISHED = "published"
    APPRAISAL = "appraisal"
    SECOND_ROUND = "second-round"
    PROMULGATED = "promulgated"
    ABANDONED = "abandoned"


_S = Stage
_UNDER_WAY = frozenset(Stage) - {_S.SECOND_ROUND, _S.PROMULGATED, _S.ABANDONED}
_SINCE_OPENING = frozenset(Stage) - {_S.DRAFT, _S.APPROVED}
_SINCE_PUBLICATION = frozenset({_S.PUBLISHED, _S.APPRAISAL, _S.SECOND_ROUND, _S.PROMULGATED})

ALLOWED: Mapping[type[Event], frozenset[Stage]] = {
    Revised: frozenset({_S.DRAFT, _S.APPROVED, _S.OPEN}),
    Approved: frozenset({_S.DRAFT}),
    Opened: frozenset({_S.APPROVED}),
    Extended: frozenset({_S.OPEN}),
    OpinionGiven: frozenset({_S.OPEN}),
    Withdrawn: frozenset({_S.OPEN}),
    Erased: _SINCE_OPENING,
    Closed: frozenset({_S.OPEN}),
    Excluded: frozenset({_S.CLOSED}),
    Reconciled: frozenset({_S.CLOSED}),
    Summarised: frozenset({_S.RECONCILED}),
    # Again after the publication, where a response has changed: then certificates are issued anew.
    Responded: frozenset({_S.SUMMARISED, _S.PUBLISHED}),
    Certified: frozenset({_S.RESPONDED}),
    Revoked: _SINCE_PUBLICATION,
    Redacted: frozenset(Stage) - {_S.DRAFT, _S.APPROVED, _S.OPEN, _S.CLOSED, _S.RECONCILED},
    Appraised: frozenset({_S.PUBLISHED}),
    SecondRound: frozenset({_S.APPRAISAL}),
    Promulgated: frozenset({_S.APPRAISAL}),
    Abandoned: _UNDER_WAY,
    Rotated: frozenset(Stage),
}
"""In which stages an event may come; a draft begins a consultation and so has none."""

_BY_SERVICE = (OpinionGiven, Withdrawn, Erased)
"""Signed by one of the service's keys; everything else by the unit's."""


@dataclass(slots=True)
class Process:
    """What the ledger says of one consultation so far."""

    stage: Stage
    unit: str
    """The unit's public key, hex."""
    draft: str
    version: int = 1
    closes: str = ""
    """The last second in which opinions are taken, RFC 3339 in UTC; empty where no deadline binds."""
    service: tuple[str, ...] = ()
    active: dict[str, str] = field(default_factory=dict)
    """Pseudonym to the leaf hash (hex) of the opinion that stands."""
    ended: dict[str, str] = field(default_factory=dict)
    """Leaf hash to pseudonym of opinions that were superseded, withdrawn or excluded and not erased yet."""
    received: int = 0
    superseded: int = 0
    withdrawn: int = 0
    excluded: int = 0
    erased: int = 0
    """Opinions that stood when they were erased, before the reconciliation; later ones stay counted."""
    summary: str = ""
    table: str = ""
    editions: int = 0
    """Of certificates, issued so far."""
    checkpoint: str = ""
    """Digest of the certificates' checkpoint, hex."""
    status: str = ""
    """Digest of the newest status list, hex."""
    next: str = ""

    @property
    def counted(self) -> int:
        return self.received - self.superseded - self.withdrawn - self.excluded - self.erased


@dataclass(slots=True)
class State:
    """All consultations of a ledger, by id."""

    processes: dict[str, Process] = field(default_factory=dict)


def judge(state: State, record: Record) -> str | None:
    """Why `record` may not follow, or None. Pure: changes nothing."""
    process = state.processes.get(record.consultation)
    event = record.event
    if isinstance(event, Drafted):
        if process is not None:
            return f"the consultation {record.consultation!r} exists already"
        return _judge_after(state, record, event)
    if process is None:
        return f"there is no consultation {record.consultation!r}: its draft comes first"
    allowed = ALLOWED[type(event)]
    if process.stage not in allowed:
        stages = " or ".join(stage.value for stage in Stage if stage in allowed)
        return (
            f"'{record.kind.value}' is allowed while the consultation is {stages}, "
            f"and it is {process.stage.value}"
        )
    if isinstance(event, _BY_SERVICE):
        if record.key not in process.service:
            return "the key is none of the service keys that the opening names"
        return _judge_opinion(process, record)
    if record.key != process.unit:
        return "the key is not the unit's, which signed the draft"
    return _judge_act(process, record)


def _judge_after(state: State, record: Record, event: Drafted) -> str | None:
    """A second round follows the consultation that announced it, by the same unit."""
    if not event.after:
        return None
    before = state.processes.get(event.after)
    if before is None or before.next != record.consultation:
        return f"{event.after!r} does not announce {record.consultation!r} as its second round"
    if before.unit != record.key:
        return f"the key is not the one of the unit of {event.after!r}"
    return None


def _judge_opinion(process: Process, record: Record) -> str | None:
    event = record.event
    if isinstance(event, Erased):
        stands = process.active.get(event.pseudonym) == event.erases
        if not stands and process.ended.get(event.erases) != event.pseudonym:
            return "there is no opinion with this leaf hash and pseudonym to erase, or it is erased already"
        return None
    if process.closes and record.window[:13] > process.closes[:13]:
        return f"the deadline was {process.closes}, the entry's window is {record.window}"
    match event:
        case OpinionGiven(pseudonym, supersedes):
            active = process.active.get(pseudonym)
            if active is not None and not supersedes:
                return (
                    "an opinion on this provision stands already: say which one is superseded, or withdraw it"
                )
            if (active or "") != supersedes:
                return "the opinion to supersede is not the one that stands"
        case Withdrawn(pseudonym, withdraws):
            if process.active.get(pseudonym) != withdraws:
                return "there is no standing opinion with this leaf hash to withdraw"
    return None


def _judge_act(process: Process, record: Record) -> str | None:
    """Whether an act of the unit, at its stage and by its key, says what is so."""
    match record.event:
        case Revised(_, version, closes):
            if version != process.version + 1:
                return f"the draft stands at version {process.version}, the next is not {version}"
            if process.stage is Stage.OPEN and closes < process.closes:
                return f"the new version's deadline {closes!r} is before the old one, {process.closes}"
            if process.stage is not Stage.OPEN and closes:
                return "a deadline is set when the consultation opens: leave 'closes' empty until then"
        case Approved(draft) if draft != process.draft:
            return "the draft that is approved is not the one that stands"
        case Responded(table, edition):
            if not table:
                return "the table with its responses has a digest"
            if edition != process.editions + 1:
                return f"edition {process.editions} of the certificates is issued, the next is not {edition}"
        case Redacted(_, table) if bool(table) is not bool(process.table):
            return "a redaction has the digest of the table with responses exactly where there is one"
        case Extended(closes) if closes <= process.closes:
            return f"an extension is past the deadline {process.closes}, found {closes}"
        case Closed(received, counted):
            if process.closes and record.window[:13] < process.closes[:13]:
                return f"opinions are taken until {process.closes}; the entry's window is {record.window}"
            return _judge_numbers("close", process, received, counted)
        case Excluded(pseudonym, excludes) if process.active.get(pseudonym) != excludes:
            return "there is no standing opinion with this leaf hash to exclude"
        case Reconciled(received, counted, excluded):
            if excluded != process.excluded:
                return f"the reconciliation says {excluded} excluded, the ledger holds {process.excluded}"
            return _judge_numbers("reconciliation", process, received, counted)
    return None


def _judge_numbers(what: str, process: Process, received: int, counted: int) -> str | None:
    if (received, counted) == (process.received, process.counted):
        return None
    return (
        f"the {what} says {received} received and {counted} counted, "
        f"the ledger holds {process.received} and {process.counted}"
    )


def apply(state: State, record: Record, leaf: bytes) -> None:
    """Add an admitted record, whose entry has the leaf hash `leaf`, to the state."""
    if isinstance(record.event, Drafted):
        state.processes[record.consultation] = Process(Stage.DRAFT, record.key, record.event.draft)
        return
    process = state.processes[record.consultation]
    if isinstance(record.event, OpinionGiven | Withdrawn | Erased | Excluded):
        _apply_opinion(process, record.event, leaf.hex())
    else:
        _apply_act(process, record.event)


def _apply_opinion(process: Process, event: OpinionGiven | Withdrawn | Erased | Excluded, leaf: str) -> None:
    match event:
        case OpinionGiven(pseudonym, supersedes):
            process.received += 1
            if supersedes:
                process.superseded += 1
                process.ended[supersedes] = pseudonym
            process.active[pseudonym] = leaf
        case Withdrawn(pseudonym, withdraws):
            process.withdrawn += 1
            process.ended[withdraws] = pseudonym
            del process.active[pseudonym]
        case Excluded(pseudonym, excludes):
            process.excluded += 1
            process.ended[excludes] = pseudonym
            del process.active[pseudonym]
        case Erased(pseudonym, erases):
            if process.ended.pop(erases, None) is None:
                del process.active[pseudonym]
                process.erased += process.stage in (Stage.OPEN, Stage.CLOSED)


def _apply_act(process: Process, event: Event) -> None:
    match event:
        case Revised(draft, version, closes):
            process.draft, process.version = draft, version
            process.closes = closes
            if process.stage is Stage.APPROVED:
                process.stage = Stage.DRAFT  # what was approved is not this version
        case Approved():
            process.stage = Stage.APPROVED
        case Opened(service, closes):
            process.stage, process.service, process.closes = Stage.OPEN, service, closes
        case Extended(closes):
            process.closes = closes
        case Closed():
            process.stage = Stage.CLOSED
        case Reconciled():
            process.stage = Stage.RECONCILED
        case Summarised(summary):
            process.stage, process.summary = Stage.SUMMARISED, summary
        case Responded(table):
            process.stage, process.table = Stage.RESPONDED, table
        case Certified(checkpoint):
            process.stage, process.checkpoint = Stage.PUBLISHED, checkpoint
            process.editions += 1
        case Revoked(status):
            process.status = status
        case Redacted(summary, table):
            process.summary, process.table = summary, table
        case Appraised():
            process.stage = Stage.APPRAISAL
        case SecondRound(following):
            process.stage, process.next = Stage.SECOND_ROUND, following
        case Promulgated():
            process.stage = Stage.PROMULGATED
        case Abandoned():
            process.stage = Stage.ABANDONED
        case Rotated(unit, service):
            process.unit, process.service = unit, service


class Admission(Protocol):
    """A rule and the state that it has built from what it admitted; deterministic, in ledger order."""

    def check(self, entry: bytes) -> str | None:
        """Why the entry would be refused now, or None; changes nothing."""
        ...

    def admit(self, entry: bytes) -> str | None:
        """Like `check`, and where it returns None the entry counts as appended from now on."""
        ...


class AdmitAll:
    """Every entry is welcome."""

    def check(self, entry: bytes) -> str | None:
        return None

    def admit(self, entry: bytes) -> str | None:
        return None


class AdmitByRules:
    """The consultation's rules over signed records."""

    _REMEMBERED = 20_000

    def __init__(self) -> None:
        self.state = State()
        self._verified: OrderedDict[bytes, Record] = OrderedDict()

    def check(self, entry: bytes) -> str | None:
        try:
            record = self._verify(entry, merkle.leaf_hash(entry))
        except ValueError as error:
            return str(error)
        return judge(self.state, record)

    def admit(self, entry: bytes) -> str | None:
        leaf = merkle.leaf_hash(entry)
        try:
            record = self._verify(entry, leaf)
        except ValueError as error:
            return str(error)
        refused = judge(self.state, record)
        if refused is None:
            self._verified.pop(leaf, None)
            apply(self.state, record, leaf)
        return refused

    def _verify(self, entry: bytes, leaf: bytes) -> Record:
        """Verify once: a mempool's check and the block's decision see the same bytes."""
        record = self._verified.get(leaf)
        if record is None:
            record = records.verify(entry)
            self._verified[leaf] = record
            if len(self._verified) > self._REMEMBERED:
                self._verified.popitem(last=False)
        return record


def rule(name: str) -> Admission:
    """A fresh admission by name: `all`, or `rules`. Raises ValueError."""
    if name == "all":
        return AdmitAll()
    if name == "rules":
        return AdmitByRules()
    raise ValueError(f"the admission is 'all' or 'rules', found {name!r}")
