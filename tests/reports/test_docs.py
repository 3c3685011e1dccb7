"""The page that describes the run directory names every key, column, file and allowed value."""

import dataclasses
import re
from pathlib import Path
from typing import get_args

import pytest

from reports import derived, shapes
from reports.figures import ALL
from reports.observations import COLUMNS, KINDS, OUTCOMES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "run-directory.md").read_text(
    encoding="utf-8"
)
WORDS = set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", PAGE))


@pytest.mark.parametrize(
    "shape",
    [
        value
        for module in (shapes, derived)
        for value in vars(module).values()
        if isinstance(value, type) and dataclasses.is_dataclass(value)
    ],
    ids=lambda shape: shape.__name__,
)
def test_every_key_of_a_shape_is_on_the_page(shape: type) -> None:
    names = {item.name for item in dataclasses.fields(shape)}
    assert names <= WORDS, names - WORDS


def test_every_column_of_the_observations_is_on_the_page_with_its_type() -> None:
    for column, kind in COLUMNS.items():
        assert re.search(rf"\|.*`{column}`.*\| {kind} \|", PAGE), column


def test_every_allowed_value_is_on_the_page() -> None:
    values = [
        *KINDS,
        *OUTCOMES,
        *shapes.DEFENDERS,
        *shapes.THREATS,
        *shapes.STORES,
        *get_args(shapes.Outcome),
    ]
    assert not [value for value in values if f"`{value}`" not in PAGE]


def test_every_figure_is_on_the_page() -> None:
    assert not [name for name in ALL if f"`{name}`" not in PAGE]
