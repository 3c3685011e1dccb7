"""What only PostgreSQL has: two disks, real processes, other people's servers. Its laws: `test_variants`."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from backends.nodes.errors import NodeUnavailable
from backends.nodes.process import await_ready
from backends.ports import Delete, Edit, Level, Option, Setting, Tampering
from backends.postgresql.binaries import binaries
from backends.postgresql.pair import Pair
from backends.postgresql.server import Server
from backends.signed_db import BACKEND
from backends.signed_db.deployment import SignedDbDeployment
from backends.signed_db.servers import OwnServers
from consultation.core.errors import (
    OutcomeUnknown,
    Overloaded,
    Rejected,
    Unavailable,
    VerificationError,
)
from consultation.core.ledger import Ledger, Settled, Ticket
from tests.backends.appender import LIST, killed_midway, setting, settle
from tests.backends.signed_db.conftest import OPERATOR, ORIGIN

pytestmark = pytest.mark.node
ENTRIES = [f"opinion {number}".encode() for number in range(6)]


def deploy(folder: Path, **options: Option) -> SignedDbDeployment:
    given: dict[str, Option] = {"database": "postgresql", "busy_timeout_s": 0.2, **options}
    return BACKEND.deploy(Setting(folder, OPERATOR, ORIGIN, "all", given))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignedDbDeployment]:
    """A primary and a standby."""
    deployment = deploy(tmp_path_factory.mktemp("pair") / "ledger", standby=True)
    yield deployment
    deployment.stop()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Somebody else's server, as far as the ledger knows."""
    running = Pair(tmp_path_factory.mktemp("others"), standby=False)
    running.start()
    yield running
    running.stop()


def servers(deployment: SignedDbDeployment) -> Pair:
    assert isinstance(deployment.place, OwnServers)
    return deployment.place.pair


def standby_of(deployment: SignedDbDeployment) -> Server:
    standby = servers(deployment).standby
    assert standby is not None
    return standby


def processes(server: Server) -> list[psutil.Process]:
    pid = server.process.pid
    assert pid is not None
    return [psutil.Process(pid), *psutil.Process(pid).children()]


def audited(deployment: SignedDbDeployment, ledger: Ledger) -> list[bytes]:
    head = ledger.head()
    entries = list(ledger.scan(0, head.size))
    BACKEND.verifier(deployment.pins()).check_replay(entries, head)
    return entries


# Two disks


def test_what_has_settled_is_on_the_standby(pair: SignedDbDeployment) -> None:
    """Asked of the standby itself, with the primary stalled, so that nothing more can come from there."""
    ledger = pair.connect()
    indexes = settle(ledger, ENTRIES)
    standby = standby_of(pair)
    dsn = servers(pair).dsn.replace("port=5432", "port=5433")
    servers(pair).primary.pause()
    try:

        def there() -> bool:
            with psycopg.connect(dsn) as connection:
                found = connection.execute("SELECT idx, entry FROM ledger.entry").fetchall()
            return set(zip(indexes, ENTRIES, strict=True)) <= set(found)

        await_ready([standby.process], there, timeout_s=20)
    finally:
        servers(pair).primary.resume()


def test_without_the_standby_a_commit_is_in_doubt_and_settles_once_it_is_back(
    pair: SignedDbDeployment,
) -> None:
    ledger = pair.connect()
    [before] = settle(ledger, [b"before the standby went"])
    standby_of(pair).kill()
    with pytest.raises(OutcomeUnknown, match="append it again"):
        ledger.append([b"doubtful"])
    assert ledger.head().size == before + 1, "nobody sees what is on one disk alone"
    with pytest.raises(Overloaded, match="nothing was appended"):
        ledger.append([b"and after it"])
    pair.restart()
    ledger = pair.connect()
    assert settle(ledger, [b"doubtful"]) == [before + 1]
    assert audited(pair, ledger)[before:] == [b"before the standby went", b"doubtful"]


