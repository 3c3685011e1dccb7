"""The last hours before a deadline, out of a recorded trace."""

from collections.abc import Iterator
from dataclasses import replace

from workloads import arrivals
from workloads.consultations import Action, ActionKind, active
from workloads.traces.trace import Trace, count


def cut(trace: Trace, last_s: float, deadline_s: float | None = None) -> Trace:
    """What was done in the last `last_s` seconds up to the deadline, itself included.

    `deadline_s` is in the trace's own seconds; without it the last action is the deadline. An amendment of
    what lies before is a first opinion here, and a withdrawal of it is left out. People and draft stay whole;
    what the file itself counts no longer applies. Raises ValueError where nothing is left.
    """
    kept = arrivals.before(trace.times_s, last_s, deadline_s)
    found = list(_lawful(trace, kept))
    if not found:
        upto = "the last action" if deadline_s is None else f"{deadline_s} s"
        raise ValueError(f"nothing was done in the {last_s} s up to {upto}; take a longer time")
    start_s = trace.times_s[found[0][0]]
    actions = tuple(action for _, action in found)
    dropped = f"of {len(trace.times_s)} actions, {len(actions)} in the last {last_s:g} s before the deadline"
    return replace(
        trace,
        consultation=replace(trace.consultation, actions=actions),
        times_s=tuple(trace.times_s[place] - start_s for place, _ in found),
        start_ms=trace.start_ms + round(start_s * 1000),
        exported={},
        received=count(
            trace.consultation.draft, (it for it in actions if it.kind is not ActionKind.WITHDRAW)
        ),
        counted=count(trace.consultation.draft, active(actions).values()),
        remarks=(*trace.remarks, dropped),
    )


def _lawful(trace: Trace, kept: range) -> Iterator[tuple[int, Action]]:
    known: set[str] = set()
    for place in kept:
        action = trace.consultation.actions[place]
        if action.supersedes_key is not None and action.supersedes_key not in known:
            if action.kind is ActionKind.WITHDRAW:
                continue
            action = replace(action, kind=ActionKind.SUBMIT, supersedes_key=None)
        known.add(action.key)
        yield place, action
