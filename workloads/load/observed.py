"""The raw observations of one Locust process: one JSON object a line, as each answer comes.

Locust's own percentiles count from the sending and are rounded to two digits; these lines have all times.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

Value = str | int | float | None


class Observer(Protocol):
    """Whoever is told of each request."""

    def keep(self, line: Mapping[str, Value]) -> None: ...


class Observations:
    """Appends to a file, a line at a time: a process that is killed loses nothing that was answered."""

    def __init__(self, path: Path, worker: str) -> None:
        """Raises OSError. `worker` names this process in every line."""
        self._worker = worker
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def keep(self, line: Mapping[str, Value]) -> None:
        self._file.write(json.dumps({"worker": self._worker, **line}, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


class Unobserved:
    """Keeps nothing, where no file was asked for."""

    def keep(self, line: Mapping[str, Value]) -> None:
        pass


def of_worker(path: Path, worker: str) -> Path:
    """A worker's own file beside the one that was asked for: 'seen.jsonl' becomes 'seen.WORKER.jsonl'."""
    return path.with_name(f"{path.stem}.{worker}{path.suffix}")
