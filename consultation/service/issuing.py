"""Certificates: everybody's credential, signed once, in one tree, anchored by one event on the ledger."""

import uuid
from hashlib import sha256

from consultation.core import canonical, certificate, checkpoint, merkle, tally
from consultation.core.bundle import Anchor, Bundle
from consultation.core.certificate import Claims
from consultation.core.checkpoint import Checkpoint
from consultation.core.drafts import Stance
from consultation.core.errors import LedgerError
from consultation.core.ledger import Ledger
from consultation.service import schema
from consultation.service.acts import Acts
from consultation.service.batcher import Decided
from consultation.service.desk import Outgoing, timestamp
from consultation.service.live import Live
from consultation.service.ports import Chance, Keys
from consultation.service.problems import unavailable
from consultation.service.schema import ACTIVE, REFUSED
from consultation.service.store import Changes, Row, Store


class Issuing:
    """Makes certificates of a consultation whose table is fixed, and hands them out."""

    def __init__(self, store: Store, acts: Acts, ledger: Ledger, keys: Keys, chance: Chance) -> None:
        self._store, self._acts, self._ledger = store, acts, ledger
        self._keys, self._chance = keys, chance

    def prepare(self, live: Live) -> tuple[bytes, int]:
        """The signed checkpoint of everybody's certificates, and their number; kept before the event.

        An act that did not finish has left them: they are issued once.
        """
        kept = self._store.row(schema.CONSULTATIONS, id=live.id) or {}
        issued = self._store.rows(
            schema.CERTIFICATES, schema.CERTIFICATES.c.participant, consultation=live.id
        )
        if issued:
            return _bytes(kept.get("checkpoint")), len(issued)
        signed, rows = self._certificates(live)

        def keep(changes: Changes) -> None:
            for row in rows:
                changes.insert(schema.CERTIFICATES, row)
            changes.update(schema.CONSULTATIONS, {"id": live.id}, {"checkpoint": signed})

        self._acts.wait(keep)
        return signed, len(rows)

    def anchor(self, outgoing: Outgoing, decided: Decided) -> Anchor:
        """The event's entry with the ledger's proof and head. Raises Problem(503)."""
        self._acts.wait_for_ledger("the ledger has no proof yet")
        try:
            head = self._ledger.head()
            proof = self._ledger.prove_inclusion(decided.index, head)
        except LedgerError as error:
            raise unavailable(f"the ledger gave no proof: {error}") from error
        return Anchor(self._ledger.traits.name, outgoing.entry, decided.index, proof, head)

    def bundle(self, name: str, participant: str) -> Bundle | None:
        """Somebody's certificate, or None where there is none."""
        person = self._acts.desk.vault.person(name, participant)
        handle = "" if person is None else person.handle
        row = self._store.row(schema.CERTIFICATES, consultation=name, participant=handle)
        whole = self._store.row(schema.CONSULTATIONS, id=name)
        if row is None or whole is None:
            return None
        return Bundle(_bytes(row["credential"]), _bytes(row["proof"]), str(whole["anchor"]).encode())

    def _certificates(self, live: Live) -> tuple[bytes, list[Row]]:
        """Sign everybody's credential and the checkpoint of their tree."""
        table = str((self._store.row(schema.CONSULTATIONS, id=live.id) or {}).get("responded", ""))
        claims = self._claims(live, table)
        created = timestamp(self._acts.clock.now())
        c = schema.OPINIONS.c
        opinions = self._store.each(schema.OPINIONS, c.handle, c.status, consultation=live.id, erased="")
        participants = sorted({str(row["handle"]) for row in opinions if row["status"] != REFUSED})
        credentials = []
        for _ in participants:
            name = f"urn:uuid:{uuid.UUID(bytes=self._chance.draw(16), version=4)}"
            issued = certificate.issue(self._keys.issuer, claims, name, created, self._keys.unit)
            credentials.append(canonical.encode(issued))
        tree = merkle.Tree(map(merkle.leaf_hash, credentials))
        origin = f"{self._keys.issuer.did.removeprefix('did:web:')}/certificates/{live.id}"
        signed = checkpoint.sign(Checkpoint(origin, tree.size, tree.root()), self._keys.unit)
        rows: list[Row] = [
            {
                "consultation": live.id,
                "participant": participant,
                "credential": credential,
                "proof": checkpoint.encode_proof(tree, index, signed),
            }
            for index, (participant, credential) in enumerate(zip(participants, credentials, strict=True))
        ]
        return signed.encode(), rows

    def _claims(self, live: Live, table: str) -> Claims:
        opinions = [kept.opinion for kept in self._acts.desk.reader.opinions(live.id, ACTIVE)]
        totals = tally.totals(opinions).overall()
        return Claims(
            consultation=live.id,
            title=live.draft.title,
            draft=live.draft.digest(),
            opened=live.opened,
            closed=live.closed,
            received=self._store.received(live.id),
            counted=len(opinions),
            stances={stance.value: totals[stance] for stance in Stance},
            summary=sha256(table.encode()).hexdigest(),
        )


def _bytes(value: object) -> bytes:
    if not isinstance(value, bytes):
        raise TypeError(f"a column of bytes, found {type(value).__name__}")
    return value
