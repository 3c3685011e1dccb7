"""What a workload replays: a draft, the people consulted, and what each of them does, in order.

The same shape for the consultation we made (`workloads.narrow`) and for a replayed export
(`workloads.traces`). When each action is due is left to `workloads.arrivals` and the trace; sending it, to
the driver.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256

from consultation.core.drafts import WHOLE, Draft, Outcome, Provision, Stance

__all__ = [
    "WHOLE",
    "Action",
    "ActionKind",
    "Consultation",
    "DraftText",
    "Outcome",
    "Person",
    "PersonKind",
    "Provision",
    "Response",
    "Stance",
    "Unit",
    "active",
    "digest",
]


class PersonKind(StrEnum):
    """Cán bộ, công chức; or người dân."""

    OFFICIAL = "official"
    CITIZEN = "citizen"


class ActionKind(StrEnum):
    """Gửi ý kiến, thay ý kiến đã gửi, rút ý kiến."""

    SUBMIT = "submit"
    AMEND = "amend"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class DraftText:
    """A draft document as it is published: `grounds` are the legal bases named before the first article."""

    title: str
    issuer: str
    number: str
    provisions: tuple[Provision, ...]
    grounds: tuple[str, ...] = ()

    def draft(self) -> Draft:
        """The part of it that the core digests."""
        return Draft(self.title, self.issuer, self.provisions)


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit consulted. `place` is where its citizens live, '' for a unit without inhabitants."""

    id: str
    name: str
    kind: str
    short: str
    place: str


@dataclass(frozen=True, slots=True)
class Person:
    """One of those consulted; `unit` is the id of the unit served, or of the commune lived in."""

    id: str
    name: str
    unit: str
    kind: PersonKind


@dataclass(frozen=True, slots=True)
class Action:
    """One request to the service.

    `provision` is WHOLE ('') for the draft as a whole. `key` is the idempotency key. `supersedes_key` is the
    key of the same person's opinion on the same provision that an amendment or a withdrawal ends, else None.
    A withdrawal keeps the stance it withdraws and has no text; its `reason` says why.
    """

    kind: ActionKind
    participant: str
    provision: str
    stance: Stance
    text: str
    proposal: str
    reason: str
    key: str
    supersedes_key: str | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """How the drafting unit answers a group of opinions: same provision, same stance; `keys` names them."""

    provision: str
    stance: Stance
    outcome: Outcome
    text: str
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Consultation:
    """A whole consultation, its actions in the order in which they are to be sent."""

    draft: DraftText
    units: tuple[Unit, ...]
    people: tuple[Person, ...]
    actions: tuple[Action, ...]


def active(actions: Iterable[Action]) -> dict[str, Action]:
    """The opinions that count after all the actions, by key, in the order given.

    Raises ValueError where the order or the references are not lawful: a second opinion on a provision
    without `supersedes_key`, an end of an opinion that is not active, a key used twice.
    """
    standing: dict[str, Action] = {}
    by_place: dict[tuple[str, str], str] = {}
    seen: set[str] = set()
    for action in actions:
        place = (action.participant, action.provision)
        if action.key in seen:
            raise ValueError(f"the key {action.key} is used twice; every action needs its own")
        seen.add(action.key)
        before = by_place.pop(place, None)
        if before != action.supersedes_key or (before is None) != (action.kind is ActionKind.SUBMIT):
            raise ValueError(
                f"{action.kind} {action.key} by {place[0]} on {place[1]!r} names {action.supersedes_key} as "
                f"the opinion before it; active is {before}, and only that may be superseded or withdrawn"
            )
        if before is not None:
            del standing[before]
        if action.kind is not ActionKind.WITHDRAW:
            standing[action.key] = action
            by_place[place] = action.key
    return standing


def digest(consultation: Consultation) -> str:
    """SHA-256 (hex) of everything in it, Unicode forms included: same digest, same bytes."""
    whole = json.dumps(asdict(consultation), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return sha256(whole.encode()).hexdigest()
