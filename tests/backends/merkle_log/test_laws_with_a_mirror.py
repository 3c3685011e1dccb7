"""The laws once more over four witnesses and a mirror: the conformance suite itself takes each ledger as it
comes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.backends.merkle_log.laws import harness
from tests.conformance.harness import Harness
from tests.conformance.laws import BREAKING, KEEPING, Law

pytestmark = pytest.mark.node


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, omniwitness: Path) -> Iterator[Harness]:
    yield from harness(tmp_path_factory.mktemp("kept"), {"mirror": True})


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, omniwitness: Path) -> Iterator[Harness]:
    yield from harness(tmp_path_factory.mktemp("broken"), {"mirror": True})


@pytest.mark.parametrize("law", KEEPING, ids=lambda law: law.__name__)
def test_law(kept: Harness, law: Law) -> None:
    law(kept)


@pytest.mark.parametrize("law", BREAKING, ids=lambda law: law.__name__)
def test_law_that_breaks(broken: Harness, law: Law) -> None:
    law(broken)
