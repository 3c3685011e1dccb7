"""The conformance laws over a Merkle log with options of a test's own."""

from collections.abc import Callable, Iterator
from inspect import getmembers, isfunction
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.merkle_log import BACKEND
from backends.ports import Options, Setting
from consultation.core.ledger import Head
from tests.conformance.entries import AnyBytes
from tests.conformance.harness import Harness
from tests.conformance.laws import appending, breaking, metering, proving, reading

Law = Callable[[Harness], None]
FIRST = reading.law_3_an_empty_ledger_has_a_head_and_nothing_else
LAST = breaking.law_7_a_history_rewritten_and_signed_again_is_no_continuation
RULES = {
    appending.law_1_the_same_bytes_keep_their_index_after_the_close,
    appending.law_8_an_entry_against_the_rules_is_not_appended,
}
"""They ask for a consultation under the rules."""


def _laws(*modules: object) -> list[Law]:
    found = [law for module in modules for name, law in getmembers(module, isfunction) if name[:4] == "law_"]
    return [law for law in found if law not in RULES | {FIRST, LAST}]


KEEPING = _laws(appending, reading, proving, metering)
"""Those that leave the ledger running."""
BREAKING = [FIRST, *_laws(breaking), LAST]


def harness(folder: Path, options: Options) -> Iterator[Harness]:
    """With a stranger's head: the same backend and options, another operator."""
    deployments = [
        BACKEND.deploy(
            Setting(folder / name, SigningKey(name[:1].encode() * 32), "a.example/b", "all", options)
        )
        for name in ("ours", "stranger's")
    ]
    try:
        ledger = deployments[1].connect()
        other = Harness(deployments[1], BACKEND.verifier, AnyBytes(), lambda: pytest.fail("no other"))
        other.settle_all([b"a stranger's"])
        stranger: tuple[Head, list[bytes]] = ledger.head(), [b"a stranger's"]
        yield Harness(deployments[0], BACKEND.verifier, AnyBytes(), lambda: stranger)
    finally:
        for deployment in deployments:
            deployment.stop()
