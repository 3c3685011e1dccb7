"""Breakdowns by age, district and the like: no figure below five, and none that the others give away.

A line (one provision, or one stance on it) has a total that is public anyway; its cells are what the
participants of each group come to. A cell below the threshold is not shown. Since the total, or how many
cells are below it, could give it away, one more cell is not shown either ('complementary suppression' in
statistical disclosure control). Which one follows from the order of the groups and not from the figures: if
it were the smallest, say, knowing the rule would be knowing the figure. No totals per group are made, since
two lines would join through them.

What this cannot do: two breakdowns of which one divides the groups of the other (wards and districts) may be
subtracted from each other. Publish one of them.
"""

from collections.abc import Mapping, Sequence

THRESHOLD = 5
"""The least number of people that a shown cell has."""

Line = Mapping[str, int | None]
"""Group to number of people, None where it is not shown."""


def breakdown(lines: Mapping[str, Mapping[str, int]]) -> Mapping[str, Line]:
    """What may be published of each line. Raises ValueError on fewer than two groups or a negative number."""
    return {name: _protect(name, cells) for name, cells in lines.items()}


def _protect(name: str, cells: Mapping[str, int]) -> Line:
    if len(cells) < 2:
        raise ValueError(f"the line {name!r} has {len(cells)} groups: a breakdown has at least two")
    negative = [group for group, people in cells.items() if people < 0]
    if negative:
        raise ValueError(f"the group {negative[0]!r} of the line {name!r} has fewer than no people")
    groups = sorted(cells)
    hidden = _hidden(groups, cells)
    return {group: None if group in hidden else cells[group] for group in groups}


def _hidden(groups: Sequence[str], cells: Mapping[str, int]) -> set[str]:
    """Every small cell and the first larger one after it; all, where these come to the least they can."""
    small = [at for at, group in enumerate(groups) if cells[group] < THRESHOLD]
    if not small:
        return set()
    hidden = {groups[at] for at in small}
    following = (groups[(small[0] + step) % len(groups)] for step in range(1, len(groups)))
    larger = next((group for group in following if group not in hidden), None)
    if larger is None:
        return hidden
    hidden.add(larger)
    # Zeros and one five can be read off their sum; any other figures have neighbours that look the same.
    return hidden if sum(cells[group] for group in hidden) > THRESHOLD else set(groups)
