"""The Locust file, run by a real Locust in processes of its own against a served process.

One service lasts the file. Every run has consultations of its own there.
"""

import json
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlencode

import pytest

from backends.nodes.ports import free_ports
from backends.nodes.process import NodeProcess
from consultation.web.access import Role
from tests.served import TOKENS, Served
from workloads.load.preparation import Service, ServiceRefused, prepare

_ROOT = Path(__file__).resolve().parents[2]
_FILE = _ROOT / "workloads" / "locustfile.py"
Seen = Mapping[str, str | int | float | None]

pytestmark = pytest.mark.skipif(find_spec("locust") is None, reason="locust is in the extra 'locust'")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    found = Served(tmp_path_factory.mktemp("served"), "memory")
    try:
        found.start()
        yield found
    finally:
        found.process.terminate(20)


def prepared(running: Served, folder: Path, name: str) -> Path:
    """Locust's options for consultations of this name; they verify with the pins of the served folder."""
    service = Service(running.url, TOKENS[Role.CITIZEN], TOKENS[Role.OFFICER])
    return prepare(service, folder, running.folder / "pins.json", name, 4)


@contextmanager
def locust(folder: Path, name: str, *options: str) -> Iterator[NodeProcess]:
    """A Locust from its command line; killed in the end if it has not ended by itself."""
    argv = [sys.executable, "-m", "locust", "-f", str(_FILE), *options]
    process = NodeProcess(name, argv, cwd=_ROOT, log=folder / f"{name}.log")
    try:
        process.start()
        yield process
    finally:
        process.terminate(10)


def ended(process: NodeProcess) -> int | None:
    """Its status, once it has ended by itself."""
    assert process.wait(60), f"{process.name} goes on: {process.log.read_text()}"
    return process.exit_status


def lines(*files: Path) -> list[Seen]:
    """What has been observed so far, whole lines only."""
    found = []
    for file in files:
        whole, _, _ = file.read_text(encoding="utf-8").rpartition("\n")
        found += [json.loads(line) for line in whole.splitlines()]
    return found


def kinds(seen: Sequence[Seen]) -> Counter[object]:
    return Counter(one["kind"] for one in seen)


def check(seen: Sequence[Seen], running: Served, consultation: str) -> None:
    """Times are in order, nothing failed but what the end cut off, every receipt's entry is there once."""
    cut_off = [one for one in seen if str(one["failed"]).startswith("interrupted")]
    answered = [one for one in seen if one not in cut_off]
    assert [one for one in answered if one["failed"] and one["status"] != 409] == []
    for one in answered:
        due, sent, came = (one[name] for name in ("due", "sent", "answered"))
        assert isinstance(due, float)
        assert isinstance(sent, float)
        assert isinstance(came, float)
        assert due <= sent <= came
    leaves = [one["leaf"] for one in answered if one["key"]]
    assert len(leaves) == len(set(leaves))
    path = f"/consultations/{consultation}/operations"
    operations = [row["leaf"] for row in json.loads(running.client.get(path, Role.OPERATOR))]
    assert set(leaves) < set(operations)
    unasked = len(operations) - len(leaves) - 3  # the draft, its approval and the opening
    assert 0 <= unasked <= len([one for one in cut_off if one["key"]])


CITIZENS = {"draft", "submit", "amend", "withdraw", "receipt", "proof", "verify entry"}
CITIZENS |= {"certificate", "verify certificate"}
OFFICERS = {"state", "health", "reconcile", "summary", "rows", "responses", "publish"}


def test_citizens_write_and_verify_while_officers_take_another_consultation_to_its_certificates(
    running: Served, tmp_path: Path
) -> None:
    options = prepared(running, tmp_path, "alone")
    file = tmp_path / "observed.jsonl"
    flags = ("--headless", "--users", "10", "--spawn-rate", "10", "--user-rate", "6", "--stop-timeout", "10")
    with locust(tmp_path, "alone", "--config", str(options), *flags) as process:
        process.wait_ready(lambda: set(kinds(lines(file))) >= CITIZENS | OFFICERS, timeout_s=60)
        process.request_stop()
        assert ended(process) == 0, process.log.read_text()
    seen = lines(file)
    check(seen, running, "alone-open")
    assert {one["worker"] for one in seen} == {seen[0]["worker"]}
    state = json.loads(running.client.get("/consultations/alone-closed", Role.OFFICER))
    assert state["stage"] in ("responded", "published"), "officers took it there"
    table = process.log.read_text()
    for name in CITIZENS | OFFICERS:
        assert name in table, "in Locust's own table"


