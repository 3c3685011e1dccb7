"""When a ledger that cannot be deployed is a skip, and when it is a failure."""

from collections.abc import Callable

import pytest

from backends.nodes.errors import NodeUnavailable
from backends.ports import LedgerDeployment


def deployed(deploy: Callable[[], LedgerDeployment], *, ci: bool) -> LedgerDeployment:
    """The deployment, or a skip where the toolchain cannot give this machine the node and this is not CI."""
    try:
        return deploy()
    except Exception as error:
        reason = unavailable(error)
        if reason is None or ci:
            raise
        pytest.skip(f"not measured: {reason}")


def unavailable(error: BaseException | None) -> str | None:
    """The toolchain's own reason, wherever in the chain of causes it stands; None for any other failure."""
    while error is not None:
        if isinstance(error, NodeUnavailable):
            return str(error)
        error = error.__cause__ or error.__context__
    return None
