"""Four validators on this machine, each a CometBFT node and its Python application, and clients to them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from nacl.signing import SigningKey

from backends.cometbft import app, network
from backends.cometbft.arguments import NAME as ARGUMENTS
from backends.cometbft.arguments import write_arguments
from backends.cometbft.ledger import CometLedger
from backends.cometbft.light import quorum
from backends.cometbft.metering import by_kind, sent
from backends.cometbft.network import Node
from backends.cometbft.paths import Paths
from backends.cometbft.rpc import NodeClient, NodeError
from backends.cometbft.tampering import tamper
from backends.cometbft.verifier import CometHeads, Pins
from backends.cometbft.watching import CometWatch, Watching
from backends.nodes import python
from backends.nodes.errors import NodeFailed, NodeUnavailable
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports
from backends.nodes.process import NodeProcess, await_ready
from backends.nodes.toolchain import ensure
from backends.nodes.traffic import Traffic
from backends.ports import Level, Option, Options, ProcessUse, Reached, Setting, Tampered, Tampering
from consultation.core.canonical import Json
from consultation.core.errors import LedgerError, Rejected, Unavailable, Unsupported
from consultation.core.tree_head import TreeVerifier

START_TIMEOUT_S = 60.0
OPTIONS: Mapping[str, Option] = {"validators": 4, "timeout_commit_ms": 50, "delay_ms": 0}
"""How many validators, how long each waits after a block for more votes, and so for more entries, and how far
they are from each other, one way; 0 is without anything between them.
"""

_PROBE_S = 1.0
_ATTEMPTS = 3


class CometDeployment:
    """The processes of one network; node 0 is the operator's own, and clients talk to it unless told
    otherwise.
    """

    def __init__(self, setting: Setting, binary: Path) -> None:
        """Lay the network out below the setting's folder. Raises Rejected, NodeUnavailable."""
        unknown = set(setting.options) - set(OPTIONS)
        if unknown:
            raise Rejected(
                f"cometbft has no option {', '.join(sorted(unknown))}; it has {', '.join(OPTIONS)}"
            )
        self.admission = setting.admission
        self.timeout_commit_ms = _number(setting, "timeout_commit_ms", 1, 60_000)
        self.nodes = _nodes(setting, _number(setting, "validators", 1, 16))
        self.pinned = network.pins(setting.origin, self.nodes)
        found = network.chain_id_in(self.nodes[0].home)
        if found not in (None, self.pinned.chain_id):
            raise Rejected(
                f"{setting.folder.name} holds the network {found!r} of other keys, another origin or "
                "another number of validators: choose an empty folder"
            )
        self._binary = binary
        self._traffic = Traffic()
        self._watching = Watching({node.name: node.home for node in self.nodes})
        self._group = ProcessGroup()
        self._delay_ms = _number(setting, "delay_ms", 0, 10_000)
        self._paths: Paths | None = None
        if self._delay_ms:
            self._paths = Paths(self._group, setting.folder, self._delay_ms, len(self.nodes))
        self.isolated: set[str] = set()
        """Nodes that an attack has cut off from the others."""

    # Clients

    def connect(self) -> CometLedger:
        """A client of the operator's own node."""
        return self.connect_to(0)

    def connect_to(self, validator: int) -> CometLedger:
        """A client of the node of validator `validator`, counted from 0."""
        return CometLedger(self.client(validator), self.pinned)

    @property
    def doors(self) -> Sequence[str]:
        return [node.name for node in self.nodes]

    def enter(self, door: str) -> CometLedger:
        """A client of that node alone. Raises KeyError."""
        return self.connect_to(self._place(door))

    def watch(self) -> CometWatch:
        """When each validator's application has committed which size; see `watching`."""
        return self._watching.watch()

    def client(self, validator: int) -> NodeClient:
        return NodeClient(LOOPBACK, self.nodes[validator].rpc_port)

    def pins(self) -> Mapping[str, Json]:
        return self.pinned.encode()

    # Life

    def start(self) -> None:
        """Write the files and start everything, on other ports where one was taken meanwhile. Raises
        Unavailable.
        """
        for node in self.nodes:
            node.home.mkdir(parents=True, exist_ok=True)
            self._add(node)
        self._watching.stop_noting()
        for attempt in range(_ATTEMPTS):
            for node in self.nodes:
                peers = self._paths.seen_from(node, self.nodes) if self._paths else self.nodes
                network.write_node(node, peers, self.pinned, self.timeout_commit_ms, self._delay_ms)
                write_arguments(node.home, self.admission)
            try:
                self.restart()
                return
            except Unavailable as error:
                self.stop()
                if "address already in use" not in str(error) or attempt + 1 == _ATTEMPTS:
                    raise
            ports = iter(free_ports(2 * len(self.nodes)))
            self.nodes = [replace(node, rpc_port=next(ports), p2p_port=next(ports)) for node in self.nodes]
            if self._paths:
                self._paths.renew()

    def _add(self, node: Node) -> None:
        argv = [*python.module("backends.cometbft.app"), f"--home={node.home}", f"@{ARGUMENTS}"]
        self._group.add(node.app, argv, cwd=node.home, log=node.home / "app.log", env=python.environment())
        argv = [str(self._binary), "start", f"--home={node.home}"]
        self._group.add(node.name, argv, cwd=node.home, log=node.home / "node.log")

    def restart(self) -> None:
        """Start what is down, applications first, and return when every node answers. Raises Unavailable."""
        try:
            self.start_validators(self.nodes)
        except NodeFailed as error:
            raise Unavailable(str(error)) from error

    def start_validators(self, nodes: Sequence[Node]) -> None:
        """The same for some validators. Raises NodeFailed."""
        if self._paths:
            self._paths.start(self.nodes)
        down = [node for node in nodes if not self._group[node.app].alive]
        for node in down:
            # Left by a killed application; the node would find it and wait 3 s before it tried again.
            (node.home / app.SOCKET).unlink(missing_ok=True)
            self._group[node.app].start()
        sockets = [node.home / app.SOCKET for node in down]
        applications = [self._group[node.app] for node in down]
        await_ready(applications, lambda: all(path.exists() for path in sockets), timeout_s=START_TIMEOUT_S)
        for node in nodes:
            self._group[node.name].start()
        members = [self._group[name] for node in nodes for name in (node.app, node.name)]
        waiting = list(nodes)

        def ready() -> bool:
            while waiting and self._ready(waiting[0]):
                waiting.pop(0)
            return not waiting

        await_ready(members, ready, timeout_s=START_TIMEOUT_S)

    def _ready(self, node: Node) -> bool:
        """Whether a node has a block, is not catching up, and sees a quorum, itself included."""
        client = NodeClient(LOOPBACK, node.rpc_port)
        try:
            status = client.status(_PROBE_S)
        except (LedgerError, NodeError):
            return False
        finally:
            client.close()
        needed = 1 if node.name in self.isolated else quorum(len(self.nodes))
        return status.height > 0 and not status.catching_up and status.peers + 1 >= needed

    def process(self, name: str) -> NodeProcess:
        """One process by its name, `node0` or `app0` and so on, to be killed or paused alone. Raises
        KeyError.
        """
        return self._group[name]

    def kill(self) -> None:
        self._sent_bytes()
        self._group.kill()

    def assurance(self) -> Mapping[Level, Reached]:
        """Two nodes that have the block are two disks; its header's signatures come with the next block.

        The rules count as checked where all that a quorum needs have applied them, and nobody does unless
        they were asked to. One validator alone is one disk, and the operator's own word.
        """
        reached = {Level.ONE_DISK: Reached("final", nodes=1), Level.HEAD_SIGNED: Reached("provable")}
        if len(self.nodes) > 1:
            reached[Level.TWO_DOMAINS] = Reached("final", nodes=2)
            reached[Level.NO_FORK] = Reached("provable")
            if self.admission == "rules":
                reached[Level.RULES] = Reached("final", nodes=quorum(len(self.nodes)))
        return reached

    def cut(self, door: str) -> None:
        """Cut one validator's node off from all the others, until `heal`.

        Raises KeyError for what is no door, Unsupported where nothing is between the nodes, NodeFailed.
        """
        paths, place = self._path_of(door)
        paths.cut(place)

    def heal(self, door: str) -> None:
        """Let it reach the others again; they find one another within some seconds. Raises as `cut`."""
        paths, place = self._path_of(door)
        paths.heal(place)

    def _path_of(self, door: str) -> tuple[Paths, int]:
        place = self._place(door)
        if self._paths is None:
            raise Unsupported(
                "nothing is between these nodes that could be cut: deploy with delay_ms above 0"
            )
        return self._paths, place

    def _place(self, door: str) -> int:
        return {node.name: node.place for node in self.nodes}[door]

    def stop_validator(self, node: Node) -> None:
        """End one validator, the node before its application; what is on disk stays."""
        self._sent_bytes()
        self._group[node.name].terminate()
        self._group[node.app].terminate()

    def tamper(self, tampering: Tampering) -> Tampered:
        return tamper(self, tampering)

    def pause(self) -> None:
        self._group.pause()

    def resume(self) -> None:
        self._group.resume()

    def use(self) -> ProcessUse:
        """By kind of process; what a connection sent since the last look is lost when its node is killed by
        name.
        """
        return by_kind(self._group, self._sent_bytes())

    def _sent_bytes(self) -> int:
        alive = [node for node in self.nodes if self._group[node.name].alive]
        return self._traffic.look({node.name: partial(sent, node.rpc_port) for node in alive})

    def stop(self) -> None:
        self._sent_bytes()
        self._group.stop()
        for node in self.nodes:  # what is left is plain files, which can be copied anywhere
            (node.home / app.SOCKET).unlink(missing_ok=True)


