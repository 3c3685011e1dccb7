"""Every design against every setting: exports, stretches of days, numbers of units, rates of idle logins."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random

from workloads.reidentification import designs, measure, people, views
from workloads.reidentification.measure import Finding

ATTRIBUTION = (
    "Data was gathered using the Polis software (see: compdemocracy.org/polis) and is sub-licensed under "
    "CC BY 4.0 with Attribution to The Computational Democracy Project."
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What is varied. `days` are stretches with the most opinions, 0 for the whole export."""

    units: tuple[int, ...] = (40, 168)
    idle_rates: tuple[int, ...] = (0, 1, 10)
    days: tuple[int, ...] = (0,)
    seed: int = 1

    def __post_init__(self) -> None:
        """Raises ValueError naming the setting that cannot be used."""
        allowed = ("units", self.units, 1), ("idle", self.idle_rates, 0), ("days", self.days, 0)
        for name, values, least in allowed:
            if not values or min(values) < least:
                found = ", ".join(map(str, values)) or "empty"
                raise ValueError(f"{name} is {found}; allowed are whole numbers from {least}, at least one")


@dataclass(frozen=True, slots=True)
class Trial:
    """All designs in one setting. `logins` counts participants' and idle ones together."""

    export: str
    days: int
    opinions: int
    people: int
    units: int
    idle_rate: int
    logins: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """The whole of a run."""

    settings: Settings
    trials: tuple[Trial, ...]

    def to_json(self) -> str:
        """One line for each design in each setting, so that two studies can be compared line by line."""
        whole = {"attribution": ATTRIBUTION, "assumptions": _assumptions(), "settings": asdict(self.settings)}
        head = json.dumps(whole, ensure_ascii=False)[:-1]
        return f'{head}, "trials": [\n' + ",\n".join(map(_trial_lines, self.trials)) + "\n]}\n"


Common = dict[str, list[Finding]]
"""By design: what was found at each rate of idle logins, the same for every number of units if none shows."""


def steps(folders: Sequence[Path], settings: Settings) -> int:
    """How often `study` ticks."""
    return len(folders) * len(settings.days) * len(settings.units) * len(designs.DESIGNS)


def study(folders: Sequence[Path], settings: Settings, tick: Callable[[str], None]) -> Study:
    """Run all of it; `tick` is told what was done. Raises TraceError for a broken export."""
    trials = []
    for folder in folders:
        whole = people.read(folder)
        for days in settings.days:
            acts = people.busiest(whole, days) if days else whole
            common: Common = {}
            for units in settings.units:
                trials += _trials(folder.resolve().name, acts, days, units, settings, common, tick)
    return Study(settings, tuple(trials))


def _trials(
    export: str,
    acts: tuple[people.Act, ...],
    days: int,
    units: int,
    settings: Settings,
    common: Common,
    tick: Callable[[str], None],
) -> list[Trial]:
    towns = [people.settle(acts, units, rate, settings.seed) for rate in settings.idle_rates]
    found: list[list[Finding]] = [[] for _ in towns]
    for design in designs.DESIGNS:
        shared = None if design.shows_units else common.get(design.name)
        if shared is None:
            # The participants and their units are the same in all towns, and so is what is published.
            publication = views.publish(acts, towns[0].roster, design, Random(f"{settings.seed} shuffle"))
            shared = common[design.name] = [measure.attack(town, publication) for town in towns]
        for finding, findings in zip(shared, found, strict=True):
            findings.append(finding)
        tick(f"{export}, {units} units: {design.name}")
    taking_part = len({act.person for act in acts})
    return [
        Trial(export, days, len(acts), taking_part, units, rate, len(town.logins), tuple(findings))
        for rate, town, findings in zip(settings.idle_rates, towns, found, strict=True)
    ]


def _assumptions() -> dict[str, float]:
    return {
        "session_gap_min": people.SESSION_GAP_MIN,
        "login_before_min": people.LOGIN_BEFORE_MIN,
        "login_after_min": people.LOGIN_AFTER_MIN,
        "unevenness_of_units": people.UNEVENNESS,
        "quiet_below_people": measure.QUIET_PEOPLE,
        "small_below": measure.SMALL,
        "crowd_people": designs.CROWD_PEOPLE,
    }


def _trial_lines(trial: Trial) -> str:
    head = {name: value for name, value in asdict(trial).items() if name != "findings"}
    lines = [json.dumps(_finding(finding), ensure_ascii=False) for finding in trial.findings]
    return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "findings": [\n' + ",\n".join(lines) + "\n]}"


def _finding(finding: Finding) -> dict[str, object]:
    curve = [[step.size, step.opinions] for step in finding.curve]
    return {**asdict(finding), "curve": curve}
