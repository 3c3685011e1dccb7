"""What the machine did during a window: its load, time stolen by the host, other processes' work, energy.

From /proc and /sys of Linux; elsewhere what cannot be read is left out, and said so by None.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from time import monotonic

import psutil

STEAL_SHARE = 0.02
"""More stolen than this, of all processors, and a window counts as disturbed."""
OTHERS_SHARE = 0.10
"""More of all processors used by processes that are not ours, and a window counts as disturbed."""

_RAPL = Path("/sys/class/powercap")


@dataclass(frozen=True, slots=True)
class Look:
    """Counters at one moment, seconds of processor time; `energy_j` None where the machine reports none."""

    at_s: float
    busy_s: float
    steal_s: float
    own_s: float
    energy_j: float | None


@dataclass(frozen=True, slots=True)
class Between:
    """What two looks come to."""

    load_average: float
    steal_share: float
    disturbed: str
    """Empty, or what disturbed the window."""
    energy_j: float | None
    own_cpu_s: float


def look() -> Look:
    """The counters now."""
    times = psutil.cpu_times()
    steal_s = float(getattr(times, "steal", 0.0))
    idle_s = times.idle + float(getattr(times, "iowait", 0.0))
    # Guests' time is counted within `user` already.
    guests_s = float(getattr(times, "guest", 0.0)) + float(getattr(times, "guest_nice", 0.0))
    busy_s = sum(times) - idle_s - steal_s - guests_s
    return Look(monotonic(), busy_s, steal_s, _own_s(), _energy_j())


def between(before: Look, after: Look) -> Between:
    """Shares are of all processors over the time between the two."""
    capacity_s = (after.at_s - before.at_s) * (os.cpu_count() or 1)
    steal = (after.steal_s - before.steal_s) / capacity_s if capacity_s else 0.0
    own_s = after.own_s - before.own_s
    others = (after.busy_s - before.busy_s - own_s) / capacity_s if capacity_s else 0.0
    said = []
    if steal > STEAL_SHARE:
        said.append(f"the host took {steal:.0%} of the processors' time")
    if others > OTHERS_SHARE:
        said.append(f"other processes used {others:.0%} of the processors' time")
    energy_j = None
    if before.energy_j is not None and after.energy_j is not None and after.energy_j >= before.energy_j:
        energy_j = after.energy_j - before.energy_j
    return Between(os.getloadavg()[0], max(0.0, steal), "; ".join(said), energy_j, own_s)


def _own_s() -> float:
    """This process and all below it, with what ended children used."""
    mine = psutil.Process()
    times = mine.cpu_times()
    total = times.user + times.system + times.children_user + times.children_system
    for child in mine.children(recursive=True):
        try:
            used = child.cpu_times()
        except psutil.Error:  # it has just ended, and is counted with the ended ones
            continue
        total += used.user + used.system
    return total


def _energy_j() -> float | None:
    """Of all packages (Intel's RAPL, as Linux shows it); None where there is no counter to be read."""
    total, found = 0, False
    for counter in _RAPL.glob("intel-rapl:?/energy_uj"):
        try:
            total += int(counter.read_text())
        except (OSError, ValueError):
            return None
        found = True
    return total / 1e6 if found else None
