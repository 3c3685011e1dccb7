"""What the attacked party no longer serves of what it had acknowledged. Counted by whoever staged it."""

from collections import Counter
from dataclasses import dataclass

from backends.ports import LedgerDeployment
from consultation.core import merkle
from consultation.core.errors import LedgerError, VerificationError
from workloads.attacks.honest import Kept
from workloads.attacks.served import Served


@dataclass(frozen=True, slots=True)
class Losses:
    """Acknowledged opinions that are gone or altered, and extra copies of any."""

    lost: int
    duplicated: int


def of_store(kept: Kept, served: Served) -> Losses:
    """An opinion is lost where its id does not show the words that were given."""
    rows = served.opinions()
    shown = {row.id: row.opinion for row in rows}
    lost = sum(shown.get(known.opinion) != known.given.opinion for known in kept.acknowledged)
    copies = Counter(row.opinion for row in rows)
    given = Counter(known.given.opinion for known in kept.acknowledged)
    return Losses(lost, sum(copies[opinion] - 1 for opinion in given if copies[opinion] > 1))


def of_ledger(kept: Kept, deployment: LedgerDeployment) -> Losses:
    """An act is lost where no entry has the leaf that its receipt promised.

    A ledger that cannot be read, or whose head is refused, serves none.
    """
    promised = [leaf for known in kept.acknowledged for leaf in known.leaves]
    try:
        ledger = deployment.connect()
        try:
            leaves = Counter(merkle.leaf_hash(entry).hex() for entry in ledger.scan(0, ledger.head().size))
        finally:
            ledger.close()
    except (LedgerError, VerificationError):
        return Losses(len(promised), 0)
    lost = sum(leaf not in leaves for leaf in promised)
    return Losses(lost, sum(count - 1 for count in leaves.values()))
