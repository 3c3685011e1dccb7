"""Invented benches, built once for the tests that only read them."""

from pathlib import Path

import pytest

from reports.bench.build import build
from tests.reports.bench import synthetic
from tests.reports.bench.ledgers import PLOTS


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven ledgers measured and one not; with p99 at the higher rate."""
    folder = synthetic.write(
        tmp_path_factory.mktemp("bench") / "whole",
        labels=[label for label in PLOTS if label not in ("signed-db-standby", "log-alone")],
        unmeasured={"timestamped-head": "no compiler"},
        size=synthetic.Size(ramp=(100.0, 400.0, 1000.0, 3200.0), grown=(1_000, 100_000)),
    )
    build(folder)
    return folder


@pytest.fixture(scope="session")
def cut_short(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quick bench that ended early."""
    folder = synthetic.write(
        tmp_path_factory.mktemp("bench") / "cut-short",
        labels=("memory", "signed-db", "evm"),
        unmeasured={"cometbft": "nothing was measured before the bench ended"},
        partial="interrupted",
        quick=True,
        size=synthetic.SMALL,
    )
    build(folder)
    return folder


@pytest.fixture(params=["whole", "cut_short"])
def bench(request: pytest.FixtureRequest) -> Path:
    """Either of them."""
    folder = request.getfixturevalue(request.param)
    assert isinstance(folder, Path)
    return folder
