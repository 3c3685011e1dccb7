"""Reads `prices.toml` and `operations.toml`: everything about cost that a run cannot measure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, ValidationError

from reports.errors import RunError
from reports.shapes import Amount, Count, Scalar

HERE = Path(__file__).parent
PRICES = HERE / "prices.toml"
OPERATIONS = HERE / "operations.toml"

Kind = Literal["floor", "database", "log", "chain"]


@dataclass(frozen=True, slots=True)
class Range:
    """Low, likely, high: the corners of a triangular distribution."""

    low: Amount
    likely: Amount
    high: Amount


@dataclass(frozen=True, slots=True)
class Price:
    """A price in VND with where it comes from; 'giả định' marks an assumption of ours."""

    low: Amount
    likely: Amount
    high: Amount
    unit: str
    source: str
    note_vi: str
    note_en: str

    @property
    def range(self) -> Range:
        return Range(self.low, self.likely, self.high)


@dataclass(frozen=True, slots=True)
class Operation:
    """What running one ledger takes: machines, parties, and posts by role."""

    kind: Kind
    machines: Count
    parties: Count
    source: str
    posts: Mapping[str, Range] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Volumes:
    """Opinions a year."""

    small: Annotated[int, Field(ge=1)]
    large: Annotated[int, Field(ge=1)]
    default: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True)
class Retention:
    years: Amount


@dataclass(frozen=True, slots=True)
class Reference:
    ledger: str


@dataclass(frozen=True, slots=True)
class Operations:
    """The whole of `operations.toml`."""

    volumes: Volumes
    retention: Retention
    reference: Reference
    ledgers: Mapping[str, Operation]


_ROLE = "pay_"
_NEEDED = ("cpu_core_hour", "storage_gb_month", "machine_month", "gas_unit")


def _checked(ranges: Mapping[str, Range], file: str) -> None:
    for name, item in ranges.items():
        if not item.low <= item.likely <= item.high:
            raise RunError(
                f"{file}: key '{name}': found {item.low}, {item.likely}, {item.high}; "
                "allowed: low <= likely <= high"
            )


def read_prices(path: Path = PRICES) -> dict[str, Price]:
    """Prices by name. Raises RunError naming the key."""
    text = tomllib.loads(path.read_text(encoding="utf-8"))
    tables = {key: value for key, value in text.items() if isinstance(value, dict)}
    try:
        prices = TypeAdapter(dict[str, Price]).validate_python(tables)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise RunError(f"{path.name}: key '{key}': {first['msg']}") from None
    missing = [name for name in _NEEDED if name not in prices]
    if missing:
        raise RunError(f"{path.name}: key '{missing[0]}': found nothing; allowed: a price with its unit")
    _checked({name: price.range for name, price in prices.items()}, path.name)
    return prices


def read_operations(path: Path = OPERATIONS) -> Operations:
    """Machines, parties and posts by ledger. Raises RunError naming the key."""
    text = tomllib.loads(path.read_text(encoding="utf-8"))
    for ledger in text.get("ledgers", {}).values():
        ledger["posts"] = {role: ledger.pop(role) for role in list(ledger) if role.startswith(_ROLE)}
    try:
        operations = TypeAdapter(Operations).validate_python(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise RunError(f"{path.name}: key '{key}': {first['msg']}") from None
    for name, ledger in operations.ledgers.items():
        _checked(ledger.posts, f"{path.name}, ledgers.{name}")
    return operations


def shown(prices: Mapping[str, Price]) -> dict[str, dict[str, Scalar]]:
    """Prices as they are kept in `cost.json`."""
    return {
        name: {
            "low": price.low,
            "likely": price.likely,
            "high": price.high,
            "unit": price.unit,
            "source": price.source,
            "note_vi": price.note_vi,
            "note_en": price.note_en,
        }
        for name, price in prices.items()
    }
