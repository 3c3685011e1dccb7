"""The unit's acts, each an event on the ledger: from the draft to its promulgation.

How an act survives a slow ledger and a crash is in `acts`; what the summary table holds in `table`; how
certificates are made in `issuing`.
"""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256

from consultation.core import canonical, summary_file
from consultation.core.admission import ALLOWED, Stage
from consultation.core.assembly import Assigned
from consultation.core.bundle import Bundle
from consultation.core.drafts import Draft, DraftVersion
from consultation.core.events import (
    Abandoned,
    Appraised,
    Approved,
    Certified,
    Closed,
    Drafted,
    Excluded,
    Extended,
    Opened,
    Promulgated,
    Reconciled,
    Responded,
    Revised,
    SecondRound,
    Summarised,
)
from consultation.core.ledger import Ledger
from consultation.core.reconciliation import ReasonCode
from consultation.core.summary import Moderation, Summary
from consultation.service import origin, schema
from consultation.service.acts import Acts
from consultation.service.batcher import Batcher
from consultation.service.desk import Desk, timestamp, window_of
from consultation.service.invitations import Invitation
from consultation.service.issuing import LEGAL_BASIS, Issuing
from consultation.service.live import Live, draft_from_json
from consultation.service.ports import Chance, Clock, Keys, Settings
from consultation.service.problems import Problem, not_found
from consultation.service.schema import EXCLUDED
from consultation.service.store import Changes, Row, Store
from consultation.service.table import Response, Table

NOBODY: Mapping[str, Moderation] = {}


