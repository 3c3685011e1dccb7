"""An attack that could not be carried out is 'not measured' with the reason, and the others go on."""

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from backends.ports import Delete, LedgerDeployment, Tampered, Tampering
from consultation.core.errors import Unavailable
from consultation.core.ledger import Ledger, Verifier
from consultation.service.ports import Keys
from consultation.service.service import Service
from tests.workloads.attacks.sites import OPINIONS, silent, site
from workloads.attacks import campaign
from workloads.attacks.ports import Outcome, Site, Threat, Where


class Refusing:
    """A deployment that answers every tampering in its own way, and is the real one in all else."""

    def __init__(self, inner: LedgerDeployment, tamper: Callable[[Tampering], Tampered]) -> None:
        self.tamper = tamper
        self.connect, self.pins, self.assurance = inner.connect, inner.pins, inner.assurance
        self.kill, self.restart, self.stop = inner.kill, inner.restart, inner.stop
        self.pause, self.resume, self.use = inner.pause, inner.resume, inner.use


class Altered:
    """A site whose deployments are wrapped right after they are made."""

    def __init__(self, inner: Site, wrap: Callable[[LedgerDeployment], LedgerDeployment]) -> None:
        self._inner, self._wrap = inner, wrap
        self.name, self.backend, self.mode, self.folder = inner.name, inner.backend, inner.mode, inner.folder
        self.keys: Keys = inner.keys

    def start(self) -> LedgerDeployment:
        return self._wrap(self._inner.start())

    def keep(self) -> None:
        self._inner.keep()

    def restore(self) -> LedgerDeployment:
        return self._wrap(self._inner.restore())

    def serve(self, ledger: Ledger, verifier: Verifier, store: Path) -> Service:
        return self._inner.serve(ledger, verifier, store)


def refuse(_: Tampering) -> Tampered:
    return Tampered(False, "the disk is read-only")


def fail(_: Tampering) -> Tampered:
    raise Unavailable("the node did not come back")


@pytest.mark.parametrize(
    ("tamper", "reason"),
    [(refuse, "the disk is read-only"), (fail, "Unavailable: the node did not come back")],
)
def test_an_attack_that_cannot_be_staged_is_not_measured_and_the_others_are(
    tmp_path: Path, tamper: Callable[[Tampering], Tampered], reason: str
) -> None:
    here = Altered(site("signed-db", tmp_path), lambda inner: Refusing(inner, tamper))
    cells = campaign.run(here, OPINIONS, silent)
    on_ledger = [cell for cell in cells if cell.store is Where.LEDGER]
    assert {(cell.outcome, cell.evidence, cell.staged) for cell in on_ledger} == {
        (Outcome.NOT_MEASURED, reason, "")
    }
    assert len(on_ledger) == len(cells) - len(on_ledger) == 9
    assert Outcome.NOT_MEASURED not in {cell.outcome for cell in cells if cell.store is Where.SERVICE}


def test_where_a_check_refuses_an_untouched_ledger_nothing_is_measured(tmp_path: Path) -> None:
    """A detection would prove nothing there: the same check breaks without an attack."""

    class Lying(Refusing):
        """Loses an entry by itself once the consultation is over."""

        def __init__(self, inner: LedgerDeployment) -> None:
            super().__init__(inner, refuse)
            clients = count()

            def connect() -> Ledger:
                if next(clients) == 1:
                    inner.tamper(Delete(0))
                return inner.connect()

            self.connect = connect

    said: list[str] = []
    cells = campaign.run(Altered(site("signed-db", tmp_path), Lying), OPINIONS, said.append)
    assert {cell.outcome for cell in cells} == {Outcome.NOT_MEASURED}
    assert all("refuses what nobody attacked" in cell.evidence for cell in cells)
    assert any("not attacked" in line for line in said)


def test_the_untouched_ledger_is_put_back_before_each_attack(tmp_path: Path) -> None:
    """Deleting after editing removes one entry from the true history, not from the edited one."""
    seen: list[list[bytes]] = []

    class Watched(Refusing):
        def __init__(self, inner: LedgerDeployment) -> None:
            def tamper(tampering: Tampering) -> Tampered:
                ledger = inner.connect()
                seen.append(list(ledger.scan(0, ledger.head().size)))
                ledger.close()
                return inner.tamper(tampering)

            super().__init__(inner, tamper)

    campaign.run(Altered(site("signed-db", tmp_path), Watched), OPINIONS, silent)
    assert len(seen) == 3
    assert seen[0] == seen[1] == seen[2]


def test_an_attack_before_which_the_ledger_does_not_come_back_is_not_measured(tmp_path: Path) -> None:
    inner = site("signed-db", tmp_path)

    class Lost(Altered):
        def restore(self) -> LedgerDeployment:
            raise Unavailable("the port is taken")

    cells = campaign.run(Lost(inner, lambda deployment: deployment), OPINIONS, silent)
    given_up = {cell.threat for cell in cells if cell.outcome is Outcome.NOT_MEASURED}
    assert given_up == {Threat.DELETE, Threat.REWRITE}
    assert {cell.evidence for cell in cells if cell.outcome is Outcome.NOT_MEASURED} == {
        "Unavailable: the port is taken"
    }
