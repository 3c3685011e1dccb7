"""One ledger's campaign: stage, let every defender check, count what is lost, write a cell for each."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from backends.ports import LedgerDeployment, Tampered
from consultation.core.bundle import Pins
from consultation.core.ledger import Durability, Traits
from consultation.core.multikey import Ed25519Key
from consultation.core.trust import PinnedKey
from workloads.attacks import defence, files, ledger_attacks, losses, store_attacks
from workloads.attacks.defence import Defence, Field
from workloads.attacks.files import Opened
from workloads.attacks.forgery import Forged, forge
from workloads.attacks.honest import CONSULTATION, Kept, hold
from workloads.attacks.losses import Losses
from workloads.attacks.ports import Cell, Defender, Outcome, Site, Threat, Where, make_verifier
from workloads.attacks.served import Served

Say = Callable[[str], None]
HELD = "all by one department, which holds the ledger's operator key, the service's key and the unit's key"


class NotStaged(Exception):
    """An attack could not be carried out, or a check refuses what nobody attacked: nothing was measured."""


@dataclass(frozen=True, slots=True)
class State:
    """A running ledger with the consultation on it, what honest parties kept, and the service's store."""

    deployment: LedgerDeployment
    traits: Traits
    kept: Kept
    store: Path


def run(site: Site, opinions: int, say: Say) -> list[Cell]:
    """Stage everything on one ledger. Raises LedgerError, Problem where no consultation can be run.

    The ledger is put back before each attack on it. One that forgets gets a new consultation each time.
    """
    state = begin(site, opinions)
    try:
        try:
            _check_untouched(site, state)
        except NotStaged as error:
            say(f"{site.name}: not attacked: {error}")
            return not_measured(site.name, site.mode, str(error))
        forged = forge(site, state.kept, site.folder / "forged")
        cells = [cell for threat in Threat for cell in _on_store(site, state, threat, forged, say)]
        lasting = state.traits.durability is not Durability.NONE
        if lasting:
            _keep_running(site, state)
        else:
            state.deployment.stop()
            site.keep()
        for number, threat in enumerate(Threat):
            if number or not lasting:
                state.deployment.stop()
                try:
                    state = _again(site, state, opinions)
                except Exception as error:
                    cells += _given_up(site, threat, Where.LEDGER, error, say)
                    continue
            cells += _on_ledger(site, state, threat, say)
        return cells
    finally:
        state.deployment.stop()


def _keep_running(site: Site, state: State) -> None:
    """Copy the ledger while it stands still: what is on disk then is what a power cut would leave."""
    state.deployment.pause()
    try:
        site.keep()
    finally:
        state.deployment.resume()


def _again(site: Site, state: State, opinions: int) -> State:
    """The ledger as it was before any attack, or another one where it has forgotten what it held."""
    deployment = site.restore()
    try:
        ledger = deployment.connect()
        try:
            size = ledger.head().size
        finally:
            ledger.close()
        if size == len(state.kept.entries):
            return replace(state, deployment=deployment)
    except BaseException:
        deployment.stop()
        raise
    deployment.stop()
    return begin(site, opinions)


def not_measured(ledger: str, mode: str, reason: str) -> list[Cell]:
    """A cell for every attack and defender that says why there is no outcome."""
    return [
        cell for store in Where for threat in Threat for cell in _blank(ledger, mode, threat, store, reason)
    ]


def begin(site: Site, opinions: int) -> State:
    """Deploy, run the consultation, and end the service on it."""
    deployment = site.start()
    try:
        unit = PinnedKey(Ed25519Key(bytes(site.keys.unit.verify_key)))
        pins = Pins({site.keys.issuer.method: unit}, {site.backend: deployment.pins()})
        verifier = make_verifier(site.backend, pins.ledgers[site.backend])
        store = site.folder / "service" / "store.sqlite"
        files.remove(store)
        ledger = deployment.connect()
        try:
            service = site.serve(ledger, verifier, store)
            try:
                kept = hold(service, ledger, pins, opinions)
            finally:
                service.close()
            return State(deployment, ledger.traits, kept, store)
        finally:
            ledger.close()
    except BaseException:
        deployment.stop()
        raise