class CometBackend:
    """How a cometbft ledger is deployed and verified."""

    name = "cometbft"
    options = OPTIONS

    def nodes(self, options: Options) -> Sequence[str]:
        return ("cometbft", "toxiproxy") if options.get("delay_ms") else ("cometbft",)

    def deploy(self, setting: Setting) -> CometDeployment:
        try:
            deployment = CometDeployment(setting, ensure("cometbft"))
        except NodeUnavailable as error:
            raise Unavailable(str(error)) from error
        deployment.start()
        return deployment

    def verifier(self, pins: Mapping[str, Json]) -> TreeVerifier:
        return TreeVerifier(CometHeads(Pins.parse(pins)).check_head)


BACKEND = CometBackend()


def _nodes(setting: Setting, count: int) -> list[Node]:
    """The validators, with the keys that an earlier deployment over the same folder left."""
    ports = free_ports(2 * count)
    nodes = []
    for at in range(count):
        home = setting.folder.resolve() / f"node{at}"
        key = (
            setting.operator if at == 0 else network.load_key(network.key_path(home)) or SigningKey.generate()
        )
        node_key = network.load_key(network.node_key_path(home)) or SigningKey.generate()
        nodes.append(Node(at, home, key, node_key, ports[2 * at], ports[2 * at + 1]))
    return nodes


def _number(setting: Setting, name: str, low: int, high: int) -> int:
    found = setting.options.get(name, OPTIONS[name])
    if not isinstance(found, int) or isinstance(found, bool) or not low <= found <= high:
        raise Rejected(f"cometbft's option {name} is a number from {low} to {high}, found {found!r}")
    return found
