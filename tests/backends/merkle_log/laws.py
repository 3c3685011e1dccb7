"""A Merkle log with options of a test's own, for the conformance laws."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from backends.merkle_log import BACKEND
from backends.ports import Options, Setting
from consultation.core.ledger import Head
from tests.conformance.entries import AnyBytes
from tests.conformance.harness import Harness


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
