"""The ten laws of the ledger port as plain functions over a harness.

Where a law does not hold, its function raises AssertionError, or lets an error of the port through.

`appending`, `reading`, `proving` and `metering` leave the ledger running and only add to it; `breaking`
restarts, kills and stalls it, so it is given a deployment that nothing else uses.
"""

from collections.abc import Callable, Mapping, Sequence

from tests.conformance.harness import Harness
from tests.conformance.laws import appending, breaking, metering, proving, reading

Law = Callable[[Harness], None]


def _laws() -> dict[str, Law]:
    found: dict[str, Law] = {}
    for module in (appending, reading, proving, metering, breaking):
        for name, law in vars(module).items():
            if name.startswith("law_"):
                found[name] = law
    return dict(sorted(found.items(), key=lambda item: (int(item[0].split("_")[1]), item[0])))


LAWS: Mapping[str, Law] = _laws()
"""Every law by its function's name, in the order of the port's docstring."""
RULES_ONLY: Sequence[Law] = (
    appending.law_1_the_same_bytes_keep_their_index_after_the_close,
    appending.law_8_an_entry_against_the_rules_is_not_appended,
)
"""They ask for a consultation under the rules."""
FIRST: Law = reading.law_3_an_empty_ledger_has_a_head_and_nothing_else
"""It asks for a deployment that is new."""
LAST: Law = breaking.law_7_a_history_rewritten_and_signed_again_is_no_continuation
"""What it leaves behind is a forged ledger."""
_BETWEEN = [law for law in LAWS.values() if law not in (FIRST, LAST, *RULES_ONLY)]
KEEPING: Sequence[Law] = [law for law in _BETWEEN if law.__module__ != breaking.__name__]
"""Those that leave a ledger without rules running and only add to it."""
BREAKING: Sequence[Law] = [FIRST, *(law for law in _BETWEEN if law.__module__ == breaking.__name__), LAST]
"""Those for a ledger without rules that nothing else uses, in this order."""
