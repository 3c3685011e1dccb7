"""An invented run, built once for the tests that only read it."""

from pathlib import Path

import pytest

import reports
from simulations import predict
from tests.reports import synthetic


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run with every ledger measured, its simulation and its reports."""
    run_dir = synthetic.write(tmp_path_factory.mktemp("run") / "synthetic")
    predict.write(run_dir)
    reports.build(run_dir)
    return run_dir
