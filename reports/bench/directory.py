"""The typed reader of a bench directory. It imports no backend and reads nothing outside the folder."""

import json
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

from pydantic import TypeAdapter

from reports.bench.observations import Operations, read_operations
from reports.bench.shapes import BenchSummary, Raw, Terms, Window
from reports.errors import RunError
from reports.run import check_files, read
from reports.shapes import Manifest

REMEDY = "Make it again with 'pilot bench'; the contract is docs/reference/bench-directory.md."
_MEASURED = ("scenario.toml", "raw.json", "windows.json")


def is_bench(folder: Path) -> bool:
    """Whether a folder's manifest says that it is a bench; False where it has none that can be read."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("bench") is True


class Bench:
    """A bench directory, read on demand. Every reader raises RunError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def manifest(self) -> Manifest:
        return read(self.folder / "manifest.json", TypeAdapter(Manifest), REMEDY)

    @cached_property
    def terms(self) -> Terms:
        """What the manifest says of a bench only."""
        return read(self.folder / "manifest.json", TypeAdapter(Terms), REMEDY)

    @cached_property
    def raw(self) -> Raw:
        raw = read(self.folder / "raw.json", TypeAdapter(Raw), REMEDY)
        for label, ledger in raw.ledgers.items():
            if ledger.status == "not measured" and not ledger.reason:
                raise _broken("raw.json", f"ledgers.{label}.reason", "''", "why it was not measured")
            for level, reached in ledger.assurance.items():
                if reached.nodes > len(ledger.nodes):
                    where = f"ledgers.{label}.assurance.{level}.nodes"
                    raise _broken("raw.json", where, str(reached.nodes), f"at most {len(ledger.nodes)}")
        return raw

    @cached_property
    def windows(self) -> Sequence[Window]:
        windows = read(self.folder / "windows.json", TypeAdapter(list[Window]), REMEDY)
        seen: set[int] = set()
        for at, window in enumerate(windows):
            if window.window in seen:
                raise _broken("windows.json", f"{at}.window", str(window.window), "each number once")
            seen.add(window.window)
            if (window.rate is None) != (window.loop == "closed") or (window.callers is None) != (
                window.loop == "open"
            ):
                found = f"rate {window.rate}, callers {window.callers}"
                raise _broken(
                    "windows.json", f"{at}.loop", f"{window.loop} with {found}",
                    "open with a rate, or closed with callers",
                )  # fmt: skip
            if (window.grown_to is None) == (window.phase == "growth"):
                raise _broken(
                    "windows.json", f"{at}.grown_to", str(window.grown_to), "a size in the phase growth only"
                )
            if not window.valid and not window.invalid:
                raise _broken("windows.json", f"{at}.invalid", "''", "why it is not valid")
            known = window.drive == "harness" or window.ledger in self.raw.ledgers
            if not known:
                raise _broken("windows.json", f"{at}.ledger", f"'{window.ledger}'", "a label of raw.json")
        return windows

    @property
    def labels(self) -> list[str]:
        """Every label that has windows, in their order; the harness among them."""
        return list(dict.fromkeys(window.ledger for window in self.windows))

    def operations(self, label: str) -> Mapping[int, Operations]:
        """By window; one in which nothing was due is left out. Read anew each time: a bench has millions."""
        found = read_operations(self.folder, label)
        strange = set(found) - {window.window for window in self.windows if window.ledger == label}
        if strange:
            raise RunError(
                f"observations/{label}.parquet: column 'window': found {min(strange)}; allowed: the numbers "
                f"that windows.json gives this ledger. {REMEDY}"
            )
        return found

    @property
    def summary(self) -> BenchSummary:
        """What `reports.bench.summary.write` left."""
        return read(self.folder / "summary.json", TypeAdapter(BenchSummary), REMEDY)

    def check(self) -> None:
        """Refuse a bench without a whole manifest, or whose measured files are not the manifest's."""
        if not self.manifest.complete:
            raise _broken("manifest.json", "complete", "false or nothing", "true, written last")
        _ = self.terms
        check_files(self.folder, self.manifest, _MEASURED, self.labels, REMEDY)


def _broken(file: str, key: str, found: str, allowed: str) -> RunError:
    return RunError(f"{file}: key '{key}': found {found}; allowed: {allowed}. {REMEDY}")
