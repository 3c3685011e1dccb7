"""Counters that only grow, kept in a small file, so that neither a restart nor a new chain sets them back."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock


@dataclass(slots=True)
class Counters:
    entries: int = 0
    handed_over_bytes: int = 0
    gas: int = 0
    chain_entries: int = 0
    """How many entries of the present chain are counted already: its index is read anew at every start."""


class Meter:
    """Safe from several threads. Written by rename and without fsync: after a power cut it may be older."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        try:
            self._counters = Counters(**json.loads(path.read_text(encoding="ascii")))
        except (FileNotFoundError, ValueError, TypeError):
            self._counters = Counters()

    def read(self) -> Counters:
        with self._lock:
            found = self._counters
            return Counters(found.entries, found.handed_over_bytes, found.gas, found.chain_entries)

    def handed_over(self, n_bytes: int) -> None:
        with self._lock:
            self._counters.handed_over_bytes += n_bytes
            self._write()

    def settled(self, size: int, gas: int) -> None:
        """The chain now holds `size` entries, and our transactions used `gas` more."""
        with self._lock:
            counters = self._counters
            new = max(0, size - counters.chain_entries)
            if not new and not gas:
                return
            counters.entries += new
            counters.chain_entries += new
            counters.gas += gas
            self._write()

    def new_chain(self, size: int) -> None:
        """The chain was lost and started over with `size` entries that were counted before."""
        with self._lock:
            self._counters.chain_entries = size
            self._write()

    def _write(self) -> None:
        whole = self._path.with_suffix(".new")
        whole.write_text(json.dumps(asdict(self._counters)), encoding="ascii")
        whole.replace(self._path)
