"""A running service for each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from consultation.service.ports import Settings
from tests.consultation.service.rig import Rig

MakeRig = Callable[..., Rig]
QUICK = Settings(batch_age_s=0.001, event_timeout_s=20.0)


@pytest.fixture
def make_rig(tmp_path: Path) -> Iterator[MakeRig]:
    """Makes rigs; each is stopped at the end."""
    made: list[Rig] = []

    def make(ledger: str = "memory", settings: Settings = QUICK) -> Rig:
        made.append(Rig(tmp_path / str(len(made)), ledger, settings))
        return made[-1]

    yield make
    for rig in made:
        rig.stop()


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """Over the memory ledger, with a consultation that is open."""
    return make_rig().opened()
