"""Two pseudonyms are two people, where that is known: the sets that are left when nobody is used twice.

With one pseudonym for each person all pseudonyms have different owners; with one for each person and
provision those have that stand on the same provision, where envelope or table show it. A candidate is out
when no assignment of people to all these pseudonyms, no person to two, gives the pseudonym to them.

Which candidates stay is known from matchings (Berge 1957; Régin 1994 for this use): take any assignment that
works. A pseudonym may move to another's owner exactly when that other can move on, and so forth, until one
takes a person whom nobody has, or the first one's own. The true assignment is at hand and serves as the one
to start from; what stays is the same from any, so that nothing leaks from the truth into the result.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from workloads.reidentification.designs import Pseudonym
from workloads.reidentification.views import Publication


def separate(publication: Publication, candidates: Sequence[int]) -> list[int]:
    """The candidates of each entry that are left, in the ledger's order."""
    entries = publication.view.entries
    groups: dict[int, dict[int, int]] = defaultdict(dict)
    owners: dict[int, int] = {}
    apart = _apart(publication)
    for position, entry in enumerate(entries):
        if entry.link in apart:
            groups[apart[entry.link]][entry.link] = candidates[position]
            owners[entry.link] = publication.truth.acts[position].person
    left: dict[int, int] = {}
    for group in groups.values():
        left |= possible(group, owners)
    return [left.get(entry.link, candidates[position]) for position, entry in enumerate(entries)]


def _apart(publication: Publication) -> dict[int, int]:
    """The group of each pseudonym of which it is known that no other in its group is the same person's."""
    view = publication.view
    if publication.design.pseudonym is Pseudonym.PERSON:
        return {entry.link: 0 for entry in view.entries}
    shown = {entry.link: entry.provision for entry in view.entries if entry.provision is not None}
    named = {view.entries[row.entry].link: row.provision for row in view.table if row.entry is not None}
    return shown | named


def possible(candidates: Mapping[int, int], owners: Mapping[int, int]) -> dict[int, int]:
    """For each of these links the candidates that some assignment without repetition gives it.

    `owners` is one such assignment; candidates are sets of people, as `join` has them.
    """
    links = list(candidates)
    taken = sum(1 << owners[link] for link in links)
    everybody = 0
    for people in candidates.values():
        everybody |= people
    movable, stuck = everybody & ~taken, links
    while moving := {link for link in stuck if candidates[link] & movable}:
        movable |= sum(1 << owners[link] for link in moving)
        stuck = [link for link in stuck if link not in moving]
    left = {link: candidates[link] & movable for link in links}
    for circle in _circles([candidates[link] for link in stuck], [owners[link] for link in stuck]):
        people = sum(1 << owners[stuck[place]] for place in circle)
        for place in circle:
            left[stuck[place]] = candidates[stuck[place]] & people
    return left


def _circles(candidates: Sequence[int], owners: Sequence[int]) -> list[list[int]]:
    """The places, in groups that can exchange owners in circles (strongly connected; Kosaraju, Sharir)."""
    place_of = {owner: place for place, owner in enumerate(owners)}
    forth, back = [0] * len(owners), [0] * len(owners)
    for place, people in enumerate(candidates):
        while people:
            lowest = people & -people
            people ^= lowest
            other = place_of[lowest.bit_length() - 1]
            forth[place] |= 1 << other
            back[other] |= 1 << place
    unseen = (1 << len(owners)) - 1
    finished: list[int] = []
    for root in range(len(owners)):
        walked, unseen = _walk(root, forth, unseen)
        finished += walked
    unseen = (1 << len(owners)) - 1
    found = []
    for root in reversed(finished):
        walked, unseen = _walk(root, back, unseen)
        if walked:
            found.append(walked)
    return found


def _walk(root: int, arrows: Sequence[int], unseen: int) -> tuple[list[int], int]:
    """What is reached from `root` and was unseen, each after all that it leads to; and what stays unseen."""
    order: list[int] = []
    stack = [root] if unseen >> root & 1 else []
    unseen &= ~(1 << root)
    while stack:
        onward = arrows[stack[-1]] & unseen
        if onward:
            lowest = onward & -onward
            unseen ^= lowest
            stack.append(lowest.bit_length() - 1)
        else:
            order.append(stack.pop())
    return order, unseen
