"""The other history: the same people, the opposite answers, every signature right.

Whoever holds the service's and the unit's keys needs no trick for it. They run the same software over a
ledger in memory with other opinions, and have entries, receipts, summary and certificates that agree with
each other. What is left to do is to keep the ids that the victims' receipts name.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import update

from backends import registry
from backends.ports import Setting
from consultation.core import canonical, receipt
from consultation.core.bundle import Anchor
from consultation.core.drafts import Opinion, Stance
from consultation.core.ledger import Ledger
from consultation.service import schema
from workloads.attacks import files
from workloads.attacks.files import Opened
from workloads.attacks.honest import CONSULTATION, Given, Kept, conduct, publish
from workloads.attacks.ports import Site

_TURNED = {
    Stance.AGREE: Stance.DISAGREE,
    Stance.AGREE_WITH_COMMENTS: Stance.DISAGREE,
    Stance.DISAGREE: Stance.AGREE,
    Stance.NO_OPINION: Stance.AGREE,
}
FORGED_TEXT = "Hoàn toàn nhất trí với dự thảo."


@dataclass(frozen=True, slots=True)
class Forged:
    """A whole history that never happened."""

    entries: tuple[bytes, ...]
    store: Path
    """The service's store that belongs to it."""


def turned(opinion: Opinion) -> Opinion:
    """What the attacker has somebody say instead."""
    return replace(opinion, stance=_TURNED[opinion.stance], text=FORGED_TEXT)


def forge(site: Site, kept: Kept, folder: Path) -> Forged:
    """Make the other history. Raises Problem, LedgerError."""
    backend = registry.backend("memory")
    setting = Setting(folder / "ledger", site.keys.unit, "forged.example/ledger", "rules")
    deployment = backend.deploy(setting)
    ledger = deployment.connect()
    store = folder / "service" / "store.sqlite"
    files.remove(store)
    service = site.serve(ledger, backend.verifier(deployment.pins()), store)
    try:
        acts = [
            Given(turned(known.given.opinion), known.given.amends, known.given.withdrawn)
            for known in kept.acknowledged
        ]
        said = conduct(service, acts)
        publish(service)
        entries = tuple(ledger.scan(0, ledger.head().size))
    finally:
        service.close()
        deployment.stop()
    names = {now.opinion: true.opinion for now, true in zip(said, kept.acknowledged, strict=True)}
    with Opened(store) as opened:
        _keep_ids(opened, names, site)
    return Forged(entries, store)


def _keep_ids(opened: Opened, names: Mapping[str, str], site: Site) -> None:
    """Give forged opinions and receipts the ids of the true ones; seal and sign them again."""
    public = bytes(site.keys.service.verify_key).hex()
    said = {forged: opened.kept(forged) for forged in names}
    with opened.store.engine.begin() as connection:
        for forged, kept in said.items():
            opinions, true = schema.OPINIONS, names[forged]
            if kept is None:
                raise LookupError(f"the forged store has no opinion {forged}")
            row = opened.sealed(true, kept.opinion, kept.salt)
            connection.execute(update(opinions).where(opinions.c.id == forged).values(id=true, **row))
        for row in opened.store.rows(schema.ANSWERS):
            answers, true = schema.ANSWERS, names[str(row["opinion"])]
            promise = receipt.verify(json.loads(str(row["receipt"])), public)
            signed = receipt.sign(replace(promise, opinion=true), site.keys.service)
            values = {"opinion": true, "receipt": json.dumps(signed)}
            connection.execute(update(answers).where(answers.c.request == row["request"]).values(values))


def re_anchor(store: Path, ledger: Ledger, name: str) -> None:
    """Let the forged certificates point at the ledger as it is now. Raises LedgerError."""
    with Opened(store) as opened:
        whole = opened.store.row(schema.CONSULTATIONS, id=CONSULTATION)
        forged = Anchor.parse(str((whole or {})["anchor"]).encode())
        head = ledger.head()
        anchor = Anchor(name, forged.entry, forged.index, ledger.prove_inclusion(forged.index, head), head)
        text = canonical.encode(anchor.to_json()).decode()
        with opened.store.engine.begin() as connection:
            connection.execute(update(schema.CONSULTATIONS).values(anchor=text))
