"""The pages that describe a bench name every key, column and allowed value."""

import dataclasses
import re
from pathlib import Path
from typing import get_args

import pytest

from reports.bench import shapes
from reports.bench.observations import COLUMNS, OUTCOMES
from reports.bench.saturation import Cause
from reports.statistics import QUANTILES

REFERENCE = Path(__file__).resolve().parents[3] / "docs" / "reference"
MEASURED = (REFERENCE / "bench-directory.md").read_text(encoding="utf-8")
COMPUTED = (REFERENCE / "bench-summary.md").read_text(encoding="utf-8")
OF_MEASURED = {"Terms", "Reached", "RawLedger", "Limits", "Raw", "GroupUse", "Window"}
SHAPES = {
    name: value
    for name, value in vars(shapes).items()
    if isinstance(value, type) and dataclasses.is_dataclass(value)
}


def words(page: str) -> set[str]:
    return set(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", page))


@pytest.mark.parametrize("name", SHAPES)
def test_every_key_of_a_shape_is_on_its_page(name: str) -> None:
    page = MEASURED if name in OF_MEASURED else COMPUTED
    names = {
        item.name for item in dataclasses.fields(SHAPES[name]) if SHAPES[name].__module__ == shapes.__name__
    }
    assert names <= words(page), names - words(page)


def test_every_column_is_on_the_page() -> None:
    assert not [column for column in COLUMNS if f"`{column}`" not in MEASURED]


def test_every_allowed_value_is_on_its_page() -> None:
    measured = [
        *get_args(shapes.Phase),
        *get_args(shapes.Drive),
        *get_args(shapes.Loop),
        *get_args(shapes.Kind),
    ]
    assert not [value for value in (*measured, *OUTCOMES) if f"`{value}`" not in MEASURED]
    computed = [*filter(None, get_args(Cause)), *QUANTILES]
    assert not [value for value in computed if f"`{value}`" not in COMPUTED]
