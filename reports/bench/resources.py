"""What a ledger's processes used for each entry that became final."""

from collections.abc import Callable, Sequence

import numpy as np

from reports.bench.loads import Key, Starts
from reports.bench.shapes import GroupResources, GroupUse, Resources, Window
from reports.derived import Interval
from reports.statistics import over_starts
from reports.statistics.intervals import Groups

GENERATOR = "client"
"""The group of processes that makes the load: shown, but no part of what the ledger used."""

Reading = Callable[[Window], float | None]


def resources(key: Key, over: Starts) -> Resources | None:
    """Under one load of entries; None where nothing became final in a valid window."""
    windows = [[window for window in start if window.entries] for start in over.windows]
    windows = [start for start in windows if start]
    if not windows:
        return None
    readings: dict[str, Reading] = {
        "cpu_s": lambda window: _per_entry(window, _sum(window, lambda use: use.cpu_s)),
        "rss_bytes": lambda window: _sum(window, _rss),
        "written_bytes": lambda window: _per_entry(window, _sum(window, lambda use: use.written_bytes)),
        "stored_bytes": lambda window: _per_entry(window, window.stored_bytes),
        "network_bytes": lambda window: _per_entry(window, window.network_bytes),
        "gas": lambda window: _per_entry(window, window.gas),
        "energy_j": lambda window: _per_entry(window, window.energy_j),
    }
    values = {name: _values(windows, reading) for name, reading in readings.items()}
    figures = {name: _figure(found) for name, found in values.items()}
    names = sorted({name for start in windows for window in start for name in window.use})
    return Resources(
        drive=key.drive,
        loop=key.loop,
        rate=key.rate,
        callers=key.callers,
        repeats=sum(map(len, windows)),
        cpu_s=figures["cpu_s"],
        rss_bytes=figures["rss_bytes"],
        written_bytes=figures["written_bytes"],
        stored_bytes=figures["stored_bytes"],
        network_bytes=figures["network_bytes"],
        gas=figures["gas"],
        energy_j=figures["energy_j"],
        groups={name: _group(windows, name) for name in names},
        repeat_values={name: found for name, found in values.items() if found is not None},
    )


def _group(windows: Sequence[Sequence[Window]], name: str) -> GroupResources:
    def use(window: Window) -> GroupUse:
        return window.use.get(name, GroupUse())

    return GroupResources(
        cpu_s=_figure(_values(windows, lambda window: _per_entry(window, use(window).cpu_s))),
        rss_bytes=_figure(_values(windows, lambda window: _rss(use(window)))),
        written_bytes=_figure(_values(windows, lambda window: _per_entry(window, use(window).written_bytes))),
    )


def _rss(use: GroupUse) -> float | None:
    """No process is without memory: 0 says that nothing counted it."""
    return use.rss_bytes or None


def _sum(window: Window, part: Callable[[GroupUse], float | None]) -> float | None:
    """Over the ledger's groups that count it; None where none does."""
    found = [part(use) for name, use in window.use.items() if name != GENERATOR]
    known = [value for value in found if value is not None]
    return sum(known) if known else None


def _per_entry(window: Window, total: float | None) -> float | None:
    return None if total is None else total / window.entries


def _values(windows: Sequence[Sequence[Window]], reading: Reading) -> Groups | None:
    """Of each window; None where one of them does not have it."""
    found = [[reading(window) for window in start] for start in windows]
    known = [[value for value in start if value is not None] for start in found]
    return known if [*map(len, known)] == [*map(len, found)] else None


def _figure(values: Groups | None) -> Interval | None:
    """The mean over starts; with a single window its value without a width."""
    if values is None:
        return None
    mean = float(np.mean([np.mean(start) for start in values]))
    return over_starts(mean, values) or Interval(mean, mean, mean)
