"""The certificate holder: has own words, receipt and certificate, and asks service and ledger for the rest.

The checks know nothing of an attack. They use what the holder kept, what the service answers about the
holder's own opinion, and what the ledger answers to anybody.
"""

from consultation.core import bundle as bundles
from consultation.core import commitment, merkle, receipt, records
from consultation.core.bundle import Pins
from consultation.core.errors import VerificationError
from consultation.core.events import OpinionGiven
from consultation.core.ledger import Head, Ledger, Proof, Verifier
from consultation.service.reader import Kept
from workloads.attacks.checks import Check, Once, require
from workloads.attacks.honest import Holder
from workloads.attacks.ports import make_verifier
from workloads.attacks.served import Served

CERTIFICATE_ALONE = frozenset({"certificate", "ledger-head", "ledger-consistency", "certificate-row"})
"""The checks that need the certificate's bundle and no receipt."""


def checks(mine: Holder, pins: Pins, served: Served, ledger: Ledger, verifier: Verifier) -> list[Check]:
    """What a holder checks, offline things first."""

    def checked_head() -> Head:
        head = ledger.head()
        verifier.check_head(head)
        return head

    def entry_now() -> bytes:
        found = next(iter(ledger.scan(mine.index, mine.index + 1)), None)
        if found is None:
            raise VerificationError("entry", f"the ledger has no entry {mine.index}")
        return found

    head, entry, row = Once(checked_head), Once(entry_now), Once(lambda: _row(mine, served))
    anchor = mine.anchor
    if ledger.traits.consistency:
        since = [Check("ledger-consistency", lambda: _consistent(mine, ledger, verifier, head()))]
    else:
        since = [
            Check("certificate-row", lambda: _same_row(ledger, anchor.index, anchor.head, anchor.proof)),
            Check("own-row", lambda: _same_row(ledger, mine.index, mine.head, mine.proof)),
        ]
    return [
        Check("certificate", lambda: _certificate(mine, pins)),
        Check("receipt", lambda: _receipt(mine, verifier)),
        Check(
            "ledger-head", lambda: require(head().size > mine.index, "head", "it no longer covers my entry")
        ),
        Check("ledger-entry", lambda: _entry(mine, entry())),
        Check("ledger-inclusion", lambda: _included(mine, ledger, verifier, head())),
        *since,
        Check("service-opinion", lambda: _words(mine, row())),
        Check("opinion-commitment", lambda: _commitment(row(), entry())),
    ]


def _certificate(mine: Holder, pins: Pins) -> None:
    for link in bundles.verify(mine.bundle, pins, make_verifier):
        require(link.ok is True, link.name, link.detail)


def _receipt(mine: Holder, verifier: Verifier) -> None:
    promise = receipt.verify(mine.acknowledged.receipt, mine.service_key)
    require(
        promise.leaf == merkle.leaf_hash(mine.entry).hex(),
        "receipt",
        f"it promises the leaf {promise.leaf[:16]}..., the kept entry is another",
    )
    verifier.check_inclusion(mine.entry, mine.index, mine.head, mine.proof)


def _entry(mine: Holder, now: bytes) -> None:
    leaf = merkle.leaf_hash(now).hex()
    promised = mine.acknowledged.leaf
    require(
        leaf == promised,
        "entry",
        f"entry {mine.index} has the leaf {leaf[:16]}..., the receipt promises {promised[:16]}...",
    )


def _included(mine: Holder, ledger: Ledger, verifier: Verifier, head: Head) -> None:
    proof = ledger.prove_inclusion(mine.index, head)
    verifier.check_inclusion(mine.entry, mine.index, head, proof)


def _consistent(mine: Holder, ledger: Ledger, verifier: Verifier, head: Head) -> None:
    old = mine.anchor.head
    require(
        old.size <= head.size,
        "consistency",
        f"the certificate's head has {old.size} entries, the ledger's now {head.size}",
    )
    verifier.check_consistency(old, head, ledger.prove_consistency(old, head))


def _same_row(ledger: Ledger, index: int, head: Head, kept: Proof) -> None:
    """Where two heads cannot be compared, the signed row that was kept is still the same bytes."""
    now = ledger.prove_inclusion(index, head)
    require(
        now == kept,
        "row",
        f"row {index} was signed as ...{kept.data[-8:].hex()} and is now signed as ...{now.data[-8:].hex()}",
    )


def _row(mine: Holder, served: Served) -> Kept:
    name = mine.acknowledged.opinion
    row = served.opinion(name)
    if row is None:
        raise VerificationError("service", f"the service has no opinion {name}, for which I hold a receipt")
    return row


def _words(mine: Holder, row: Kept) -> None:
    said, now = mine.acknowledged.given.opinion.fields(), row.opinion.fields()
    changed = [name for name in said if said[name] != now[name]]
    require(
        not changed,
        "opinion",
        f"the service shows {', '.join(f'{name} {now[name]!r}' for name in changed)}; "
        f"I sent {', '.join(f'{said[name]!r}' for name in changed)}",
    )


def _commitment(row: Kept, entry: bytes) -> None:
    try:
        event = records.verify(entry).event
        found = commitment.commit(row.opinion.fields(), row.salt)
    except ValueError as error:
        raise VerificationError("commitment", str(error)) from error
    if not isinstance(event, OpinionGiven):
        raise VerificationError("commitment", "the ledger's entry is no opinion")
    require(
        event.commitment == found,
        "commitment",
        f"the served opinion commits to {found[:16]}..., the ledger's entry to {event.commitment[:16]}...",
    )
