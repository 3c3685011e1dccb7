"""The whole study: numbers, the same bytes again, the tables, the command; and the real exports."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from typer import Typer
from typer.testing import CliRunner

from tests.workloads.reidentification.towns import act, morning, published, town, towns
from tests.workloads.test_traces import COMMENTS, VOTES, comment, export, sample, vote
from workloads.reidentification import measure, people, show
from workloads.reidentification.__main__ import main
from workloads.reidentification.designs import CARELESS, DESIGN, DESIGNS
from workloads.reidentification.measure import Finding, Spread, Step
from workloads.reidentification.people import DAY_MIN, Town
from workloads.reidentification.study import Settings, Study, steps, study

PUBLISHED = Path(__file__).parents[3] / "docs/explanation/reidentification.json"
SMALL = Settings(units=(2, 5), idle_rates=(0, 2), days=(0, 1))


def small(folder: Path) -> Path:
    """Three days, twelve voters, two statements."""
    votes = [
        vote((DAY_MIN * (voter % 3) + 37 * voter) * 60_000, it, voter, 1 - voter % 3)
        for voter in range(12)
        for it in (0, 1)
    ]
    return export(folder, COMMENTS + comment(0, 4, 4) + comment(1, 4, 4), VOTES + "".join(votes))


def done(folder: Path, settings: Settings = SMALL) -> Study:
    return study([folder], settings, lambda _: None)


def test_a_morning_comes_to_these_numbers() -> None:
    finding = measure.attack(morning(), published(morning(), CARELESS))
    assert finding == Finding(
        CARELESS.name,
        opinions=Spread(3, 3, 3, 1, 1, 1, 1),
        people=Spread(3, 3, 3, 1, 1, 1, 1),
        quiet=Spread(3, 3, 3, 1, 1, 1, 1),
        busy=Spread(0, 0, 0, 0, 0, 0, 0),
        standing=3,
        learnt=0,
        unanimous=3,
        held_min=19,
        held_p95_min=49,
        curve=(Step(1, 3),),
    )
    assert measure.attack(morning(), published(morning(), DESIGN)).opinions == Spread(3, 0, 3, 4, 4, 4, 4)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_a_quantile_is_the_smallest_size_that_so_many_do_not_exceed(sizes: list[int]) -> None:
    found = measure.spread(sizes)
    for share, size in ((0.05, found.p5), (0.5, found.median), (0.95, found.p95)):
        at_most = [sum(1 for it in sizes if it <= other) for other in (size, size - 1)]
        assert at_most[0] >= share * len(sizes) - 1e-9 > at_most[1] - 1e-6 or at_most[1] == 0
    assert (found.n, found.smallest) == (len(sizes), min(sizes))
    assert (found.alone, found.small) == (sizes.count(1), sum(1 for it in sizes if it < 5))


@given(towns())
def test_the_parts_of_a_finding_fit_each_other(place: Town) -> None:
    finding = measure.attack(place, published(place, DESIGN))
    assert finding.opinions.n == len(place.acts) == finding.curve[-1].opinions
    assert finding.curve[0] == Step(1, finding.opinions.alone)
    assert finding.quiet.n + finding.busy.n == finding.opinions.n
    assert finding.quiet.alone + finding.busy.alone == finding.opinions.alone
    assert finding.people.n == len({it.person for it in place.acts})
    assert finding.people.smallest == finding.opinions.smallest
    assert finding.learnt <= finding.standing == sum(1 for it in place.acts if it.standing)


def test_an_hour_with_four_people_is_quiet_and_one_with_five_is_not() -> None:
    five = [act(person, 60 + person) for person in range(5)]
    four = [act(person, 120 + person) for person in (0, 1, 2, 3, 3)]
    assert measure.quiet_hours([*five, *four]) == {2}


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = small(tmp_path)
    assert done(folder).to_json() == done(folder).to_json()
    other = Settings(SMALL.units, SMALL.idle_rates, SMALL.days, seed=2)
    assert done(folder).to_json() != done(folder, other).to_json()


def test_every_setting_has_a_trial_with_every_design_and_one_tick_each(tmp_path: Path) -> None:
    ticks: list[str] = []
    found = study([small(tmp_path)], SMALL, ticks.append)
    assert len(ticks) == steps([tmp_path], SMALL) == 2 * 2 * len(DESIGNS)
    settings = [(trial.days, trial.units, trial.idle_rate) for trial in found.trials]
    assert settings == [(days, units, idle) for days in (0, 1) for units in (2, 5) for idle in (0, 2)]
    names = [design.name for design in DESIGNS]
    assert all([it.design for it in trial.findings] == names for trial in found.trials)


def test_what_is_kept_for_another_number_of_units_is_what_attacking_again_finds(tmp_path: Path) -> None:
    folder = small(tmp_path)
    both = done(folder, Settings((2, 5), (1,)))
    alone = done(folder, Settings((5,), (1,)))
    assert both.trials[1] == alone.trials[0]


def test_the_json_has_a_line_for_each_finding_and_says_what_was_assumed(tmp_path: Path) -> None:
    found = done(small(tmp_path))
    whole = json.loads(found.to_json())
    assert set(whole) == {"attribution", "assumptions", "settings", "trials"}
    assert whole["assumptions"]["login_after_min"] == people.LOGIN_AFTER_MIN
    lines = [line for line in found.to_json().splitlines() if line.startswith('{"design"')]
    assert len(lines) == len(found.trials) * len(DESIGNS)
    assert whole["trials"][0]["findings"][0]["opinions"]["n"] == 24


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (((40, 0), (0,), (0,)), "units is 40, 0; allowed are whole numbers from 1"),
        (((40,), (-1,), (0,)), "idle is -1; allowed are whole numbers from 0"),
        (((40,), (0,), ()), "days is empty"),
    ],
)
def test_a_setting_that_cannot_be_is_refused(
    settings: tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(*settings)


def test_the_tables_say_every_design_once_each() -> None:
    place = town([act(0, 60), act(1, 61)], [0, 0], [(0, 59, 62), (1, 59, 62)])
    finding = measure.attack(place, published(place, DESIGN))
    assert show.share(finding.opinions.alone, finding.opinions.n) == "0.0%"
    assert show.share(1, 10_000) == "<0.1%"
    assert show.share(0, 0) == "–"


app = Typer()
app.command()(main)


def test_the_command_prints_two_tables_for_each_setting_and_writes_the_numbers(tmp_path: Path) -> None:
    target = tmp_path / "numbers.json"
    options = ["--units", "3", "--idle", "0", "--seed", "4", "--json", str(target)]
    result = CliRunner().invoke(app, [str(small(tmp_path)), *options])
    assert result.exit_code == 0, result.output
    for design in DESIGNS:
        rows = [line for line in result.stdout.splitlines() if line.startswith(f"  {design.name}  ")]
        assert len(rows) == 2, design.name
    assert "…" not in result.stdout
    assert "3 units, 24 opinions of 12 people" in result.stdout
    assert json.loads(target.read_text(encoding="utf-8"))["settings"]["seed"] == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [([], "is not there; a trace is a folder with"), (["--units", "0"], "units is 0; allowed are")],
)
def test_the_command_says_what_is_wrong_and_writes_nothing(
    tmp_path: Path, options: list[str], message: str
) -> None:
    target = tmp_path / "numbers.json"
    result = CliRunner().invoke(app, [str(tmp_path / "absent"), *options, "--json", str(target)])
    assert result.exit_code == 3
    assert message in result.stderr
    assert not target.exists()


def test_tables_fit_a_width_of_120(tmp_path: Path) -> None:
    console = Console(width=120, record=True, quiet=True)
    for table in show.tables(done(small(tmp_path), Settings())):
        assert console.measure(table).maximum <= 120


def test_the_published_numbers_of_the_smaller_export_are_found_again() -> None:
    """The larger export would take most of a minute, so two of its rows are found again below."""
    folder = sample("polis-15-per-hour-seattle")
    found = json.loads(done(folder, Settings(units=(40,), days=(0, 20))).to_json())
    published_ = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    of_it = [
        trial for trial in published_["trials"] if (trial["export"], trial["units"]) == (folder.name, 40)
    ]
    assert found["trials"] == of_it
    assert found["assumptions"] == published_["assumptions"]


def test_the_larger_export_singles_out_as_many_as_published_under_the_design_and_the_careless_one() -> None:
    acts = people.read(sample("polis-vtaiwan-uberx"))
    place = people.settle(acts, 40, 0, 1)
    published_ = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    [trial] = [
        it
        for it in published_["trials"]
        if (it["export"], it["days"], it["units"], it["idle_rate"]) == ("polis-vtaiwan-uberx", 0, 40, 0)
    ]
    by_name = {it["design"]: it for it in trial["findings"]}
    for design in (DESIGN, CARELESS):
        found = measure.attack(place, published(place, design))
        said = by_name[design.name]["people"]
        assert (found.people.n, found.people.alone) == (said["n"], said["alone"])
    assert by_name[CARELESS.name]["people"]["alone"] > 2 * by_name[DESIGN.name]["people"]["alone"]


def test_the_page_shows_the_numbers_that_were_written() -> None:
    whole = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    trials = {(it["export"], it["days"], it["units"], it["idle_rate"]): it for it in whole["trials"]}
    large, small_one = "polis-vtaiwan-uberx", "polis-15-per-hour-seattle"
    page = PUBLISHED.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    for place, design in enumerate(DESIGNS):

        def alone(
            export: str, days: int, units: int, idle: int, whose: str = "people", at: int = place
        ) -> str:
            found = trials[export, days, units, idle]["findings"][at][whose]
            return show.share(found["alone"], found["n"])

        spread = Spread(**trials[large, 0, 40, 0]["findings"][place]["opinions"])
        shown = [line for line in page if line.startswith(f"| {design.name} | ")]
        settings = [
            (name, days, units) for name in (large, small_one) for days in (0, 20) for units in (40, 168)
        ]
        people_alone = " | ".join(alone(*setting, 0) for setting in settings)
        idle = " | ".join(alone(large, days, 40, rate) for days in (0, 20) for rate in (0, 1, 10))
        opinions = (
            f"{alone(large, 0, 40, 0, 'opinions')} | {show.share(spread.small, spread.n)} | "
            f"{spread.smallest} · {spread.p5} · {spread.median} · {spread.p95} | "
            f"{alone(large, 0, 40, 0, 'quiet')} | {alone(large, 0, 40, 0, 'busy')} | "
        )
        assert shown[0] == f"| {design.name} | {people_alone} |"
        assert shown[1].startswith(f"| {design.name} | {opinions}")
        assert shown[2] == f"| {design.name} | {idle} |"
