"""The auditor: has pins and one head kept from before, reads the whole ledger and the service's store.

The kept head is what an auditor has who came at least once before the attack. Where it is the only check that
breaks, the evidence says so: an auditor who comes for the first time would have found nothing.
"""

from collections.abc import Iterable
from hashlib import sha256

from consultation.core import assembly, canonical, commitment, merkle, records, summary_file, tally
from consultation.core import bundle as bundles
from consultation.core.admission import Process
from consultation.core.assembly import Counted
from consultation.core.bundle import Pins
from consultation.core.errors import VerificationError
from consultation.core.events import Certified, Closed, Event, OpinionGiven
from consultation.core.ledger import Head, Ledger, Verifier
from consultation.core.people import Audience
from consultation.core.summary import Row, SummaryError
from consultation.service.reader import Kept
from consultation.service.schema import ACTIVE
from workloads.attacks.checks import Check, Once, require
from workloads.attacks.ports import make_verifier
from workloads.attacks.served import Served


class Auditor:
    """The checks over one ledger and one store."""

    def __init__(
        self,
        consultation: str,
        kept: Head,
        pins: Pins,
        served: Served,
        ledger: Ledger,
        verifier: Verifier,
    ) -> None:
        self._consultation, self._kept, self._pins = consultation, kept, pins
        self._served, self._ledger, self._verifier = served, ledger, verifier
        self._head = Once(self._read_head)
        self._entries = Once(lambda: list(ledger.scan(0, self._head().size)))
        self._process = Once(self._read_process)
        self._opinions = Once(served.opinions)

    def checks(self) -> list[Check]:
        return [
            Check("ledger-head", lambda: self._verifier.check_head(self._head())),
            Check("ledger-replay", self._replay),
            Check("kept-head", self._kept_head),
            Check("admission", lambda: require(self._process().counted >= 0, "admission", "")),
            Check("standing-opinions", self._standing),
            Check("opinion-commitment", self._commitments),
            Check("close", self._close),
            Check("summary", self._summary),
            Check("certificates", self._certificates),
        ]

    # Reading

    def _read_head(self) -> Head:
        return self._ledger.head()

    def _read_process(self) -> Process:
        state = tally.replay(self._entries())
        process = state.processes.get(self._consultation)
        if process is None:
            raise VerificationError("admission", f"the ledger has no consultation {self._consultation!r}")
        return process

    def _stand(self) -> list[Kept]:
        return [kept for kept in self._opinions() if kept.status == ACTIVE]

    def _event(self, kind: type[Event]) -> Event:
        """The one event of a kind, whether or not the whole history is admissible."""
        for entry in self._entries():
            try:
                event = records.verify(entry).event
            except ValueError:
                continue  # for 'admission' to report
            if isinstance(event, kind):
                return event
        raise VerificationError("event", f"the ledger has no event {kind.__name__.lower()!r}")

    # The ledger by itself

    def _replay(self) -> None:
        self._verifier.check_replay(self._entries(), self._head())

    def _kept_head(self) -> None:
        """The head kept from before commits to a prefix of what the ledger serves now."""
        try:
            self._verifier.check_replay(self._entries()[: self._kept.size], self._kept)
        except VerificationError as error:
            raise VerificationError(
                error.link, f"the head of {self._kept.size} entries kept from before: {error.message}"
            ) from error

    # The store against the ledger

    def _standing(self) -> None:
        on_ledger = set(self._process().active.values())
        in_store = {row.leaf for row in self._stand()}
        require(
            on_ledger == in_store,
            "standing",
            f"{len(on_ledger - in_store)} opinions stand on the ledger and not in the store, "
            f"{len(in_store - on_ledger)} in the store and not on the ledger",
        )

    def _commitments(self) -> None:
        by_leaf = {merkle.leaf_hash(entry).hex(): entry for entry in self._entries()}
        for row in self._stand():
            entry = by_leaf.get(row.leaf)
            if entry is None:
                raise VerificationError("commitment", f"opinion {row.id} has no entry on the ledger")
            _commits(row, entry)

    def _close(self) -> None:
        event = self._event(Closed)
        found = (len(self._opinions()), len(self._stand()))
        if not isinstance(event, Closed):
            return
        require(
            found == (event.received, event.counted),
            "close",
            f"the close says {event.received} received and {event.counted} counted, "
            f"the store has {found[0]} and {found[1]}",
        )

    def _summary(self) -> None:
        """The tables are those on the ledger, and follow from the opinions that stand."""
        process = self._process()
        for data, fixed in (
            (self._served.summary(), process.summary),
            (self._served.table(), process.table),
        ):
            digest = sha256(data).hexdigest()
            require(
                digest == fixed,
                "summary",
                f"a table that is kept has the digest {digest[:16]}..., the ledger fixed {fixed[:16]}...",
            )
        try:
            table = summary_file.decode(self._served.summary())
            expected = assembly.assemble(map(_counted, self._stand()))
        except SummaryError as error:
            raise VerificationError("summary", str(error)) from error
        require(
            _written(table.rows) == _written(one.row for one in expected),
            "summary",
            "the rows of the published table are not the opinions that stand",
        )

    def _certificates(self) -> None:
        event = self._event(Certified)
        digest, bundles_now = sha256(self._served.checkpoint()).hexdigest(), self._served.bundles()
        if not isinstance(event, Certified):
            return
        require(
            event.checkpoint == digest, "certificates", "the checkpoint kept is not the one on the ledger"
        )
        require(
            event.certificates == len(bundles_now),
            "certificates",
            f"the ledger says {event.certificates} certificates, the service has {len(bundles_now)}",
        )
        for bundle in bundles_now:
            for link in bundles.verify(bundle, self._pins, make_verifier):
                require(link.ok is True, link.name, f"a certificate: {link.detail}")


def _commits(row: Kept, entry: bytes) -> None:
    try:
        event = records.verify(entry).event
        found = commitment.commit(row.opinion.fields(), row.salt)
    except ValueError as error:
        raise VerificationError("commitment", f"opinion {row.id}: {error}") from error
    require(
        isinstance(event, OpinionGiven) and event.commitment == found,
        "commitment",
        f"opinion {row.id} as the store has it is not what its entry on the ledger commits to",
    )


def _counted(kept: Kept) -> Counted:
    said = kept.opinion
    voice = Audience.PUBLIC, ""
    return Counted(kept.leaf, said.provision, *voice, said.stance, said.text, said.proposal, said.reason)


def _written(rows: Iterable[Row]) -> list[bytes]:
    return sorted(canonical.encode(row.to_json()) for row in rows)