def test_one_master_and_two_workers_keep_what_each_of_them_saw(running: Served, tmp_path: Path) -> None:
    options = prepared(running, tmp_path, "shared")
    (port,) = free_ports(1)
    both = ("--config", str(options), "--user-rate", "6", "--stop-timeout", "10")
    master = ("--master", "--headless", "--expect-workers", "2", "--users", "10", "--spawn-rate", "10")
    bind = ("--master-bind-host", "127.0.0.1", "--master-bind-port", str(port))
    worker = ("--worker", "--master-host", "127.0.0.1", "--master-port", str(port))
    with ExitStack() as stack:
        start = partial(_start, stack, tmp_path)
        processes = [start("master", *both, *master, *bind)]
        processes += [start(name, *both, *worker) for name in ("first", "second")]
        processes[0].wait_ready(partial(_both_write, tmp_path), timeout_s=60)
        processes[0].request_stop()
        assert [ended(process) for process in processes] == [0, 0, 0], processes[0].log.read_text()
    files = sorted(tmp_path.glob("observed.*.jsonl"))
    assert len(files) == 2, "one of each worker, and none of the master"
    first, second = (lines(file) for file in files)
    check([*first, *second], running, "shared-open")
    assert {one["worker"] for one in first} == {files[0].name.split(".")[1]}
    assert not {one["user"] for one in first} & {one["user"] for one in second}, "nobody is on two workers"
    assert len({one["user"] for one in [*first, *second]}) == 10


def _start(stack: ExitStack, folder: Path, name: str, *options: str) -> NodeProcess:
    return stack.enter_context(locust(folder, name, *options))


def _both_write(folder: Path) -> bool:
    files = list(folder.glob("observed.*.jsonl"))
    return len(files) == 2 and all(kinds(lines(file))["submit"] >= 5 for file in files)


def test_the_web_page_starts_and_stops_the_load(running: Served, tmp_path: Path) -> None:
    options = prepared(running, tmp_path, "page")
    file = tmp_path / "observed.jsonl"
    (port,) = free_ports(1)
    web = ("--web-host", "127.0.0.1", "--web-port", str(port), "--stop-timeout", "10")
    url = f"http://127.0.0.1:{port}"
    with locust(tmp_path, "page", "--config", str(options), *web) as process:
        process.wait_ready(lambda: "Locust" in _fetch(url), timeout_s=60)
        page = _fetch(url)
        assert "consultation" in page
        assert TOKENS[Role.OFFICER] not in page, "a token is no text to show"
        assert str(tmp_path) not in page, "the page names no file of this process"
        form = {"user_count": "4", "spawn_rate": "4", "host": running.url, "user_rate": "6"}
        form |= {"consultation": "page-open"}
        assert json.loads(_fetch(f"{url}/swarm", urlencode(form).encode()))["success"]
        process.wait_ready(lambda: kinds(lines(file))["submit"] >= 5, timeout_s=60)
        assert json.loads(_fetch(f"{url}/stop", b""))["success"]
        process.request_stop()
        assert ended(process) == 0, process.log.read_text()
    check(lines(file), running, "page-open")


def _fetch(url: str, form: bytes | None = None) -> str:
    with urllib.request.urlopen(url, form, timeout=30) as answer:
        data: bytes = answer.read()
        return data.decode()


def test_a_wrong_token_fails_the_run_and_is_kept_as_refused(running: Served, tmp_path: Path) -> None:
    options = prepared(running, tmp_path, "wrong")
    file = tmp_path / "observed.jsonl"
    flags = ("--headless", "--users", "3", "--user-rate", "9", "--citizen-token", "wrong-token")
    with locust(tmp_path, "wrong", "--config", str(options), *flags) as process:
        process.wait_ready(lambda: kinds(lines(file))["submit"] >= 3, timeout_s=60)
        process.request_stop()
        assert ended(process) == 1, process.log.read_text()
    refused = [one for one in lines(file) if one["kind"] == "submit"]
    assert {one["status"] for one in refused} == {401}
    assert all(str(one["failed"]).startswith("401 send 'Authorization: Bearer") for one in refused)


def test_a_file_that_cannot_be_used_ends_locust_before_it_sends_anything(tmp_path: Path) -> None:
    flags = ("--headless", "--host", "http://127.0.0.1:9", "--pins", str(tmp_path / "absent.json"))
    with locust(tmp_path, "files", *flags) as process:
        assert ended(process) == 1
    assert "cannot read the pins" in process.log.read_text()


def test_consultations_of_a_name_that_is_taken_are_refused_with_the_services_words(
    running: Served, tmp_path: Path
) -> None:
    prepared(running, tmp_path, "taken")
    with pytest.raises(ServiceRefused, match="POST /consultations: 409"):
        prepared(running, tmp_path, "taken")