def test_use_is_told_by_server_and_by_what_went_between_them(pair: SignedDbDeployment) -> None:
    before = pair.use()
    settle(pair.connect(), [f"{number}".encode() * 400 for number in range(200)])
    after = pair.use()
    assert set(after.groups) == {"primary", "standby"}
    for name, group in after.groups.items():
        assert group.processes >= 5
        assert group.rss_bytes > 1_000_000
        assert group.written_bytes > before.groups[name].written_bytes
    assert before.network_bytes is not None
    assert after.network_bytes is not None
    assert after.network_bytes - before.network_bytes > 200_000
    pair.kill()
    killed = pair.use()
    assert (killed.processes, killed.rss_bytes) == (0, 0)
    assert killed.cpu_s >= after.cpu_s
    assert killed.written_bytes >= after.written_bytes
    pair.restart()
    assert pair.use().cpu_s >= killed.cpu_s


def test_a_standby_is_a_second_domain(pair: SignedDbDeployment) -> None:
    assert set(pair.assurance()) == {Level.ONE_DISK, Level.TWO_DOMAINS, Level.HEAD_SIGNED}


def test_a_standby_whose_folder_is_lost_is_copied_anew(pair: SignedDbDeployment) -> None:
    """The primary still keeps its log for the lost one: that slot goes, and the copy gets one of its own."""
    [index] = settle(pair.connect(), [b"before the folder went"])
    standby_of(pair).kill()
    shutil.rmtree(standby_of(pair).data)
    pair.restart()
    assert settle(pair.connect(), [b"before the folder went", b"on both again"]) == [index, index + 1]


@pytest.mark.parametrize("end", [SignedDbDeployment.stop, SignedDbDeployment.kill])
def test_a_pause_stops_every_process_and_a_paused_pair_can_be_ended(
    pair: SignedDbDeployment, end: Callable[[SignedDbDeployment], None]
) -> None:
    pair.pause()
    tree = [process for each in (servers(pair).primary, standby_of(pair)) for process in processes(each)]
    try:
        assert len(tree) > 10
        # One that the signal finds in the kernel stops a moment later.
        servers(pair).primary.process.wait_ready(
            lambda: {process.status() for process in tree} == {psutil.STATUS_STOPPED}, timeout_s=10
        )
    finally:
        end(pair)
        _, alive = psutil.wait_procs(tree, timeout=10)
        used = pair.use()
        pair.restart()
    assert alive == []
    assert used.rss_bytes == 0, "nor is what it took before an earlier restart counted"
    assert pair.connect().health().ok


def test_kill_9_of_the_pilot_leaves_no_server_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "ledger"
    options: dict[str, Option] = {"database": "postgresql"}
    known = killed_midway("signed-db", folder, options, after=200)
    deployment = BACKEND.deploy(setting(folder, options))
    try:
        ledger = deployment.connect()
        entries = audited(deployment, ledger)
        assert {index: entries[index] for index in known} == known
        assert len(entries) % LIST == 0, "a list is there whole or not at all"
        assert settle(ledger, list(known.values())) == list(known)
    finally:
        deployment.stop()


# Somebody else's server


def test_two_ledgers_on_one_server_do_not_meet(server: Pair, tmp_path: Path) -> None:
    one, other = (deploy(tmp_path / name, dsn=server.dsn) for name in ("one", "other"))
    settle(one.connect(), ENTRIES)
    assert other.connect().head().size == 0
    one.kill()
    one.restart()
    assert audited(one, one.connect()) == ENTRIES
    assert set(one.assurance()) == {Level.ONE_DISK, Level.HEAD_SIGNED}
    assert one.use().processes == 0
    assert one.use().network_bytes is None
    for each in (one, other):
        each.stop()


def test_a_pause_keeps_writers_out_and_readers_in(server: Pair, tmp_path: Path) -> None:
    deployment = deploy(tmp_path / "ledger", dsn=server.dsn)
    ledger = deployment.connect()
    settle(ledger, ENTRIES[:2])
    deployment.pause()
    with pytest.raises(Overloaded, match="nothing was appended"):
        ledger.append(ENTRIES[2:])
    assert ledger.head().size == 2
    deployment.resume()
    assert settle(ledger, ENTRIES) == list(range(6))
    deployment.stop()


