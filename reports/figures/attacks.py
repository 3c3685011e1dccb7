"""The attack matrix: symbols and colours for each attack, store, defender and ledger."""

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from reports.figures import style
from reports.run import Run
from reports.shapes import DEFENDERS, STORES, THREATS, Outcome
from reports.texts import Texts

SYMBOLS: Mapping[Outcome, str] = {
    "detected": "✓",
    "not detected": "✗",
    "not applicable": "–",
    "not measured": "?",
}
_FILLS: Mapping[Outcome, tuple[str, str]] = {
    "detected": ("#cfe9e0", "#0b5a40"),
    "not detected": ("#f8d3c8", "#8c2309"),
    "not applicable": ("#eef1f2", "#5b6770"),
    "not measured": ("#fdf0c4", "#6b5200"),
}
OUTCOMES: tuple[Outcome, ...] = ("detected", "not detected", "not applicable", "not measured")


def _mark(axes: Axes, x: float, y: float, outcome: Outcome) -> None:
    fill, ink = _FILLS[outcome]
    axes.add_patch(Rectangle((x, y - 0.39), 0.29, 0.78, facecolor=fill, edgecolor="white", linewidth=1))
    axes.text(x + 0.145, y, SYMBOLS[outcome], color=ink, ha="center", va="center", fontsize=11, weight="bold")


def draw(run: Run, texts: Texts) -> Figure:
    """One row for each attack and store, one column for each ledger; one mark for each defender."""
    outcomes = {(cell.ledger, cell.threat, cell.store, cell.defender): cell.outcome for cell in run.risk}
    names = [name for name in run.raw.ledgers if any(key[0] == name for key in outcomes)]
    attacks = [(threat, store) for threat in THREATS for store in STORES]
    figure, axes = style.new(3.9)
    for row, (threat, store) in enumerate(attacks):
        for column, name in enumerate(names):
            for place, defender in enumerate(DEFENDERS):
                outcome = outcomes.get((name, threat, store, defender), "not measured")
                _mark(axes, column + 0.06 + 0.295 * place, row, outcome)
    labels = [
        f"{texts.text('threats', threat + '_short')}, {texts.text('stores', store + '_short')}"
        for threat, store in attacks
    ]
    axes.set_yticks(range(len(attacks)), labels)
    axes.set_xticks(
        [column + 0.5 for column in range(len(names))], [name.replace("-", "-\n", 1) for name in names]
    )
    axes.set_xlim(0, max(1, len(names)))
    axes.set_ylim(len(attacks) - 0.5, -0.5)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    axes.tick_params(axis="x", labelsize=9, colors=style.INK)
    axes.grid(visible=False)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    handles = [
        Rectangle((0, 0), 1, 1, facecolor=_FILLS[outcome][0], edgecolor=_FILLS[outcome][1], linewidth=0.6)
        for outcome in OUTCOMES
    ]
    words = [f"{SYMBOLS[outcome]} {texts.text('outcomes', outcome)}" for outcome in OUTCOMES]
    figure.legend(
        handles, words, loc="outside lower left", ncols=4, fontsize=9, handlelength=0.9, columnspacing=1.0
    )
    return figure
