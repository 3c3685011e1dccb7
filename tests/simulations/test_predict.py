"""Calibration at one rate and prediction at the other, on an invented run."""

from pathlib import Path

import pytest

from reports.run import Run
from simulations import predict
from tests.reports import synthetic


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.write(tmp_path_factory.mktemp("run") / "synthetic")


def test_the_rate_that_was_not_calibrated_on_is_predicted_within_a_tenth(run_dir: Path) -> None:
    rows = predict.predict(Run(run_dir)).validation
    held_out = [row for row in rows if row.held_out and row.metric in ("throughput", "final.p50")]
    assert {row.ledger for row in held_out} == set(synthetic.PLOTS)
    assert {row.regime for row in held_out} == {"60/s"}
    assert max(abs(row.error) for row in held_out) < 0.1


def test_an_error_is_the_prediction_less_the_measurement_over_the_measurement(run_dir: Path) -> None:
    for row in predict.predict(Run(run_dir)).validation:
        assert row.error == pytest.approx((row.predicted - row.measured) / row.measured)


def test_the_same_run_gives_the_same_bytes(run_dir: Path) -> None:
    predict.write(run_dir)
    first = (run_dir / "simulation.json").read_bytes()
    predict.write(run_dir)
    assert (run_dir / "simulation.json").read_bytes() == first


def test_progress_names_each_ledger(run_dir: Path) -> None:
    told: list[str] = []
    predict.predict(Run(run_dir), told.append)
    assert told == list(synthetic.PLOTS)


def test_one_rate_alone_predicts_nothing_and_says_why(tmp_path: Path) -> None:
    run_dir = synthetic.write(tmp_path / "run", rates=(30.0,), repeats=1)
    simulation = predict.predict(Run(run_dir))
    assert simulation.validation == []
    assert set(simulation.not_predicted.values()) == {"only one offered rate was run"}


def test_too_few_final_operations_predict_nothing(tmp_path: Path) -> None:
    run_dir = synthetic.write(tmp_path / "run", rates=(1.0, 30.0), repeats=2)
    simulation = predict.predict(Run(run_dir))
    assert set(simulation.not_predicted.values()) == {
        "fewer than 100 operations became final at the lowest rate"
    }
