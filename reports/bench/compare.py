"""What changed beyond noise between two benches, or between two runs, from their summaries alone.

A figure is compared by the ratio of the second over the first and its 95 % interval over repeats and starts.
It has changed where the interval excludes 1. It is a regression where it has changed for the worse and the
ratio itself is worse than the bound; a change that small samples may have made by chance is none, and neither
is a small one that is certain.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from reports.bench.directory import Bench, is_bench
from reports.bench.shapes import LedgerSummary, Load, Resources
from reports.derived import Interval, SummaryLedger
from reports.errors import RunError
from reports.run import Run
from reports.shapes import Manifest
from reports.statistics import ratio
from reports.statistics.intervals import Groups
from reports.statistics.ratios import excludes_one

What = Literal["bench", "run"]
Better = Literal["higher", "lower"]
Answer = Literal["changed beyond noise", "no difference shown", "not comparable"]

QUANTILES = ("p50", "p95")
RESOURCES = (
    "cpu_s", "rss_bytes", "written_bytes", "stored_bytes", "network_bytes", "gas", "energy_j",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """Which figure."""

    ledger: str
    load: str
    metric: str


@dataclass(frozen=True, slots=True)
class Known:
    """A figure and what each window had of it."""

    value: float
    groups: Groups
    better: Better


@dataclass(frozen=True, slots=True)
class Row:
    """One figure in both."""

    ledger: str
    load: str
    metric: str
    before: float
    after: float
    better: Better
    ratio: Interval | None
    """After over before; None where it is not comparable."""
    answer: Answer
    regression: bool
    why: str
    """Why it is not comparable; else empty."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The second folder against the first."""

    what: What
    before: str
    after: str
    bound: float
    remarks: Sequence[str]
    """What makes the two unlike, each one sentence: read the rows with it."""
    rows: Sequence[Row]
    only_before: Sequence[str]
    """Figures that the first has and the second has not."""
    only_after: Sequence[str]

    @property
    def regressions(self) -> list[Row]:
        return [row for row in self.rows if row.regression]


def compare(before: Path, after: Path, bound: float) -> Comparison:
    """Raises RunError where a folder is not whole, has no summary, or is not of the other's kind."""
    kinds: list[What] = ["bench" if is_bench(folder) else "run" for folder in (before, after)]
    if kinds[0] != kinds[1]:
        raise RunError(
            f"{before} is a {kinds[0]} directory and {after} a {kinds[1]} directory; allowed: two of a kind, "
            "since they load the ledgers in different ways. Compare with another."
        )
    (one, first, said), (other, second, said_too) = (_read(folder, kinds[0]) for folder in (before, after))
    return Comparison(
        what=kinds[0],
        before=one.name,
        after=other.name,
        bound=bound,
        remarks=[*_unlike(one, other), *_differ(said, said_too)],
        rows=[_row(name, known, second[name], bound) for name, known in first.items() if name in second],
        only_before=[_text(name) for name in first if name not in second],
        only_after=[_text(name) for name in second if name not in first],
    )


def _read(folder: Path, what: What) -> tuple[Manifest, Mapping[Name, Known], Mapping[str, str]]:
    """Manifest, figures, and what else has to be alike, by a name for it."""
    figures: dict[Name, Known] = {}
    if what == "run":
        run = Run(folder)
        run.check()
        for label, measured in run.summary.ledgers.items():
            figures |= dict(_of_run(label, measured))
        return run.manifest, figures, {}
    bench = Bench(folder)
    bench.check()
    for label, ledger in bench.summary.ledgers.items():
        figures |= dict(_of_bench(label, ledger))
    terms = bench.terms
    return bench.manifest, figures, {
        "length": "quick" if terms.quick else "full",
        "starts": str(terms.starts),
        "end": f"partial: {terms.partial}" if terms.partial else "whole",
    }  # fmt: skip


def _of_run(label: str, ledger: SummaryLedger) -> Iterator[tuple[Name, Known]]:
    for rate in ledger.rates:
        load = f"{rate.rate:g}/s over HTTP"
        figures = {"throughput": rate.throughput}
        figures |= {f"final.{name}": found for name, found in rate.latency["final"].items()}
        yield from _figures(label, load, figures, {k: [v] for k, v in rate.repeat_values.items()})
    used = ledger.resources
    for name in used.__slots__:
        value: float | None = getattr(used, name)
        if value is not None:
            yield Name(label, "whole run", name), Known(value, [[value]], "lower")