def test_what_an_insider_changes_is_found_by_a_replay(server: Pair, tmp_path: Path) -> None:
    attacks: tuple[Tampering, ...] = (Edit(3, b"edited"), Delete(2))
    for number, tampering in enumerate(attacks):
        deployment = deploy(tmp_path / f"ledger-{number}", dsn=server.dsn)
        ledger = deployment.connect()
        settle(ledger, ENTRIES)
        kept = ledger.head(), ledger.prove_inclusion(3, ledger.head())
        assert deployment.tamper(tampering).done
        assert not deployment.tamper(Edit(99, b"nothing there")).done
        with pytest.raises(VerificationError, match="replay"):
            audited(deployment, ledger)
        BACKEND.verifier(deployment.pins()).check_inclusion(ENTRIES[3], 3, *kept)
        deployment.stop()


def test_threads_make_one_order_without_repeats(server: Pair, tmp_path: Path) -> None:
    """Two stores, as two processes would have them."""
    first, second = (deploy(tmp_path / "ledger", dsn=server.dsn, busy_timeout_s=30.0) for _ in range(2))
    clients = [first.connect(), second.connect(), first.connect(), second.connect()]

    def append(worker: int) -> None:
        for number in range(20):
            entries = [f"worker {worker} number {number}".encode(), f"shared {number}".encode()]
            answers = clients[worker].append(entries)
            tickets = [answer for answer in answers if isinstance(answer, Ticket)]
            settled = clients[worker].settle(tickets, timeout_s=1)
            assert all(isinstance(answer, Settled) for answer in settled)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(4)))
    entries = audited(first, clients[1])
    assert len(entries) == len(set(entries)) == 100
    for each in (first, second):
        each.stop()


def test_a_server_that_does_not_sync_is_refused(server: Pair, tmp_path: Path) -> None:
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET full_page_writes = off")
        connection.execute("SELECT pg_reload_conf()")
        try:
            await_ready([server.primary.process], lambda: is_off(server), timeout_s=20)
            with pytest.raises(Unavailable, match="power cut"):
                deploy(tmp_path / "ledger", dsn=server.dsn)
        finally:
            connection.execute("ALTER SYSTEM RESET full_page_writes")
            connection.execute("SELECT pg_reload_conf()")


def is_off(server: Pair) -> bool:
    with psycopg.connect(server.dsn) as connection:
        return connection.execute("SHOW full_page_writes").fetchone() == ("off",)


# Bad input


def test_a_server_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="PostgreSQL cannot be read"):
        deploy(tmp_path / "ledger", dsn=f"host={tmp_path} port=5432 user=postgres")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"database": "oracle"}, "'sqlite' or 'postgresql'"),
        ({"database": "sqlite", "standby": True}, "SQLite has one file"),
        ({"database": "sqlite", "dsn": "host=x"}, "SQLite has one file"),
        ({"dsn": "host=x", "standby": True}, "leave standby out"),
        ({"dsn": "host=x password=secret"}, "PGPASSWORD"),
        ({"dsn": "postgresql://me:secret@x/db"}, "PGPASSWORD"),
        ({"dsn": "host"}, "no connection string"),
        ({"dsn": 5432}, "connection string"),
        ({"standby": "yes"}, "true or false"),
        ({"tree_head": 1}, "true or false"),
    ],
)
def test_options_that_do_not_fit_are_rejected(tmp_path: Path, options: dict[str, Option], match: str) -> None:
    with pytest.raises(Rejected, match=match):
        deploy(tmp_path / "ledger", **options)


def test_where_the_wheel_is_missing_the_remedy_is_said() -> None:
    with pytest.raises(NodeUnavailable, match="install the extra 'postgresql'"):
        binaries("no_such_package_here")
