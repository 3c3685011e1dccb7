"""A number that only grows, kept in a small file: bytes handed over, restarts included."""

from pathlib import Path
from threading import Lock


class Counter:
    """Safe from several threads. Written by rename and without fsync: after a power cut it may be older."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        try:
            self._value = int(path.read_text(encoding="ascii"))
        except (FileNotFoundError, ValueError):
            self._value = 0

    @property
    def value(self) -> int:
        return self._value

    def add(self, more: int) -> None:
        self.raise_to(self._value + more)

    def raise_to(self, value: int) -> None:
        """Set it, unless it is there or past it already."""
        with self._lock:
            if value <= self._value:
                return
            self._value = value
            whole = self._path.with_suffix(".new")
            whole.write_text(str(value), encoding="ascii")
            whole.replace(self._path)
