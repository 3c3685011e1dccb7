"""A node that cannot be built skips tests on somebody's machine, and fails them in CI; nothing else skips."""

import pytest

from backends.nodes.errors import NodeUnavailable
from backends.ports import LedgerDeployment
from consultation.core.errors import Unavailable
from tests.conformance.availability import deployed


def cannot_build() -> LedgerDeployment:
    try:
        raise NodeUnavailable("some-node", "there is no compiler")
    except NodeUnavailable as error:
        raise Unavailable("the ledger cannot start") from error


def does_not_start() -> LedgerDeployment:
    raise Unavailable("the node ended before it was ready")


def test_a_node_that_cannot_be_built_is_a_skip_with_the_toolchains_reason() -> None:
    with pytest.raises(pytest.skip.Exception, match="there is no compiler"):
        deployed(cannot_build, ci=False)


def test_in_ci_it_is_a_failure() -> None:
    with pytest.raises(Unavailable):
        deployed(cannot_build, ci=True)


def test_a_node_that_does_not_start_is_always_a_failure() -> None:
    with pytest.raises(Unavailable):
        deployed(does_not_start, ci=False)
