"""The typed reader of a run directory. It imports no backend and reads nothing outside the folder.

Every reader raises RunError, naming the file, the key, what was found and what is allowed.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar, cast

from pydantic import TypeAdapter, ValidationError

from reports.derived import Cost, Simulation, Summary, Verdict
from reports.errors import RunError
from reports.files import Json, digest, rounded
from reports.shapes import Manifest, Raw, RiskCell

T = TypeVar("T")

_REMEDY = "Make the run again with 'pilot run'; the contract is docs/reference/run-directory.md."
_MEASURED = ("scenario.toml", "protocol.md", "raw.json", "risk.json")
_SHOWN_ERRORS = 3


def parse(adapter: TypeAdapter[T], text: str, file: str, remedy: str = _REMEDY) -> T:
    """Check JSON text against a shape. Raises RunError with the first broken keys."""
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        found = []
        for item in error.errors(include_url=False)[:_SHOWN_ERRORS]:
            key = ".".join(str(part) for part in item["loc"]) or "(whole file)"
            shown = "nothing" if item["type"] == "missing" else repr(item["input"])[:80]
            found.append(f"key '{key}': found {shown}; allowed: {item['msg']}")
        more = len(error.errors()) - len(found)
        tail = f" and {more} more" if more > 0 else ""
        raise RunError(f"{file}: {'; '.join(found)}{tail}. {remedy}") from None


def read(path: Path, adapter: TypeAdapter[T], remedy: str = _REMEDY) -> T:
    """Read one JSON file of a run. Raises RunError where it is absent or has another shape."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise RunError(f"{path.name}: not found in {path.parent}. {remedy}") from None
    except UnicodeDecodeError as error:
        raise RunError(f"{path.name}: byte {error.start} is no UTF-8; allowed: UTF-8. {remedy}") from None
    return parse(adapter, text, path.name, remedy)


def check_files(
    folder: Path, manifest: Manifest, names: Sequence[str], observed: Sequence[str], remedy: str = _REMEDY
) -> None:
    """Refuse measured files, and observations of these ledgers, that are not the ones of the manifest."""
    for name in (*names, *(f"observations/{ledger}.parquet" for ledger in observed)):
        path = folder / name
        if not path.exists():
            raise RunError(f"{name}: not found in {folder}. {remedy}")
        if name not in manifest.files:
            raise RunError(f"manifest.json: key 'files.{name}': missing; allowed: its SHA-256. {remedy}")
        found, said = digest(path), manifest.files[name]
        if found != said:
            raise RunError(
                f"{name}: its SHA-256 is {found}, manifest.json says {said}: the file was changed after it "
                f"was measured. {remedy}"
            )


def plain(value: object) -> Json:
    """A frozen value as JSON data, rounded as it is written to files."""
    if not is_dataclass(value) or isinstance(value, type):
        raise TypeError(f"found {type(value).__name__}; allowed: a dataclass value")
    return rounded(cast(Json, asdict(value)))


class Run:
    """A run directory, read on demand. Derived files are read only where they were written before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._documents: dict[str, Json] = {}

    @cached_property
    def manifest(self) -> Manifest:
        return read(self.folder / "manifest.json", TypeAdapter(Manifest))

    @cached_property
    def raw(self) -> Raw:
        raw = read(self.folder / "raw.json", TypeAdapter(Raw))
        for name, ledger in raw.ledgers.items():
            if ledger.status == "measured" and ledger.counts is None:
                raise RunError(
                    f"raw.json: key 'ledgers.{name}.counts': found nothing; allowed: the six counts of a "
                    f"measured ledger, or status 'not measured' with a reason. {_REMEDY}"
                )
            if ledger.status == "not measured" and not ledger.reason:
                raise RunError(
                    f"raw.json: key 'ledgers.{name}.reason': found ''; allowed: why not measured. {_REMEDY}"
                )
        return raw

    @cached_property
    def risk(self) -> Sequence[RiskCell]:
        cells = read(self.folder / "risk.json", TypeAdapter(list[RiskCell]))
        seen: set[tuple[str, str, str, str, str]] = set()
        for position, cell in enumerate(cells):
            key = (cell.threat, cell.store, cell.ledger, cell.mode, cell.defender)
            if key in seen:
                raise RunError(f"risk.json: key '{position}': again {key}; allowed: once. {_REMEDY}")
            seen.add(key)
        return cells

    @cached_property
    def scenario(self) -> Mapping[str, Json]:
        path = self.folder / "scenario.toml"
        try:
            return cast(Mapping[str, Json], tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise RunError(f"scenario.toml: not found in {self.folder}. {_REMEDY}") from None
        except tomllib.TOMLDecodeError as error:
            raise RunError(f"scenario.toml: {error}; allowed: TOML. {_REMEDY}") from None

    @cached_property
    def protocol(self) -> str:
        path = self.folder / "protocol.md"
        if not path.exists():
            raise RunError(f"protocol.md: not found in {self.folder}. {_REMEDY}")
        return path.read_text(encoding="utf-8")

    @property
    def summary(self) -> Summary:
        return read(self.folder / "summary.json", TypeAdapter(Summary))

    @property
    def simulation(self) -> Simulation | None:
        """None where `simulations.predict.write` was not called."""
        path = self.folder / "simulation.json"
        return read(path, TypeAdapter(Simulation)) if path.exists() else None

    @property
    def cost(self) -> Cost:
        return read(self.folder / "cost.json", TypeAdapter(Cost))

    @property
    def verdict(self) -> Verdict:
        return read(self.folder / "verdict.json", TypeAdapter(Verdict))

    def document(self, file: str) -> Json:
        """A file's data as it stands: what references point into. None where there is no such file.

        Each file is read once: after writing a derived file, look at it through a new Run.
        """
        if file == "scenario.toml":
            return self.scenario
        if file not in self._documents:
            path = self.folder / file
            if not path.exists():
                return None
            self._documents[file] = cast(Json, json.loads(path.read_text(encoding="utf-8")))
        return self._documents[file]

    def measured(self) -> list[str]:
        """Names of the ledgers that were measured, in the order of raw.json."""
        return [name for name, ledger in self.raw.ledgers.items() if ledger.status == "measured"]

    def check(self) -> None:
        """Refuse a run that is not complete, or whose measured files are not the ones of its manifest."""
        if not self.manifest.complete:
            raise RunError(
                "manifest.json: key 'complete': found false or nothing; allowed: true, written last. "
                f"The run was cut short, and no report is made from half a run. {_REMEDY}"
            )
        check_files(self.folder, self.manifest, _MEASURED, self.measured())
