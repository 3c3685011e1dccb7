"""Where a run's consultation comes from: the one we made, or a recording."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pilot.errors import InputError
from pilot.scenario import Scenario
from workloads import narrow, traces
from workloads.consultations import ActionKind, Consultation, Response, active
from workloads.traces import Count, TraceError


@dataclass(frozen=True, slots=True)
class Source:
    """A consultation to replay; `times_s` where it was recorded with its own."""

    name: str
    consultation: Consultation
    responses: tuple[Response, ...]
    times_s: tuple[float, ...] | None
    received: int
    counted: int
    remarks: tuple[str, ...] = ()


def made(scenario: Scenario) -> Source:
    """The consultation in Vietnamese that the default pilot replays."""
    whole = narrow.generate(scenario.seed)
    received = sum(1 for action in whole.actions if action.kind is not ActionKind.WITHDRAW)
    return Source("narrow", whole, narrow.respond(whole), None, received, len(active(whole.actions)))


def recorded(path: Path, *, skip_bad: bool) -> Source:
    """A recording of any kind that `workloads.traces` reads. Raises InputError."""
    try:
        trace = traces.read(path, skip_bad=skip_bad)
    except TraceError as error:
        raise InputError(str(error)) from error
    received, counted = _sum(trace.received), _sum(trace.counted)
    remarks = [f"{len(trace.bad_rows)} broken rows were passed over"] if trace.bad_rows else []
    remarks += trace.remarks
    if trace.exported:
        differing = trace.differing()
        remarks.append(
            f"received stances differ from the export's own columns in {len(differing)} statements"
            if differing
            else "received agreements and disagreements are what the export's own columns say"
        )
    remarks += [f"received: {_words(received)}", f"counted after superseding: {_words(counted)}"]
    name = f"{trace.kind.value} {path.name}"
    totals = (received.total, counted.total)
    return Source(name, trace.consultation, (), trace.times_s, *totals, tuple(remarks))


def _sum(counts: Mapping[str, Count]) -> Count:
    found = list(counts.values())
    return Count(
        sum(count.agrees for count in found),
        sum(count.disagrees for count in found),
        sum(count.passes for count in found),
        sum(count.commented for count in found),
    )


def _words(count: Count) -> str:
    commented = f"{count.commented} with comments, " if count.commented else ""
    return f"{count.agrees} agreements, {commented}{count.disagrees} disagreements, {count.passes} passes"
