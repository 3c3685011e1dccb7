"""Certificates: everybody's credential, signed once an edition, in one tree, anchored by one event.

When responses change after the publication, another edition supersedes the one before, whose status list
then has every bit set.
"""

import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from hashlib import sha256

from consultation.core import publication, tally
from consultation.core.bundle import Anchor, Bundle
from consultation.core.certificate import Claims, Consulted
from consultation.core.drafts import Stance
from consultation.core.errors import LedgerError
from consultation.core.events import Revoked
from consultation.core.ledger import Ledger
from consultation.core.publication import Published
from consultation.core.reconciliation import ReasonCode
from consultation.service import schema
from consultation.service.acts import Acts
from consultation.service.batcher import Decided
from consultation.service.desk import Outgoing, timestamp
from consultation.service.live import Live
from consultation.service.origin import ANYBODY, origins
from consultation.service.ports import Chance, Keys
from consultation.service.problems import unavailable
from consultation.service.schema import ACTIVE, REFUSED
from consultation.service.store import Changes, Row, Store, octets

LEGAL_BASIS = "Luật số 64/2025/QH15"


class Issuing:
    """Makes certificates of a consultation whose table is fixed, and hands them out."""

    def __init__(self, store: Store, acts: Acts, ledger: Ledger, keys: Keys, chance: Chance) -> None:
        self._store, self._acts, self._ledger = store, acts, ledger
        self._keys, self._chance = keys, chance

    def edition(self, name: str) -> int:
        """The newest edition that is published, counted from 1; 0 before the first."""
        return self._store.edition(name)

    def prepare(self, live: Live, edition: int) -> tuple[bytes, int]:
        """The signed checkpoint of an edition, and its number of certificates; kept before the event.

        An act that did not finish has left them: they are issued once.
        """
        kept = self._row(live.id, edition)
        if kept is None:
            participants, made = self._certificates(live, edition)
            table = self._responded(live.id)
            self._acts.wait(lambda changes: _keep(changes, live.id, edition, participants, made, table))
            return made.checkpoint, len(participants)
        return octets(kept, "checkpoint"), int(str(kept["issued"]))

    def supersede(self, name: str, edition: int) -> Revoked:
        """Set every bit of an edition's status list, once, and give the event that says so."""
        kept = self._row(name, edition) or {}
        issued, status = int(str(kept["issued"])), octets(kept, "status")
        if kept["revoked"] != issued:
            now = timestamp(self._acts.clock.now())
            series, method = _series(name, edition), self._keys.method
            status = publication.snapshot(self._keys.issuer, series, issued, range(issued), now, method)
            where: Row = {"consultation": name, "edition": edition}
            values: Row = {"status": status, "revoked": issued}
            self._acts.wait(lambda changes: changes.update(schema.EDITIONS, where, values))
        return Revoked(sha256(status).hexdigest(), issued)

    def anchor(self, outgoing: Outgoing, decided: Decided) -> Anchor:
        """The event's entry with the ledger's proof and head. Raises Problem(503)."""
        self._acts.wait_for_ledger("the ledger has no proof yet")
        return anchored(self._ledger, outgoing.entry, decided.index)

    def bundle(self, name: str, participant: str) -> Bundle | None:
        """Somebody's newest certificate, or None where there is none."""
        person = self._acts.desk.vault.person(name, participant)
        edition = self._row(name, self.edition(name))
        if person is None or edition is None:
            return None
        [whole] = self._store.rows(schema.CONSULTATIONS, schema.CONSULTATIONS.c.anchor, id=name)
        where = {"consultation": name, "edition": edition["edition"], "participant": person.handle}
        row = self._store.row(schema.CERTIFICATES, **where)
        if row is None:
            return None
        anchor, status = str(whole["anchor"]).encode(), octets(edition, "status")
        return Bundle(octets(row, "credential"), octets(row, "proof"), anchor, status)

    def table(self, name: str) -> bytes | None:
        """The newest published table, canonical JSON; None before the first."""
        row = self._row(name, self.edition(name))
        return None if row is None else str(row["responded"]).encode()

    def _responded(self, name: str) -> str:
        return str((self._store.row(schema.CONSULTATIONS, id=name) or {}).get("responded", ""))

    def status(self, name: str, edition: int) -> bytes | None:
        """An edition's status list as of now, signed; None where there is no such edition."""
        row = self._row(name, edition) if 1 <= edition <= self.edition(name) else None
        return None if row is None else octets(row, "status")

    def _row(self, name: str, edition: int) -> Row | None:
        return self._store.row(schema.EDITIONS, consultation=name, edition=edition)

    def _certificates(self, live: Live, edition: int) -> tuple[list[str], Published]:
        """Everybody's credential, in an order that is drawn: a sorted one would tell an index's owner."""
        c = schema.OPINIONS.c
        columns = (c.id, c.handle, c.status)
        opinions = self._store.each(schema.OPINIONS, *columns, consultation=live.id, erased="")
        exclusions = self._store.rows(schema.EXCLUSIONS, consultation=live.id)
        forged = {str(row["opinion"]) for row in exclusions if row["reason"] == ReasonCode.NOT_AUTHENTIC}
        found = {
            str(row["handle"])
            for row in opinions
            if row["status"] != REFUSED and str(row["id"]) not in forged
        }
        draw = self._chance.draw(32)
        handles = sorted(found, key=lambda handle: sha256(draw + handle.encode()).digest())
        names = [f"urn:uuid:{uuid.UUID(bytes=self._chance.draw(16), version=4)}" for _ in handles]
        made = publication.publish(
            self._keys.issuer,
            self._claims(live),
            names,
            timestamp(self._acts.clock.now()),
            self._keys.unit,
            self._keys.method,
            _series(live.id, edition),
        )
        return handles, made

    def _channel(self, name: str, counted: Iterable[str]) -> str:
        """The one word for how opinions came: the way of most, since a rare one would single people out."""
        found = origins(self._store, name)
        ways = Counter(found.get(opinion, ANYBODY).channel for opinion in counted)
        return max(sorted(ways), key=lambda way: ways[way], default=ANYBODY.channel).value

    def _claims(self, live: Live) -> Claims:
        whole = self._store.row(schema.CONSULTATIONS, id=live.id) or {}
        counted = list(self._acts.desk.reader.opinions(live.id, ACTIVE))
        totals = tally.totals(kept.opinion for kept in counted).overall()
        return Claims(
            consulted=Consulted(
                consultation=live.id,
                title=live.draft.title,
                legal_basis=str(whole.get("basis") or LEGAL_BASIS),
                version=live.version,
                draft=live.digest,
                opened=live.opened,
                closed=live.closed,
                channel=self._channel(live.id, (kept.id for kept in counted)),
            ),
            received=self._store.received(live.id),
            counted=len(counted),
            stances={stance.value: totals[stance] for stance in Stance},
            summary=sha256(str(whole.get("responded", "")).encode()).hexdigest(),
        )


def anchored(ledger: Ledger, entry: bytes, index: int) -> Anchor:
    """A settled entry with the ledger's proof and head. Raises Problem(503)."""
    try:
        head = ledger.head()
        proof = ledger.prove_inclusion(index, head)
    except LedgerError as error:
        raise unavailable(f"the ledger gave no proof: {error}") from error
    return Anchor(ledger.traits.name, entry, index, proof, head)


def _keep(
    changes: Changes, name: str, edition: int, participants: Sequence[str], made: Published, table: str
) -> None:
    part: Row = {"consultation": name, "edition": edition}
    for participant, (credential, proof) in zip(participants, made.certificates, strict=True):
        row: Row = {**part, "participant": participant, "credential": credential, "proof": proof}
        changes.insert(schema.CERTIFICATES, row)
    values: Row = {"checkpoint": made.checkpoint, "status": made.status, "issued": len(participants)}
    changes.insert(schema.EDITIONS, {**part, **values, "responded": table})


def _series(name: str, edition: int) -> str:
    """What names the edition's tree and status list."""
    return f"{name}/{edition}"
