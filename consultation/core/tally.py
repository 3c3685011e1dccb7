"""The tally by replay: what the ledger's entries alone say was received and counted.

Stances are closed on the ledger; with the service's opened opinions they are counted per provision, over
exactly those opinions that stand on the ledger.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from consultation.core import admission, merkle, records
from consultation.core.admission import Process, State
from consultation.core.canonical import Json
from consultation.core.drafts import Opinion, Stance
from consultation.core.errors import VerificationError


@dataclass(frozen=True, slots=True)
class Counts:
    """Opinions of one consultation: received is the sum of all the others."""

    received: int
    counted: int
    superseded: int
    withdrawn: int
    excluded: int = 0
    erased: int = 0


def replay(entries: Iterable[bytes]) -> State:
    """Apply the rules to entries in ledger order. Raises VerificationError('admission') at a breach."""
    state = State()
    for index, entry in enumerate(entries):
        try:
            record = records.verify(entry)
        except ValueError as error:
            raise VerificationError("admission", f"entry {index}: {error}") from error
        refused = admission.judge(state, record)
        if refused is not None:
            raise VerificationError("admission", f"entry {index}: {refused}")
        admission.apply(state, record, merkle.leaf_hash(entry))
    return state


def counts(process: Process) -> Counts:
    """What a replayed consultation comes to."""
    return Counts(
        process.received,
        process.counted,
        process.superseded,
        process.withdrawn,
        process.excluded,
        process.erased,
    )


@dataclass(frozen=True, slots=True)
class Totals:
    """Stances per provision over opinions that stand: provision to stance to number."""

    by_provision: Mapping[str, Mapping[Stance, int]]

    def overall(self) -> Mapping[Stance, int]:
        total: Counter[Stance] = Counter()
        for stances in self.by_provision.values():
            total.update(stances)
        return {stance: total[stance] for stance in Stance}

    def to_json(self) -> dict[str, Json]:
        return {
            provision: {stance.value: stances.get(stance, 0) for stance in Stance}
            for provision, stances in sorted(self.by_provision.items())
        }


def totals(standing: Iterable[Opinion]) -> Totals:
    """Count stances; the order of opinions does not matter."""
    found: dict[str, Counter[Stance]] = {}
    for opinion in standing:
        found.setdefault(opinion.provision, Counter())[opinion.stance] += 1
    return Totals(found)
