"""The figure of anonymity sets: what it reads, what it refuses, and what stands on it."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Annotation
from typer import Typer
from typer.testing import CliRunner

from reports import numbers
from reports.errors import RunError
from reports.figures import reidentification, style
from reports.texts import LANGUAGES, Language

PUBLISHED = Path(__file__).parents[2] / "docs/explanation/reidentification.json"
app = Typer()
app.command()(reidentification.main)


def curve(*steps: list[int]) -> bytes:
    trial = {"export": "e", "days": 0, "opinions": 9, "people": 3, "units": 40, "idle_rate": 0}
    return json.dumps({"trials": [{**trial, "findings": [{"design": "design", "curve": steps}]}]}).encode()


def test_the_numbers_are_read_and_those_without_idle_logins_chosen() -> None:
    found = reidentification.read(PUBLISHED.read_bytes(), PUBLISHED.name)
    trials = reidentification.chosen(found, "polis-vtaiwan-uberx", 168)
    assert [(it.days, it.units, it.idle_rate) for it in trials] == [(0, 168, 0), (20, 168, 0)]
    with pytest.raises(RunError, match="no numbers of elsewhere with 40 units"):
        reidentification.chosen(found, "elsewhere", 40)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", r"numbers.json: key '\(whole file\)'"),
        (b'{"trials": 3}', "key 'trials'"),
        (curve(), "its sizes do not rise from 1"),
        (curve([2, 1]), "its sizes do not rise from 1"),
        (curve([1, 1], [1, 2]), "its sizes do not rise"),
        (curve([1, 3], [2, 2]), "or its opinions fall"),
        (curve([1, -1]), "not between 0 and 9"),
        (curve([1, 3], [2, 10]), "not between 0 and 9"),
        (curve([1, 2, 3]), "key 'trials.0.findings.0.curve.0'"),
    ],
)
def test_numbers_that_are_none_are_refused_with_the_place_and_the_remedy(
    content: bytes, message: str
) -> None:
    with pytest.raises(RunError, match=message) as caught:
        reidentification.read(content, "numbers.json")
    assert "python -m workloads.reidentification" in str(caught.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["trials", "findings", "curve", "design", "days"]), inner)
    ),
    max_leaves=20,
)


@given(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_numbers_or_the_documented_error(content: bytes) -> None:
    try:
        found = reidentification.read(content, "numbers.json")
    except RunError:
        return
    assert isinstance(found, reidentification.Numbers)


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_line_is_labelled_with_the_share_that_it_starts_at(language: Language) -> None:
    found = reidentification.read(PUBLISHED.read_bytes(), PUBLISHED.name)
    trials = reidentification.chosen(found, "polis-vtaiwan-uberx", 40)
    with style.settings():
        figure = reidentification.draw(trials, language)
    for panel, trial in zip(figure.axes, trials, strict=True):
        labels = [child.get_text() for child in panel.get_children() if isinstance(child, Annotation)]
        assert len(labels) == len(panel.get_lines()) == 7
        [design] = [it for it in trial.findings if it.design == "design"]
        share = numbers.percent(design.curve[0][1] / trial.opinions, language)
        assert any(label.endswith(f"  {share}") for label in labels)


@given(st.lists(st.floats(0, 1), max_size=7))
def test_labels_keep_their_order_and_distance(values: list[float]) -> None:
    places = reidentification.spread(values, 0.1)
    ordered = sorted(places)
    assert all(after - before > 0.1 - 1e-9 for before, after in pairwise(ordered))
    for value, place in zip(values, places, strict=True):
        assert place >= value
        assert all(place < other for it, other in zip(values, places, strict=True) if value < it)


def test_the_command_writes_both_languages_the_same_each_time_or_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    folder.mkdir()
    assert CliRunner().invoke(app, [str(PUBLISHED), str(folder)]).exit_code == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        "reidentification.en.svg",
        "reidentification.vi.svg",
    ]
    found = reidentification.read(PUBLISHED.read_bytes(), PUBLISHED.name)
    trials = reidentification.chosen(found, "polis-vtaiwan-uberx", 40)
    with style.settings():
        again = style.svg(reidentification.draw(trials, "vi"))
    assert (folder / "reidentification.vi.svg").read_text(encoding="utf-8") == again
    bad = tmp_path / "bad.json"
    bad.write_text("{}", encoding="utf-8")
    empty = tmp_path / "empty"
    empty.mkdir()
    refused = CliRunner().invoke(app, [str(bad), str(empty)])
    assert refused.exit_code == 3
    assert "key 'trials'" in refused.stderr
    assert list(empty.iterdir()) == []
