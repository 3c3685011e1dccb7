"""The laws once more over heads that a time-stamp authority has stamped: the operator and it alone."""

from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from backends.ports import Options
from tests.backends.merkle_log.authorities import options
from tests.backends.merkle_log.laws import harness
from tests.conformance.harness import Harness
from tests.conformance.laws import BREAKING, KEEPING, Law
from tests.consultation.pdf.authority import listening


@pytest.fixture(scope="module")
def stamped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Options]:
    with listening(rsa.generate_private_key(65537, 2048)) as authority:
        yield options(authority, tmp_path_factory.mktemp("authority") / "root.pem")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, stamped: Options) -> Iterator[Harness]:
    yield from harness(tmp_path_factory.mktemp("kept"), stamped)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, stamped: Options) -> Iterator[Harness]:
    yield from harness(tmp_path_factory.mktemp("broken"), stamped)


@pytest.mark.parametrize("law", KEEPING, ids=lambda law: law.__name__)
def test_law(kept: Harness, law: Law) -> None:
    law(kept)


@pytest.mark.parametrize("law", BREAKING, ids=lambda law: law.__name__)
def test_law_that_breaks(broken: Harness, law: Law) -> None:
    law(broken)
