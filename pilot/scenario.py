"""Scenarios: the TOML files that a researcher edits, read strictly.

An unknown key is an error that names the nearest right one; a broken file is an error with its line. Keys
below `ledgers.NAME` belong to its backend, but for `backend` and `window_s`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from backends import registry
from backends.ports import Backend
from consultation.core.errors import Rejected
from consultation.core.multikey import Suite
from consultation.service.ports import Settings
from consultation.web.access import Role
from pilot.errors import InputError
from pilot.strict import Part, explain, read_toml, unknown

Option = str | int | float | bool
_OURS = ("backend", "window_s")
Positive = Annotated[float, Field(gt=0)]


class Load(Part):
    """How the consultation is replayed."""

    rates: Annotated[tuple[Positive, ...], Field(min_length=1)] = (60.0, 170.0)
    """Opinions a second, offered one rate after another within each window."""
    arrivals: Literal["constant", "poisson"] = "poisson"
    repeats: Annotated[int, Field(ge=1, le=100)] = 3
    window_s: Annotated[float, Field(gt=0, le=3600)] = 15.0
    """Length of a repeat on one ledger, all rates together."""


class ServiceKeys(Part):
    """How the service works; see `consultation.service.ports.Settings`."""

    promise_s: Annotated[int, Field(gt=0)] = 3600
    batch_size: Annotated[int, Field(gt=0)] = 1000
    batch_age_s: Annotated[float, Field(ge=0)] = 0.05
    max_in_flight: Annotated[int, Field(gt=0)] = 5000

    def settings(self) -> Settings:
        return Settings(
            promise_s=self.promise_s,
            batch_size=self.batch_size,
            batch_age_s=self.batch_age_s,
            max_in_flight=self.max_in_flight,
        )


class Unit(Part):
    """The unit that carries the consultation out."""

    did: Annotated[str, Field(pattern=r"^did:web:[A-Za-z0-9.%:-]+$")] = "did:web:pilot.example"
    name: str = "Sở Tư pháp Thành phố Hồ Chí Minh"
    suite: Suite = Suite.EDDSA
    timestamps: Annotated[str, Field(pattern=r"^(https?://.+)?$")] = ""


class Attacks(Part):
    """The three attacks, on a small consultation of its own per ledger."""

    opinions: Annotated[int, Field(ge=5, le=1000)] = 20


class Context(Part):
    """Facts about the case that no measurement gives; the verdict's rules read them and say so."""

    several_writers: bool | None = None
    writers_known: bool | None = None
    writers_trusted: bool | None = None
    trusted_third_party: bool | None = None
    public_verifiability: bool | None = None
    opinions_per_year: Annotated[int, Field(gt=0)] = 100_000


class Saturation(Part):
    """The search for the highest rate that a ledger keeps up with."""

    start_per_s: Positive = 200.0
    limit_per_s: Positive = 20_000.0
    """The search stops here: a table must not sell throughput that nobody needs."""
    window_s: Annotated[float, Field(gt=0, le=600)] = 3.0
    resolution: Annotated[float, Field(gt=0, le=1)] = 0.15
    """The search ends when the rates kept and not kept are this close, relative to the lower."""
    repeats: Annotated[int, Field(ge=0, le=20)] = 3


class Growth(Part):
    """The same load with so many entries on the ledger already."""

    sizes: tuple[Annotated[int, Field(gt=0)], ...] = (1_000, 10_000, 100_000, 1_000_000)
    fill_limit_s: Positive = 120.0
    """A size that is not reached within this time is not measured, and said so."""


class Bench(Part):
    """What `pilot bench` does; see docs/reference/bench-directory.md."""

    rates: Annotated[tuple[Positive, ...], Field(min_length=1)] = (100.0, 400.0)
    """Entries a second, each rate in a window of its own."""
    arrivals: Literal["constant", "poisson", "ramp", "rush"] = "poisson"
    window_s: Annotated[float, Field(gt=0, le=3600)] = 8.0
    starts: Annotated[int, Field(ge=1, le=20)] = 3
    """Separate starts of every deployment."""
    repeats: Annotated[int, Field(ge=1, le=100)] = 5
    """Of every window within a start."""
    in_flight: Annotated[int, Field(gt=0, le=100_000)] = 64
    """Entries handed over and not yet settled in the closed loop."""
    entry_bytes: Annotated[int, Field(ge=32, le=65_535)] = 512
    """Under `admission = "all"`; under the rules an entry is a signed record, as long as it is."""
    http_rates: tuple[Positive, ...] = (100.0,)
    """Opinions a second through the service; none for no HTTP."""
    reads_s: Annotated[float, Field(gt=0, le=600)] = 1.0
    """Of each: reading, proving, verifying; an audit takes as long as it takes."""
    drain_s: Positive = 60.0
    p95_limit_s: Positive = 1.0
    demand_per_s: Positive = 1.0
    demand_source: str = "4.3 million opinions in 7 days nationwide (May 2025), 7 a second; a city's seventh"
    saturation: Saturation = Saturation()
    growth: Growth = Growth()


