"""Writes `cost.json`: measured quantities and assumed posts, times prices, as seeded distributions.

One year on one ledger is the sum of four parts:

- people: posts by role times pay (both assumed);
- machines: their number times the month's price, paid whether or not anybody writes (both assumed);
- processor: measured CPU seconds of an opinion, ledger and service, times the year's opinions and the price;
- storage: measured bytes of an opinion on all nodes, kept for the years of retention, times the price.

The draws are triangular and shared by all ledgers, so that a difference between two ledgers is not chance.
Gas is priced apart and added to nothing: gas follows from the contract alone, while a fee belongs to a
network that no run here has measured.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reports.assumptions import (
    OPERATIONS,
    PRICES,
    Operation,
    Operations,
    Range,
    read_operations,
    read_prices,
    shown,
)
from reports.derived import Cost, LedgerCost, Resources, Spread, SummaryLedger, YearCost
from reports.files import digest, write_json
from reports.run import Run, plain

DRAWS = 10_000
_SECONDS_PER_HOUR = 3600.0
_BYTES_PER_GB = 1e9
_MONTHS = 12

Draws = NDArray[np.float64]


def _triangular(rng: np.random.Generator, by: Range) -> Draws:
    if by.low == by.high:
        return np.full(DRAWS, by.likely)
    return rng.triangular(by.low, by.likely, by.high, DRAWS)


def _spread(draws: Draws) -> Spread:
    p5, p50, p95 = (float(value) for value in np.quantile(draws, (0.05, 0.5, 0.95)))
    return Spread(p5, p50, p95)


def _volumes(run: Run, operations: Operations) -> tuple[int, list[int]]:
    context = run.scenario.get("context")
    declared = context.get("opinions_per_year") if isinstance(context, Mapping) else None
    likely = declared if isinstance(declared, int) else operations.volumes.default
    return likely, sorted({operations.volumes.small, likely, operations.volumes.large})


class _Prices:
    """The shared draws: of each price once, of each post once per ledger and role by a common quantile."""

    def __init__(self, prices: Mapping[str, Range], seed: int) -> None:
        rng = np.random.default_rng(abs(seed))
        self.prices = {name: _triangular(rng, item) for name, item in prices.items()}
        self._levels = {name: rng.uniform(size=DRAWS) for name in prices if name.startswith("pay_")}

    def posts(self, role: str, by: Range) -> Draws:
        """Posts at the level drawn for the role: who needs many people for one ledger does for all."""
        level, width = self._levels[role], by.high - by.low
        if width == 0:
            return np.full(DRAWS, by.likely)
        turn = (by.likely - by.low) / width
        rising = by.low + np.sqrt(level * width * (by.likely - by.low))
        falling = by.high - np.sqrt((1 - level) * width * (by.high - by.likely))
        return np.where(level < turn, rising, falling)


def _usage(resources: Resources, by: _Prices, years: float) -> tuple[Draws, Draws] | None:
    """Processor and storage of one opinion, or None where a quantity was not measured."""
    cpu, stored = resources.cpu_s_per_opinion, resources.stored_bytes_per_opinion
    if cpu is None or stored is None:
        return None
    seconds = cpu + (resources.service_cpu_s_per_opinion or 0.0)
    processor = by.prices["cpu_core_hour"] * (seconds / _SECONDS_PER_HOUR)
    storage = by.prices["storage_gb_month"] * (stored / _BYTES_PER_GB * _MONTHS * years)
    return processor, storage


def _year(
    volume: int, usage: tuple[Draws, Draws], operation: Operation, by: _Prices
) -> tuple[Draws, YearCost]:
    people = sum(
        (by.posts(role, posts) * by.prices[role] * _MONTHS for role, posts in operation.posts.items()),
        start=np.zeros(DRAWS),
    )
    machines = by.prices["machine_month"] * (operation.machines * _MONTHS)
    processor, storage = usage[0] * volume, usage[1] * volume
    year = people + machines + processor + storage
    parts = {
        name: float(np.median(part))
        for name, part in (
            ("people", people), ("machines", machines), ("processor", processor), ("storage", storage),
        )
    }  # fmt: skip
    share = float(np.median((processor + storage) / year))
    return year, YearCost(volume, _spread(year), _spread(year / volume), parts, share)


def _nothing(reason: str, operation: Operation | None) -> LedgerCost:
    machines, parties = (operation.machines, operation.parties) if operation else (0, 0)
    return LedgerCost(reason, machines, parties, None, None, None, (), None, {})


def price(run: Run) -> Cost:
    """The cost of every ledger that was measured and that `operations.toml` knows how to run."""
    prices, operations = read_prices(), read_operations()
    seed = run.manifest.seed
    by = _Prices({name: item.range for name, item in prices.items()}, seed)
    likely, volumes = _volumes(run, operations)
    ledgers: dict[str, LedgerCost] = {}
    likely_draws: dict[str, Draws] = {}
    for name, ledger in run.summary.ledgers.items():
        ledgers[name], draws = _ledger(ledger, operations.ledgers.get(name), by, operations, volumes, likely)
        if draws is not None:
            likely_draws[name] = draws
    reference = operations.reference.ledger
    for name, draws in likely_draws.items():
        against = likely_draws.get(reference)
        ledgers[name] = replace(
            ledgers[name],
            peer_over_ours=None if against is None else _spread(against / draws),
            cheaper_than={
                other: float(np.mean(draws < theirs))
                for other, theirs in likely_draws.items()
                if other != name
            },
        )
    return Cost(
        currency="VND",
        seed=seed,
        draws=DRAWS,
        reference=reference,
        likely_volume=likely,
        ledgers=ledgers,
        prices=shown(prices),
        sources={"prices.toml": digest(PRICES), "operations.toml": digest(OPERATIONS)},
    )


def _ledger(
    ledger: SummaryLedger,
    operation: Operation | None,
    by: _Prices,
    operations: Operations,
    volumes: list[int],
    likely: int,
) -> tuple[LedgerCost, Draws | None]:
    if ledger.status != "measured":
        return _nothing("not measured", operation), None
    if operation is None:
        return _nothing("operations.toml does not say what running it takes", None), None
    usage = _usage(ledger.resources, by, operations.retention.years)
    if usage is None:
        return _nothing("its CPU or its bytes were not measured", operation), None
    years = {volume: _year(volume, usage, operation, by) for volume in volumes}
    gas = ledger.resources.gas_per_opinion
    return LedgerCost(
        reason="",
        machines=operation.machines,
        parties=operation.parties,
        usage_per_opinion=_spread(usage[0] + usage[1]),
        gas_per_opinion=gas,
        fee_per_opinion=None if gas is None else _spread(by.prices["gas_unit"] * gas),
        years=[year for _, year in years.values()],
        peer_over_ours=None,
        cheaper_than={},
    ), years[likely][0]


def write(run_dir: Path) -> None:
    """Write `cost.json`. Needs `summary.json`."""
    write_json(run_dir / "cost.json", plain(price(Run(run_dir))))
