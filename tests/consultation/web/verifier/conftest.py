"""One process with the page's script for each module of tests; skips where there is no Node.js."""

from collections.abc import Iterator

import pytest

from tests.consultation.core.bundles import Published, Signers, publish
from tests.consultation.web.verifier.page_script import LEAST_NODE, PageScript, find_node


@pytest.fixture(scope="module")
def script() -> Iterator[PageScript]:
    node = find_node()
    if node is None:
        pytest.skip(f"no Node.js of at least version {LEAST_NODE} on PATH or among the built nodes' tools")
    started = PageScript(node)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Certificates anchored on a real signed database."""
    return publish(tmp_path_factory.mktemp("honest"), Signers(10))
