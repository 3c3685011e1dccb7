"""What the service keeps in memory of each consultation: enough to judge a submission without a query.

An opinion that stands takes about half a kilobyte, so a million of them half a gigabyte.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from consultation.core.admission import Stage
from consultation.core.canonical import Json
from consultation.core.drafts import WHOLE, Draft, DraftVersion, Provision, ProvisionKind
from consultation.core.provisions import check_tree
from consultation.service import schema
from consultation.service.schema import ACTIVE, PENDING, WITHDRAWN
from consultation.service.store import Store


@dataclass(frozen=True, slots=True)
class Standing:
    """The opinion that stands for a person and provision."""

    opinion: str
    leaf: bytes


@dataclass(slots=True)
class Live:
    """One consultation."""

    id: str
    draft: Draft
    """The version that stands."""
    stage: Stage
    opened: str = ""
    closed: str = ""
    """The windows (hours, UTC) of the opening and the close."""
    closes: str = ""
    """The last second in which opinions are taken, RFC 3339 in UTC; empty where no deadline binds."""
    version: int = 1
    digest: str = field(init=False)
    """Of the version that stands, on which opinions are given now: hex."""
    provisions: dict[str, str] = field(init=False)
    """Every provision's id, and the whole's, to the one copy of it that all opinions on it share."""
    standing: dict[tuple[str, str], Standing] = field(default_factory=dict)
    """(Handle, provision) to the opinion that stands there and is not erased."""
    withdrawing: dict[tuple[str, str], str] = field(default_factory=dict)
    """Places whose opinion was withdrawn last, to that entry's leaf (hex): the next one comes after it."""
    by_opinion: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Opinion id to (handle, provision) of every opinion that stands."""

    def __post_init__(self) -> None:
        self.revise(self.draft, self.version)

    def revise(self, draft: Draft, version: int) -> None:
        """Another version stands from now on; what was given on an earlier one stays bound to that."""
        self.draft, self.version = draft, version
        self.digest = DraftVersion(version, draft).digest()
        self.provisions = {name: name for name in (WHOLE, *(part.id for part in draft.provisions))}

    @property
    def closing(self) -> bool:
        """No opinion is taken any more, and the ledger does not say so yet."""
        return self.stage is Stage.OPEN and bool(self.closed)

    def stand(self, handle: str, provision: str, standing: Standing) -> None:
        place = (handle, self.provisions.get(provision, provision))
        earlier = self.standing.get(place)
        if earlier is not None:
            del self.by_opinion[earlier.opinion]
        self.standing[place] = standing
        self.by_opinion[standing.opinion] = place

    def fall(self, handle: str, provision: str) -> None:
        del self.by_opinion[self.standing.pop((handle, provision)).opinion]


def draft_from_json(value: Json) -> Draft:
    """A draft from its JSON; provisions without kind and parent, as they were once stored, are read too.

    Raises ValueError when the value is not a draft, or its provisions are no tree.
    """
    match value:
        case {"title": str(title), "issuer": str(issuer), "provisions": [*parts]}:
            draft = Draft(title, issuer, tuple(_provision(part) for part in parts))
        case _:
            raise ValueError("a draft has a title, an issuer and a list of provisions")
    check_tree(draft)
    return draft


def _provision(value: Json) -> Provision:
    match value:
        case {"id": str(name), "label": str(label), "text": str(text), "kind": kind, "parent": str(parent)}:
            if kind is None:
                return Provision(name, label, text, None, parent)
            if isinstance(kind, str) and kind in set(ProvisionKind):
                return Provision(name, label, text, ProvisionKind(kind), parent)
            allowed = ", ".join(ProvisionKind)
            raise ValueError(f"provision {name!r} is of kind {str(kind)[:80]!r}; allowed are {allowed}, null")
        case {"id": str(name), "label": str(label), "text": str(text), **rest} if not rest:
            return Provision(name, label, text)
    raise ValueError(
        f"a provision has id, label and text, or these with kind and parent, found {str(value)[:80]}"
    )


def load(store: Store) -> dict[str, Live]:
    """Read every consultation and what stands in it."""
    found = {}
    for row in store.rows(schema.CONSULTATIONS):
        version, draft = _newest(store, str(row["id"]))
        live = Live(
            str(row["id"]),
            draft,
            Stage(str(row["stage"])),
            str(row["opened"]),
            str(row["closed"]),
            str(row["closes"]),
            version,
        )
        for handle, provision, standing in _standing(store, live.id):
            live.stand(handle, provision, standing)
        live.withdrawing.update(_withdrawing(store, live.id))
        found[live.id] = live
    return found


def _withdrawing(store: Store, consultation: str) -> Iterator[tuple[tuple[str, str], str]]:
    """Withdrawals that are still on their way to the ledger, in the order in which they were taken."""
    c, o = schema.OUTBOX.c, schema.OPINIONS.c
    pending = store.rows(schema.OUTBOX, c.leaf, c.sequence, consultation=consultation, state=PENDING)
    order = {str(row["leaf"]): int(str(row["sequence"])) for row in pending}
    if not order:
        return
    columns = (o.handle, o.provision, o.ended_by)
    rows = store.rows(schema.OPINIONS, *columns, consultation=consultation, status=WITHDRAWN, erased="")
    on_the_way = [row for row in rows if row["ended_by"] in order]
    for row in sorted(on_the_way, key=lambda row: order[str(row["ended_by"])]):
        yield (str(row["handle"]), str(row["provision"])), str(row["ended_by"])


def _newest(store: Store, consultation: str) -> tuple[int, Draft]:
    versions = store.rows(schema.VERSIONS, consultation=consultation)
    newest = max(versions, key=lambda row: int(str(row["version"])))
    return int(str(newest["version"])), draft_from_json(json.loads(str(newest["draft"])))


def _standing(store: Store, consultation: str) -> Iterator[tuple[str, str, Standing]]:
    c = schema.OPINIONS.c
    columns = (c.id, c.handle, c.provision, c.leaf)
    for row in store.each(schema.OPINIONS, *columns, consultation=consultation, status=ACTIVE, erased=""):
        standing = Standing(str(row["id"]), bytes.fromhex(str(row["leaf"])))
        yield str(row["handle"]), str(row["provision"]), standing
