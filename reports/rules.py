"""Reads `rules.toml` and answers its rules for one ledger from a run's files.

It decides nothing overall: `reports.decide` does.
"""

import operator
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter, ValidationError

from reports.derived import Answer, Fact, Ruling
from reports.errors import RunError
from reports.files import digest
from reports.pointer import Absent, ref, resolve
from reports.run import Run
from reports.shapes import Defender, Scalar, Store, Threat

RULES = Path(__file__).parent / "rules.toml"

Text = Mapping[str, str]
_ORDERED: Mapping[str, Callable[[float, float], bool]] = {"<=": operator.le, ">=": operator.ge}


@dataclass(frozen=True, slots=True)
class FactRule:
    """A comparison of the value at `ref` with `value`, or with `factor` times the value at `of`."""

    ref: str
    op: Literal["==", "<=", ">="]
    value: Scalar = None
    of: str = ""
    factor: float = 1.0


@dataclass(frozen=True, slots=True)
class FactsRule:
    """Holds when each fact does."""

    id: str
    kind: Literal["facts"]
    vi: str
    en: str
    facts: Sequence[FactRule]
    given: str = ""
    """Where that is not true in the run, a fact that does not hold proves nothing."""


@dataclass(frozen=True, slots=True)
class AttacksRule:
    """Holds when each threat in each store is detected by one of the defenders."""

    id: str
    kind: Literal["attacks"]
    vi: str
    en: str
    threats: Sequence[Threat]
    stores: Sequence[Store]
    defenders: Sequence[Defender]


Rule = Annotated[FactsRule | AttacksRule, Discriminator("kind")]


@dataclass(frozen=True, slots=True)
class RunRule:
    """A rule over several ledgers; `share` is its threshold, where it has one."""

    id: str
    vi: str
    en: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Requirements:
    rules: Sequence[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """The whole of `rules.toml`."""

    rules: Sequence[Rule]
    requirements: Requirements
    run_rules: Sequence[RunRule]
    verdicts: Mapping[str, Text]
    clauses: Mapping[str, Text]

    def run_rule(self, name: str) -> RunRule:
        return next(rule for rule in self.run_rules if rule.id == name)


def read_rules(path: Path = RULES) -> Rules:
    """The rules. Raises RunError naming the key."""
    try:
        rules = TypeAdapter(Rules).validate_python(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise RunError(f"{path.name}: key '{'.'.join(map(str, first['loc']))}': {first['msg']}") from None
    known = {rule.id for rule in rules.rules}
    for name in rules.requirements.rules:
        if name not in known:
            raise RunError(f"{path.name}: key 'requirements.rules': found '{name}'; allowed: {sorted(known)}")
    return rules


def rules_digest(path: Path = RULES) -> str:
    """SHA-256 of the rules' file: what a protocol names so that the rules are fixed before the run."""
    return digest(path)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _holds(op: str, left: Scalar, right: Scalar) -> bool:
    if op == "==":
        return left == right
    ours, theirs = _number(left), _number(right)
    return ours is not None and theirs is not None and _ORDERED[op](ours, theirs)


def _scalar(run: Run, reference: str) -> Scalar | Absent:
    value = resolve(run, reference)
    if value is None or not isinstance(value, str | int | float | bool):
        return Absent()
    return value


def _by_facts(run: Run, rule: FactsRule, ledger: str, top: int) -> Ruling:
    facts: list[Fact] = []
    missing: list[str] = []
    broken = False
    for item in rule.facts:
        references = [item.ref, item.of] if item.of else [item.ref]
        places = [text.replace("{ledger}", ledger).replace("{top}", str(top)) for text in references]
        values: list[Scalar] = []
        for place in places:
            value = _scalar(run, place)
            if isinstance(value, Absent) or value == "":
                missing.append(place)
            else:
                facts.append(Fact(place, value))
                values.append(value)
        if len(values) < len(places):
            continue
        right = item.value
        if item.of:
            base = _number(values[1])
            right = None if base is None else item.factor * base
        broken = broken or not _holds(item.op, values[0], right)
    given = rule.given.replace("{ledger}", ledger).replace("{top}", str(top))
    if broken and given and _scalar(run, given) is not True:
        broken = False
        missing.append(given)
    answer: Answer = "no" if broken else "not enough evidence" if missing else "yes"
    return Ruling(rule.id, ledger, answer, facts, missing)


def _by_attacks(run: Run, rule: AttacksRule, ledger: str) -> Ruling:
    facts: list[Fact] = []
    missing: list[str] = []
    undetected = False
    for threat in rule.threats:
        for store in rule.stores:
            cells = [
                (place, cell)
                for place, cell in enumerate(run.risk)
                if (cell.ledger, cell.threat, cell.store) == (ledger, threat, store)
                and cell.defender in rule.defenders
            ]
            here = [Fact(ref("risk.json", place, "outcome"), cell.outcome) for place, cell in cells]
            outcomes = {cell.outcome for _, cell in cells}
            if "detected" in outcomes:
                facts.extend(here)
            elif not cells:
                missing.append(f"risk.json: {threat}, {store}, {ledger}")
            elif "not measured" in outcomes:
                missing.extend(fact.ref for fact in here if fact.value == "not measured")
            else:
                facts.extend(here)
                undetected = True
    answer: Answer = "no" if undetected else "not enough evidence" if missing else "yes"
    return Ruling(rule.id, ledger, answer, facts, missing)


def judge(run: Run, rules: Rules, ledger: str) -> list[Ruling]:
    """Every rule's answer for one ledger."""
    rates = run.summary.ledgers[ledger].rates
    top = max(range(len(rates)), key=lambda place: rates[place].rate) if rates else 0
    return [
        _by_facts(run, rule, ledger, top) if isinstance(rule, FactsRule) else _by_attacks(run, rule, ledger)
        for rule in rules.rules
    ]
