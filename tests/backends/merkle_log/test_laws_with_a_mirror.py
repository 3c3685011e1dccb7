"""The laws once more over four witnesses and a mirror: the conformance suite itself takes each ledger as it
comes."""

from collections.abc import Callable, Iterator
from inspect import getmembers, isfunction
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.merkle_log import BACKEND
from backends.ports import Setting
from consultation.core.ledger import Head
from tests.conformance.entries import AnyBytes
from tests.conformance.harness import Harness
from tests.conformance.laws import appending, breaking, metering, proving, reading

pytestmark = pytest.mark.node

Law = Callable[[Harness], None]
FIRST = reading.law_3_an_empty_ledger_has_a_head_and_nothing_else
LAST = breaking.law_7_a_history_rewritten_and_signed_again_is_no_continuation
RULES = {
    appending.law_1_the_same_bytes_keep_their_index_after_the_close,
    appending.law_8_an_entry_against_the_rules_is_not_appended,
}
"""They ask for a consultation under the rules."""


def laws(*modules: object) -> list[Law]:
    found = [law for module in modules for name, law in getmembers(module, isfunction) if name[:4] == "law_"]
    return [law for law in found if law not in RULES | {FIRST, LAST}]


def harness(folder: Path) -> Iterator[Harness]:
    """With a stranger's head: the same backend and options, another operator."""
    options = {"mirror": True}
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


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, omniwitness: Path) -> Iterator[Harness]:
    yield from harness(tmp_path_factory.mktemp("kept"))


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, omniwitness: Path) -> Iterator[Harness]:
    yield from harness(tmp_path_factory.mktemp("broken"))


@pytest.mark.parametrize("law", laws(appending, reading, proving, metering), ids=lambda law: law.__name__)
def test_law(kept: Harness, law: Law) -> None:
    law(kept)


@pytest.mark.parametrize("law", [FIRST, *laws(breaking), LAST], ids=lambda law: law.__name__)
def test_law_that_breaks(broken: Harness, law: Law) -> None:
    law(broken)
