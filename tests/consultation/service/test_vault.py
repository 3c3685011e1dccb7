"""The vault: keys before names before opinions, either file alone says nothing, and destroying is final."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event

from consultation.service import schema
from consultation.service.reader import Reader
from consultation.service.seal import SealBroken
from consultation.service.store import Store
from consultation.service.vault import Look, Vault, beside
from tests.consultation.service.rig import NAME, Dice, Rig


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return opened(tmp_path)


def opened(folder: Path) -> Vault:
    return Vault(*beside(folder / "store.sqlite"))


def test_what_is_kept_is_there_after_a_restart_and_what_was_not_committed_is_not(
    vault: Vault, tmp_path: Path
) -> None:
    dice = Dice()
    one, two, drawn = (vault.draw("viec", name, dice) for name in ("a", "b", "c"))
    vault.keep(one)
    vault.commit()
    vault.keep(two)
    again = opened(tmp_path)
    assert again.person("viec", "a") == one
    assert again.behind(one.handle) == one
    assert again.person("viec", "b") is None
    assert again.behind(drawn.handle) is None
    vault.reload()
    assert vault.person("viec", "b") is None, "memory is what the files hold"


def test_a_person_has_another_key_and_handle_in_each_consultation(vault: Vault) -> None:
    dice = Dice()
    one, two = vault.draw("mot", "a", dice), vault.draw("hai", "a", dice)
    assert (one.key != two.key, one.handle != two.handle) == (True, True)


def test_neither_file_says_who_has_which_key(vault: Vault, tmp_path: Path) -> None:
    person = vault.draw("viec", "nguyen-van-a", Dice())
    vault.keep(person)
    vault.commit()
    vault.close()
    names, keys = (path.read_bytes() for path in beside(tmp_path / "store.sqlite"))
    assert b"nguyen-van-a" in names
    assert person.key not in names
    assert person.key in keys
    assert b"nguyen-van-a" not in keys


def test_both_files_can_be_read_by_their_owner_alone(vault: Vault, tmp_path: Path) -> None:
    for path in beside(tmp_path / "store.sqlite"):
        assert path.stat().st_mode & 0o077 == 0


def test_keys_are_durable_before_names_and_both_before_the_opinion(rig: Rig) -> None:
    rig.settled()
    order: list[str] = []
    for engine, name in (
        (rig.vault.keys, "key"),
        (rig.vault.identities, "name"),
        (rig.store.engine, "opinion"),
    ):
        event.listen(engine, "commit", lambda _, name=name: order.append(name))
    rig.give("a")
    assert order[:3] == ["key", "name", "opinion"]
    order.clear()
    rig.settled()
    rig.give("a", provision="dieu-2")
    assert "key" not in order, "one key a person"


def test_a_refused_opinion_leaves_nobody_in_the_vault(rig: Rig) -> None:
    with pytest.raises(Exception, match="no provision"):
        rig.give("a", provision="dieu-9")
    with pytest.raises(Exception, match="no standing opinion"):
        rig.take_back("b", "0" * 32)
    assert rig.vault.person(NAME, "a") is None
    rig.restart()
    assert rig.vault.person(NAME, "b") is None


def test_a_destroyed_key_is_gone_and_destroying_again_is_harmless(vault: Vault, tmp_path: Path) -> None:
    person = vault.draw("viec", "a", Dice())
    vault.keep(person)
    vault.mark(person)
    vault.commit()
    assert [one.handle for one in opened(tmp_path).erasing()] == [person.handle]
    for _ in range(2):
        vault.destroy([person])
        vault.forget([person])
    again = opened(tmp_path)
    assert (again.erasing(), again.person("viec", "a"), again.behind(person.handle)) == ([], None, None)


def test_a_marked_name_without_a_key_is_an_erasure_to_be_finished(vault: Vault, tmp_path: Path) -> None:
    person = vault.draw("viec", "a", Dice())
    vault.keep(person)
    vault.mark(person)
    vault.commit()
    with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as keys, keys:
        keys.execute("DELETE FROM keys")
    again = opened(tmp_path)
    assert [one.key for one in again.erasing()] == [b""]
    again.destroy(again.erasing())
    assert opened(tmp_path).erasing() == []


def test_files_that_do_not_belong_together_are_refused(vault: Vault, tmp_path: Path) -> None:
    vault.keep(vault.draw("viec", "nguyen-van-a", Dice()))
    vault.commit()
    with pytest.raises(ValueError, match=r"other\.sqlite has no key .* do not belong together") as refused:
        Vault(tmp_path / "vault.sqlite", tmp_path / "other.sqlite")
    assert "nguyen-van-a" not in str(refused.value)


def test_where_many_come_keys_are_durable_ahead_and_each_is_one_persons(vault: Vault, tmp_path: Path) -> None:
    def kept() -> set[str]:
        with closing(sqlite3.connect(tmp_path / "keys.sqlite")) as keys:
            return {handle for (handle,) in keys.execute("SELECT handle FROM keys")}

    dice = Dice()
    vault.keep(vault.draw("viec", "alone", dice))
    vault.commit(dice)
    assert len(kept()) == 1, "one person: nothing is made ahead"
    for number in range(8):
        vault.keep(vault.draw("viec", f"first-{number}", dice))
    vault.commit(dice)
    before = kept()
    assert len(before) == 1 + 8 + 64
    vault.draw("viec", "refused", dice)
    for number in range(64):
        vault.keep(vault.draw("viec", f"next-{number}", dice))
    vault.commit(dice)
    assert kept() == before, "a group whose keys are there waits for one file less"
    vault.keep(vault.draw("viec", "late", dice))
    vault.commit(dice)
    again = opened(tmp_path)
    people = [again.person("viec", f"next-{number}") for number in range(64)]
    handles = {person.handle for person in people if person is not None}
    assert len(handles) == 64
    assert handles < before
    assert again.person("viec", "refused") is None
    assert len(kept()) == 74
    assert opened(tmp_path).draw("viec", "new", Dice(2)).handle not in kept(), (
        "what is left is never taken up"
    )


def test_the_log_of_openings_outlives_the_process(vault: Vault, tmp_path: Path) -> None:
    look = Look(0, "2026-11-23T10:30:00Z", "auditor", "viec", "0" * 64, "text", "Đối chiếu khiếu nại.")
    vault.log(look)
    (kept,) = opened(tmp_path).looks("viec")
    assert (kept.number, kept.why, kept.at) == (1, look.why, look.at)
    assert list(vault.looks("khac")) == []


def test_the_store_holds_neither_a_name_nor_a_word_in_the_clear(rig: Rig) -> None:
    rig.give("nguyen-van-a", text="Phí chợ quá cao.")
    rig.settled()
    rig.end()
    whole = b"".join(path.read_bytes() for path in rig.folder.glob("service/store.sqlite*"))
    for word in ("nguyen-van-a", "Phí chợ"):
        assert word.encode() not in whole
    rig.start()
    (kept,) = rig.desk.reader.opinions(NAME)
    assert kept.opinion.text == "Phí chợ quá cao."


def test_a_row_moved_or_altered_does_not_open(rig: Rig) -> None:
    first = rig.give("a", text="Một.")
    other = rig.give("a", provision="dieu-2", text="Hai.")
    row = rig.store.row(schema.OPINIONS, id=first.opinion) or {}
    twin = rig.store.row(schema.OPINIONS, id=other.opinion) or {}
    reader = rig.desk.reader
    assert reader.read(row).opinion.text == "Một."
    for spoilt in (
        {**row, "text": twin["text"]},
        {**row, "text": row["reason"]},
        {**row, "text": "Một."},
        {**row, "stance": "maybe"},
        {**row, "handle": "0" * 32},
    ):
        with pytest.raises(SealBroken, match=first.opinion):
            reader.read(spoilt)


def test_an_opinion_is_read_by_id_and_by_leaf(rig: Rig) -> None:
    answer = rig.give("a")
    reader = Reader(Store(rig.folder / "service" / "store.sqlite"), rig.vault)
    by_id, by_leaf = reader.opinion(answer.opinion), reader.entered_as(NAME, str(answer.receipt["leaf"]))
    assert by_id == by_leaf
    assert by_id is not None
    assert by_id.opinion.draft == rig.desk.live[NAME].digest
    assert (reader.opinion("none"), reader.entered_as(NAME, "0" * 64)) == (None, None)
