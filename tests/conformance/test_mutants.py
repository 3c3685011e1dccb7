"""Every broken ledger is caught by the laws it breaks, every law has one, and the whole ledger passes."""

import pytest

from consultation.core.errors import LedgerError
from tests.conformance.laws import LAWS
from tests.conformance.mutants import MUTANTS, Mutant

CAUGHT = [(name, law) for name, mutant in MUTANTS.items() for law in mutant.caught_by]


@pytest.mark.parametrize(("name", "law"), CAUGHT, ids=[f"{law}-{name}" for name, law in CAUGHT])
def test_the_law_catches_the_mutant(name: str, law: str) -> None:
    # A law asks nothing of a good ledger that may fail: an error of the port says the same as an assertion.
    with pytest.raises((AssertionError, LedgerError)):
        LAWS[law](MUTANTS[name].harness())


@pytest.mark.parametrize("law", sorted({law for _, law in CAUGHT}))
@pytest.mark.parametrize("admission", ["all", "rules"])
def test_the_law_passes_what_is_not_broken(law: str, admission: str) -> None:
    LAWS[law](Mutant((), admission=admission).harness())


def test_every_law_has_a_mutant() -> None:
    assert set(LAWS) == {law for _, law in CAUGHT}
