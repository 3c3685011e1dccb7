"""`pilot aggregate`: what communes and departments report, added up to the city."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from consultation.core.aggregation import Figures, Node, Report, ReportError, Tree, aggregate, excluded
from consultation.core.people import Level, PeopleError, Unit, Units
from consultation.core.reconciliation import ReasonCode
from pilot.errors import Exit, InputError
from pilot.strict import Part, explain, read_toml

Count = Annotated[int, Field(ge=0, strict=True)]


class UnitKeys(Part):
    """One unit of the tree."""

    id: str
    name: str
    level: Level
    parent: str = ""


class ReportKeys(Part):
    """What a unit says it has gathered."""

    id: str
    unit: str
    counted: Count = 0
    superseded: Count = 0
    withdrawn: Count = 0
    excluded: Mapping[ReasonCode, Count] = {}
    contains: tuple[str, ...] = ()

    def report(self) -> Report:
        figures = Figures(self.counted, self.superseded, self.withdrawn, excluded(self.excluded))
        return Report(self.id, self.unit, figures, self.contains)


class Reports(Part):
    """The whole file."""

    units: Annotated[tuple[UnitKeys, ...], Field(min_length=1)]
    reports: Annotated[tuple[ReportKeys, ...], Field(min_length=1)]


def run(file: Path, out: Console, *, as_json: bool) -> int:
    """Returns 0. Raises InputError where a report is wrong: no total is better than a wrong one."""
    try:
        given = Reports.model_validate(read_toml(file, "see docs/how-to/add-up-reports.md"))
    except ValidationError as error:
        raise explain(Reports, error, str(file)) from error
    try:
        units = Units(Unit(one.id, one.name, one.level, one.parent) for one in given.units)
        tree = aggregate(units, (one.report() for one in given.reports))
    except (PeopleError, ReportError) as error:
        raise InputError(f"{file}: {error}") from error
    missing = _outside(given)
    if as_json:
        nodes = {name: _numbers(node) for name, node in tree.nodes.items()}
        out.print_json(json.dumps({"total": _shown(tree.total), "units": nodes, "inside": missing}))
    else:
        out.print(_table(units, tree))
        for name, within in missing.items():
            out.print(f"{name}: not here on its own; its figures stay inside {within}", markup=False)
    return Exit.GOOD


def _outside(given: Reports) -> dict[str, str]:
    """Reports that others contain and that did not come in, with one that contains each."""
    here = {one.id for one in given.reports}
    return {name: one.id for one in given.reports for name in one.contains if name not in here}


def _table(units: Units, tree: Tree) -> Table:
    table = Table(title="Opinions: what every unit reports, and everything below it")
    for heading in ("unit", "its own", "received", "counted", "superseded", "withdrawn", "excluded"):
        table.add_column(heading, justify="left" if heading == "unit" else "right")
    depths = {"": -1}
    for name in units.below(units.root):
        unit, node = units.unit(name), tree.nodes[name]
        depth = depths[name] = depths[unit.parent] + 1
        total = node.total
        numbers = (
            node.own.received,
            total.received,
            total.counted,
            total.superseded,
            total.withdrawn,
            sum(total.excluded),
        )
        label = "  " * depth + escape(unit.name)
        table.add_row(label, *(f"{number:,}" for number in numbers), style="bold" if depth == 0 else "")
    return table


def _numbers(node: Node) -> dict[str, object]:
    return {"own": _shown(node.own), "total": _shown(node.total), "children": list(node.children)}


def _shown(figures: Figures) -> dict[str, object]:
    reasons = {reason.value: figures.excluded_for(reason) for reason in ReasonCode}
    return {**asdict(figures), "received": figures.received, "excluded": reasons}
