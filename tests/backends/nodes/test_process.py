"""Supervision of small real processes: readiness, signals, what they used, what a crash of ours leaves."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backends.nodes.group import ProcessGroup
from backends.nodes.ports import LOOPBACK, free_ports, listening, listening_at
from backends.nodes.process import NodeFailed, NodeProcess, await_ready, log_tail

Spawn = Callable[[str], NodeProcess]

READY_S = 20.0
WAITS = "import signal\nprint('up')\nsignal.pause()"
STUBBORN = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + WAITS
SERVES = "import socket\ns = socket.create_server(('{}', {}))\nwhile True: s.accept()"
WORKS = """
import os, signal
with open("work", "ab") as file:
    file.write(bytes(2_000_000))
    file.flush()
    os.fsync(file.fileno())
while os.times().user < 0.1: pass
print("up")
signal.pause()
"""


def up(node: NodeProcess, times: int = 1) -> Callable[[], bool]:
    return lambda: node.log.read_text().count("up\n") >= times


def guards() -> set[int]:
    """The guards of this process, those of other tests' deployments included."""
    children = psutil.Process().children()
    return {child.pid for child in children if "guard.py" in " ".join(child.cmdline())}


def test_a_node_is_ready_when_it_listens(spawn: Spawn) -> None:
    (port,) = free_ports(1)
    node = spawn(SERVES.format(LOOPBACK, port))
    node.start()
    node.wait_ready(listening(port), timeout_s=READY_S)
    assert node.alive
    assert node.pid is not None


def test_a_node_is_ready_when_it_listens_on_a_unix_socket(spawn: Spawn, tmp_path: Path) -> None:
    path = tmp_path / "s"
    node = spawn(
        "import socket\ns = socket.socket(socket.AF_UNIX)\n"
        f"s.bind({str(path)!r})\ns.listen()\nwhile True: s.accept()"
    )
    node.start()
    node.wait_ready(listening_at(path), timeout_s=READY_S)
    assert node.alive


def test_a_node_that_ends_before_it_is_ready_shows_the_last_lines_of_its_log(spawn: Spawn) -> None:
    node = spawn("for i in range(100): print('line', i)\nraise SystemExit(7)")
    node.start()
    with pytest.raises(NodeFailed, match="status 7 before it was ready") as failed:
        node.wait_ready(lambda: False, timeout_s=READY_S)
    assert failed.value.log_tail.splitlines() == [f"line {i}" for i in range(80, 100)]
    assert "line 99" in str(failed.value)


def test_a_node_killed_before_it_is_ready_is_told_by_the_signal(spawn: Spawn) -> None:
    node = spawn("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)")
    node.start()
    with pytest.raises(NodeFailed, match="ended by signal SIGSEGV"):
        node.wait_ready(lambda: False, timeout_s=READY_S)


def test_a_node_that_is_never_ready_fails_at_the_deadline(spawn: Spawn) -> None:
    node = spawn(WAITS)
    node.start()
    node.wait_ready(up(node), timeout_s=READY_S)
    with pytest.raises(NodeFailed, match=r"not ready within 0\.05 s") as failed:
        node.wait_ready(lambda: False, timeout_s=0.05)
    assert failed.value.log_tail == "up"


def test_an_error_of_the_connection_means_not_yet(spawn: Spawn) -> None:
    node = spawn(WAITS)
    node.start()
    answers = iter([ConnectionRefusedError(), TimeoutError(), None])

    def ready() -> bool:
        if (error := next(answers)) is not None:
            raise error
        return True

    node.wait_ready(ready, timeout_s=READY_S)


def test_a_program_that_is_not_there_fails_with_its_name(tmp_path: Path) -> None:
    node = NodeProcess("ghost", ["no-such-node"], cwd=tmp_path, log=tmp_path / "log")
    node.start()
    with pytest.raises(NodeFailed, match="no-such-node"):
        node.wait_ready(lambda: False, timeout_s=READY_S)


def test_one_of_several_that_ends_is_named_at_once(spawn: Spawn) -> None:
    good, bad = spawn(WAITS), spawn("raise SystemExit(3)")
    good.start()
    bad.start()
    with pytest.raises(NodeFailed, match="node1: ended with status 3"):
        await_ready([good, bad], lambda: False, timeout_s=READY_S)


def test_a_killed_node_starts_again_and_its_log_goes_on(spawn: Spawn) -> None:
    node = spawn(WAITS)
    node.start()
    node.wait_ready(up(node), timeout_s=READY_S)
    first = node.pid
    node.kill()
    assert (node.alive, node.pid, node.exit_status) == (False, None, -signal.SIGKILL)
    node.start()
    node.wait_ready(up(node, times=2), timeout_s=READY_S)
    assert node.pid != first
    assert node.exit_status is None


def test_a_node_is_asked_to_end_before_it_is_killed(spawn: Spawn) -> None:
    gentle, stubborn = spawn(WAITS), spawn(STUBBORN)
    for node in (gentle, stubborn):
        node.start()
        node.wait_ready(up(node), timeout_s=READY_S)
    gentle.terminate()
    stubborn.terminate(timeout_s=0.05)
    assert gentle.exit_status == -signal.SIGTERM
    assert stubborn.exit_status == -signal.SIGKILL