def _of_bench(label: str, ledger: LedgerSummary) -> Iterator[tuple[Name, Known]]:
    for load in ledger.loads:
        yield from _of_load(label, _load_text(load), load)
    for search in ledger.saturation:
        if search.highest is not None:
            values = search.repeat_values["highest"]
            yield (
                Name(label, f"saturation, {search.drive}", "highest"),
                Known(search.highest.value, values, "higher"),
            )
    for grown in ledger.growth:
        yield from _of_load(label, f"{_load_text(grown.load)}, grown to {grown.grown_to}", grown.load)
    for used in ledger.resources:
        for name, values in used.repeat_values.items():
            found: Interval | None = getattr(used, name) if name in RESOURCES else None
            if found is not None:
                yield Name(label, f"{_load_text(used)}, each", name), Known(found.value, values, "lower")


def _of_load(label: str, text: str, load: Load) -> Iterator[tuple[Name, Known]]:
    if load.throughput is None:
        return
    figures = {"throughput": load.throughput}
    figures |= {f"final.{name}": found for name, found in load.latency.get("final", {}).items()}
    yield from _figures(label, text, figures, load.repeat_values)


def _figures(
    label: str, load: str, figures: Mapping[str, Interval], values: Mapping[str, Groups]
) -> Iterator[tuple[Name, Known]]:
    wanted: dict[str, Better] = {"throughput": "higher", **{f"final.{name}": "lower" for name in QUANTILES}}
    for metric, better in wanted.items():
        if metric in figures and metric in values:
            yield Name(label, load, metric), Known(figures[metric].value, values[metric], better)


def _load_text(load: Load | Resources) -> str:
    kind = load.kind if isinstance(load, Load) else "entry"
    pace = f"{load.rate:g}/s" if load.rate is not None else f"closed loop of {load.callers}"
    return f"{kind}, {load.drive}, {pace}"


def _text(name: Name) -> str:
    return f"{name.ledger}: {name.load}: {name.metric}"


def _row(name: Name, before: Known, after: Known, bound: float) -> Row:
    over, why = ratio(after.groups, before.groups), ""
    changed = over is not None and excludes_one(over)
    worse = False
    if over is None:
        several = all(sum(map(len, known.groups)) > 1 for known in (before, after))
        why = "a value is not above zero" if several else "a single value, so nothing is known of its noise"
    else:
        worse = over.value > 1 + bound if before.better == "lower" else over.value < 1 / (1 + bound)
    return Row(
        ledger=name.ledger,
        load=name.load,
        metric=name.metric,
        before=before.value,
        after=after.value,
        better=before.better,
        ratio=over,
        answer="not comparable" if over is None else _ANSWERS[changed],
        regression=changed and worse,
        why=why,
    )


_ANSWERS: Mapping[bool, Answer] = {True: "changed beyond noise", False: "no difference shown"}


def _unlike(one: Manifest, other: Manifest) -> Iterator[str]:
    """Differences of machine, software and scenario."""
    yield from _differ(_circumstances(one), _circumstances(other))
    digests = [manifest.files.get("scenario.toml") for manifest in (one, other)]
    if digests[0] != digests[1]:
        yield "the scenarios differ: compare their scenario.toml"


def _circumstances(manifest: Manifest) -> Mapping[str, str]:
    machine = manifest.machine
    return {
        "processors": f"{machine.cpus} of {machine.model}",
        "memory": f"{machine.memory_bytes / 1e9:.1f} GB",
        "kernel": machine.kernel,
        "Python": machine.python,
        "workload": manifest.workload,
        **{f"version of {name}": version for name, version in manifest.versions.items()},
    }


def _differ(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    for name in dict.fromkeys([*one, *other]):
        pair = [side.get(name, "") or "nothing" for side in (one, other)]
        if pair[0] != pair[1]:
            yield f"{name}: {pair[0]} before, {pair[1]} after"
