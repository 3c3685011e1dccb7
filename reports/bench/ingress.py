"""The same load through one door and through the nodes of all parties."""

from collections.abc import Mapping, Sequence

from reports.bench.loads import Key, Seen, by_key, intervals, load, starts
from reports.bench.shapes import Difference, Ingress, Load
from reports.derived import Interval
from reports.statistics import latencies, ratio
from reports.statistics.ratios import excludes_one
from reports.statistics.windows import quantiles

_COMPARED = {"throughput": "throughput", "p50": "final.p50", "p95": "final.p95"}


def ingress(through: Sequence[Seen], loads: Mapping[Key, Sequence[Seen]], watched: int) -> Sequence[Ingress]:
    """One comparison for each load that went through several doors.

    Through one door is what the phase `ingress` has of it, else the same load of the phase `load`.
    """
    compared = []
    for key, seen in by_key(through).items():
        several = [one for one in seen if len(one.window.doors) > 1]
        single = [one for one in seen if len(one.window.doors) == 1] or loads.get(key, ())
        if several and single:
            compared.append(_compare(key, single, several, watched))
    return compared


def _compare(key: Key, single: Sequence[Seen], several: Sequence[Seen], watched: int) -> Ingress:
    one, everywhere = load(key, single, watched), load(key, several, watched)
    doors = sorted({door for seen in several for door in seen.window.doors})
    return Ingress(
        one=one,
        all=everywhere,
        doors=doors,
        by_door={door: _by_door(several, door) for door in doors},
        all_over_one=_differences(everywhere, one),
    )


def _by_door(several: Sequence[Seen], door: str) -> Mapping[str, Interval]:
    kept = starts(several).settled
    return intervals(
        quantiles(
            [[latencies(one.kept.where(one.kept.door == door), "final") for one in start] for start in kept]
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