def test_a_paused_node_stands_still_until_it_is_resumed(spawn: Spawn) -> None:
    node = spawn(WAITS)
    node.start()
    node.wait_ready(up(node), timeout_s=READY_S)
    watched = psutil.Process(node.pid)
    node.pause()
    node.wait_ready(lambda: watched.status() == psutil.STATUS_STOPPED, timeout_s=READY_S)
    node.resume()
    node.wait_ready(lambda: watched.status() != psutil.STATUS_STOPPED, timeout_s=READY_S)


def test_a_paused_node_can_be_ended(spawn: Spawn) -> None:
    node = spawn(WAITS)
    node.start()
    node.wait_ready(up(node), timeout_s=READY_S)
    node.pause()
    node.terminate(timeout_s=READY_S)
    assert node.exit_status == -signal.SIGTERM


def test_signals_to_a_node_that_is_down_do_nothing(spawn: Spawn) -> None:
    node = spawn(WAITS)
    for act in (node.pause, node.resume, node.terminate, node.kill):
        act()
    assert not node.alive


def test_usage_adds_up_over_restarts(spawn: Spawn) -> None:
    node = spawn(WORKS)
    node.start()
    node.wait_ready(up(node), timeout_s=READY_S)
    once = node.usage()
    assert once.cpu_s >= 0.1
    assert once.rss_bytes > 0
    node.kill()
    down = node.usage()
    assert down.rss_bytes == 0
    assert down.cpu_s >= once.cpu_s
    node.start()
    node.wait_ready(up(node, times=2), timeout_s=READY_S)
    twice = node.usage()
    assert twice.cpu_s >= once.cpu_s + 0.1
    assert twice.written_bytes >= down.written_bytes >= once.written_bytes


def test_the_guard_goes_with_the_last_node(spawn: Spawn) -> None:
    before = guards()
    node = spawn(WAITS)
    node.start()
    assert len(guards() - before) == 1
    node.kill()
    assert guards() == before


PARENT = """
import os, signal, sys, threading
from pathlib import Path
from backends.nodes.group import ProcessGroup
folder = Path(sys.argv[1])
group = ProcessGroup()
for name in ("runs", "stopped"):
    program = "import signal\\nprint('up')\\nsignal.pause()"
    group.add(name, [sys.executable, "-u", "-S", "-c", program], cwd=folder, log=folder / f"{name}.log")
starter = threading.Thread(target=group.start)
starter.start()
starter.join()
group.wait_ready(lambda: all((folder / f"{n}.log").read_text() == "up\\n" for n in group.names), timeout_s=20)
group["stopped"].pause()
heir = os.fork()  # as multiprocessing would: it holds a copy of every pipe
if heir == 0:
    signal.pause()
print(heir, *(group[name].pid for name in group.names), flush=True)
signal.pause()
"""


def test_nodes_die_with_a_parent_killed_by_kill_9(tmp_path: Path) -> None:
    """Started from a thread that has ended, one of them stopped, and a forked heir of the pipes alive."""
    root = Path(__file__).parents[3]
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True, cwd=root
    )
    assert parent.stdout is not None
    descriptors: list[int] = []
    heir = 0
    try:
        heir, *nodes = (int(pid) for pid in parent.stdout.readline().split())
        descriptors += [os.pidfd_open(pid) for pid in nodes]
        assert len(descriptors) == 2
        parent.kill()
        for descriptor in descriptors:
            assert select.select([descriptor], [], [], READY_S)[0], "a node outlived its parent"
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
        if heir:
            os.kill(heir, signal.SIGKILL)
        for descriptor in descriptors:
            os.close(descriptor)


def test_a_group_is_summed_paused_killed_and_ended_together(tmp_path: Path) -> None:
    group = ProcessGroup()
    try:
        for name in ("a", "b", "c"):
            argv = [sys.executable, "-u", "-S", "-c", WAITS]
            group.add(name, argv, cwd=tmp_path / name, log=tmp_path / f"{name}.log")
        with pytest.raises(ValueError, match="already a process 'a'"):
            group.add("a", ["true"], cwd=tmp_path, log=tmp_path / "log")
        group.start()
        group.wait_ready(lambda: all(up(group[name])() for name in group.names), timeout_s=READY_S)
        assert group.alive
        assert group.use().processes == 3
        assert group.use().rss_bytes > max(used.rss_bytes for used in group.usage().values())
        group.pause()
        group.resume()
        group.kill()
        assert [group[name].exit_status for name in group.names] == [-signal.SIGKILL] * 3
        group.start()
        group.stop()
        assert not group.alive
        assert group.use().processes == 0
    finally:
        group.kill()


def test_free_ports_differ_and_can_be_bound() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    for port in ports:
        with socket.create_server((LOOPBACK, port)):
            pass


def test_a_taken_port_is_not_given() -> None:
    with socket.create_server((LOOPBACK, 0)) as taken:
        assert taken.getsockname()[1] not in free_ports(50)


def test_the_tail_of_a_missing_log_is_empty(tmp_path: Path) -> None:
    assert log_tail(tmp_path / "none.log") == ""
