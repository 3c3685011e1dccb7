"""One look for each label of a bench: its backend's colour, made darker or lighter for each further label.

A label that is a backend's own name looks as in the pilot's report. A variant ('cometbft-50ms') keeps the
family's hue and gets another shade, dash and marker, so that two of one family can be told apart in print.
"""

from collections.abc import Mapping

from matplotlib.colors import to_hex, to_rgb

from reports.bench.shapes import LedgerSummary
from reports.figures.style import Look, look

_SHADES = (0.0, -0.38, 0.32, -0.6, 0.5)
"""Towards black where below zero, towards white where above."""
_DASHES: tuple[str | tuple[int, tuple[float, ...]], ...] = (
    "-",
    (0, (5.0, 1.4)),
    (0, (1.4, 1.2)),
    (0, (4.0, 1.2, 1.0, 1.2)),
    (0, (7.0, 1.2, 2.0, 1.2)),
)
_MARKERS = ("<", "p", ">", "d", "8", "H")
"""Not used by any backend: each variant of a bench takes the next."""


def _shaded(colour: str, shade: float) -> str:
    towards = 0.0 if shade < 0 else 1.0
    mixed = [part + (towards - part) * abs(shade) for part in to_rgb(colour)]
    return to_hex((mixed[0], mixed[1], mixed[2]))


def looks(ledgers: Mapping[str, LedgerSummary]) -> Mapping[str, Look]:
    """The look of every label, the same in every figure and in the page."""
    found: dict[str, Look] = {}
    further: dict[str, int] = {}
    owner: dict[str, str] = {}
    varied = 0
    for label, ledger in ledgers.items():
        family = ledger.backend or label
        base, place = look(family), 0
        if label != family or owner.setdefault(base.colour, family) != family:
            place = further.setdefault(family, 1 if family in ledgers else 0)
            further[family] += 1
        if place == 0:
            found[label] = base
            continue
        turn, marker = place % len(_SHADES), _MARKERS[varied % len(_MARKERS)]
        found[label] = Look(_shaded(base.colour, _SHADES[turn]), _DASHES[turn], marker)
        varied += 1
    return found
