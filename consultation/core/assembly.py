"""From counted opinions to the rows of the summary table, and the check that none is lost or stands twice.

Here, and only here, a row and the opinions in it are seen together. `tabulate` lets rows alone go on.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from consultation.core import canonical, grouping, summary
from consultation.core.drafts import Stance
from consultation.core.people import Audience
from consultation.core.summary import Header, Moderation, Row, State, Summary, SummaryError


@dataclass(frozen=True, slots=True)
class Counted:
    """A counted opinion, as much of it as the table is made from."""

    id: str
    """Its leaf hash, hex: never goes into a row."""
    provision: str
    audience: Audience
    organisation: str
    stance: Stance
    text: str
    proposal: str
    reason: str
    moderation: Moderation | None = None
    erased: bool = False
    """Erased after the reconciliation: it still counts, and its text is gone."""


@dataclass(frozen=True, slots=True)
class Assigned:
    """A row with the opinions that it stands for."""

    row: Row
    opinions: tuple[str, ...]
    """Ids, sorted."""
    key: str
    """Digest of what is said in the row, shown or not: answers are kept under it."""


def assemble(opinions: Iterable[Counted]) -> list[Assigned]:
    """Rows for opinions, in whatever order these come; none is answered yet."""
    kinds: dict[tuple[str, str, str, str, str], list[Counted]] = defaultdict(list)
    for one in opinions:
        hidden = "erased" if one.erased else one.moderation.value if one.moderation else ""
        kinds[one.provision, one.audience.value, one.organisation, one.stance.value, hidden].append(one)
    found = [assigned for kind in sorted(kinds) for assigned in _rows(kinds[kind])]
    return sorted(found, key=lambda one: (canonical.encode(one.row.to_json()), one.key))


def tabulate(
    header: Header,
    provisions: Iterable[tuple[str, str]],
    assigned: Sequence[Assigned],
    counted: Iterable[str],
) -> Summary:
    """The table for `provisions` of the draft (id and label, in its order). Raises SummaryError.

    `counted` are the ids of all counted opinions, from elsewhere than the rows.
    """
    check_assigned(assigned, counted)
    table = summary.arrange(header, provisions, (one.row for one in assigned))
    summary.check_rows(table)
    summary.check_numbers(table)
    return table


def check_assigned(assigned: Sequence[Assigned], counted: Iterable[str]) -> None:
    """Every counted opinion is in exactly one row, and no row is without one. Raises SummaryError."""
    wrong = [at for at, one in enumerate(assigned) if not one.opinions or len(one.opinions) != one.row.size]
    if wrong:
        one = assigned[wrong[0]]
        raise SummaryError(f"the row says {one.row.size} opinions and holds {len(one.opinions)}", wrong)
    times = Counter(opinion for one in assigned for opinion in one.opinions)
    expected = set(counted)
    twice = [at for at, one in enumerate(assigned) if any(times[opinion] > 1 for opinion in one.opinions)]
    if twice:
        raise SummaryError("an opinion stands in more than one place: each is in exactly one row", twice)
    strange = [at for at, one in enumerate(assigned) if not expected.issuperset(one.opinions)]
    if strange:
        raise SummaryError("the row holds an opinion that is not counted", strange)
    missing = sorted(expected - times.keys())
    if missing:
        raise SummaryError(
            f"{len(missing)} counted opinions are in no row, the first is {missing[0][:16]}..."
        )


def key_of(opinion: Counted) -> str:
    """Digest of kind and words of an opinion, hex."""
    words = [opinion.text, opinion.proposal, opinion.reason]
    kind = [opinion.provision, opinion.audience.value, opinion.organisation, opinion.stance.value]
    return canonical.digest([*kind, *words])


def _rows(alike: Sequence[Counted]) -> Iterable[Assigned]:
    """Rows for opinions of one kind."""
    by_id = {one.id: one for one in alike}
    if len(by_id) != len(alike):
        raise SummaryError("an opinion is given twice: each is in exactly one row")
    texts = {name: "\n".join([one.text, one.proposal, one.reason]) for name, one in by_id.items()}
    if alike[0].erased:
        texts = dict.fromkeys(by_id, "")
    for group in grouping.group(texts):
        shown = [by_id[name] for name in group.members if texts[name] == texts[group.first]]
        # By words, never by id: else the table would tell which entry came to be shown.
        first = min(shown, key=lambda one: (one.text, one.proposal, one.reason))
        yield Assigned(_row(first, len(group.members)), group.members, key_of(first))


def _row(first: Counted, size: int) -> Row:
    if first.erased:
        state = State.WITHDRAWN
    elif first.moderation:
        state = State.MODERATED
    else:
        state = State.MERGED if size > 1 else State.SHOWN
    hidden = state in (State.MODERATED, State.WITHDRAWN)
    return Row(
        first.provision,
        first.audience,
        first.organisation,
        first.stance,
        "" if hidden else first.text,
        "" if hidden else first.proposal,
        "" if hidden else first.reason,
        size,
        state,
        first.moderation if state is State.MODERATED else None,
    )
