"""Admission: the pure rules that say which entry may follow, given what the ledger holds already.

The state of a consultation goes draft, open, closed, summarised, published. A service applies the rules
before it hands an entry over; a validator applies them for itself.
"""

from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from consultation.core import merkle, records
from consultation.core.records import (
    Certified,
    Closed,
    Drafted,
    Opened,
    OpinionGiven,
    Record,
    Summarised,
    Withdrawn,
)


class Stage(StrEnum):
    """Where a consultation stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    SUMMARISED = "summarised"
    PUBLISHED = "published"


@dataclass(slots=True)
class Process:
    """What the ledger says of one consultation so far."""

    stage: Stage
    unit: str
    """The unit's public key, hex."""
    draft: str
    service: tuple[str, ...] = ()
    active: dict[str, str] = field(default_factory=dict)
    """Pseudonym to the leaf hash (hex) of the opinion that stands."""
    received: int = 0
    superseded: int = 0
    withdrawn: int = 0
    summary: str = ""
    checkpoint: str = ""
    """Digest of the certificates' checkpoint, hex."""

    @property
    def counted(self) -> int:
        return len(self.active)


@dataclass(slots=True)
class State:
    """All consultations of a ledger, by id."""

    processes: dict[str, Process] = field(default_factory=dict)


def judge(state: State, record: Record) -> str | None:
    """Why `record` may not follow, or None. Pure: changes nothing."""
    process = state.processes.get(record.consultation)
    event = record.event
    if isinstance(event, Drafted):
        return None if process is None else f"the consultation {record.consultation!r} exists already"
    if process is None:
        return f"there is no consultation {record.consultation!r}: its draft comes first"
    needed = _STAGES[type(event)]
    if process.stage is not needed:
        return (
            f"'{record.kind.value}' is allowed while the consultation is {needed.value}, "
            f"and it is {process.stage.value}"
        )
    if isinstance(event, OpinionGiven | Withdrawn):
        if record.key not in process.service:
            return "the key is none of the service keys that the opening names"
        return _judge_opinion(process, event)
    if record.key != process.unit:
        return "the key is not the unit's, which signed the draft"
    if isinstance(event, Closed) and (event.received, event.counted) != (process.received, process.counted):
        return (
            f"the close says {event.received} received and {event.counted} counted, "
            f"the ledger holds {process.received} and {process.counted}"
        )
    return None


def _judge_opinion(process: Process, event: OpinionGiven | Withdrawn) -> str | None:
    active = process.active.get(event.pseudonym)
    if isinstance(event, Withdrawn):
        if active is None or active != event.withdraws:
            return "there is no standing opinion with this leaf hash to withdraw"
    elif active is not None and not event.supersedes:
        return "an opinion on this provision stands already: say which one is superseded, or withdraw it"
    elif (active or "") != event.supersedes:
        return "the opinion to supersede is not the one that stands"
    return None


_STAGES = {
    Opened: Stage.DRAFT,
    OpinionGiven: Stage.OPEN,
    Withdrawn: Stage.OPEN,
    Closed: Stage.OPEN,
    Summarised: Stage.CLOSED,
    Certified: Stage.SUMMARISED,
}


def apply(state: State, record: Record, leaf: bytes) -> None:
    """Add an admitted record, whose entry has the leaf hash `leaf`, to the state."""
    match record.event:
        case Drafted(draft):
            state.processes[record.consultation] = Process(Stage.DRAFT, record.key, draft)
            return
        case _:
            process = state.processes[record.consultation]
    match record.event:
        case Opened(service):
            process.stage, process.service = Stage.OPEN, service
        case OpinionGiven(pseudonym, supersedes):
            process.received += 1
            process.superseded += bool(supersedes)
            process.active[pseudonym] = leaf.hex()
        case Withdrawn(pseudonym):
            process.withdrawn += 1
            del process.active[pseudonym]
        case Closed():
            process.stage = Stage.CLOSED
        case Summarised(summary):
            process.stage, process.summary = Stage.SUMMARISED, summary
        case Certified(checkpoint):
            process.stage, process.checkpoint = Stage.PUBLISHED, checkpoint


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
