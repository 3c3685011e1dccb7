"""Distance between validators: one path for each two of them, which the one of the lower number dials."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path

from backends.cometbft.network import Node
from backends.nodes.distance import Distance, Line
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import free_ports


class Paths:
    """The paths of one network of `validators` nodes."""

    def __init__(self, group: ProcessGroup, folder: Path, delay_ms: int, validators: int) -> None:
        """Raises NodeUnavailable."""
        self._pairs = list(combinations(range(validators), 2))
        self._distance = Distance(group, folder, delay_ms)
        self.renew()

    def renew(self) -> None:
        """Other ports, where somebody took one of them. Before the nodes' configuration is written."""
        ports = free_ports(len(self._pairs))
        self._ports: Mapping[tuple[int, int], int] = dict(zip(self._pairs, ports, strict=True))

    def seen_from(self, node: Node, nodes: Sequence[Node]) -> list[Node]:
        """Whom a node dials, at the ports of the paths to them; the others dial it."""
        return [
            replace(other, p2p_port=self._ports[node.place, other.place])
            for other in nodes
            if node.place < other.place
        ]

    def start(self, nodes: Sequence[Node]) -> None:
        """Raises NodeFailed."""
        self._distance.start(
            [Line(_name(pair), port, nodes[pair[1]].p2p_port) for pair, port in self._ports.items()]
        )

    def cut(self, place: int) -> None:
        """Between one validator and all the others. Raises NodeFailed."""
        self._distance.cut(self._of(place))

    def heal(self, place: int) -> None:
        self._distance.heal(self._of(place))

    def _of(self, place: int) -> list[str]:
        return [_name(pair) for pair in self._pairs if place in pair]


def _name(pair: tuple[int, int]) -> str:
    return f"node{pair[0]}-node{pair[1]}"
