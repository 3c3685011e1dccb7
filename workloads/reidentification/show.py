"""The study on a terminal: for each setting a table of opinions and one of people and their answers."""

from collections.abc import Callable, Iterator, Sequence

from rich import box
from rich.table import Table

from workloads.reidentification.measure import QUIET_PEOPLE, SMALL, Finding, Spread
from workloads.reidentification.study import Study, Trial


def tables(study: Study) -> Iterator[Table]:
    """Two for each export, days and number of units, in order; idle logins are columns."""
    rates = len(study.settings.idle_rates)
    for start in range(0, len(study.trials), rates):
        group = study.trials[start : start + rates]
        yield _opinions(group)
        yield _people(group)


def _opinions(group: Sequence[Trial]) -> Table:
    shown = _table(
        f"{_setting(group[0])}: opinions",
        f"quiet: hours in which fewer than {QUIET_PEOPLE} people gave an opinion",
        [f"below {SMALL}", "sizes", "alone,\nquiet", "alone,\nother"],
        group,
    )
    for place, finding in enumerate(group[0].findings):
        across = _alone(group, place, lambda it: it.opinions)
        quiet, busy = _share_alone(finding.quiet), _share_alone(finding.busy)
        shown.add_row(
            finding.design, *across, _share_small(finding.opinions), _sizes(finding.opinions), quiet, busy
        )
    return shown


def _people(group: Sequence[Trial]) -> Table:
    shown = _table(
        f"{_setting(group[0])}: people",
        "a person's set is the smallest of those of their opinions; held: minutes until handed over",
        [f"below {SMALL}", "sizes", "stance\nlearnt", "held min\n50 · 95 %"],
        group,
    )
    for place, finding in enumerate(group[0].findings):
        across = _alone(group, place, lambda it: it.people)
        learnt = share(finding.learnt, finding.standing)
        held = f"{finding.held_min:,} · {finding.held_p95_min:,}"
        shown.add_row(
            finding.design, *across, _share_small(finding.people), _sizes(finding.people), learnt, held
        )
    return shown


def _table(title: str, caption: str, headings: Sequence[str], group: Sequence[Trial]) -> Table:
    others = (
        "0 : 1 and so on: idle logins for each login of a participant; "
        f"all but these columns with {group[0].idle_rate} : 1\nsizes: smallest · 5 % · median · 95 %"
    )
    shown = Table(title=title, caption=f"{others}\n{caption}", box=box.SIMPLE_HEAD, padding=(0, 1))
    shown.add_column("published", no_wrap=True)
    for trial in group:
        shown.add_column(f"alone,\n{trial.idle_rate} : 1", justify="right", no_wrap=True)
    for heading in headings:
        shown.add_column(heading, justify="right", no_wrap=True)
    return shown


def _alone(group: Sequence[Trial], place: int, whose: Callable[[Finding], Spread]) -> list[str]:
    return [_share_alone(whose(trial.findings[place])) for trial in group]


def _share_alone(spread: Spread) -> str:
    return share(spread.alone, spread.n)


def _share_small(spread: Spread) -> str:
    return share(spread.small, spread.n)


def share(part: int, whole: int) -> str:
    """A percentage with one decimal; a dash where there is nothing to share, '<0.1%' for what is not none."""
    if not whole:
        return "–"
    if 0 < part / whole < 0.0005:
        return "<0.1%"
    return f"{100 * part / whole:.1f}%"


def _sizes(spread: Spread) -> str:
    return f"{spread.smallest} · {spread.p5} · {spread.median} · {spread.p95}"


def _setting(trial: Trial) -> str:
    when = f"busiest {trial.days} days" if trial.days else "whole export"
    said = f"{trial.opinions:,} opinions of {trial.people:,} people"
    return f"{trial.export}, {when}, {trial.units} units, {said}"
