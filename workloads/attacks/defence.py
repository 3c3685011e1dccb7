"""Every defender's answer over one state of ledger and store, whatever was done to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from backends.ports import LedgerDeployment, Tampered
from consultation.core.errors import LedgerError
from consultation.core.ledger import Ledger, Traits, Verifier
from workloads.attacks import holder, parties
from workloads.attacks.auditor import Auditor
from workloads.attacks.checks import UNAVAILABLE, Broken, Findings, run
from workloads.attacks.honest import CONSULTATION, Holder, Kept
from workloads.attacks.ports import Defender, Outcome
from workloads.attacks.served import Served

KEPT_HEAD = "kept-head"
_NOBODY = "nobody beside the operator has a part in this ledger"


@dataclass(frozen=True, slots=True)
class Defence:
    """What one defender found."""

    defender: Defender
    outcome: Outcome
    detected_by: str
    seconds: float | None
    evidence: str


@dataclass(frozen=True, slots=True)
class Field:
    """What defenders meet: a deployment, a store, and what they kept; `traits` as declared beforehand."""

    deployment: LedgerDeployment
    served: Served
    kept: Kept
    verifier: Verifier
    traits: Traits


def of_holder(field: Field) -> Defence:
    """The victim's checks; the evidence also says what is seen without a receipt, and by another holder."""
    mine = _findings(field, lambda ledger: _holder(field, field.kept.holder, ledger))
    other = _findings(field, lambda ledger: _holder(field, field.kept.bystander, ledger))
    alone = [broken for broken in mine.broken if broken.check in holder.CERTIFICATE_ALONE]
    notes = f"; with the certificate alone and no receipt: {_named(alone)}"
    notes += f"; for another holder, whose entry comes earlier: {_named(other.broken)}"
    return _defence(Defender.HOLDER, mine, notes)


def of_auditor(field: Field) -> Defence:
    """The auditor's checks; where they break, also whether another validator has the true history."""
    kept = field.kept
    found = _findings(
        field,
        lambda ledger: run(
            Auditor(CONSULTATION, kept.head, kept.pins, field.served, ledger, field.verifier).checks()
        ),
    )
    notes = f"; the auditor kept a head of {kept.head.size} entries from before"
    if {broken.check for broken in found.broken} == {KEPT_HEAD}:
        notes += ", and without it would have found nothing"
    own = parties.other_door(field.deployment, field.traits) if found.broken else None
    if own is not None:
        notes += f"; {parties.recovered(own, field.verifier, kept.head)}"
        own.close()
    return _defence(Defender.AUDITOR, found, notes)


def of_party(field: Field, tampered: Tampered | None) -> Defence:
    """Another validator or witness; `tampered` is None where the ledger was left alone."""
    if tampered is None:
        if field.traits.parties <= 1:
            return Defence(Defender.PARTY, Outcome.NOT_APPLICABLE, "", None, _NOBODY)
        evidence = (
            f"they have a part in the ledger ({field.traits.voucher}) and do not hold the service's store"
        )
        return Defence(Defender.PARTY, Outcome.NOT_DETECTED, "", None, evidence)
    own = parties.other_door(field.deployment, field.traits)
    if own is not None:
        try:
            found = _findings(field, lambda ledger: run(parties.checks(own, ledger, field.verifier)))
        finally:
            own.close()
        return _defence(Defender.PARTY, found, f"; {tampered.seen_by_parties}")
    evidence = tampered.seen_by_parties
    match tampered.parties_object:
        case None:
            return Defence(Defender.PARTY, Outcome.NOT_APPLICABLE, "", None, evidence or _NOBODY)
        case True:
            return Defence(Defender.PARTY, Outcome.DETECTED, "refusal", None, evidence)
        case False:
            return Defence(Defender.PARTY, Outcome.NOT_DETECTED, "", None, evidence)


def control(field: Field) -> str:
    """Every check over a state that nobody attacked: the first that breaks, or an empty string."""
    own = parties.other_door(field.deployment, field.traits)
    found = [of_holder(field), of_auditor(field)]
    if own is not None:
        own.close()
        found.append(of_party(field, Tampered(True, "nothing")))
    wrong = [item for item in found if item.outcome is not Outcome.NOT_DETECTED]
    return next((f"{item.defender.value}: {item.detected_by}: {item.evidence}" for item in wrong), "")


def _holder(field: Field, mine: Holder, ledger: Ledger) -> Findings:
    return run(holder.checks(mine, field.kept.pins, field.served, ledger, field.verifier))


def _findings(field: Field, check: Callable[[Ledger], Findings]) -> Findings:
    """Connect and check; a ledger that cannot be connected to has been checked as far as it goes."""
    started = perf_counter()
    try:
        ledger = field.deployment.connect()
    except LedgerError as error:
        return Findings((Broken(UNAVAILABLE, str(error)),), 1, perf_counter() - started)
    try:
        return check(ledger)
    finally:
        ledger.close()


def _named(broken: Sequence[Broken]) -> str:
    return ", ".join(dict.fromkeys(item.check for item in broken)) or "nothing breaks"


def _defence(defender: Defender, found: Findings, notes: str) -> Defence:
    telling = found.telling
    outcome = Outcome.NOT_DETECTED if telling is None else Outcome.DETECTED
    name = "" if telling is None else telling.check
    return Defence(defender, outcome, name, found.seconds, found.evidence() + notes)
