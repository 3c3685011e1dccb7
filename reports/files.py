"""Writing derived files: the same bytes for the same values, and never half a file under its name."""

import hashlib
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

Json = str | int | float | bool | None | Sequence["Json"] | Mapping[str, "Json"]

_DIGITS = 9


def rounded(value: Json) -> Json:
    """Floats to nine significant digits, so that the last bits of a platform's arithmetic do not show."""
    if isinstance(value, bool) or value is None or isinstance(value, str | int):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"{value} has no place in a JSON file; allowed: a finite number or null")
        return float(f"{value:.{_DIGITS}g}")
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value]


def write_text(path: Path, text: str) -> None:
    """Write beside, then rename: a reader sees the old file or the whole new one."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def write_json(path: Path, value: Json) -> None:
    """`value` with floats rounded, in insertion order, one space deep, UTF-8 letters as they are."""
    write_text(path, json.dumps(rounded(value), ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_derived(folder: Path, names: Sequence[str]) -> None:
    """`derived.json`: the digests of these files, and of every figure."""
    figures = [f"figures/{path.name}" for path in sorted((folder / "figures").glob("*.svg"))]
    digests = {name: digest(folder / name) for name in (*names, *figures)}
    write_json(folder / "derived.json", {"files": digests})


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
