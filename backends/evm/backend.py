"""The evm ledger in the registry. Who only verifies never imports web3.py, which takes a second or two."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from backends.evm.options import DEFAULTS
from backends.evm.verifier import EvmHeads, Pins
from backends.ports import Option, Options, Setting
from consultation.core.canonical import Json
from consultation.core.tree_head import TreeVerifier

if TYPE_CHECKING:
    from backends.evm.deployment import EvmDeployment


class EvmBackend:
    """Options and verifier without a node, deployments with one."""

    name = "evm"
    options: Mapping[str, Option] = DEFAULTS

    def nodes(self, options: Options) -> Sequence[str]:
        """None for a chain by URL: somebody else runs it."""
        if options.get("url"):
            return ()
        return ("geth",) if options.get("node") == "geth" else ("anvil",)

    def deploy(self, setting: Setting) -> "EvmDeployment":
        from backends.evm.deployment import deploy

        return deploy(setting)

    def verifier(self, pins: Mapping[str, Json]) -> TreeVerifier:
        return TreeVerifier(EvmHeads(Pins.from_json(pins)).check_head)


BACKEND = EvmBackend()
