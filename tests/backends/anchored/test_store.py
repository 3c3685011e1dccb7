"""The store: whole records survive, whatever a crash left behind them."""

from pathlib import Path
from threading import Thread

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.anchored.store import Store, replace_all

ENTRIES = [b"", b"one", bytes(range(256)), b"\x00" * 5000]


def filled(path: Path, entries: list[bytes] = ENTRIES) -> bytes:
    """A closed store with these entries; its bytes."""
    store = Store(path)
    store.append(entries)
    store.sync()
    store.close()
    return path.read_bytes()


def read(path: Path) -> list[bytes]:
    store = Store(path)
    try:
        return list(store.read(0, 99))
    finally:
        store.close()


def test_entries_are_read_back_and_again_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "store.log"
    data = filled(path)
    store = Store(path)
    assert (store.size, store.stored_bytes) == (4, len(data))
    store.append([b"more"])
    assert list(store.read(1, 3)) == ENTRIES[1:3]
    assert list(store.read(4, 9)) == [b"more"]
    store.close()
    assert read(path) == [*ENTRIES, b"more"]


@given(cut=st.integers(0, 5400))
def test_a_file_cut_anywhere_gives_the_records_before_the_cut(
    cut: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("cut") / "store.log"
    data = filled(path)
    path.write_bytes(data[:cut])
    found = read(path)
    assert found == ENTRIES[: len(found)]
    ends = [len(data) - sum(8 + len(entry) for entry in ENTRIES[at:]) for at in range(5)]
    assert len(found) == max((at for at, end in enumerate(ends) if end <= cut), default=0)


def test_what_a_crash_left_half_written_is_gone_after_the_next_append(tmp_path: Path) -> None:
    """Rubbish of a power cut, longer than what is written over it, with whole records of before in it."""
    path = tmp_path / "store.log"
    data = filled(path)
    path.write_bytes(data[:-1] + b"?" + data[-5050:] * 2)
    store = Store(path)
    assert store.size == 3
    store.append([b"x"])
    store.close()
    assert read(path) == [*ENTRIES[:3], b"x"]


def test_a_file_of_something_else_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "store.log"
    path.write_bytes(b"somebody's letters, longer than the magic line")
    with pytest.raises(OSError, match=r"store\.log does not start with"):
        Store(path)
    assert path.read_bytes().startswith(b"somebody's")


def test_a_closed_store_answers_no_more_and_no_other_file_in_its_place(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.log")
    store.append([b"one"])
    reading = store.read(0, 1)
    store.close()
    with (tmp_path / "another").open("wb"), pytest.raises(OSError, match="was closed"):
        next(reading)


def test_replacing_all_leaves_no_other_file(tmp_path: Path) -> None:
    path = tmp_path / "store.log"
    filled(path)
    replace_all(path, [b"another"])
    assert read(path) == [b"another"]
    assert [each.name for each in tmp_path.iterdir()] == ["store.log"]


def test_reading_goes_on_beside_a_writer(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.log")
    numbers = [b"%d" % number for number in range(2_000)]

    def write() -> None:
        for start in range(0, len(numbers), 10):
            store.append(numbers[start : start + 10])

    writer = Thread(target=write)
    writer.start()
    while store.size < len(numbers):
        size = store.size
        assert list(store.read(max(0, size - 20), size)) == numbers[max(0, size - 20) : size]
    writer.join()
    store.close()
