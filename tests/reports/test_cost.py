"""Cost: what is measured times what is assumed, and nothing more."""

from pathlib import Path

import pytest

from reports import cost
from reports.assumptions import OPERATIONS, PRICES, read_operations, read_prices
from reports.errors import RunError
from reports.run import Run
from tests.reports import synthetic


def test_the_year_is_people_machines_processor_and_storage(built: Path) -> None:
    found = Run(built).cost.ledgers["cometbft"]
    for year in found.years:
        assert set(year.parts) == {"people", "machines", "processor", "storage"}
        assert sum(year.parts.values()) == pytest.approx(year.year.p50, rel=0.03)
        assert year.per_opinion.p50 == pytest.approx(year.year.p50 / year.volume)


def test_the_processor_part_is_measured_seconds_times_the_price(built: Path) -> None:
    """By hand: 0.0105 s of CPU for an opinion, 200,000 opinions, and the price's median."""
    run = Run(built)
    resources = run.summary.ledgers["cometbft"].resources
    seconds = (resources.cpu_s_per_opinion or 0) + (resources.service_cpu_s_per_opinion or 0)
    assert seconds == pytest.approx(0.0105)
    likely = next(year for year in run.cost.ledgers["cometbft"].years if year.volume == 200_000)
    price = read_prices()["cpu_core_hour"]
    low, high = (seconds * 200_000 / 3600 * corner for corner in (price.low, price.high))
    assert low < likely.parts["processor"] < high


def test_the_likely_volume_is_what_the_scenario_declares(built: Path) -> None:
    assert Run(built).cost.likely_volume == 200_000
    assert [year.volume for year in Run(built).cost.ledgers["signed-db"].years] == [1500, 200_000, 4_300_000]


def test_gas_is_priced_apart_and_added_to_nothing(built: Path) -> None:
    found = Run(built).cost.ledgers
    assert found["evm"].gas_per_opinion == pytest.approx(61_000)
    assert found["evm"].fee_per_opinion is not None
    assert found["cometbft"].gas_per_opinion is None
    assert found["cometbft"].fee_per_opinion is None
    assert all("gas" not in year.parts for year in found["evm"].years)


def test_the_reference_costs_exactly_itself(built: Path) -> None:
    ratio = Run(built).cost.ledgers["signed-db"].peer_over_ours
    assert ratio is not None
    assert (ratio.p5, ratio.p50, ratio.p95) == (1.0, 1.0, 1.0)


def test_of_two_ledgers_one_is_cheaper_in_each_draw(built: Path) -> None:
    found = Run(built).cost.ledgers
    there, back = found["signed-db"].cheaper_than["cometbft"], found["cometbft"].cheaper_than["signed-db"]
    assert there + back == pytest.approx(1.0)


def test_the_same_seed_gives_the_same_bytes(built: Path) -> None:
    before = (built / "cost.json").read_bytes()
    cost.write(built)
    assert (built / "cost.json").read_bytes() == before


def test_a_ledger_without_measured_bytes_has_no_cost_and_says_why(tmp_path: Path) -> None:
    from reports import summary

    run_dir = synthetic.write(tmp_path / "run", seconds=4.0)
    raw = (run_dir / "raw.json").read_text().replace('"stored_bytes"', '"stored_bites"')
    (run_dir / "raw.json").write_text(raw)
    summary.write(run_dir)
    cost.write(run_dir)
    found = Run(run_dir).cost.ledgers["merkle-log"]
    assert found.years == []
    assert found.reason == "its CPU or its bytes were not measured"


def test_every_price_has_a_unit_and_a_source() -> None:
    prices = read_prices()
    assert all(price.unit and price.source and price.note_vi and price.note_en for price in prices.values())
    roles = {role for ledger in read_operations().ledgers.values() for role in ledger.posts}
    assert roles <= set(prices)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("low = 500\n", "low = 5000\n", r"prices.toml: key 'cpu_core_hour': .* low <= likely <= high"),
        ('unit = "VND / core-hour"\n', "", r"prices.toml: key 'cpu_core_hour.unit'"),
        ("[gas_unit]", "[gas_price]", r"prices.toml: key 'gas_unit'"),
    ],
)
def test_a_broken_price_is_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    text = PRICES.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "prices.toml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RunError, match=said):
        read_prices(tmp_path / "prices.toml")


def test_a_broken_operation_is_named(tmp_path: Path) -> None:
    text = OPERATIONS.read_text(encoding="utf-8").replace('kind = "log"', 'kind = "cloud"', 1)
    (tmp_path / "operations.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RunError, match=r"ledgers.merkle-log.kind"):
        read_operations(tmp_path / "operations.toml")