class LedgerKeys(Part):
    """One ledger of the comparison."""

    backend: str
    """Its name in the registry; the ledger's own name where a scenario names none."""
    window_s: Annotated[float, Field(gt=0, le=3600)] | None = None
    options: Mapping[str, Option] = {}


class Scenario(Part):
    """A whole scenario."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    seed: int = 1
    admission: Literal["all", "rules"] = "rules"
    ingress: Literal["service"] = "service"
    unit: Unit = Unit()
    load: Load = Load()
    service: ServiceKeys = ServiceKeys()
    attacks: Attacks = Attacks()
    context: Context = Context()
    bench: Bench = Bench()
    tokens: Mapping[Role, Annotated[str, Field(min_length=8)]]
    ledgers: Annotated[Mapping[str, LedgerKeys], Field(min_length=1)]

    @model_validator(mode="after")
    def _tokens(self) -> "Scenario":
        missing = [role.value for role in Role if role not in self.tokens]
        if missing:
            raise ValueError(f"tokens: a token for {', '.join(missing)} is missing")
        if len(set(self.tokens.values())) < len(self.tokens):
            raise ValueError("tokens: every role needs a token of its own")
        return self

    def backend(self, ledger: str) -> Backend:
        """What the ledger of that name runs on."""
        return registry.backend(self.ledgers[ledger].backend)

    def options(self, ledger: str) -> Mapping[str, Option]:
        """What its backend is deployed with: the defaults, and what the scenario says."""
        return {**self.backend(ledger).options, **self.ledgers[ledger].options}

    def nodes(self, ledger: str) -> Sequence[str]:
        """The node binaries that the ledger of that name needs."""
        return self.backend(ledger).nodes(self.options(ledger))

    def window_s(self, ledger: str) -> float:
        own = self.ledgers[ledger].window_s
        return self.load.window_s if own is None else own


def read(path: Path, only: Sequence[str] = ()) -> Scenario:
    """Read a scenario, with the ledgers `only` when some are named. Raises InputError."""
    return parse(read_toml(path, "scenarios are in scenarios/"), str(path), only)


def parse(value: dict[str, object], where: str, only: Sequence[str] = ()) -> Scenario:
    """Check a parsed scenario. Raises InputError with every mistake, one a line."""
    ledgers = value.get("ledgers")
    if isinstance(ledgers, dict):
        for name in only:
            if name not in ledgers:
                raise InputError(f"{where}: the scenario has no ledger {name!r}; it has {', '.join(ledgers)}")
        ledgers = {name: keys for name, keys in ledgers.items() if not only or name in only}
        value = {**value, "ledgers": {name: _ledger(name, keys, where) for name, keys in ledgers.items()}}
    try:
        return Scenario.model_validate(value)
    except ValidationError as error:
        raise explain(Scenario, error, where) from error


def _ledger(name: str, keys: object, where: str) -> object:
    """Sort a ledger's keys into ours and the backend's, and check the latter."""
    if not isinstance(keys, dict):
        return keys
    backend = keys.get("backend", name)
    if not isinstance(backend, str):
        raise InputError(f"{where}: ledgers.{name}.backend: must be str, found {backend!r}")
    try:
        allowed = registry.backend(backend).options
    except Rejected as error:
        raise InputError(f"{where}: ledgers.{name}: {error}") from error
    options = {key: option for key, option in keys.items() if key not in _OURS}
    for key, option in options.items():
        if key not in allowed:
            raise InputError(f"{where}: ledgers.{name}: {unknown(key, [*_OURS, *allowed])}")
        expected = type(allowed[key])
        fits = type(option) is expected or (expected is float and type(option) is int)
        if not fits:
            found = f"{option!r}, {type(option).__name__}"
            raise InputError(f"{where}: ledgers.{name}.{key}: must be {expected.__name__}, found {found}")
    own = {"window_s": keys["window_s"]} if "window_s" in keys else {}
    return {"backend": backend, "options": options, **own}
