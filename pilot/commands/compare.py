"""`pilot compare`: what changed beyond noise between two benches or two runs."""

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from pilot import rundir
from pilot.errors import Exit, InputError
from reports.bench.compare import Comparison, Row, compare
from reports.errors import RunError

_CHANCE = 0.05


def run(before: Path, after: Path, bound: float, out: Console, *, as_json: bool) -> int:
    """Returns 0, or 6 where a figure is worse by more than the bound. Raises InputError."""
    try:
        found = compare(rundir.opened(before).path, rundir.opened(after).path, bound)
    except RunError as error:
        raise InputError(str(error)) from error
    if as_json:
        regressions = len(found.regressions)
        out.print_json(json.dumps({**asdict(found), "regressions": regressions}, allow_nan=False))
    else:
        _print(found, out)
    return Exit.REGRESSION if found.regressions else Exit.GOOD


def _print(found: Comparison, out: Console) -> None:
    for remark in found.remarks:
        out.print(f"unlike: {remark}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    changed = [row for row in found.rows if row.answer == "changed beyond noise"]
    if changed:
        table = Table(title=f"{found.after} over {found.before}: changed beyond noise")
        for heading in ("ledger", "load", "figure", "before", "after", "ratio [95 %]", ""):
            table.add_column(heading, justify="right" if heading in ("before", "after") else "left")
        for row in changed:
            table.add_row(row.ledger, row.load, row.metric, *_numbers(row), _judged(row))
        out.print(table)
    unclear = [row for row in found.rows if row.answer == "not comparable"]
    same = len(found.rows) - len(changed) - len(unclear)
    total = (
        f"{len(found.rows)} figures compared: {len(changed)} changed beyond noise, {same} with no difference "
        f"shown, {len(unclear)} not comparable. By chance alone about {_CHANCE * (len(changed) + same):.0f} "
        "would look changed."
    )
    lines = [total]
    for why, count in Counter(row.why for row in unclear).items():
        lines.append(f"not comparable: {count} figures: {why}; --json names them")
    lines += [f"only in {found.before}: {name}" for name in found.only_before]
    lines += [f"only in {found.after}: {name}" for name in found.only_after]
    for line in lines:
        out.print(line, markup=False, highlight=False, soft_wrap=True)
    if found.regressions:
        out.print(
            f"{len(found.regressions)} regressions: worse beyond noise and by more than {found.bound:.0%}",
            style="bold red", highlight=False,
        )  # fmt: skip


def _numbers(row: Row) -> tuple[str, str, str]:
    ratio = row.ratio
    shown = f"{ratio.value:.3g} [{ratio.low:.3g}, {ratio.high:.3g}]" if ratio else "–"
    return f"{row.before:.4g}", f"{row.after:.4g}", shown.replace("[", r"\[")


def _judged(row: Row) -> str:
    if row.regression:
        return "[bold red]✘ regression[/]"
    better = row.ratio is not None and (row.ratio.value > 1) is (row.better == "higher")
    return "[green]better[/]" if better else "[yellow]worse, within the bound[/]"
