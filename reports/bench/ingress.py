"""The same load through one door and through the nodes of all parties."""

from collections.abc import Mapping, Sequence

from reports.bench.loads import Key, Seen, Starts, by_key, intervals, load, starts
from reports.bench.shapes import Difference, Ingress, Load
from reports.derived import Interval
from reports.statistics import latencies, ratio
from reports.statistics.ratios import excludes_one
from reports.statistics.windows import quantiles

_COMPARED = {"throughput": "throughput", "p50": "final.p50", "p95": "final.p95"}


def ingress(through: Sequence[Seen], loads: Mapping[Key, Load], watched: int) -> Sequence[Ingress]:
    """One comparison for each load that went through several doors.

    Through one door is what the phase `ingress` has of it, else the same load of the phase `load`.
    """
    compared = []
    for key, seen in by_key(through).items():
        several = [one for one in seen if len(one.window.doors) > 1]
        single = [one for one in seen if len(one.window.doors) == 1]
        one = load(key, starts(single), watched) if single else loads.get(key)
        if several and one is not None:
            doors = sorted({door for seen in several for door in seen.window.doors})
            compared.append(_compare(one, key, starts(several), doors, watched))
    return compared


def _compare(one: Load, key: Key, several: Starts, doors: Sequence[str], watched: int) -> Ingress:
    everywhere = load(key, several, watched)
    return Ingress(
        one=one,
        all=everywhere,
        doors=doors,
        by_door={door: _by_door(several, door) for door in doors},
        all_over_one=_differences(everywhere, one),
    )


def _by_door(several: Starts, door: str) -> Mapping[str, Interval]:
    return intervals(
        quantiles(
            [
                [latencies(one.kept.where(one.kept.door == door), "final") for one in start]
                for start in several.settled
            ]
        )
    )


def _differences(ours: Load, theirs: Load) -> Mapping[str, Difference]:
    found: dict[str, Difference] = {}
    for name, value in _COMPARED.items():
        if value in ours.repeat_values and value in theirs.repeat_values:
            over = ratio(ours.repeat_values[value], theirs.repeat_values[value])
            if over is not None:
                found[name] = Difference(over, excludes_one(over))
    return found
