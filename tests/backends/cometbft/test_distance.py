"""Four validators with distance between them: what is further off takes longer, and a node can be cut off."""

import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Thread
from time import monotonic

import pytest

from backends.cometbft.deployment import BACKEND, CometDeployment
from backends.nodes.distance import PROCESS, Distance, Line
from backends.nodes.errors import NodeFailed
from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports
from consultation.core.errors import Rejected, Unsupported
from consultation.core.ledger import Pending, Settled, Ticket
from tests.backends.cometbft.conftest import setting, settle, within

pytestmark = pytest.mark.node

DELAY_MS = 20
OTHERS = (0, 1, 2)


@pytest.fixture(scope="module")
def far(comet_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CometDeployment]:
    base = setting(tmp_path_factory.mktemp("far"))
    deployment = BACKEND.deploy(replace(base, options={"delay_ms": DELAY_MS}))
    yield deployment
    deployment.stop()


def test_an_entry_is_not_final_before_the_others_can_have_heard_of_it(far: CometDeployment) -> None:
    ledger = far.connect()
    settle(ledger, [b"the first waits for the start"])
    begin_s = monotonic()
    assert settle(ledger, [b"far away"]) == [Settled(1)]
    # The proposal goes out, and the votes come back.
    assert monotonic() - begin_s > 2 * DELAY_MS / 1000


def test_the_proxy_is_metered_as_a_kind_of_its_own(far: CometDeployment) -> None:
    use = far.use()
    assert {kind: part.processes for kind, part in use.groups.items()} == {
        "node": 4,
        "application": 4,
        "proxy": 1,
    }
    assert use.network_bytes


def test_a_node_that_is_cut_off_stands_still_and_catches_up_when_healed(far: CometDeployment) -> None:
    alone = far.enter("node3")
    before = alone.head().size
    far.cut("node3")
    try:
        within(lambda: far.client(3).status(5.0).peers == 0)
        settle(far.connect(), [b"the others go on"])
        tickets = [answer for answer in alone.append([b"nobody hears"]) if isinstance(answer, Ticket)]
        assert alone.settle(tickets, timeout_s=0.5) == [Pending()]
        assert not alone.health().ok
        assert alone.head().size == before
        assert [far.client(at).status(5.0).peers for at in OTHERS] == [2, 2, 2]
    finally:
        far.heal("node3")
    outcomes = settle(alone, [b"the others go on", b"nobody hears"])
    assert all(isinstance(outcome, Settled) for outcome in outcomes)


def test_after_a_crash_of_all_the_distance_is_there_again(far: CometDeployment) -> None:
    [settled] = settle(far.connect(), [b"kept"])
    far.kill()
    with pytest.raises(NodeFailed, match="does not answer"):
        far.cut("node1")
    far.restart()
    assert settle(far.connect(), [b"kept"]) == [settled]
    assert far.process(PROCESS).alive


def test_only_a_door_can_be_cut_off(far: CometDeployment) -> None:
    with pytest.raises(KeyError):
        far.cut("node4")


def test_without_distance_there_is_nothing_to_cut(own_network: CometDeployment) -> None:
    with pytest.raises(Unsupported, match="delay_ms"):
        own_network.cut("node0")


def test_a_distance_is_a_number_of_milliseconds(comet_binary: Path, tmp_path: Path) -> None:
    with pytest.raises(Rejected, match="delay_ms is a number from 0 to 10000"):
        BACKEND.deploy(replace(setting(tmp_path), options={"delay_ms": -1}))


def test_a_path_delays_each_way_and_passes_nothing_while_it_is_cut(
    comet_binary: Path, tmp_path: Path
) -> None:
    group = ProcessGroup()
    distance = Distance(group, tmp_path, DELAY_MS)
    with closing(socket.create_server((LOOPBACK, 0))) as server:
        [port] = free_ports(1)
        echo = Thread(target=_echo_once, args=(server,))
        echo.start()
        try:
            distance.start([Line("there", port, server.getsockname()[1])])
            with socket.create_connection((LOOPBACK, port), timeout=10) as client:
                begin_s = monotonic()
                client.sendall(b"?")
                assert client.recv(1) == b"?"
                assert monotonic() - begin_s > 2 * DELAY_MS / 1000
                distance.cut(["there"])
                assert client.recv(1) == b"", "the connection ends"
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection((LOOPBACK, port), timeout=10)
            with pytest.raises(NodeFailed, match="404"):
                distance.heal(["nowhere"])
        finally:
            group.stop()
            echo.join()


def _echo_once(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection:
        while data := connection.recv(1024):
            connection.sendall(data)
