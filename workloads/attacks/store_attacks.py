"""Attacks on the service's store: what somebody with its database file and its keys can do there.

Each works on a copy that was made while nobody wrote, so that one attack does not meet another's traces. The
ledger is not touched.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Connection, delete, update

from consultation.core import canonical
from consultation.core.bundle import Anchor
from consultation.service import schema
from consultation.service.store import Store
from workloads.attacks.forgery import Forged, turned
from workloads.attacks.honest import CONSULTATION, Kept
from workloads.attacks.ports import Threat


def copy(source: Path, target: Path) -> Path:
    """The store as it stands, the write-ahead log included."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    return target


def attack(threat: Threat, store: Path, kept: Kept, forged: Forged) -> str:
    """Do it to the file `store`; returns what was done. Raises SQLAlchemyError, OSError."""
    if threat is Threat.REWRITE:
        return _rewrite(store, kept, forged)
    opened = Store(store)
    try:
        with opened.engine.begin() as connection:
            act = edit if threat is Threat.EDIT else remove
            return f"{store.name}: {act(connection, kept)}"
    finally:
        opened.close()


def edit(connection: Connection, kept: Kept) -> str:
    """Put other words in the victim's mouth."""
    known = kept.holder.acknowledged
    said, now = known.given.opinion, turned(known.given.opinion)
    query = update(schema.OPINIONS).where(schema.OPINIONS.c.id == known.opinion)
    changed = connection.execute(query.values(stance=now.stance.value, text=now.text)).rowcount
    return (
        f"table opinions, {changed} row, id {known.opinion}: stance {said.stance.value} became "
        f"{now.stance.value}, the text was replaced; salt and leaf as they were"
    )


def remove(connection: Connection, kept: Kept) -> str:
    """Leave no row of the victim's opinion, receipt, entry or certificate."""
    known = kept.holder.acknowledged
    rows = 0
    for query in (
        delete(schema.OPINIONS).where(schema.OPINIONS.c.id == known.opinion),
        delete(schema.ANSWERS).where(schema.ANSWERS.c.opinion == known.opinion),
        delete(schema.OUTBOX).where(schema.OUTBOX.c.leaf == known.leaf),
        delete(schema.CERTIFICATES).where(
            schema.CERTIFICATES.c.participant == known.given.opinion.participant
        ),
    ):
        rows += connection.execute(query).rowcount
    return (
        f"{rows} rows deleted from the tables opinions, answers, outbox and certificates: all of opinion "
        f"{known.opinion}"
    )


def _rewrite(store: Path, kept: Kept, forged: Forged) -> str:
    """Put the forged store in its place; its certificates lean on the true ledger as well as they can."""
    copy(forged.store, store)
    opened = Store(store)
    try:
        whole = opened.row(schema.CONSULTATIONS, id=CONSULTATION)
        entry = Anchor.parse(str((whole or {})["anchor"]).encode()).entry
        true = kept.holder.anchor
        anchor = Anchor(true.ledger, entry, true.index, true.proof, true.head)
        with opened.engine.begin() as connection:
            text = canonical.encode(anchor.to_json()).decode()
            connection.execute(update(schema.CONSULTATIONS).values(anchor=text))
    finally:
        opened.close()
    return (
        f"{store.name} replaced by one of another history: {len(kept.acknowledged)} opinions with other "
        "words, entries and receipts signed with the service's key, summary and certificates with the "
        "unit's key"
    )
