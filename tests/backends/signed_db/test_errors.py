"""What goes wrong with the file reaches the caller as what may be done next; nothing is half appended."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from backends.signed_db.deployment import SignedDbDeployment
from backends.signed_db.places import FILE_NAME
from backends.signed_db.sqlite import Connect, SqliteDatabase, connect
from backends.signed_db.store import Store
from consultation.core.errors import OutcomeUnknown, Overloaded, Rejected, Unavailable
from consultation.core.ledger import Refusal, Settled, Ticket
from tests.backends.signed_db.conftest import OPERATOR, ORIGIN, Deploy, path_of, rows

SMALL_FILE_PAGES = 40


class FaultyConnection(sqlite3.Connection):
    """Fails at COMMIT while `fault` is set, before or after the commit has really been done."""

    fault = ""
    persisted = True

    def execute(self, sql: str, parameters: object = (), /) -> sqlite3.Cursor:
        if sql == "COMMIT" and FaultyConnection.fault:
            if FaultyConnection.persisted:
                super().execute("COMMIT")
            error = sqlite3.OperationalError(FaultyConnection.fault)
            error.sqlite_errorcode = getattr(sqlite3, FaultyConnection.fault)
            error.sqlite_errorname = FaultyConnection.fault
            raise error
        return super().execute(sql, parameters)  # type: ignore[arg-type]


def faulty(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, busy_timeout_s, isolation_level=None, check_same_thread=False, factory=FaultyConnection
    )
    connection.execute("PRAGMA journal_mode = WAL")
    return connection


def small(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    """A connection to a database on what acts like a small disk."""
    connection = connect(path, busy_timeout_s)
    connection.execute(f"PRAGMA max_page_count = {SMALL_FILE_PAGES}")
    return connection


def store_over(folder: Path, connector: Connect) -> Store:
    return Store(SqliteDatabase(folder / FILE_NAME, 1.0, connector), ORIGIN, OPERATOR, "all", 1.0)


@pytest.mark.parametrize("persisted", [False, True], ids=["lost", "persisted"])
def test_a_commit_in_doubt_is_outcome_unknown_and_the_same_bytes_resolve_it(
    tmp_path: Path, persisted: bool
) -> None:
    store = store_over(tmp_path, faulty)
    store.append([b"before"])
    FaultyConnection.fault, FaultyConnection.persisted = "SQLITE_IOERR_FSYNC", persisted
    try:
        with pytest.raises(OutcomeUnknown, match="append it again"):
            store.append([b"doubtful", b"and another"])
    finally:
        FaultyConnection.fault = ""
    assert store.tip()[0] == (3 if persisted else 1)
    store.append([b"doubtful", b"and another", b"after"])
    assert [row[2] for row in rows(tmp_path / FILE_NAME)] == [
        b"before",
        b"doubtful",
        b"and another",
        b"after",
    ]
    store.close()


@pytest.mark.parametrize(("fault", "error"), [("SQLITE_FULL", Unavailable), ("SQLITE_BUSY", Overloaded)])
def test_a_commit_that_was_surely_not_done_is_not_in_doubt(
    tmp_path: Path, fault: str, error: type[Exception]
) -> None:
    store = store_over(tmp_path, faulty)
    FaultyConnection.fault, FaultyConnection.persisted = fault, False
    try:
        with pytest.raises(error, match="nothing was appended"):
            store.append([b"x"])
    finally:
        FaultyConnection.fault = ""
    assert store.tip()[0] == 0
    store.close()


def test_a_full_disk_appends_nothing_of_the_list(tmp_path: Path) -> None:
    store = store_over(tmp_path, small)
    settled = 0
    refused: list[Unavailable] = []
    while not refused and settled < 1_000:
        try:
            store.append([f"{settled}-{at}".encode() + bytes(1_000) for at in range(10)])
            settled += 10
        except Unavailable as error:
            refused.append(error)
    assert "no space left" in str(refused[0])
    assert settled
    assert store.tip()[0] == settled
    assert store.append([b"0-0" + bytes(1_000)]), "what is there is found again, full or not"
    store.close()


def test_a_locked_file_is_overloaded_and_appends_nothing(deploy: Deploy) -> None:
    deployment = deploy(busy_timeout_s=0.05)
    ledger = deployment.connect()
    ledger.append([b"before"])
    deployment.pause()
    with pytest.raises(Overloaded, match="nothing was appended"):
        ledger.append([b"during"])
    assert ledger.head().size == 1, "reading goes on"
    deployment.resume()
    ledger.append([b"after"])
    assert [row[2] for row in rows(path_of(deployment))] == [b"before", b"after"]


def test_a_pause_that_another_one_keeps_out_can_be_asked_for_again(deploy: Deploy) -> None:
    first, second = deploy(busy_timeout_s=0.05), deploy(busy_timeout_s=0.05)
    first.pause()
    with pytest.raises(Overloaded, match="locked by another writer"):
        second.pause()
    first.resume()
    second.pause()
    with pytest.raises(Overloaded, match="nothing was appended"):
        first.connect().append([b"refused"])
    second.resume()
    first.connect().append([b"taken"])


def test_with_a_longer_timeout_an_append_waits_for_the_lock(deploy: Deploy) -> None:
    deployment = deploy(busy_timeout_s=30.0)
    ledger = deployment.connect()
    deployment.pause()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(ledger.append, [b"patient"])
        assert not waiting.done()
        deployment.resume()
        assert isinstance(waiting.result()[0], Ticket)


def test_a_file_that_is_no_database_is_unavailable(tmp_path: Path, deploy: Deploy) -> None:
    (tmp_path / "ledger").mkdir()
    (tmp_path / "ledger" / "ledger.db").write_bytes(b"not a database" * 100)
    with pytest.raises(Unavailable):
        deploy()


def read_again(deployment: SignedDbDeployment) -> list[bytes]:
    deployment.restart()
    return list(deployment.connect().scan(0, 50))


def test_a_damaged_page_is_unavailable_and_not_a_wrong_answer(deploy: Deploy) -> None:
    deployment = deploy()
    deployment.connect().append([f"{number}".encode() * 500 for number in range(50)])
    deployment.kill()
    damaged = bytearray(path_of(deployment).read_bytes())
    damaged[4_096:] = bytes(len(damaged) - 4_096)
    path_of(deployment).write_bytes(damaged)
    with pytest.raises(Unavailable):
        read_again(deployment)


@pytest.mark.parametrize(("start", "stop"), [(-1, 2), (3, 2)])
def test_a_bad_range_is_rejected(deploy: Deploy, start: int, stop: int) -> None:
    with pytest.raises(Rejected):
        deploy().connect().scan(start, stop)


@pytest.mark.parametrize("busy", [True, -1, "long"])
def test_a_timeout_that_is_none_is_rejected(deploy: Deploy, busy: float) -> None:
    with pytest.raises(Rejected, match="busy_timeout_s"):
        deploy(busy_timeout_s=busy)


def test_an_entry_too_long_is_refused_and_the_rest_of_the_list_stands(deploy: Deploy) -> None:
    ledger = deploy().connect()
    first, second, third = ledger.append([b"a", bytes(65_536), b"c"])
    assert isinstance(second, Refusal)
    assert "65535" in second.reason
    assert isinstance(first, Ticket)
    assert isinstance(third, Ticket)
    assert ledger.settle([first, third], timeout_s=0) == [Settled(0), Settled(1)]


def test_the_writers_share_one_file_and_its_schema_stands(deploy: Deploy) -> None:
    deployment = deploy()
    with closing(sqlite3.connect(path_of(deployment))) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute("INSERT INTO entry VALUES (0, x'00', x'', x'', x'')")
