"""Each check can pass and can fail: an untouched state passes all, and fewer checks see less."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.ports import Tampered
from consultation.core.bundle import Pins
from consultation.core.errors import Rejected, Unavailable, VerificationError
from consultation.core.ledger import Ledger, Root
from consultation.core.multikey import Ed25519Key
from consultation.core.trust import PinnedKey
from consultation.service import schema
from consultation.service.store import Store
from tests.workloads.attacks.sites import OPINIONS, site
from workloads.attacks import campaign, defence, files, holder, ledger_attacks, losses, store_attacks
from workloads.attacks.auditor import Auditor
from workloads.attacks.campaign import State
from workloads.attacks.checks import UNAVAILABLE, Broken, Check, Findings, Once, run
from workloads.attacks.defence import Field
from workloads.attacks.files import Opened
from workloads.attacks.honest import CONSULTATION, Holder
from workloads.attacks.ports import Outcome, Threat
from workloads.attacks.served import Served


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("untouched")


@pytest.fixture(scope="module")
def state(place: Path) -> Iterator[State]:
    """An honest consultation on signed-db that no test changes."""
    begun = campaign.begin(site("signed-db", place), OPINIONS)
    yield begun
    begun.deployment.stop()


@pytest.fixture
def field(state: State, place: Path, tmp_path: Path) -> Iterator[Field]:
    """What defenders meet, with a copy of the store to be spoilt."""
    store = files.copy(state.store, tmp_path / "store.sqlite")
    with Opened(store) as opened:
        yield campaign.field_of(site("signed-db", place), state, Served(opened, CONSULTATION))


@pytest.fixture
def ledger(state: State) -> Iterator[Ledger]:
    client = state.deployment.connect()
    yield client
    client.close()


def auditors(field: Field, ledger: Ledger) -> Auditor:
    kept = field.kept
    return Auditor(CONSULTATION, kept.head, kept.pins, field.served, ledger, field.verifier)


def holders(field: Field, ledger: Ledger, mine: Holder, pins: Pins | None = None) -> Findings:
    checks = holder.checks(mine, pins or field.kept.pins, field.served, ledger, field.verifier)
    return run(checks)


def broken(found: Findings) -> set[str]:
    return {item.check for item in found.broken}


def test_nothing_breaks_where_nobody_attacked(field: Field) -> None:
    assert defence.control(field) == ""
    assert defence.of_holder(field).outcome is Outcome.NOT_DETECTED
    assert defence.of_auditor(field).evidence.startswith("all 9 checks passed")


def test_the_kept_head_of_another_history_breaks_the_auditors_check(field: Field, ledger: Ledger) -> None:
    other = replace(field.kept.head, root=Root(bytes(32)))
    auditor = Auditor(CONSULTATION, other, field.kept.pins, field.served, ledger, field.verifier)
    assert broken(run(auditor.checks())) == {"kept-head"}


def test_a_certificate_under_other_pins_breaks(field: Field, ledger: Ledger) -> None:
    stranger = PinnedKey(Ed25519Key(bytes(SigningKey(bytes(32)).verify_key)))
    pins = replace(field.kept.pins, issuers=dict.fromkeys(field.kept.pins.issuers, stranger))
    assert broken(holders(field, ledger, field.kept.holder, pins)) == {"certificate"}


def test_a_receipt_by_another_key_breaks(field: Field, ledger: Ledger) -> None:
    mine = replace(field.kept.holder, service_key=bytes(SigningKey(bytes(32)).verify_key).hex())
    assert broken(holders(field, ledger, mine)) == {"receipt"}


def test_somebody_elses_entry_breaks_what_compares_it(field: Field, ledger: Ledger) -> None:
    mine, other = field.kept.holder, field.kept.bystander
    swapped = replace(mine, index=other.index, entry=other.entry, proof=other.proof)
    assert broken(holders(field, ledger, swapped)) == {"receipt", "ledger-entry", "opinion-commitment"}


def test_a_row_signed_otherwise_breaks_although_its_signature_holds(field: Field, ledger: Ledger) -> None:
    mine = field.kept.holder
    kept = replace(mine, proof=field.kept.bystander.proof)
    assert "own-row" in broken(holders(field, ledger, kept))


def spoil(field: Field, tmp_path: Path, **values: str | bytes) -> None:
    """Set columns of the one consultation in the copied store."""
    opened = Store(tmp_path / "store.sqlite")
    with opened.engine.begin() as connection:
        connection.execute(schema.CONSULTATIONS.update().values(values))
    opened.close()


def test_another_summary_breaks_the_auditors_check(field: Field, ledger: Ledger, tmp_path: Path) -> None:
    spoil(field, tmp_path, summary='{"rows":[]}')
    found = run(auditors(field, ledger).checks())
    assert broken(found) == {"summary"}
    assert found.evidence().endswith("the only one of 9 checks")


def test_another_checkpoint_of_certificates_breaks(field: Field, ledger: Ledger, tmp_path: Path) -> None:
    opened = Store(tmp_path / "store.sqlite")
    with opened.engine.begin() as connection:
        connection.execute(schema.EDITIONS.update().values(checkpoint=b"another"))
    opened.close()
    assert broken(run(auditors(field, ledger).checks())) == {"certificates"}


def test_an_edited_row_is_named_by_the_commitment(field: Field, ledger: Ledger, tmp_path: Path) -> None:
    with Opened(tmp_path / "store.sqlite") as opened:
        store_attacks.edit(opened, field.kept)
    assert broken(run(auditors(field, ledger).checks())) == {"opinion-commitment", "summary"}
    assert broken(holders(field, ledger, field.kept.holder)) == {"service-opinion", "opinion-commitment"}
    assert broken(holders(field, ledger, field.kept.bystander)) == set()
    assert losses.of_store(field.kept, field.served).lost == 1


def test_an_opinion_that_the_store_has_twice_is_counted_and_found(
    field: Field, ledger: Ledger, tmp_path: Path
) -> None:
    name = field.kept.holder.acknowledged.opinion
    with Opened(tmp_path / "store.sqlite") as opened:
        row, kept = opened.store.row(schema.OPINIONS, id=name), opened.kept(name)
        assert row is not None
        assert kept is not None
        twin = {**row, "id": "again", **opened.sealed("again", kept.opinion, kept.salt)}
        with opened.store.engine.begin() as connection:
            connection.execute(schema.OPINIONS.insert().values(twin))
    assert losses.of_store(field.kept, field.served) == losses.Losses(0, 1)
    assert {"close", "summary"} <= broken(run(auditors(field, ledger).checks()))


def test_without_the_kept_head_a_rewritten_ledger_passes_every_other_check(tmp_path: Path) -> None:
    """The mutant defender: what detects a rewriting by the operator is the kept head and nothing else."""
    here = site("signed-db", tmp_path)
    state = campaign.begin(here, OPINIONS)
    try:
        store = files.copy(state.store, tmp_path / "store.sqlite")
        ledger_attacks.attack(Threat.REWRITE, here, state.deployment, store, state.kept)
        with Opened(store) as opened:
            client = state.deployment.connect()
            field = campaign.field_of(here, state, Served(opened, CONSULTATION))
            checks = auditors(field, client).checks()
            found = run([check for check in checks if check.name != defence.KEPT_HEAD])
            client.close()
    finally:
        state.deployment.stop()
    assert found.checks == len(checks) - 1
    assert found.broken == ()


def test_a_check_that_gets_no_answer_is_told_from_one_that_finds_a_flaw() -> None:
    def failing(error: Exception) -> Callable[[], None]:
        def fail() -> None:
            raise error

        return fail

    found = run(
        [
            Check("first", failing(Unavailable("down"))),
            Check("second", failing(Rejected("no such index"))),
            Check("third", failing(VerificationError("link", "forged"))),
        ]
    )
    assert found.broken == (
        Broken(UNAVAILABLE, "first: down"),
        Broken("second", "no such index"),
        Broken("third", "link: forged"),
    )
    assert found.telling == Broken("second", "no such index")


def test_a_reading_is_done_once_and_its_error_kept() -> None:
    calls = []

    def read() -> int:
        calls.append(1)
        raise Unavailable("down")

    reading = Once(read)
    for _ in range(2):
        with pytest.raises(Unavailable):
            reading()
    assert len(calls) == 1


def test_a_witness_that_refused_detects_and_one_that_was_not_asked_does_not(field: Field) -> None:
    asked = Tampered(True, "done", "it refused", True)
    outcomes = [
        defence.of_party(field, replace(asked, parties_object=objects)).outcome
        for objects in (True, False, None)
    ]
    assert outcomes == [Outcome.DETECTED, Outcome.NOT_DETECTED, Outcome.NOT_APPLICABLE]


def test_others_with_a_part_in_the_ledger_do_not_see_the_services_store(field: Field) -> None:
    several = replace(field, traits=replace(field.traits, parties=3))
    assert defence.of_party(several, None).outcome is Outcome.NOT_DETECTED
    assert defence.of_party(field, None).outcome is Outcome.NOT_APPLICABLE
