"""The store: reads and writes at once, and durable settings on every connection."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from consultation.service import schema
from consultation.service.store import Changes, Store
from tests.consultation.service.conftest import MakeRig
from tests.consultation.service.rig import NAME, WAIT_S, Rig, submission


def test_readers_and_the_writer_do_not_lock_each_other_out(make_rig: MakeRig) -> None:
    rig = make_rig("signed-db").opened()
    stop = Event()

    def read() -> int:
        reads = 0
        while not stop.is_set():
            rig.service.operations(NAME)
            rig.store.received(NAME)
            reads += 1
        return reads

    with ThreadPoolExecutor(20) as pool:
        readers = [pool.submit(read) for _ in range(20)]
        try:
            futures = [rig.desk.submit(submission(f"p{n}")) for n in range(300)]
            for future in futures:
                future.result(WAIT_S)
            rig.settled()
        finally:
            stop.set()
        assert all(reader.result(WAIT_S) > 0 for reader in readers)
    assert rig.store.received(NAME) == 300


def test_a_reader_that_takes_its_time_holds_nobody_up(rig: Rig) -> None:
    for number in range(5):
        rig.give(f"p{number}")
    slow = rig.store.each(schema.OPINIONS, consultation=NAME)
    next(slow)
    rig.give("later")
    assert rig.store.received(NAME) == 6
    assert len(list(slow)) == 4, "what was there when it began to read"


def test_every_connection_is_durable(tmp_path: Path) -> None:
    store = Store(tmp_path / "new folder" / "store.sqlite")
    with store.engine.connect() as one, store.engine.connect() as two:
        for connection in (one, two):
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar() == 2, "FULL"
    store.close()


def test_a_transaction_writes_all_or_nothing(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.sqlite")
    answer = {"request": "r", "body": "b", "opinion": "o", "receipt": "{}"}
    changes = Changes({})
    changes.insert(schema.ANSWERS, answer)
    assert changes.answer("r") == answer
    changes.insert(schema.ANSWERS, answer)
    with pytest.raises(IntegrityError, match="UNIQUE"), store.engine.begin() as connection:
        changes.write(connection)
    assert store.rows(schema.ANSWERS) == []
    store.close()
