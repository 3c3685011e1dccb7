"""Attacks on the service's store: what somebody with its files, the vault's too, and its keys can do there.

Each works on a copy that was made while nobody wrote, so that one attack does not meet another's traces. The
ledger is not touched.
"""

from pathlib import Path

from sqlalchemy import Connection, delete, update

from consultation.core import canonical
from consultation.core.bundle import Anchor
from consultation.service import schema
from workloads.attacks import files
from workloads.attacks.files import Opened
from workloads.attacks.forgery import Forged, turned
from workloads.attacks.honest import CONSULTATION, Kept
from workloads.attacks.ports import Threat


def attack(threat: Threat, store: Path, kept: Kept, forged: Forged) -> str:
    """Do it to the file `store`; returns what was done. Raises SQLAlchemyError, OSError."""
    if threat is Threat.REWRITE:
        return _rewrite(store, kept, forged)
    with Opened(store) as opened:
        act = edit if threat is Threat.EDIT else remove
        return f"{store.name}: {act(opened, kept)}"


def edit(opened: Opened, kept: Kept) -> str:
    """Put other words in the victim's mouth."""
    known = kept.holder.acknowledged
    said, now = known.given.opinion, turned(known.given.opinion)
    with opened.store.engine.begin() as connection:
        changed = opened.say(connection, known.opinion, now)
    return (
        f"table opinions, {changed} row, id {known.opinion}: stance {said.stance.value} became "
        f"{now.stance.value}, the text was replaced and sealed under the person's key; salt and "
        "leaf as they were"
    )


def remove(opened: Opened, kept: Kept) -> str:
    """Leave no row of the victim's opinion, receipt, entry or certificate, and nobody of that name."""
    known = kept.holder.acknowledged
    person = opened.vault.person(CONSULTATION, known.given.opinion.participant)
    handle = "" if person is None else person.handle
    if person is not None:
        opened.vault.destroy([person])
    with opened.store.engine.begin() as connection:
        rows = _delete(connection, known.opinion, known.leaf, handle)
    return (
        f"{rows} rows deleted from the tables opinions, answers, outbox and certificates: all of opinion "
        f"{known.opinion}; the person's key and name destroyed in the vault"
    )


def _delete(connection: Connection, opinion: str, leaf: str, handle: str) -> int:
    rows = 0
    for query in (
        delete(schema.OPINIONS).where(schema.OPINIONS.c.id == opinion),
        delete(schema.ANSWERS).where(schema.ANSWERS.c.opinion == opinion),
        delete(schema.OUTBOX).where(schema.OUTBOX.c.leaf == leaf),
        delete(schema.CERTIFICATES).where(schema.CERTIFICATES.c.participant == handle),
    ):
        rows += connection.execute(query).rowcount
    return rows


def _rewrite(store: Path, kept: Kept, forged: Forged) -> str:
    """Put the forged store in its place; its certificates lean on the true ledger as well as they can."""
    files.copy(forged.store, store)
    with Opened(store) as opened:
        whole = opened.store.row(schema.CONSULTATIONS, id=CONSULTATION)
        entry = Anchor.parse(str((whole or {})["anchor"]).encode()).entry
        true = kept.holder.anchor
        anchor = Anchor(true.ledger, entry, true.index, true.proof, true.head)
        with opened.store.engine.begin() as connection:
            text = canonical.encode(anchor.to_json()).decode()
            connection.execute(update(schema.CONSULTATIONS).values(anchor=text))
    return (
        f"{store.name} and the vault replaced by those of another history: {len(kept.acknowledged)} opinions "
        "with other words, entries and receipts signed with the service's key, summary and certificates "
        "with the unit's key"
    )