class Office:
    """What the unit does, one act at a time."""

    def __init__(
        self,
        store: Store,
        desk: Desk,
        batcher: Batcher,
        ledger: Ledger,
        keys: Keys,
        clock: Clock,
        chance: Chance,
        settings: Settings,
    ) -> None:
        self._desk, self._keys = desk, keys
        self._acts = Acts(store, desk, batcher, keys.unit, clock, settings)
        self._table = Table(store, desk.reader)
        self._issuing = Issuing(store, self._acts, ledger, keys, chance)
        self._store = store

    # The draft

    def draft(self, name: str, draft: Draft, after: str = "", basis: str = LEGAL_BASIS) -> None:
        """Lay a draft down as version 1.

        `after` names the consultation of which this is the second round, `basis` the law that asks for it.
        """
        form = draft.normalised()
        with self._desk.turns.of(name):
            if name in self._desk.live:
                raise Problem(409, "exists", "Exists already", f"there is a consultation {name!r} already")
            self._acts.record(name, Drafted(DraftVersion(1, form).digest(), after))
            text = canonical.encode(form.to_json()).decode()

            def keep(changes: Changes) -> None:
                changes.insert(schema.VERSIONS, {"consultation": name, "version": 1, "draft": text})
                row = {"id": name, "stage": Stage.DRAFT.value, "basis": canonical.nfc(basis)}
                changes.insert(schema.CONSULTATIONS, row)
                self._desk.live[name] = Live(name, form, Stage.DRAFT)

            self._acts.wait(keep)

    def revise(self, name: str, draft: Draft, closes: str = "") -> int:
        """Another version in place of the draft; returns its number.

        While open it has a new deadline, which the caller has computed; opinions given before stay bound to
        their version. Where the draft had been approved, it has to be approved again.
        """
        form = draft.normalised()
        with self._desk.turns.of(name):
            live = self._acts.at(name, *ALLOWED[Revised])
            _check_not_closing(live)
            if live.stage is Stage.OPEN and closes < live.closes:
                detail = f"the deadline is {live.closes} already, found {closes!r}"
                raise Problem(422, "not-later", "Not an extension", detail)
            if form == live.draft:
                raise Problem(409, "unchanged", "Nothing is changed", "this version is the one that stands")
            version = live.version + 1
            self._acts.record(name, Revised(DraftVersion(version, form).digest(), version, closes))
            stage = Stage.OPEN if live.stage is Stage.OPEN else Stage.DRAFT
            text = canonical.encode(form.to_json()).decode()

            def keep(changes: Changes) -> None:
                changes.insert(schema.VERSIONS, {"consultation": name, "version": version, "draft": text})
                changes.update(schema.CONSULTATIONS, {"id": name}, {"stage": stage.value, "closes": closes})
                now = self._desk.consultation(name)
                now.stage, now.closes = stage, closes
                now.revise(form, version)

            self._acts.wait(keep)
            return version

    def approve(self, name: str) -> None:
        """The draft as it stands may be posted."""
        with self._desk.turns.of(name):
            live = self._acts.at(name, Stage.DRAFT)
            self._acts.record(name, Approved(live.digest))
            self._acts.move(name, Stage.APPROVED)

    def version(self, name: str, number: int) -> Draft:
        """A version of the draft, from 1. Raises Problem(404)."""
        live = self._desk.consultation(name)
        known = 1 <= number <= live.version
        found = self._store.row(schema.VERSIONS, consultation=name, version=number) if known else None
        if found is None:
            raise not_found(f"version of {name!r} with the number", str(number))
        return draft_from_json(json.loads(str(found["draft"])))

    # Who is asked

    def invite(self, name: str, invitations: Sequence[Invitation]) -> None:
        """Ask units and groups for their opinion, before the close; those asked before stay asked."""
        with self._desk.turns.of(name):
            live = self._acts.at(name, Stage.DRAFT, Stage.APPROVED, Stage.OPEN)
            number = len(self._store.rows(schema.INVITATIONS, consultation=live.id))

            def keep(changes: Changes) -> None:
                for place, one in enumerate(invitations, start=number + 1):
                    changes.insert(schema.INVITATIONS, {**one.row(), "consultation": name, "number": place})

            self._acts.wait(keep)

    def invitations(self, name: str) -> list[Invitation]:
        """Everybody who was asked, in the order in which they were."""
        self._desk.consultation(name)
        rows = self._store.rows(schema.INVITATIONS, consultation=name)
        return [Invitation.read(row) for row in sorted(rows, key=lambda row: int(str(row["number"])))]

    # The posting

    def open(self, name: str, closes: str = "", instrument: str = "", procedure: str = "") -> None:
        """Take opinions from now on, until `closes` (RFC 3339 in UTC, inclusive) where it is given.

        `instrument` and `procedure` name the law's row that the deadline follows, and a revision's will.
        """
        with self._desk.turns.of(name):
            self._acts.at(name, Stage.APPROVED)
            opened = Opened((bytes(self._keys.service.verify_key).hex(),), closes)
            outgoing, _ = self._acts.record(name, opened)
            bound: Row = {"instrument": instrument, "procedure": procedure}
            self._acts.move(name, Stage.OPEN, {**bound, "opened": outgoing.window, "closes": closes})

    def bound_by(self, name: str) -> tuple[str, str]:
        """Instrument and procedure that a posting was opened for, or empty texts."""
        whole = self._store.row(schema.CONSULTATIONS, id=name) or {}
        return str(whole.get("instrument", "")), str(whole.get("procedure", ""))

    def extend(self, name: str, closes: str) -> None:
        """Take opinions longer."""
        with self._desk.turns.of(name):
            live = self._acts.at(name, Stage.OPEN)
            _check_not_closing(live)
            if closes <= live.closes:
                raise Problem(
                    422, "not-later", "Not an extension", f"the deadline is {live.closes}, found {closes!r}"
                )
            self._acts.record(name, Extended(closes))
            self._acts.move(name, Stage.OPEN, {"closes": closes})

    def close(self, name: str) -> tuple[int, int]:
        """Take no more; waits until every accepted opinion has settled. Returns received and counted.

        Not before the deadline's hour has come, where there is one: the ledger would refuse it.
        """
        with self._desk.turns.of(name):
            live = self._acts.at(name, Stage.OPEN)
            now = self._acts.clock.now()
            if live.closes and timestamp(now) < live.closes:
                detail = f"{name!r} is open until {live.closes}; an extension moves that, nothing shortens it"
                raise Problem(409, "not-due", "Not due yet", detail, {"closes": live.closes})
            # First of all, and for good: from here the desk takes nothing, after a crash neither. The writer
            # decides requests in turn, so everything accepted before is offered to the ledger by now.
            self._acts.move(name, Stage.OPEN, {"closed": live.closed or window_of(now)})
            self._acts.wait_for_ledger("opinions still wait for the ledger")
            received, counted = self._store.received(name), len(self._desk.consultation(name).standing)
            outgoing, _ = self._acts.record(name, Closed(received, counted))
            self._acts.move(name, Stage.CLOSED, {"closed": outgoing.window})
            return received, counted

    # The table

    def reconcile(self, name: str, doubtful: Mapping[str, ReasonCode]) -> tuple[int, int, int]:
        """Count every opinion that stands, or exclude it by the rules; returns received, counted, excluded.

        `doubtful` are opinions, by id, that an official excludes for a reason that no rule can see. Doing it
        again after a crash names the same opinions: those that are excluded already stay so.
        """
        with self._desk.turns.of(name):
            live = self._acts.at(name, Stage.CLOSED)
            self._acts.wait_for_ledger("tombstones still wait for the ledger")
            self._exclude(live, doubtful)
            rows = self._store.rows(schema.OPINIONS, schema.OPINIONS.c.id, consultation=name, status=EXCLUDED)
            received, counted = self._store.received(name), len(self._desk.consultation(name).standing)
            self._acts.record(name, Reconciled(received, counted, len(rows)))
            self._acts.move(name, Stage.RECONCILED)
            return received, counted, len(rows)

    def summarise(self, name: str, moderated: Mapping[str, Moderation] = NOBODY) -> Summary:
        """Fix the summary table's opinions; `moderated` are those, by id, whose words are not shown."""
        with self._desk.turns.of(name):
            live = self._acts.at(name, Stage.RECONCILED)
            unknown = moderated.keys() - live.by_opinion.keys()
            if unknown:
                raise not_found("counted opinion", min(unknown))
            table = self._table.of_opinions(live, moderated)
            self._acts.wait(lambda changes: changes.delete(schema.MODERATED, {"consultation": name}))
            self._acts.wait(lambda changes: _moderate(name, moderated, changes))
            self._acts.record(name, Summarised(table.digest()))
            self._acts.move(name, Stage.SUMMARISED, {"summary": table.encode().decode()})
            return table

    def rows(self, name: str) -> list[Assigned]:
        """The rows of a table that is fixed, with the keys under which they are answered."""
        live = self._acts.at(name, *ALLOWED[Responded], Stage.RESPONDED)
        return self._table.rows(live, self._moderated(name))

    def respond(self, name: str, responses: Sequence[Response]) -> Summary:
        """Fix the table with the unit's responses; after the publication, with changed ones."""
        with self._desk.turns.of(name):
            live = self._acts.at(name, *ALLOWED[Responded])
            table = self._table.with_responses(live, self._moderated(name), responses)
            self._acts.wait_for_ledger("what an erasure told still waits for the ledger")
            self._acts.record(name, Responded(table.digest(), self._issuing.edition(name) + 1))
            self._acts.move(name, Stage.RESPONDED, {"responded": table.encode().decode()})
            return table

    def table(self, name: str) -> Summary:
        """The published table. Raises Problem(404) where there is none yet."""
        self._desk.consultation(name)
        found = self._issuing.table(name)
        if found is None:
            raise not_found("published table of", name)
        return summary_file.decode(found)

    # Certificates

    def publish(self, name: str) -> int:
        """Publish the table and issue everybody's certificate; returns their number.

        Where an edition was published before, its certificates are superseded.
        """
        with self._desk.turns.of(name):
            live = self._acts.at(name, Stage.RESPONDED)
            before = self._issuing.edition(name)
            signed, number = self._issuing.prepare(live, before + 1)
            recorded = self._acts.record(name, Certified(sha256(signed).hexdigest(), number))
            if before:
                self._acts.record(name, self._issuing.supersede(name, before))
            anchor = canonical.encode(self._issuing.anchor(*recorded).to_json()).decode()
            self._acts.move(name, Stage.PUBLISHED, {"anchor": anchor, "edition": before + 1})
            return number

    def certificate(self, name: str, participant: str) -> Bundle:
        """Somebody's certificate. Raises Problem(404)."""
        self._desk.consultation(name)
        bundle = self._issuing.bundle(name, participant)
        if bundle is None:
            raise not_found("certificate of this participant", participant)
        return bundle

    def status(self, name: str, edition: int) -> bytes:
        """The signed status list of an edition of certificates, as of now. Raises Problem(404)."""
        self._desk.consultation(name)
        found = self._issuing.status(name, edition)
        if found is None:
            raise not_found("edition of certificates", str(edition))
        return found

    # Afterwards

    def appraise(self, name: str, dossier: str) -> None:
        """Send the dossier, whose digest is given in hex, for appraisal."""
        with self._desk.turns.of(name):
            self._acts.at(name, Stage.PUBLISHED)
            self._acts.record(name, Appraised(dossier))
            self._acts.move(name, Stage.APPRAISAL)

    def ask_again(self, name: str, following: str) -> None:
        """Announce a second round, a consultation of its own, whose draft names this one."""
        with self._desk.turns.of(name):
            self._acts.at(name, Stage.APPRAISAL)
            self._acts.record(name, SecondRound(following))
            self._acts.move(name, Stage.SECOND_ROUND)

    def promulgate(self, name: str, document: str) -> None:
        """The document, whose digest is given in hex, is issued."""
        with self._desk.turns.of(name):
            self._acts.at(name, Stage.APPRAISAL)
            self._acts.record(name, Promulgated(document))
            self._acts.move(name, Stage.PROMULGATED)

    def abandon(self, name: str, reason: str) -> None:
        """Give the draft up; `reason` is a code in kebab case."""
        with self._desk.turns.of(name):
            live = self._acts.at(name, *ALLOWED[Abandoned])
            if live.stage is Stage.OPEN:  # as at a close: what was accepted before comes on the ledger before
                closed = live.closed or window_of(self._acts.clock.now())
                self._acts.move(name, Stage.OPEN, {"closed": closed})
                self._acts.wait_for_ledger("opinions still wait for the ledger")
            self._acts.record(name, Abandoned(reason))
            self._acts.move(name, Stage.ABANDONED)

    def _moderated(self, name: str) -> dict[str, Moderation]:
        rows = self._store.rows(schema.MODERATED, consultation=name)
        return {str(row["opinion"]): Moderation(str(row["reason"])) for row in rows}

    def _exclude(self, live: Live, doubtful: Mapping[str, ReasonCode]) -> None:
        """Record the exclusions, then keep them; those that stand no more are passed over when done again."""
        rows = self._store.rows(schema.EXCLUSIONS, consultation=live.id)
        done = {str(row["opinion"]) for row in rows}
        unknown = doubtful.keys() - live.by_opinion.keys() - done
        if unknown:
            raise not_found("standing opinion", min(unknown))
        standing = [
            (place.opinion, provision, place.leaf.hex()) for (_, provision), place in live.standing.items()
        ]
        fresh = origin.excluded(
            origin.origins(self._store, live.id),
            standing,
            {opinion: reason for opinion, reason in doubtful.items() if opinion not in done},
        )
        events = [
            Excluded(self._desk.pseudonym(live, opinion), self._leaf(live, opinion), reason.value)
            for opinion, reason in fresh.items()
        ]
        if not events:
            return
        self._acts.record_all(live.id, events)

        def keep(changes: Changes) -> None:
            now = self._desk.consultation(live.id)
            for opinion, reason in fresh.items():
                changes.update(schema.OPINIONS, {"id": opinion}, {"status": EXCLUDED})
                row = {"opinion": opinion, "consultation": live.id, "reason": reason.value}
                changes.insert(schema.EXCLUSIONS, row)
                now.fall(*now.by_opinion[opinion])

        self._acts.wait(keep)

    @staticmethod
    def _leaf(live: Live, opinion: str) -> str:
        return live.standing[live.by_opinion[opinion]].leaf.hex()


def _moderate(name: str, moderated: Mapping[str, Moderation], changes: Changes) -> None:
    for opinion, reason in moderated.items():
        row = {"opinion": opinion, "consultation": name, "reason": reason.value}
        changes.insert(schema.MODERATED, row)


def _check_not_closing(live: Live) -> None:
    """A close that waits for the ledger has fixed the end already."""
    if live.closing:
        detail = f"{live.id!r} is being closed: finish that"
        raise Problem(409, "wrong-stage", "Not at this stage", detail, {"stage": "closing"})
