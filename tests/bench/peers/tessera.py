"""Tessera's POSIX storage under a load, in a process that times itself: see `backends/nodes/tessera`."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Until = Literal["integrated", "published"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the program printed."""

    entries_per_s: float
    published_size: int


def drive(
    binary: Path,
    folder: Path,
    until: Until,
    *,
    entries: int,
    in_flight: int,
    entry_bytes: int,
    batch_age_s: float,
    batch_size: int,
) -> Said:
    """Add so many entries to the log in `folder`, new or old. Raises CalledProcessError."""
    argv = [
        str(binary),
        f"--folder={folder}",
        f"--until={until}",
        f"--entries={entries}",
        f"--in-flight={in_flight}",
        f"--entry-bytes={entry_bytes}",
        f"--batch-age={batch_age_s * 1000:g}ms",
        f"--batch-size={batch_size}",
    ]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=True)
    found = json.loads(done.stdout)
    return Said(found["entries_per_s"], found["published_size"])
