"""Who took part, in which unit, and who was logged in when: from a trace, and from chance where it is silent.

An export says who answered what and when. It says nothing of units and logins, so these are drawn, from a
seed, and from nothing but what stands here:

- **Units.** Unit k of n (k from 1) gets each person with a probability proportional to 1/k**0.8. Of 1,921
  people and 40 units the largest expects 232 and the smallest 12; of 168 units, 146 and 2. Real units are
  as uneven: a department beside a commune, one commune of 200,000 beside one of 6,000.
- **Logins of participants.** Acts of one person at most 30 minutes apart are one session. Its login starts a
  minute before the first act and ends 5 minutes after the last.
- **Idle logins**, the noise: people who log in and give nothing, one login each, `rate` of them for every
  login of a participant. The day is uniform over the days of the consultation, the minute of the day that of
  a participant's login drawn at random, and the length that of another. Those of a smaller rate are among
  those of a larger one, so that rates compare.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path
from random import Random

from workloads import traces
from workloads.consultations import ActionKind, Stance, active

SESSION_GAP_MIN = 30
LOGIN_BEFORE_MIN = 1
LOGIN_AFTER_MIN = 5
UNEVENNESS = 0.8
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Act:
    """One entry's origin: who, when (minutes since 1970, UTC), on what, saying what.

    `standing` is False when a later act superseded or withdrew it, and for a withdrawal itself.
    """

    person: int
    minute: int
    provision: int
    stance: Stance
    standing: bool


@dataclass(frozen=True, slots=True)
class Login:
    """A person was logged in from `first_min` to `last_min`, both included."""

    person: int
    first_min: int
    last_min: int


@dataclass(frozen=True, slots=True)
class Roster:
    """`units[i]` is the unit of person i."""

    units: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """One setting to attack: what happened, and what the attacker has beside the publications."""

    acts: tuple[Act, ...]
    roster: Roster
    logins: tuple[Login, ...]


def read(folder: Path) -> tuple[Act, ...]:
    """The acts of a Polis export, in the order of time. Raises TraceError for a broken one."""
    trace = traces.read(folder)
    standing = active(trace.consultation.actions)
    people = {person.id: place for place, person in enumerate(trace.consultation.people)}
    provisions = {it.id: place for place, it in enumerate(trace.consultation.draft.provisions)}
    return tuple(
        Act(
            people[action.participant],
            int(trace.start_ms + time_s * 1000) // 60_000,
            provisions[action.provision],
            action.stance,
            action.kind is not ActionKind.WITHDRAW and action.key in standing,
        )
        for action, time_s in zip(trace.consultation.actions, trace.times_s, strict=True)
    )


def busiest(acts: Sequence[Act], days: int) -> tuple[Act, ...]:
    """The acts of the `days` days in a row with the most acts, the earliest such; people numbered afresh.

    What was superseded after these days stands again. Raises ValueError for fewer than one day.
    """
    if days < 1:
        raise ValueError(f"found {days} days; at least 1 is needed")
    by_day: dict[int, int] = defaultdict(int)
    for act in acts:
        by_day[act.minute // DAY_MIN] += 1
    start = max(
        sorted(by_day), key=lambda first: sum(by_day.get(day, 0) for day in range(first, first + days))
    )
    kept = [act for act in acts if start <= act.minute // DAY_MIN < start + days]
    last = {(act.person, act.provision): place for place, act in enumerate(kept)}
    numbers = {person: place for place, person in enumerate(sorted({act.person for act in kept}))}
    return tuple(
        Act(
            numbers[act.person],
            act.minute,
            act.provision,
            act.stance,
            last[act.person, act.provision] == place,
        )
        for place, act in enumerate(kept)
    )


def settle(acts: Sequence[Act], units: int, idle_rate: int, seed: int) -> Town:
    """Spread people over `units` units and let idle ones log in, as the module's docstring says.

    Raises ValueError where there is no act or no unit, or the rate is negative.
    """
    if not acts or units < 1 or idle_rate < 0:
        raise ValueError(
            f"found {len(acts)} acts, {units} units, {idle_rate} idle logins for each login; "
            "needed are at least one act, one unit, and a rate from 0"
        )
    taking_part = 1 + max(act.person for act in acts)
    own = sessions(acts)
    idle = _idle(acts, own, taking_part, idle_rate, Random(f"{seed} idle"))
    people = taking_part + len(idle)
    return Town(tuple(acts), Roster(_units(people, units, Random(f"{seed} units"))), (*own, *idle))


def sessions(acts: Iterable[Act]) -> tuple[Login, ...]:
    """The logins in which the acts were made, person by person."""
    minutes: dict[int, list[int]] = defaultdict(list)
    for act in acts:
        minutes[act.person].append(act.minute)
    found = []
    for person, times in sorted(minutes.items()):
        times.sort()
        first = times[0]
        for before, after in pairwise(times):
            if after - before > SESSION_GAP_MIN:
                found.append(Login(person, first - LOGIN_BEFORE_MIN, before + LOGIN_AFTER_MIN))
                first = after
        found.append(Login(person, first - LOGIN_BEFORE_MIN, times[-1] + LOGIN_AFTER_MIN))
    return tuple(found)


def _idle(acts: Sequence[Act], own: Sequence[Login], first: int, rate: int, rng: Random) -> tuple[Login, ...]:
    days = [act.minute // DAY_MIN for act in (acts[0], acts[-1])]
    found = []
    for place in range(rate * len(own)):
        day, when, length = rng.randint(*days), rng.choice(own), rng.choice(own)
        start = day * DAY_MIN + when.first_min % DAY_MIN
        found.append(Login(first + place, start, start + length.last_min - length.first_min))
    return tuple(found)


def _units(people: int, units: int, rng: Random) -> tuple[int, ...]:
    weights = list(accumulate(1 / (k + 1) ** UNEVENNESS for k in range(units)))
    return tuple(rng.choices(range(units), cum_weights=weights, k=people))