def _on_store(site: Site, state: State, threat: Threat, forged: Forged, say: Say) -> list[Cell]:
    say(f"{site.name}: {threat.value} in the service's store")

    def stage(store: Path) -> tuple[str, None]:
        return store_attacks.attack(threat, store, state.kept, forged), None

    return _staged(site, state, threat, Where.SERVICE, stage, say)


def _on_ledger(site: Site, state: State, threat: Threat, say: Say) -> list[Cell]:
    say(f"{site.name}: {threat.value} in the ledger's own storage")

    def stage(store: Path) -> tuple[str, Tampered]:
        _check_untouched(site, state)
        done = ledger_attacks.attack(threat, site, state.deployment, store, state.kept)
        if not done.done:
            raise NotStaged(done.how)
        index = str(state.kept.holder.index)
        place = "" if threat is Threat.REWRITE or index in done.how else f"entry {index}: "
        return f"{place}{done.how}; the service's store made to agree", done

    return _staged(site, state, threat, Where.LEDGER, stage, say)


def _staged(
    site: Site,
    state: State,
    threat: Threat,
    where: Where,
    stage: Callable[[Path], tuple[str, Tampered | None]],
    say: Say,
) -> list[Cell]:
    """Stage on a copy of the store, and let everybody check."""
    store = site.folder / "service" / f"{where.value}-{threat.value}" / "store.sqlite"
    try:
        files.copy(state.store, store)
        done, tampered = stage(store)
        with Opened(store) as opened:
            field = field_of(site, state, Served(opened, CONSULTATION))
            found = [
                defence.of_holder(field),
                defence.of_auditor(field),
                defence.of_party(field, tampered),
            ]
            lost = _losses(field, where)
    except Exception as error:
        # A broken ledger may break its own tools in any way. Nothing is concluded from that, and the other
        # attacks go on.
        return _given_up(site, threat, where, error, say)
    return [_cell(site, threat, where, item, f"{done}; {HELD}", lost) for item in found]


def _given_up(site: Site, threat: Threat, where: Where, error: Exception, say: Say) -> list[Cell]:
    reason = str(error) if isinstance(error, NotStaged) else f"{type(error).__name__}: {error}"
    say(f"{site.name}: {threat.value} in the {where.value}: not measured: {reason.splitlines()[0]}")
    return _blank(site.name, site.mode, threat, where, reason)


def _check_untouched(site: Site, state: State) -> None:
    """No check refuses what nobody attacked. Raises NotStaged."""
    copy = files.copy(state.store, site.folder / "service" / "untouched" / "store.sqlite")
    with Opened(copy) as opened:
        refused = defence.control(field_of(site, state, Served(opened, CONSULTATION)))
    if refused:
        raise NotStaged(f"a check refuses what nobody attacked: {refused}")


def field_of(site: Site, state: State, served: Served) -> Field:
    verifier = make_verifier(site.backend, state.kept.pins.ledgers[site.backend])
    return Field(state.deployment, served, state.kept, verifier, state.traits)


def _losses(field: Field, where: Where) -> Losses:
    if where is Where.SERVICE:
        return losses.of_store(field.kept, field.served)
    return losses.of_ledger(field.kept, field.deployment)


def _cell(site: Site, threat: Threat, where: Where, item: Defence, staged: str, lost: Losses) -> Cell:
    return Cell(
        threat,
        where,
        site.name,
        site.mode,
        item.defender,
        item.outcome,
        item.detected_by,
        item.seconds,
        item.evidence,
        staged,
        lost.lost,
        lost.duplicated,
    )


def _blank(ledger: str, mode: str, threat: Threat, where: Where, reason: str) -> list[Cell]:
    return [
        Cell(threat, where, ledger, mode, defender, Outcome.NOT_MEASURED, evidence=reason)
        for defender in Defender
    ]
