"""Writes `simulation.json`: the model fitted at a run's lowest rate, its predictions beside every rate."""

import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np

from reports.derived import Simulation, Validation
from reports.files import write_json
from reports.observations import Observations, read_observations
from reports.pointer import resolve
from reports.run import Run, plain
from reports.statistics import at_rate
from simulations.calibrate import Parameters, calibrate, simulate_rate

MODEL = "group commit, batcher and ledger as batch servers in series, then proving (simulations/model.py)"


def _compare(name: str, measured: Observations, by: Parameters, seed: tuple[int, int]) -> list[Validation]:
    rows: list[Validation] = []
    for rate in measured.rates():
        real = at_rate(measured, rate)
        predicted = at_rate(simulate_rate(measured, rate, by, np.random.default_rng(seed)), rate)
        pairs = [("throughput", real.throughput, predicted.throughput)]
        for moment, quantiles in real.latency.items():
            for quantile, interval in quantiles.items():
                if quantile in predicted.latency[moment]:
                    pairs.append((f"{moment}.{quantile}", interval, predicted.latency[moment][quantile]))
        for metric, ours, theirs in pairs:
            repeats = real.repeat_values[metric]
            rows.append(
                Validation(
                    ledger=name,
                    metric=metric,
                    regime=f"{rate:g}/s",
                    measured=ours.value,
                    predicted=theirs.value,
                    error=(theirs.value - ours.value) / ours.value if ours.value else 0.0,
                    noise=(max(repeats) - min(repeats)) / ours.value if ours.value else 0.0,
                    held_out=rate != by.calibrated_at,
                )
            )
    return rows


def _collect_s(run: Run) -> float:
    """How long the batcher collects; 0 where the scenario does not say."""
    stated = resolve(run, "scenario.toml#/service/batch_age_s")
    return float(stated) if isinstance(stated, int | float) else 0.0


def predict(run: Run, progress: Callable[[str], None] | None = None) -> Simulation:
    """Fit each measured ledger at its lowest rate and predict every rate. The run's seed gives the chance."""
    validation: list[Validation] = []
    parameters: dict[str, dict[str, float]] = {}
    left_out: dict[str, str] = {}
    seed = run.manifest.seed
    collect_s = _collect_s(run)
    for name in run.measured():
        if progress is not None:
            progress(name)
        observed = read_observations(run.folder, name)
        rates = observed.rates()
        if len(rates) < 2:
            left_out[name] = "only one offered rate was run"
            continue
        own = (abs(seed), zlib.crc32(name.encode()))
        by = calibrate(observed, rates[0], collect_s, own)
        if by is None:
            left_out[name] = "fewer than 100 operations became final at the lowest rate"
            continue
        parameters[name] = {
            "calibrated_at": by.calibrated_at,
            "accept_fixed_s": by.accept.fixed_s,
            "accept_per_entry_s": by.accept.per_entry_s,
            "accept_max_batch": by.accept.max_batch,
            "collect_s": by.collect_s,
            "round_fixed_s": by.ledger.fixed_s,
            "round_per_entry_s": by.ledger.per_entry_s,
            "round_max_batch": by.ledger.max_batch,
            "round_scale": by.scale,
            "lag_s": by.lag_s,
        }
        validation.extend(_compare(name, observed, by, own))
    return Simulation(MODEL, seed, parameters, validation, left_out)


def write(run_dir: Path, progress: Callable[[str], None] | None = None) -> None:
    """Write `simulation.json` into a run directory. Raises RunError where its files break the contract."""
    write_json(run_dir / "simulation.json", plain(predict(Run(run_dir), progress)))
