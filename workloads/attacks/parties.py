"""Another validator or witness: whoever, beside the operator, has a part in the ledger itself.

A validator holds the whole ledger, so it compares what the operator's node answers with its own copy. A
witness holds heads and no entries: all it can do is refuse to cosign, and a backend tells of it in
`Tampered`. Neither holds the service's store.
"""

from backends.ports import LedgerDeployment
from consultation.core.errors import LedgerError, VerificationError
from consultation.core.ledger import Head, Ledger, Traits, Verifier
from workloads.attacks.checks import Check, Once, require
from workloads.attacks.ports import SeveralDoors

ANOTHER = 1
"""The validator that compares; the operator's own is 0."""


def other_door(deployment: LedgerDeployment, traits: Traits) -> Ledger | None:
    """A client of another validator, or None where nobody else answers."""
    if traits.parties > 1 and isinstance(deployment, SeveralDoors):
        return deployment.connect_to(ANOTHER)
    return None


def checks(own: Ledger, operators: Ledger, verifier: Verifier) -> list[Check]:
    """What a validator checks: its own copy, then the operator's answers against it."""
    mine = Once(lambda: _whole(own, verifier))

    def compare() -> None:
        entries = mine()
        answered = list(operators.scan(0, len(entries)))
        differs = [index for index, entry in enumerate(entries) if answered[index : index + 1] != [entry]]
        require(
            not differs,
            "own-copy",
            f"the operator's node answers {len(differs)} entries otherwise than validator {ANOTHER} "
            f"holds them, the first at {differs[0] if differs else 0}",
        )

    return [
        Check("own-ledger", lambda: require(bool(mine()), "own-ledger", "the own copy is empty")),
        Check("own-copy", compare),
        Check("operators-head", lambda: verifier.check_head(operators.head())),
    ]


def recovered(own: Ledger, verifier: Verifier, kept: Head) -> str:
    """Whether the true history can still be read from another validator: one sentence."""
    try:
        entries = _whole(own, verifier)
        verifier.check_replay(entries[: kept.size], kept)
    except (VerificationError, LedgerError) as error:
        return f"validator {ANOTHER} shows no history that verifies: {error}"
    return f"the true history of {len(entries)} entries was read from validator {ANOTHER}"


def _whole(ledger: Ledger, verifier: Verifier) -> list[bytes]:
    head = ledger.head()
    entries = list(ledger.scan(0, head.size))
    verifier.check_replay(entries, head)
    return entries
