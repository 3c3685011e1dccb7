"""What the service keeps in memory of each consultation: enough to judge a submission without a query."""

import hmac
import json
from dataclasses import dataclass, field

from consultation.core import commitment
from consultation.core.admission import Stage
from consultation.core.canonical import Json
from consultation.core.drafts import WHOLE, Draft, Provision
from consultation.service import schema
from consultation.service.store import Store

ACTIVE, SUPERSEDED, WITHDRAWN = "active", "superseded", "withdrawn"


@dataclass(frozen=True, slots=True)
class Standing:
    """The opinion that stands for a participant and provision."""

    opinion: str
    leaf: str
    pseudonym: str


@dataclass(slots=True)
class Live:
    """One consultation."""

    id: str
    draft: Draft
    stage: Stage
    opened: str = ""
    closed: str = ""
    closing: bool = False
    standing: dict[tuple[str, str], Standing] = field(default_factory=dict)
    by_opinion: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Opinion id to (participant, provision) of every opinion that stands."""

    @property
    def provisions(self) -> set[str]:
        return {part.id for part in self.draft.provisions} | {WHOLE}

    def stand(self, participant: str, provision: str, standing: Standing) -> None:
        earlier = self.standing.get((participant, provision))
        if earlier is not None:
            del self.by_opinion[earlier.opinion]
        self.standing[participant, provision] = standing
        self.by_opinion[standing.opinion] = (participant, provision)

    def fall(self, participant: str, provision: str) -> None:
        del self.by_opinion[self.standing.pop((participant, provision)).opinion]


def draft_from_json(value: Json) -> Draft:
    """Raises ValueError when the value is not a draft."""
    match value:
        case {"title": str(title), "issuer": str(issuer), "provisions": [*parts]}:
            provisions = tuple(_provision(part) for part in parts)
        case _:
            raise ValueError("a draft has a title, an issuer and a list of provisions")
    ids = [part.id for part in provisions]
    twice = {name for name in ids if ids.count(name) > 1} if len(set(ids)) < len(ids) else set()
    if twice:
        raise ValueError(f"provision ids are unique, found twice: {', '.join(sorted(twice))}")
    return Draft(title, issuer, provisions)


def _provision(value: Json) -> Provision:
    match value:
        case {"id": str(name), "label": str(label), "text": str(text)}:
            return Provision(name, label, text)
    raise ValueError(f"a provision has id, label and text, found {str(value)[:80]}")


def load(store: Store, pseudonym_of: "PseudonymOf") -> dict[str, Live]:
    """Read every consultation and what stands in it."""
    found = {}
    for row in store.rows(schema.CONSULTATIONS):
        live = Live(
            str(row["id"]),
            draft_from_json(json.loads(str(row["draft"]))),
            Stage(str(row["stage"])),
            str(row["opened"]),
            str(row["closed"]),
        )
        live.closing = live.stage is Stage.OPEN and bool(live.closed)
        for opinion in store.rows(schema.OPINIONS, consultation=live.id, status=ACTIVE):
            participant, provision = str(opinion["participant"]), str(opinion["provision"])
            standing = Standing(
                str(opinion["id"]), str(opinion["leaf"]), pseudonym_of(participant, live.id, provision)
            )
            live.stand(participant, provision, standing)
        found[live.id] = live
    return found


class PseudonymOf:
    """Computes pseudonyms from one secret: the person's key is HMAC(secret, participant)."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def __call__(self, participant: str, consultation: str, provision: str) -> str:
        key = hmac.digest(self._secret, participant.encode(), "sha256")
        return commitment.pseudonym(key, consultation, provision)
