"""Attacks on the ledger's own storage, through the deployment's `tamper`, with the store made to agree.

Operator, service and unit sit in one department here. Whoever changes the ledger therefore changes the store
too; otherwise an auditor would find the attack by comparing the two, and nothing would be learnt about the
ledger.
"""

from pathlib import Path

from sqlalchemy import update

from backends.ports import Delete, Edit, LedgerDeployment, Rewrite, Tampered
from consultation.core import commitment, merkle, records
from consultation.core.errors import LedgerError, VerificationError
from consultation.core.events import OpinionGiven
from consultation.service import schema
from workloads.attacks import files, store_attacks
from workloads.attacks.files import Opened
from workloads.attacks.forgery import forge, re_anchor, turned
from workloads.attacks.honest import Kept
from workloads.attacks.ports import Site, Threat


def attack(threat: Threat, site: Site, deployment: LedgerDeployment, store: Path, kept: Kept) -> Tampered:
    """Stage it in the ledger and make the file `store` agree. Raises LedgerError."""
    match threat:
        case Threat.EDIT:
            entry = _edited(site, store, kept)
            done = deployment.tamper(Edit(kept.holder.index, entry))
        case Threat.DELETE:
            _removed(store, kept)
            done = deployment.tamper(Delete(kept.holder.index))
        case Threat.REWRITE:
            forged = forge(site, kept, site.folder / "forged-ledger")
            files.copy(forged.store, store)
            done = deployment.tamper(Rewrite(forged.entries))
            _re_anchored(site, deployment, store)
    return done


def _edited(site: Site, store: Path, kept: Kept) -> bytes:
    """The store shows other words under the old id; the entry that commits to them, signed by the service."""
    known = kept.holder.acknowledged
    record = records.verify(kept.holder.entry)
    event = record.event
    if not isinstance(event, OpinionGiven):
        raise TypeError(f"entry {kept.holder.index} is no opinion")
    with Opened(store) as opened:
        row = opened.kept(known.opinion)
        if row is None:
            raise LookupError(f"the store has no opinion {known.opinion}")
        other = OpinionGiven(
            event.pseudonym,
            event.supersedes,
            commitment.commit(turned(known.given.opinion).fields(), row.salt),
        )
        entry = records.sign(record.consultation, record.window, other, site.keys.service)
        leaf = merkle.leaf_hash(entry).hex()
        store_attacks.edit(opened, kept)
        with opened.store.engine.begin() as connection:
            opinions, outbox = schema.OPINIONS, schema.OUTBOX
            connection.execute(update(opinions).where(opinions.c.id == known.opinion).values(leaf=leaf))
            query = update(outbox).where(outbox.c.leaf == known.leaf)
            connection.execute(query.values(leaf=leaf, entry=entry))
    return entry


def _removed(store: Path, kept: Kept) -> None:
    with Opened(store) as opened:
        store_attacks.remove(opened, kept)


def _re_anchored(site: Site, deployment: LedgerDeployment, store: Path) -> None:
    try:
        ledger = deployment.connect()
        try:
            re_anchor(store, ledger, site.backend)
        finally:
            ledger.close()
    except (LedgerError, VerificationError):
        # The rewritten ledger gives no proof: the forged certificates stay without one.
        return
